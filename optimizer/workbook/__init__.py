"""A plan as an Excel workbook, and findings marked in the cells of a network workbook."""

from .book import write_workbook
from .marked import write_marked

__all__ = ["write_marked", "write_workbook"]
