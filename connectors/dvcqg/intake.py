"""What the portal sends to the province: each dossier of a call is a transfer of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from yarl import URL

from connectors.dvcqg.translate import read_item
from connectors.dvcqg.wire import PROGRESS, SUBMIT
from gateway.sdk import (
    Answer,
    Attachment,
    Inbound,
    Malformed,
    Problem,
    Read,
    Refused,
    RetryLater,
    attachments,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.dvcqg.config import Config
    from connectors.dvcqg.translate import Tables
    from gateway.sdk import Accept, Context, Dossier

__all__ = ["Intake"]

OK = "0"
REFUSED = "1"
#: The gateway could not keep it now: the same call may be made again later.
LATER = "-1"
MOST_ITEMS = 500


class Call(msgspec.Struct, frozen=True):
    """A call of the portal, opened."""

    service: str
    updating: bool
    items: list[Any]


class Intake:
    """Reads calls and hands their dossiers over, one by one."""

    def __init__(self, *, config: Config, context: Context, tables: Tables) -> None:
        """Keep what it needs; nothing is opened."""
        self._config = config
        self._context = context
        self._tables = tables

    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        """Read every dossier of a call; raises `Malformed` with every fault of all of them."""
        call = open_call(inbound.body)
        reads: list[Read] = []
        problems: list[Problem] = []
        for index in range(len(call.items)):
            try:
                reads.append(self._read(call, index))
            except Malformed as error:
                problems += error.problems
        if problems:
            raise Malformed(problems)
        return tuple(reads)

    async def take(self, inbound: Inbound, accept: Accept) -> Answer:
        """Accept what can be accepted and say of each dossier what became of it; the portal may send the whole call again at any time."""
        try:
            call = open_call(inbound.body)
        except Malformed as error:
            return _answer(REFUSED, str(error), [])
        rows = []
        for index, item in enumerate(call.items):
            code, text = await self._accept(call, index, accept)
            name = item.get("MaHoSo") if isinstance(item, dict) else None
            rows.append({"MaHoSo": name if isinstance(name, str) else "", "error_code": code, "message": text})
        codes = {row["error_code"] for row in rows}
        worst = LATER if LATER in codes else REFUSED if REFUSED in codes else OK
        failed = sum(row["error_code"] != OK for row in rows)
        text = "Thành công" if worst == OK else f"Không thành công {failed}/{len(rows)} hồ sơ"
        return _answer(worst, text, rows)

    async def _accept(self, call: Call, index: int, accept: Accept) -> tuple[str, str]:
        """Accept one dossier; tell the code and the text of what became of it."""
        try:
            read = self._read(call, index)
            dossier = await self._fetched(read.transfer.dossier)
            await accept(msgspec.structs.replace(read, transfer=msgspec.structs.replace(read.transfer, dossier=dossier)))
        except (Malformed, Refused) as error:
            return REFUSED, error.text
        except RetryLater as error:
            return LATER, error.text
        return OK, "Thành công"

    def _read(self, call: Call, index: int) -> Read:
        """Read one dossier of a call."""
        return read_item(
            call.service,
            call.items[index],
            updating=call.updating,
            place=f"data[{index}]",
            system=self._context.system,
            tables=self._tables,
        )

    async def _fetched(self, dossier: Dossier) -> Dossier:
        """Fetch the files that may be fetched into the blob store; the others keep their address."""
        held = {
            attachment.url: await self._fetch(attachment.url)
            for _, attachment in attachments(dossier)
            if isinstance(attachment.url, str) and attachment.sha256 is UNSET and self._may_fetch(attachment.url)
        }
        if not held:
            return dossier
        return msgspec.structs.replace(
            dossier,
            components=tuple(_claimed(paper, held) for paper in dossier.components),
            results=tuple(_claimed(paper, held) for paper in dossier.results),
        )

    def _may_fetch(self, url: str) -> bool:
        """Tell whether an address lies where the site allows to fetch from: a foreign message must not point the gateway anywhere else."""
        try:
            plain = str(URL(url))
        except ValueError:
            return False
        return any(plain.startswith(prefix.rstrip("/") + "/") for prefix in self._config.fetch_from)

    async def _fetch(self, url: str) -> tuple[str, int]:
        """Stream one file into the blob store; raises `RetryLater` or `Refused` when it cannot be had."""
        info = await self._context.blobs.put(self._context.http.fetch(url))
        return info.sha256, info.size


def _claimed(paper: Any, held: dict[str, tuple[str, int]]) -> Any:
    """Give the files of a paper that were fetched their hash and size."""

    def claim(file: Attachment) -> Attachment:
        if not isinstance(file.url, str) or file.url not in held:
            return file
        sha256, size = held[file.url]
        return msgspec.structs.replace(file, sha256=sha256, size=size)

    return msgspec.structs.replace(paper, attachments=tuple(claim(file) for file in paper.attachments))


def open_call(body: bytes) -> Call:
    """Open the envelope of a call; raises `Malformed` with every fault."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed([Problem(path="", rule="json", found="something else")]) from error
    if not isinstance(found, dict):
        raise Malformed([Problem(path="", rule="type", found=type(found).__name__, hint="an object")])
    if problems := list(_faults(found)):
        raise Malformed(problems)
    return Call(service=found["service"], updating=_flag(found) == "true", items=found["data"])


def _faults(envelope: dict[str, Any]) -> Iterator[Problem]:
    """Name what is wrong with an envelope."""
    items = envelope.get("data")
    if envelope.get("service") not in (SUBMIT, PROGRESS):
        yield Problem(path="service", rule=f"one of {SUBMIT}, {PROGRESS}", found="another" if "service" in envelope else "nothing")
    if not isinstance(items, list) or not 0 < len(items) <= MOST_ITEMS:
        yield Problem(path="data", rule=f"a list of 1 to {MOST_ITEMS}", found=type(items).__name__)
    if _flag(envelope) not in {"true", "false"}:
        yield Problem(path="isUpdating", rule='"True" or "False"', found="another")


def _flag(envelope: dict[str, Any]) -> str:
    """Read the flag that is a text, and absent for "False"."""
    return str(envelope.get("isUpdating", "False")).lower()


def _answer(code: str, message: str, rows: list[dict[str, str]]) -> Answer:
    """Answer as the portal does."""
    body = {"error_code": code, "message": message, "result": rows}
    return Answer(status=200, media_type="application/json", body=msgspec.json.encode(body))
