"""Revisions of the database's schema, oldest first; never changed once released."""
