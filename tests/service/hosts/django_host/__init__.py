"""A Django application with a ``models.py`` of its own."""
