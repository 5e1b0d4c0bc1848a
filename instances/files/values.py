"""What people write in cells, as the one way in which a row class reads it."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from enum import Enum
from typing import Any

from .names import choice_of

TRUE = frozenset(["true", "yes", "y", "1", "是", "对", "有"])
FALSE = frozenset(["false", "no", "n", "0", "否", "无"])
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?", re.IGNORECASE)
_GROUPS = re.compile(r"([+-]?[1-9]\d{0,2})(([ ,'’])\d{3}(?:\3\d{3})*)(\.\d*)?")
_DATE = re.compile(
    r"(\d{4})\s?([-/.年])\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?([T ]00:00(:00(\.0+)?)?)?", re.IGNORECASE
)
SHARES = frozenset(["1", "1/year"])
"""Units of columns in which a percent sign makes sense."""


def canonical(text: str, wanted: type[Any], column: str, unit: str, decimal_comma: bool = False) -> str:
    """The text of a cell as its column's type is read; the text itself where it makes no sense.

    ``decimal_comma``: the file may write decimal commas, so that ``1,200`` could mean two numbers.
    """
    if wanted is str:
        return text
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    if wanted is bool:
        word = plain.casefold()
        return "true" if word in TRUE else "false" if word in FALSE else text
    if wanted is dt.date:
        return _date(plain) or text
    if issubclass(wanted, Enum):
        return choice_of(column, plain)
    number = _number(plain, unit, decimal_comma)
    return text if number is None else _whole(number) if wanted is int else number


def _date(text: str) -> str | None:
    match = _DATE.fullmatch(text)
    return f"{match[1]}-{int(match[3]):02}-{int(match[4]):02}" if match else None


def _number(text: str, unit: str, decimal_comma: bool) -> str | None:
    """The number as digits with a decimal point; None: not a number."""
    percent = text.endswith("%")
    digits = _ungrouped(text[:-1].strip() if percent else text, decimal_comma)
    if not _NUMBER.fullmatch(digits) or (percent and unit not in SHARES):
        return None
    return str(Decimal(digits) / 100) if percent else digits


def _ungrouped(text: str, decimal_comma: bool) -> str:
    match = _GROUPS.fullmatch(text)
    if not match or (decimal_comma and match[3] == "," and len(match[2]) == 4 and not match[4]):
        return text
    return match[1] + match[2].replace(match[3], "") + (match[4] or "")


def _whole(number: str) -> str:
    """A number without the decimals that are zero, as Excel and pandas write whole numbers."""
    return re.sub(r"\.0*$", "", number)
