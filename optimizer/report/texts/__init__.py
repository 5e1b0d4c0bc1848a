"""The texts of reports, in English and Chinese, by key."""

from __future__ import annotations

from . import data, goods, money, overview, workbook

TEXTS: dict[str, tuple[str, str]] = {
    **overview.TEXTS,
    **goods.TEXTS,
    **money.TEXTS,
    **data.TEXTS,
    **workbook.TEXTS,
}
"""Key -> (English, Chinese)."""
