"""The ledger, the desk and the registers over whatever commits commands in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from gateway.adapters.ledger_rules.command import Ask, Forget, Grant, Keep, Refuse, Sweep, Take
from gateway.domain.errors import Malformed, Problem
from gateway.ports import Reader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from datetime import datetime, timedelta

    from gateway.adapters.ledger_rules.command import Command
    from gateway.ports import (
        Acceptance,
        Accepted,
        Act,
        Case,
        Conflict,
        Kept,
        Lease,
        Repeated,
        Revision,
        Settlement,
        Work,
    )

__all__ = ["GroupLedger", "RegisterReader"]

NUL = "\0"


class RegisterReader(Reader, Protocol):
    """A reader that sees the registers too."""

    async def open_cases(self, destination: str, *, asked_before: datetime, limit: int) -> tuple[Case, ...]:
        """List open cases, as `Registers` promises."""

    async def checkpoint(self, name: str) -> str | None:
        """Read a checkpoint."""

    async def unread(self, system: str, *, limit: int) -> tuple[Kept, ...]:
        """List news that are kept, as `Registers` promises."""


class GroupLedger:
    """Fulfils `Ledger`, `Desk` and `Registers`; `reader` fulfils `Reader`.

    `submit` commits a command together with whatever else is waiting, and answers what the rules decided.
    """

    def __init__(self, submit: Callable[[Command], Awaitable[Any]], reader: RegisterReader) -> None:
        """Keep the two; nothing is opened."""
        self._submit = submit
        self.reader = reader

    async def accept(self, acceptance: Acceptance) -> Accepted | Conflict | Repeated:
        """As `Ledger.accept`; raises `Malformed` when an identifier holds what no ledger can store."""
        _require_storable(acceptance)
        answer: Accepted | Conflict | Repeated = await self._submit(acceptance)
        return answer

    async def lease(self, delivery_id: str, *, owner: str, now: datetime, until: datetime) -> Lease | None:
        """As `Ledger.lease`."""
        wanted = Take(delivery_id=delivery_id, owner=owner, now=now, until=until)
        answer: Lease | None = await self._submit(wanted)
        return answer

    async def settle(self, settlement: Settlement) -> tuple[Work, ...]:
        """As `Ledger.settle`."""
        released: tuple[Work, ...] = await self._submit(_storable(settlement))
        return released

    async def sweep(self, *, now: datetime, limit: int, grace: timedelta, skip: Collection[str] = ()) -> tuple[Work, ...]:
        """As `Ledger.sweep`."""
        wanted = Sweep(now=now, limit=limit, grace=grace, skip=frozenset(skip))
        found: tuple[Work, ...] = await self._submit(wanted)
        return found

    async def grant(self, system: str, sha256: str) -> None:
        """As `Ledger.grant`."""
        await self._submit(Grant(system=system, sha256=sha256))

    async def act(self, act: Act) -> tuple[Work, ...]:
        """As `Desk.act`."""
        wanted = replace(act, who=act.who.replace(NUL, "\ufffd"), why=act.why.replace(NUL, "\ufffd"))
        ready: tuple[Work, ...] = await self._submit(wanted)
        return ready

    async def revise(self, revision: Revision) -> None:
        """As `Desk.revise`."""
        await self._submit(replace(revision, who=revision.who.replace(NUL, "\ufffd"), why=revision.why.replace(NUL, "\ufffd")))

    async def open_cases(self, destination: str, *, asked_before: datetime, limit: int) -> tuple[Case, ...]:
        """As `Registers.open_cases`."""
        return await self.reader.open_cases(destination, asked_before=asked_before, limit=limit)

    async def mark_asked(self, destination: str, dossier_ids: Collection[str], *, at: datetime) -> None:
        """As `Registers.mark_asked`."""
        names = tuple(sorted(set(dossier_ids)))
        await self._submit(Ask(destination=destination, dossier_ids=names, at=at))

    async def checkpoint(self, name: str) -> str | None:
        """As `Registers.checkpoint`."""
        return await self.reader.checkpoint(name)

    async def keep(self, news: Sequence[Kept], *, checkpoint: tuple[str, str] | None = None) -> None:
        """As `Registers.keep`."""
        await self._submit(Keep(news=tuple(map(_storable_news, news)), checkpoint=checkpoint))

    async def unread(self, system: str, *, limit: int = 100) -> tuple[Kept, ...]:
        """As `Registers.unread`."""
        return await self.reader.unread(system, limit=limit)

    async def forget(self, kept: Kept, *, at: datetime) -> None:
        """As `Registers.forget`."""
        await self._submit(Forget(kept=kept, at=at))

    async def refuse(self, kept: Kept, *, code: str, problems: Sequence[Problem], at: datetime) -> None:
        """As `Registers.refuse`."""
        await self._submit(Refuse(kept=kept, code=code.replace(NUL, "\ufffd"), problems=tuple(problems), at=at))


def _require_storable(acceptance: Acceptance) -> None:
    """Raise `Malformed` for a NUL in an identifier: PostgreSQL cannot store it, and both ledgers behave alike."""
    problems = [
        Problem(path=f"dossier.identifiers[{index}]", rule="holds a NUL character")
        for index, name in enumerate(acceptance.identifiers)
        if NUL in name.value or NUL in name.scheme or NUL in (name.issuer or "")
    ]
    if NUL in acceptance.procedure:
        problems.append(Problem(path="dossier.procedure.code", rule="holds a NUL character"))
    if problems:
        raise Malformed(problems)


def _storable(settlement: Settlement) -> Settlement:
    """Replace what an agency may say and no ledger can store; an outcome must never be lost over it."""
    if NUL not in f"{settlement.cause}{settlement.text}{settlement.reference}":
        return settlement
    return replace(
        settlement,
        cause=settlement.cause.replace(NUL, "\ufffd"),
        text=settlement.text.replace(NUL, "\ufffd"),
        reference=settlement.reference.replace(NUL, "\ufffd"),
    )


def _storable_news(kept: Kept) -> Kept:
    """Replace what PostgreSQL cannot store beside the document itself, which is stored as it is."""
    news = kept.news
    if NUL not in f"{news.media_type}{news.memo}":
        return kept
    return replace(kept, news=replace(news, media_type=news.media_type.replace(NUL, "\ufffd"), memo=news.memo.replace(NUL, "\ufffd")))
