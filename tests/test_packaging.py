"""What is installed: every package of the tree, its data, and a command that works anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("optimizer", "models", "instances", "benchmarks")


def packages_of_the_tree() -> set[str]:
    found = (path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py"))
    return {".".join(("clusterlane", *path.relative_to(ROOT).parts)) for path in found}


def test_every_package_of_the_tree_is_listed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert len(listed) == len(set(listed))
    assert set(listed) == packages_of_the_tree()


def test_every_folder_with_modules_is_a_package() -> None:
    bare = {
        path.parent.relative_to(ROOT)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert not bare


def _run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that nothing left over from other builds gets in."""
    room = tmp_path_factory.mktemp("wheel")
    skip = shutil.ignore_patterns(".*", "build", "dist", "out", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, room / "source", ignore=skip)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps")
    done = _run(*pip, "--wheel-dir", room, room / "source", cwd=room)
    assert done.returncode == 0, done.stderr
    (built,) = room.glob("clusterlane-*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_holds_the_data(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    data = [path for folder in FOLDERS for path in (ROOT / folder).rglob("py.typed")]
    data += [
        path for ending in ("csv", "md") for path in (ROOT / "instances" / "library").glob(f"*/*.{ending}")
    ]
    assert data
    assert not {f"clusterlane/{path.relative_to(ROOT).as_posix()}" for path in data} - held
    assert any(name.endswith("licenses/LICENSE") for name in held)
    assert all(name.startswith("clusterlane") for name in held), "nothing beside the one namespace"


@pytest.mark.slow
def test_the_wheel_works_alone_from_another_directory(wheel: Path, tmp_path: Path) -> None:
    made = _run(sys.executable, "-m", "venv", "venv", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    programs = tmp_path / "venv" / "bin"
    installed = _run(programs / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    (tmp_path / "models.py").write_text("raise ImportError('the models of the host')")
    command = programs / "clusterlane"
    assert _run(command, "--version", cwd=tmp_path).stdout.startswith("clusterlane 0.")
    solved = _run(command, "solve", "tiny", "-o", "plan", "--json", cwd=tmp_path)
    assert solved.returncode == 0, solved.stderr
    assert json.loads(solved.stdout)["check"]["ok"]
    checked = _run(command, "check", "tiny", "plan", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
