"""Ctrl-C and a request to terminate: the first asks for the best plan so far, the second kills."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def cancel_on_signal() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; after it the system's own handling is back."""
    cancel = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        cancel.set()
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        print(
            "stopping: the best plan so far will be kept; again to stop at once", file=sys.stderr, flush=True
        )

    previous = {each: signal.signal(each, stop) for each in SIGNALS}
    try:
        yield cancel
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)
