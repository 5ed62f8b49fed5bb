"""What every ledger must do with the news that agencies tell when they are asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from gateway.domain.errors import Malformed, Problem
from gateway.domain.transfer import digest
from gateway.ports import Kept, News, RefusedNews, Revision
from gateway.testing.ledger_sample import MINUTE, NOW

if TYPE_CHECKING:
    from gateway.testing.ledger_sample import WholeLedger

__all__ = ["Hearing", "kept"]

FAULTS = (Problem(path="status.code", rule="unknown code", found="a number"), Problem(path="", rule="a NUL \0 in it", hint="ask them"))


def kept(name: str, *, system: str = "tax", body: bytes = b"{}", memo: str = "") -> Kept:
    """News of a system."""
    return Kept(id=name, system=system, kept_at=NOW, news=News(body=body, media_type="application/json", memo=memo))


def revision(name: str, *, again: bool = True) -> Revision:
    """What a person does to refused news."""
    return Revision(news_id=name, again=again, who="officer", why="the table is mended", at=NOW + 2 * MINUTE)


async def course(ledger: WholeLedger, name: str) -> list[tuple[str, str, str, str]]:
    """What the journal says of news: before, after, who and why."""
    return [(entry.before, entry.after, entry.who, entry.why) for entry in await ledger.reader.journal(transfer_id=name)]


class Hearing:
    """News are kept until they are accepted, or put aside for a person."""

    async def test_news_are_kept_as_they_came_in_the_order_they_came(self, ledger: WholeLedger) -> None:
        """Whatever their ids and bytes; each system's for itself."""
        first = [kept("n9", body=b"\x00\xff<a/>", memo="first"), kept("n1", body=b"")]
        await ledger.keep(first)
        await ledger.keep([kept("n5", system="land")])
        await ledger.keep([kept("n0")])

        assert await ledger.unread("tax") == (*first, kept("n0"))
        assert await ledger.unread("tax", limit=1) == (first[0],)
        assert await ledger.unread("land") == (kept("n5", system="land"),)
        assert await ledger.unread("portal") == ()

    async def test_news_that_are_accepted_are_kept_no_longer(self, ledger: WholeLedger) -> None:
        """To say it twice is harmless."""
        news = [kept(f"n{index}") for index in range(20)]
        await ledger.keep(news)

        await asyncio.gather(*[ledger.forget(one, at=NOW) for one in news[:19]])
        await ledger.forget(news[0], at=NOW)

        assert await ledger.unread("tax") == (news[19],)

    async def test_what_a_memo_cannot_hold_is_replaced(self, ledger: WholeLedger) -> None:
        """The same on every backing."""
        await ledger.keep([kept("n1", memo="a\0b")])

        assert [one.news.memo for one in await ledger.unread("tax")] == ["a\ufffdb"]

    async def test_refused_news_are_put_aside_with_all_that_is_wrong_with_them(self, ledger: WholeLedger) -> None:
        """The newest first; they are no longer read."""
        news = [kept("n1", body=b"\x00one"), kept("n2"), kept("n3")]
        await ledger.keep(news)

        await ledger.refuse(news[0], code="malformed", problems=FAULTS, at=NOW)
        await ledger.refuse(news[1], code="no_route", problems=FAULTS[:1], at=NOW + MINUTE)

        expected = RefusedNews(
            id="n1",
            system="tax",
            kept_at=NOW,
            refused_at=NOW,
            code="malformed",
            problems=FAULTS,
            media_type="application/json",
            sha256=digest(b"\x00one"),
            size=4,
        )
        assert [one.id for one in await ledger.reader.refused()] == ["n2", "n1"]
        assert [one.id for one in await ledger.reader.refused(limit=1)] == ["n2"]
        assert await ledger.reader.refused(news_id="n1") == (expected,)
        assert await ledger.reader.refused(news_id="n9") == ()
        assert await ledger.unread("tax") == (news[2],)
        assert await course(ledger, "n1") == [("", "refused", "tax", "malformed")]

    async def test_refused_news_are_read_again_when_a_person_says_so(self, ledger: WholeLedger) -> None:
        """The same bytes; and every step is journalled."""
        news = kept("n1", body=b"\xff", memo="first")
        await ledger.keep([news])
        await ledger.refuse(news, code="malformed", problems=FAULTS, at=NOW)

        await ledger.revise(revision("n1"))
        (again,) = await ledger.unread("tax")
        await ledger.refuse(again, code="conflict", problems=(), at=NOW + 3 * MINUTE)
        await ledger.revise(revision("n1"))
        await ledger.forget(again, at=NOW + 4 * MINUTE)

        assert again == replace(news, again=True)
        assert await ledger.reader.refused() == ()
        assert await ledger.unread("tax") == ()
        assert await course(ledger, "n1") == [
            ("", "refused", "tax", "malformed"),
            ("refused", "again", "officer", "the table is mended"),
            ("again", "refused", "tax", "conflict"),
            ("refused", "again", "officer", "the table is mended"),
            ("again", "accepted", "tax", ""),
        ]

    async def test_refused_news_are_discarded_when_a_person_says_so(self, ledger: WholeLedger) -> None:
        """For good."""
        news = kept("n1")
        await ledger.keep([news])
        await ledger.refuse(news, code="malformed", problems=FAULTS, at=NOW)

        await ledger.revise(revision("n1", again=False))

        assert await ledger.reader.refused() == ()
        assert await ledger.unread("tax") == ()
        assert (await course(ledger, "n1"))[-1] == ("refused", "discarded", "officer", "the table is mended")

    async def test_only_refused_news_can_be_revised(self, ledger: WholeLedger) -> None:
        """Of two persons at once, one."""
        await ledger.keep([kept("n1"), kept("n2")])
        await ledger.refuse(kept("n2"), code="malformed", problems=FAULTS, at=NOW)

        for name in ("n1", "n9", "n\0"):
            with pytest.raises(Malformed):
                await ledger.revise(revision(name))
        answers = await asyncio.gather(*[ledger.revise(revision("n2")) for _ in range(5)], return_exceptions=True)

        assert [type(answer) for answer in answers if answer is not None] == [Malformed] * 4
        assert len(await course(ledger, "n2")) == 2
