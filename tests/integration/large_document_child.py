"""Sends a document with a large file to an axis and takes it back, all in one process; says by how much that grew.

Run by `test_official_documents.py`, with the megabytes of the file, the style and a folder as arguments; prints `{"grown_kib", "is_same"}`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.edxml import plugin
from connectors.edxml.config import Config
from gateway.adapters.folder_blobs import FolderBlobs
from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.sdk import AcceptedTransfer, Context, Delivered, Outgoing, Polls, Transfer
from gateway.testing.connector_bench import SystemClock
from gateway.testing.connector_listener import Listener
from tests.edxml_papers import axis_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.sdk import BlobStore, Connector

MIB = 1024 * 1024


def peak_kib() -> int:
    """The most memory that this process ever held."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))[0])


async def content(size: int) -> AsyncIterator[bytes]:
    """A file of any size that no two places of are alike."""
    for number in range(size // 65536):
        yield hashlib.sha256(str(number).encode()).digest() * 2048


def outgoing(number: int, sha256: str) -> Outgoing:
    """A submission with the file."""
    file = {"name": "ban-do.pdf", "sha256": sha256}
    dossier: dict[str, Any] = {
        "identifiers": [{"scheme": "dossier", "value": f"H21.129-260302-{number:04d}"}],
        "procedure": {"code": "1.1"},
        "applicant": {"kind": "citizen"},
        "components": [{"attachments": [file]}],
    }
    transfer = msgspec.convert({"message_id": f"m-{number}", "event": {"kind": "submitted"}, "dossier": dossier}, Transfer)
    accepted = AcceptedTransfer(id="t", sender="s", dossier_id="d", accepted_at=datetime(2026, 3, 2, tzinfo=UTC), transfer=transfer)
    return Outgoing(key=f"k-{number}", system="there", attempt=1, accepted=accepted, identifiers=transfer.dossier.identifiers)


async def exchange(sender: Connector, taker: Connector, here: BlobStore, there: BlobStore, number: int, size: int) -> bool:
    """Send a file of a size, take it back; tell whether it is the same."""
    sha256 = (await here.put(content(size))).sha256
    delivery = outgoing(number, sha256)
    assert isinstance(await sender.deliver(delivery, sender.write(delivery)), Delivered)
    assert isinstance(taker, Polls)
    (read,) = await Listener(taker).poll()
    hashed = hashlib.sha256()
    async for chunk in there.open(sha256):
        hashed.update(chunk)
    (paper,) = read.transfer.dossier.components
    return paper.attachments[0].sha256 == sha256 == hashed.hexdigest()


async def main(megabytes: int, style: str, folder: Path) -> None:
    """Warm up with a small file, then measure with the large one."""
    axis = axis_of(style)
    await axis.start()
    here, there = FolderBlobs(folder / "a"), FolderBlobs(folder / "b")
    async with AiohttpHttp(call_seconds=100) as http:
        config = axis.config()
        other = config | {"system_id": "H21.10", "organ": config["receivers"][0], "receivers": [config["organ"]], "seconds": 100}

        def opened(settings: dict[str, Any], blobs: BlobStore) -> Connector:
            """One of the two connectors."""
            context = Context(system="there", http=http, soap=ZeepSoap(http, SystemClock()), blobs=blobs, clock=SystemClock())
            return plugin.open(msgspec.convert(settings | {"seconds": 100}, Config), context)

        sender, taker = opened(config, here), opened(other, there)
        assert await exchange(sender, taker, here, there, 1, 2 * MIB)
        before = peak_kib()
        is_same = await exchange(sender, taker, here, there, 2, megabytes * MIB)
        print(json.dumps({"grown_kib": peak_kib() - before, "is_same": is_same}))  # noqa: T201 - what it is run for
    await axis.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
