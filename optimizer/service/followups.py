"""What is worked out from a finished plan when somebody asks for it: each kind in its own job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Work = Callable[[Path, dict[str, Any]], str]

KINDS: dict[str, Work] = {}
"""Kind of follow-up → the work: from a job's folder, with ``network.json`` and the folder ``plan``, and its
options, to the name of the file it wrote there."""

MEDIA_TYPES: dict[str, str] = {}
"""Kind of follow-up → the media type of its file."""
