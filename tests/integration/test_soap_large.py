"""An attachment of 200 MB passes the doors, in and out, in little memory of the gateway's process."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.multipart import RelatedPart, read_media_type, read_related
from gateway.soap import SOAP_12, mtom_writer
from tests.doors import key_of, transfer
from tests.soap import S, envelope, message, sent

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).parent / "door_child.py"
MIB = 1024 * 1024
MOST_GROWTH_KIB = 64 * 1024
INCLUDED = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:f1"/>'


def peak_kib(pid: int) -> int:
    """The most memory that a process ever held."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))[0])


async def content(size: int) -> AsyncIterator[bytes]:
    """A file of any size that no two places of are alike."""
    for number in range(size // 65536):
        yield hashlib.sha256(f"{size} {number}".encode()).digest() * 2048


async def hash_of(chunks: AsyncIterator[bytes]) -> str:
    hashed = hashlib.sha256()
    async for chunk in chunks:
        hashed.update(chunk)
    return hashed.hexdigest()


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[int, str]]:
    """A gateway in a process of its own: its number and its address."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, CHILD, folder, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdin=pipe, stdout=pipe
    )
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        yield child.pid, (await child.stdout.readline()).decode().strip()
    finally:
        child.stdin.close()
        await child.wait()


def dossier(message_id: str, **attachment: str) -> dict[str, Any]:
    whole = transfer(message_id, code=message_id)
    whole["dossier"]["components"] = [{"attachments": [{"name": "bản đồ.tif"} | attachment]}]
    return whole


async def by_rest(client: aiohttp.ClientSession, message_id: str, size: int) -> None:
    async with client.post("/v1/attachments", data=content(size)) as answered:
        stored = await answered.json()
    async with client.post("/v1/transfers", json=dossier(message_id, sha256=stored["sha256"])) as answered:
        assert answered.status == 202, await answered.text()


async def by_mtom(client: aiohttp.ClientSession, message_id: str, size: int) -> None:
    enclosed = f"<attachments><attachment><id>f1</id><content>{INCLUDED}</content></attachment></attachments>"
    whole = envelope(sent(dossier(message_id, url="cid:f1"), enclosed), SOAP_12)
    part = RelatedPart(content_id="f1", media_type="image/tiff", chunks=content(size), size=size)
    writer = mtom_writer("ranh-gioi", SOAP_12, whole, [part])
    headers = {"Content-Type": writer.content_type, "Content-Length": str(writer.size)}
    async with client.post("/soap/v1", data=writer.chunks(), headers=headers) as answered:
        assert answered.status == 200, await answered.text()


async def by_inline(client: aiohttp.ClientSession, message_id: str, size: int) -> None:
    before, after = sent(
        dossier(message_id, url="cid:f1"), "<attachments><attachment><id>f1</id><content>@</content></attachment></attachments>"
    ).split("@")
    head, tail = envelope(f"{before}@{after}", SOAP_12).split(b"@")

    async def body() -> AsyncIterator[bytes]:
        yield head
        rest = b""
        async for chunk in content(size):
            whole = rest + chunk
            even = len(whole) // 57 * 57
            rest = whole[even:]
            yield b64encode(whole[:even]) + b"\n"
        yield b64encode(rest) + tail

    async with client.post("/soap/v1", data=body(), headers={"Content-Type": SOAP_12.media_type}) as answered:
        assert answered.status == 200, await answered.text()


async def taken_by_mtom(client: aiohttp.ClientSession, size: int) -> str:
    """Fetch the one dossier that waits, with its content; answers its hash."""
    async with client.post("/v1/inbox/lease", json={"limit": 1}) as answered:
        (item,) = (await answered.json())["items"]
    asked = envelope(message("GetDossier", transfer_id=item["accepted"]["id"], contents="mtom"), SOAP_12)
    async with client.post("/soap/v1", data=asked, headers={"Content-Type": SOAP_12.media_type}) as answered:
        related = await read_related(read_media_type(answered.headers["Content-Type"]), answered.content.iter_chunked(65536))
        (found,) = [await hash_of(part.chunks) async for part in related.parts]
    assert int(answered.headers["Content-Length"]) > size
    assert f"{S[1:-1]}".encode() in related.root
    return found


@pytest.mark.slow
@pytest.mark.parametrize("send", [by_rest, by_mtom, by_inline])
async def test_a_file_of_200_mb_goes_in_and_out_again_in_little_memory(send: Any, tmp_path: Path) -> None:
    sizes = {"m-small": 2 * MIB, "m-large": 200 * MIB}
    patience = aiohttp.ClientTimeout(total=None)
    async with serving(tmp_path) as (pid, address):
        headers = {name: {"Authorization": f"Bearer {key_of(name)}"} for name in ("mot-cua", "so-tu-phap")}
        async with (
            aiohttp.ClientSession(address, headers=headers["mot-cua"], timeout=patience) as sender,
            aiohttp.ClientSession(address, headers=headers["so-tu-phap"], timeout=patience) as taker,
        ):
            before = 0
            for message_id, size in sizes.items():
                before = before or (peak_kib(pid) if message_id == "m-large" else 0)
                await send(sender, message_id, size)
                assert await taken_by_mtom(taker, size) == await hash_of(content(size))
        grown = peak_kib(pid) - before
    assert 0 <= grown < MOST_GROWTH_KIB
