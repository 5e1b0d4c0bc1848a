"""What a verb says: results on stdout, everything else on stderr, and never a traceback."""

from __future__ import annotations

import json
import os
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console

from ...instances.findings import Finding, InputError, digest
from .exits import Exit

SHOWN_WARNINGS = 5


class UserError(Exception):
    """Something the user can put right; the message says what and how."""


class Output:
    """Where a verb writes: ``result`` once, on stdout; remarks and findings on stderr."""

    def __init__(self, as_json: bool):
        self.as_json = as_json
        self.remarks = Console(stderr=True)

    def result(self, data: Mapping[str, Any], text: str) -> None:
        """The result: ``data`` as JSON where asked for, else ``text``."""
        typer.echo(json.dumps(data, indent=2, default=str, allow_nan=False) if self.as_json else text)

    def remark(self, text: str) -> None:
        """A line beside the result."""
        self.remarks.print(text, soft_wrap=True, highlight=False, markup=False)

    def warnings(self, findings: Iterable[Finding]) -> None:
        """Warnings, the first few of them, and how to see the rest."""
        shown = list(findings)
        for finding in shown[:SHOWN_WARNINGS]:
            self.remark(str(finding))
        if len(shown) > SHOWN_WARNINGS:
            rest = len(shown) - SHOWN_WARNINGS
            self.remark(f"and {rest} more of the kind; `clusterlane validate` lists them all")

    def failure(self, code: Exit, message: str, findings: Iterable[Finding] = ()) -> None:
        """Say why a verb ends with ``code``, with all findings."""
        listed = list(findings)
        for line in digest(listed):
            self.remark(line)
        self.remark(message)
        if self.as_json:
            listing = [asdict(finding) for finding in listed]
            self.result({"ok": False, "exit_code": int(code), "error": message, "findings": listing}, "")


@contextmanager
def reporting(as_json: bool) -> Iterator[Output]:
    """Run a verb: its errors become one message and the exit code that belongs to them."""
    out = Output(as_json)
    try:
        yield out
    except InputError as error:
        errors = sum(finding.severity == "error" for finding in error.findings)
        message = f"error: the input has {errors} error{'s' if errors != 1 else ''}; nothing was done"
        _stop(out, Exit.BAD_INPUT, message, error.findings)
    except UserError as error:
        _stop(out, Exit.BAD_INPUT, f"error: {error}")
    except (typer.Exit, typer.Abort, BrokenPipeError):
        raise
    except OSError as error:
        _stop(out, Exit.BAD_INPUT, f"error: {error.filename or 'file'}: {error.strerror or error}")
    except Exception as error:
        _stop(out, Exit.FAULT, f"error: clusterlane failed ({_brief(error)}); the log is in {_log()}")


def _stop(out: Output, code: Exit, message: str, findings: Iterable[Finding] = ()) -> None:
    out.failure(code, message, findings)
    raise typer.Exit(code) from None


def _brief(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def _log() -> str:
    handle, path = tempfile.mkstemp(prefix="clusterlane-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        log.write(traceback.format_exc())
    return path
