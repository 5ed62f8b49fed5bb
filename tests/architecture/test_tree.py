"""What the tree promises to its readers: short files, short functions, a sentence on top, one door to the environment."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

import gateway.sdk

ROOT = Path(__file__).parents[2]
PACKAGES = ("connectors", "gateway", "mappings", "schemas")
LONGEST_FILE = 300
LONGEST_FUNCTION = 50

# Longer than the rest, each for its reason.
LONGER_FILES = {
    "gateway/ports.py": "the promises of every port in one place, most of it docstrings",
}

# Written in pieces, so that this file does not hold what it looks for.
FOREIGN_PLACES = re.compile(
    "|".join(
        [
            r"\bpy" + r"pi\.org",
            r"pythonhosted" + r"\.org",
            r"deb\.debian" + r"\.org",
            r"registry\.npm" + r"js",
            r"--(extra-)?index" + r"-url\b(?!s)",
            r"file:///" + r"(opt|work|root|home)\b",
            r"(?<![\w.])/(work|root)" + r"/",
            r"(?<![\w.])/home/" + r"\w",
        ]
    )
)
MAY_NAME_OPTIONS = {"scripts/lock"}  # tells uv to leave the index out

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_file_of_the_gateway_can_be_read_at_one_sitting() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules("gateway")}

    too_long = {path: length for path, length in lengths.items() if length > LONGEST_FILE and path not in LONGER_FILES}

    assert not too_long
    assert {path for path in LONGER_FILES if lengths.get(path, 0) <= LONGEST_FILE} == set(), "no longer an exception"


def test_every_function_fits_on_a_screen() -> None:
    too_long = {
        f"{name(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in modules(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, FunctionNode) and node.end_lineno is not None and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    }

    assert not too_long


def test_every_module_opens_with_what_it_is_for() -> None:
    silent = [name(path) for path in modules(*PACKAGES, "tests") if not ast.get_docstring(tree(path))]

    assert not silent


def test_only_settings_read_the_environment() -> None:
    readers = [
        f"{name(path)}:{node.lineno}"
        for path in modules("gateway", "connectors")
        if not name(path).startswith("gateway/settings/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    ]

    assert not readers


def test_the_pure_floors_read_no_clock_and_open_no_file() -> None:
    impure = [
        f"{name(path)}:{node.lineno}"
        for path in [*modules("gateway/domain", "gateway/mapping"), ROOT / "gateway/ports.py"]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and called(node) in {"now", "utcnow", "today", "open", "uuid4", "sleep"}
    ]

    assert not impure


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id="open"):
            return "open"
        case ast.Attribute(attr=found) if found != "open":
            return found
        case _:
            return ""


def test_the_gateway_names_no_agency_system() -> None:
    dialects = [folder.name for folder in (ROOT / "connectors").iterdir() if (folder / "__init__.py").exists()]
    spoken = re.compile(r"(?i)\b(" + "|".join(map(re.escape, dialects)) + r")\b")

    naming = [name(path) for path in modules("gateway") if spoken.search(path.read_text(encoding="utf-8"))]

    assert dialects
    assert not naming


def test_the_sdk_lists_exactly_what_it_offers() -> None:
    top = tree(ROOT / "gateway/sdk.py").body
    offered = {
        *(alias.asname or alias.name for node in top if isinstance(node, ast.ImportFrom) and is_ours(node) for alias in node.names),
        *(node.name for node in top if isinstance(node, ast.ClassDef | FunctionNode)),
        *(node.target.id for node in top if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)),
        *(target.id for node in top if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)),
    }

    assert set(gateway.sdk.__all__) == {word for word in offered if not word.startswith("_")}
    assert all(hasattr(gateway.sdk, word) for word in gateway.sdk.__all__)


def is_ours(node: ast.ImportFrom) -> bool:
    return (node.module or "").startswith("gateway")


def test_no_tracked_file_names_a_package_host_or_a_place_on_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True)
    if listed.returncode:
        pytest.skip("not a git work tree")

    naming = [
        f"{path}: {found.group()}"
        for path in listed.stdout.split("\0")
        if path and path not in MAY_NAME_OPTIONS and (ROOT / path).is_file()
        if (found := FOREIGN_PLACES.search((ROOT / path).read_text(encoding="utf-8", errors="ignore")))
    ]

    assert not naming
