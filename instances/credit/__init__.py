"""Credit: indicators of firms and buyers → score → rating → default, limit, spread, dilution."""

from .filling import rated
from .ranking import RatedBuyer, RatedFirm, rank_buyers, rank_firms
from .scorecard import Scorecard, scorecard

__all__ = ["RatedBuyer", "RatedFirm", "Scorecard", "rank_buyers", "rank_firms", "rated", "scorecard"]
