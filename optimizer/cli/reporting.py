"""Progress of a solve on stderr: one live line on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ..progress import Progress
from ..text import amount, percent

SECONDS_BETWEEN_LINES = 5.0


def progress_line(progress: Progress, seconds: float, currency: str) -> str:
    """One line: elapsed seconds, phase, best plan so far, bound, gap, and the solver's remark.

    What is not known yet is left out.
    """
    best, bound = progress.incumbent, progress.bound
    parts = [
        f"{seconds:6.0f} s",
        progress.phase,
        "" if best is None else f"best plan {amount(best, currency)}",
        "" if bound is None else f"bound {amount(bound, currency)}",
        "" if progress.gap is None else f"gap {percent(progress.gap, 2)}",
        progress.message,
    ]
    return " | ".join(part for part in parts if part)


class Reporter:
    """Takes the progress of a solve and shows the newest while it is open (a context manager)."""

    def __init__(self, console: Console, currency: str):
        self._console, self._currency = console, currency
        self._began = time.monotonic()
        self._newest = Progress(0.0, "preparing")
        self._closed = threading.Event()
        self._live = Live(
            get_renderable=self._renderable, console=console, refresh_per_second=4, transient=True
        )
        self._printer = threading.Thread(target=self._print_lines, daemon=True)

    def __call__(self, progress: Progress) -> None:
        """Note how far the solve has come."""
        self._newest = progress

    def __enter__(self) -> Reporter:
        (self._live if self._console.is_terminal else self._printer).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed.set()
        if self._console.is_terminal:
            self._live.stop()
        else:
            self._printer.join()
            self._console.print(self._line(), soft_wrap=True, highlight=False, markup=False)

    def _line(self) -> str:
        return progress_line(self._newest, time.monotonic() - self._began, self._currency)

    def _renderable(self) -> Text:
        return Text(self._line(), no_wrap=True, overflow="ellipsis")

    def _print_lines(self) -> None:
        while not self._closed.wait(SECONDS_BETWEEN_LINES):
            self._console.print(self._line(), soft_wrap=True, highlight=False, markup=False)
