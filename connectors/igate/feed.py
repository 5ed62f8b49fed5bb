"""The news of the system: what changed since the last time, found by searching, the oldest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from connectors.igate.files import fetch_files
from connectors.igate.translate import read_document
from gateway.sdk import Malformed, Polled, RetryLater

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from connectors.igate.api import Api
    from connectors.igate.config import Config
    from connectors.igate.translate import Tables
    from gateway.sdk import Context, Read

__all__ = ["Feed", "Mark"]

log = structlog.get_logger(__name__)
#: No search is followed further than this; what lies beyond comes with the next poll, for the oldest is taken first.
MOST_PAGES = 400
#: How many polls wait for the files of one dossier, before it is told without them.
FILE_TRIES = 5


class Mark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the news were read: the newest change seen, and the changes seen so shortly before it that they will be shown again.

    `tries`: how often the files of the dossier that comes next could not be fetched.
    """

    since: datetime | None = None
    seen: dict[str, datetime] = {}
    tries: int = 0

    def with_seen(self, change: Change, overlap: timedelta) -> Mark:
        """The mark after one more change."""
        since = max(self.since or change.at, change.at)
        seen = {id_: at for id_, at in self.seen.items() if at >= since - overlap}
        return Mark(since=since, seen={**seen, change.id: change.at})


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a search: which dossier, when it changed, and whether the gateway's own account did it."""

    id: str
    at: datetime
    is_own: bool


class Feed:
    """Reads the news; holds nothing between two calls but what the mark says."""

    def __init__(self, *, config: Config, context: Context, api: Api, tables: Tables) -> None:
        """Keep what it needs."""
        self._config = config
        self._context = context
        self._api = api
        self._tables = tables
        self._overlap = timedelta(seconds=config.overlap_seconds)

    async def poll(self, checkpoint: str | None) -> Polled:
        """Read what changed since the checkpoint, at most `poll_most`. Raises `RetryLater` when nothing could be read; when something
        could, it is told and the rest comes with the next poll.
        """
        before = mark = _mark(checkpoint)
        reads: list[Read] = []
        changes = await self._changes(mark)
        for change in changes[: self._config.poll_most]:
            try:
                read = None if change.is_own else await self._read(change, before)
            except RetryLater:
                if mark == before:
                    raise
                break
            try:
                reads += [await self._with_files(read, mark)] if read else []
            except RetryLater:
                mark = msgspec.structs.replace(mark, tries=mark.tries + 1)
                break
            mark = mark.with_seen(change, self._overlap)
        return Polled(reads=tuple(reads), checkpoint=msgspec.json.encode(mark).decode() if mark != before else None)

    async def _changes(self, mark: Mark) -> list[Change]:
        """Search for what changed, page by page from the newest, until what was seen; answers the oldest first.

        A dossier that changes meanwhile moves to the front, which shifts the others to later pages: none is missed.
        """
        since = max(filter(None, [mark.since and mark.since - self._overlap, self._config.poll_from]), default=None)
        found: dict[str, Change] = {}
        async for row in self._rows():
            change = self._change(row)
            if change is None:
                continue
            if since is not None and change.at < since:
                break
            if mark.seen.get(change.id) != change.at:
                found.setdefault(change.id, change)
        return sorted(found.values(), key=lambda change: (change.at, change.id))

    async def _rows(self) -> AsyncIterator[dict[str, Any]]:
        """The rows of the search, the newest change first."""
        config = self._config
        params = {"size": str(config.page_size), "spec": "page", "sort": "updatedDate,desc"}
        if config.agency_id is not None:
            params["ancestor-agency-id"] = config.agency_id
        if config.statuses:
            params["dossier-status"] = ",".join(map(str, config.statuses))
        for page in range(MOST_PAGES):
            rows = await self._api.search({**params, "page": str(page)})
            for row in rows:
                yield row
            if len(rows) < config.page_size:
                return

    def _change(self, row: dict[str, Any]) -> Change | None:
        """Read a row; one that cannot be read is said and passed over."""
        try:
            at = msgspec.convert(_zoned(row.get("updatedDate")), datetime)
            return Change(id=msgspec.convert(row.get("id"), str), at=at, is_own=self._is_own(row.get("updatedBy")))
        except msgspec.ValidationError:
            log.warning("polled_row_malformed", system=self._context.system)
            return None

    async def _read(self, change: Change, before: Mark) -> Read | None:
        """Read a changed dossier; one that cannot be read is kept under its hash, said and passed over."""
        document = await self._api.detail(change.id)
        if document is None:
            return None
        try:
            is_first = not self._is_own(document.get("createdBy")) and _is_new(document, before)
            read = read_document(document, system=self._context.system, tables=self._tables, is_first=is_first)
        except Malformed as error:
            kept = await self._context.blobs.put(_once(msgspec.json.encode(document)))
            faults = [f"{problem.path}: {problem.rule}" for problem in error.problems]
            log.warning("polled_dossier_malformed", system=self._context.system, kept_as=kept.sha256, faults=faults)
            return None
        return read

    async def _with_files(self, read: Read, mark: Mark) -> Read:
        """Fetch the files of a dossier. Raises `RetryLater` when they cannot be fetched now, but not for ever: one broken file does not
        hold back the news of all others.
        """
        transfer = await fetch_files(read.transfer, self._api, is_last_try=mark.tries >= FILE_TRIES)
        return msgspec.structs.replace(read, transfer=transfer)

    def _is_own(self, account: object) -> bool:
        """Tell whether an account is the gateway's own: what it did is no news."""
        return isinstance(account, dict) and account.get("username") == self._config.username


def _mark(checkpoint: str | None) -> Mark:
    """Read a checkpoint; one that is none begins anew."""
    try:
        return msgspec.json.decode(checkpoint or "{}", type=Mark)
    except msgspec.DecodeError:
        return Mark()


def _is_new(document: dict[str, Any], before: Mark) -> bool:
    """Tell whether a dossier did not exist when the news were read last: then nothing of it was heard before."""
    try:
        created = msgspec.convert(_zoned(document.get("createdDate") or document.get("appliedDate")), datetime)
    except msgspec.ValidationError:
        return before.since is None
    return before.since is None or created > before.since


def _zoned(text: object) -> object:
    """An instant with its zone as RFC 3339 writes it; the dialect leaves the colon out."""
    if isinstance(text, str) and text[-5:-4] in {"+", "-"} and text[-4:].isdigit():
        return f"{text[:-2]}:{text[-2:]}"
    return text


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """Stream one piece."""
    yield content
