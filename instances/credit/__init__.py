"""Credit: indicators of firms and buyers → score → rating → default, limit, spread, dilution."""

from .filling import rated
from .ranking import RatedBuyer, RatedFirm, rank_buyers, rank_firms
from .sales import with_annual_sales
from .scorecard import Scorecard, scorecard

__all__ = [
    "RatedBuyer",
    "RatedFirm",
    "Scorecard",
    "rank_buyers",
    "rank_firms",
    "rated",
    "scorecard",
    "with_annual_sales",
]
