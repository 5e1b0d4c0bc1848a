"""Interrupts, limits and faults of the command as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from clusterlane.instances import files
from clusterlane.instances.generate import generate

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from clusterlane.optimizer.cli import main; main()"]
PATIENCE = 120.0


@pytest.fixture
def network(tmp_path: Path) -> Path:
    files.write(generate("park-4", 1), tmp_path / "network")
    return tmp_path / "network"


@pytest.fixture
def solving(network: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A solve that would go on for long."""
    arguments = ["solve", str(network), "-o", str(tmp_path / "plan"), "--gap", "0", "--no-compare"]
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    yield process
    process.kill()
    process.wait()


def wait_for(process: subprocess.Popen[str], pattern: str) -> None:
    """Read stderr until a line fits."""
    assert process.stderr
    end = time.monotonic() + PATIENCE
    for line in process.stderr:
        if re.search(pattern, line):
            return
        assert time.monotonic() < end, f"no line with {pattern!r}"
    pytest.fail(f"the process ended before a line with {pattern!r}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_the_best_plan(
    solving: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    wait_for(solving, r"best plan [-\d]")
    solving.send_signal(number)
    told = time.monotonic()
    out, _ = solving.communicate(timeout=PATIENCE)
    assert solving.returncode == 6
    assert time.monotonic() - told < 10, "seconds until the plan is written"
    assert "WHAT IT COSTS" in out
    envelope = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert envelope["termination"] == "interrupted"
    assert envelope["check"]["ok"]


def test_the_second_interrupt_kills(solving: subprocess.Popen[str], tmp_path: Path) -> None:
    wait_for(solving, "preparing|whole model|bound")
    solving.send_signal(signal.SIGSTOP)  # both signals arrive before it can react to the first
    solving.send_signal(signal.SIGINT)
    solving.send_signal(signal.SIGCONT)
    wait_for(solving, "again to stop at once")
    solving.send_signal(signal.SIGINT)
    assert solving.wait(timeout=PATIENCE) in (-signal.SIGINT, 5, 6)


def test_a_plan_held_at_the_limit(network: Path, tmp_path: Path) -> None:
    arguments = [
        "solve",
        str(network),
        "-o",
        str(tmp_path / "plan"),
        "--gap",
        "0",
        "--time-limit",
        "15",
        "--no-compare",
    ]
    done = subprocess.run([*COMMAND, *arguments, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert json.loads(done.stdout)["termination"] == "time"


def test_what_libraries_write_to_the_descriptor_stays_out_of_stdout() -> None:
    """HiGHS prints some lines past Python; they would end up in the middle of ``--json``."""
    code = (
        "import importlib, os\n"
        "cli = importlib.import_module('clusterlane.optimizer.cli.app')\n"
        "cli.app = lambda: (os.write(1, b'noise'), print('ours'))\n"
        "cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "ours\n"
