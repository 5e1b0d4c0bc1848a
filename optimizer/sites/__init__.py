"""Facility location inside a network: which sites to open where goods only pass through."""
