"""A plan as a page to take into the room: map, charts and tables in English or Chinese."""

from .case import Division
from .pages import MissingExtra, Report, page, report
from .picture import plan_map
from .words import Language

__all__ = ["Division", "Language", "MissingExtra", "Report", "page", "plan_map", "report"]
