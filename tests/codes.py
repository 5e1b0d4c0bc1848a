"""The codes of findings and problems, as the source gives them to whatever takes a parameter ``code``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Places = dict[str, int]
"""Name of a function or class -> where its parameter ``code`` stands."""


def codes_in(*folders: Path) -> set[str]:
    """Every constant code of the Python files in the folders."""
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    everywhere = {name: place for tree in trees for name, place in _places(tree) if not name.startswith("_")}
    return {code for tree in trees for code in _codes(tree, {**everywhere, **dict(_places(tree))})}


def _places(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [arg.arg for arg in (*node.args.args, *node.args.kwonlyargs) if arg.arg != "self"]
        elif isinstance(node, ast.ClassDef):
            names = [each.target.id for each in node.body if _is_field(each)]  # type: ignore[attr-defined]
        else:
            continue
        if "code" in names and node.name != "__init__":
            yield node.name, names.index("code")


def _is_field(node: ast.stmt) -> bool:
    return isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)


def _codes(tree: ast.Module, places: Places) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            if name in places:
                given += node.args[places[name] : places[name] + 1]
            yield from _texts(given)
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
            names = [getattr(each, "id", "") for each in node.target.elts]
            if "code" in names and isinstance(node.iter, ast.Tuple):
                rows = [row.elts for row in node.iter.elts if isinstance(row, ast.Tuple)]
                yield from _texts([row[names.index("code")] for row in rows])


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        for each in (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,):
            if isinstance(each, ast.Constant) and CODE.fullmatch(str(each.value)):
                yield str(each.value)
