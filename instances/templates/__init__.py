"""What follows from the tables: starting networks, the JSON Schema, the reference of all columns."""

from .json_schema import json_schema
from .reference import reference
from .start import new

__all__ = ["json_schema", "new", "reference"]
