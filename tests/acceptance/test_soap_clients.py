"""Foreign SOAP clients, each from the WSDL alone: they send a dossier with an attachment, list, read, acknowledge, and read a fault."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from schemas import schema_path
from tests.doors import Visit, key_of, open_visit

FOLDER = Path(__file__).parent / "soap_clients"
NODE_MODULES = Path(__file__).parents[2] / ".cache/soap-client/node_modules"
WANTED = "not here; scripts/test installs it"

VERSIONS = pytest.mark.parametrize("version", ["1.1", "1.2"])


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gSOAP client, generated from the WSDL and compiled."""
    folder = tmp_path_factory.mktemp("gsoap")
    for command in (
        ["wsdl2h", "-v", "-o", "lienthong.h", str(schema_path("soap/1/lienthong.wsdl"))],
        ["soapcpp2", "-j", "-C", "-x", "-L", "-I/usr/share/gsoap/import", "lienthong.h"],
        ["g++", "-O0", "-w", "-I.", "-o", "client", str(FOLDER / "client.cpp"), "soapC.cpp", "soapLienthongSoap11Proxy.cpp", "-lgsoap++"],
    ):
        await run(command, folder)
    return folder / "client"


async def run(command: list[str], folder: Path = FOLDER, environment: Mapping[str, str] | None = None) -> bytes:
    assert shutil.which(command[0]), f"{command[0]}: {WANTED}"
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=pipe, stderr=pipe, env=os.environ | dict(environment or {}))
    out, err = await child.communicate()
    assert child.returncode == 0, err.decode(errors="replace")
    return out


async def told(visit: Visit, tmp_path: Path, version: str, command: list[str], environment: Mapping[str, str] | None = None) -> None:
    """Let a client do its part, and compare what it saw with what is so."""
    paper = tmp_path / "giay.pdf"
    content = random.Random(version).randbytes(20_000)
    paper.write_bytes(content)
    address, code = f"{visit.address}/soap/v1", f"H40.10-260302-{random.Random(version).randrange(10**4):04}"

    out = await run([*command, address, version, key_of("mot-cua"), key_of("so-tu-phap"), str(paper), code], environment=environment)

    found: dict[str, Any] = json.loads(out)
    status, view = await visit.ask("GET", f"/v1/dossiers/{code}/trace")
    assert status == 200
    assert [found["sent"], found["pending"]] == [view["transfers"][0]["id"]] * 2
    assert (found["owner"], found["state"], found.get("same", True)) == ("Nguyễn Văn Thử", "delivered", True)
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert found["fault_code"].partition(":")[2] == ("Sender" if version == "1.2" else "Client.malformed")
    assert "transfer.message_id: has the form" in found["fault_text"]
    assert found["fault_paths"][0] == "transfer.message_id"
    assert len(found["fault_paths"]) == 2


@VERSIONS
async def test_zeep(visit: Visit, tmp_path: Path, version: str) -> None:
    await told(visit, tmp_path, version, [sys.executable, str(FOLDER / "client.py")])


@VERSIONS
async def test_php(visit: Visit, tmp_path: Path, version: str) -> None:
    await told(visit, tmp_path, version, ["php", "client.php"])


@VERSIONS
async def test_perl(visit: Visit, tmp_path: Path, version: str) -> None:
    await told(visit, tmp_path, version, ["perl", "client.pl"])


@VERSIONS
async def test_node(visit: Visit, tmp_path: Path, version: str) -> None:
    assert (NODE_MODULES / "soap").is_dir(), f"the npm package soap: {WANTED}"

    await told(visit, tmp_path, version, ["node", "client.js"], {"NODE_PATH": str(NODE_MODULES)})


@VERSIONS
async def test_gsoap(visit: Visit, tmp_path: Path, version: str, compiled: Path) -> None:
    await told(visit, tmp_path, version, [str(compiled)])
