"""The news of the system: what changed since the last time, found by searching, the oldest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from gateway.sdk import News, Polled

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from connectors.igate.api import Api
    from connectors.igate.config import Config
    from gateway.sdk import Context

__all__ = ["FIRST", "Feed", "Mark"]

log = structlog.get_logger(__name__)
#: No search is followed further than this; what lies beyond comes with the next poll, for the oldest is taken first.
MOST_PAGES = 400
#: The memo of a dossier of which nothing was heard before.
FIRST = "first"


class Mark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the news were read: the newest change seen, and the changes seen so shortly before it that they will be shown again.

    `heard`: how far the last poll came that left nothing for the next one. A dossier made later is new, even when a poll ended midway.
    """

    since: datetime | None = None
    heard: datetime | None = None
    seen: dict[str, datetime] = {}

    def with_seen(self, change: Change, overlap: timedelta) -> Mark:
        """The mark after one more change."""
        since = max(self.since or change.at, change.at)
        seen = {id_: at for id_, at in self.seen.items() if at >= since - overlap}
        return msgspec.structs.replace(self, since=since, seen={**seen, change.id: change.at})


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a search: which dossier, when it changed, and whether the gateway's own account did it."""

    id: str
    at: datetime
    is_own: bool


class Feed:
    """Reads the news; holds nothing between two calls but what the mark says."""

    def __init__(self, *, config: Config, context: Context, api: Api) -> None:
        """Keep what it needs."""
        self._config = config
        self._context = context
        self._api = api
        self._overlap = timedelta(seconds=config.overlap_seconds)

    async def poll(self, checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        """Tell dossier by dossier what changed since the checkpoint, at most `poll_most`; the rest comes with the next poll."""
        mark = _mark(checkpoint)
        changes = await self._changes(mark)
        for change in changes[: self._config.poll_most]:
            news = None if change.is_own else await self._news(change, mark)
            mark = mark.with_seen(change, self._overlap)
            if news is not None:
                yield Polled(news=(news,), checkpoint=_written(mark))
        if len(changes) <= self._config.poll_most:
            mark = msgspec.structs.replace(mark, heard=mark.since)
        if mark != _mark(checkpoint):
            yield Polled(checkpoint=_written(mark))

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

    async def _news(self, change: Change, mark: Mark) -> News | None:
        """Fetch a changed dossier; none when it is gone."""
        document = await self._api.detail(change.id)
        if document is None:
            return None
        is_first = not self._is_own(document.get("createdBy")) and _is_new(document, mark)
        return News(body=msgspec.json.encode(document), media_type="application/json", memo=FIRST if is_first else "")

    def _is_own(self, account: object) -> bool:
        """Tell whether an account is the gateway's own: what it did is no news."""
        return isinstance(account, dict) and account.get("username") == self._config.username


def _mark(checkpoint: str | None) -> Mark:
    """Read a checkpoint; one that is none begins anew."""
    try:
        return msgspec.json.decode(checkpoint or "{}", type=Mark)
    except msgspec.DecodeError:
        return Mark()


def _written(mark: Mark) -> str:
    """Write a checkpoint."""
    return msgspec.json.encode(mark).decode()


def _is_new(document: dict[str, Any], mark: Mark) -> bool:
    """Tell whether a dossier did not exist when all news had been heard: then nothing of it was heard before."""
    try:
        created = msgspec.convert(_zoned(document.get("createdDate") or document.get("appliedDate")), datetime)
    except msgspec.ValidationError:
        return mark.heard is None
    return mark.heard is None or created > mark.heard


def _zoned(text: object) -> object:
    """An instant with its zone as RFC 3339 writes it; the dialect leaves the colon out."""
    if isinstance(text, str) and text[-5:-4] in {"+", "-"} and text[-4:].isdigit():
        return f"{text[:-2]}:{text[-2:]}"
    return text
