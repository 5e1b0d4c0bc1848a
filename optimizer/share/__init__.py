"""Who pays what: the cost of a plan divided so that no group of firms can do better alone, with the proof."""

from .result import Sharing
from .rules import RULES
from .sharing import share

__all__ = ["RULES", "Sharing", "share"]
