"""A new connector, as the template writes it, keeps the contract."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.domain.errors import Malformed, Refused
from gateway.scaffold import create_connector

ROOT = Path(__file__).parents[2]
SETTINGS = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the two packages in which a connector lives, and nothing else of them."""
    for package in ("connectors", "mappings"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text((ROOT / package / "__init__.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_a_new_connector_passes_the_contract_as_it_stands(project: Path) -> None:
    create_connector("bao_hiem", project)

    ended = run(project, "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests")

    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-1000:]
    assert "passed" in ended.stdout


def test_a_new_connector_is_clean_code(project: Path) -> None:
    create_connector("bao_hiem", project)

    ended = run(project, "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "connectors", "tests")

    assert ended.returncode == 0, ended.stdout


def test_a_new_connector_never_overwrites(project: Path) -> None:
    written = create_connector("thue", project)
    written[-1].write_text("mine", encoding="utf-8")

    with pytest.raises(Refused):
        create_connector("thue", project)

    assert written[-1].read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["", "Thue", "thuế", "2x", "class", "a-b", "../x", "a/b", "x" * 40, "thue\n"])
def test_a_name_that_is_no_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        create_connector(name, tmp_path)

    assert list(tmp_path.iterdir()) == []
