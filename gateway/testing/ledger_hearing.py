"""What every ledger must do with the news that agencies tell when they are asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.ports import Kept, News
from gateway.testing.ledger_sample import NOW

if TYPE_CHECKING:
    from gateway.testing.ledger_sample import WholeLedger

__all__ = ["Hearing", "kept"]


def kept(name: str, *, system: str = "tax", body: bytes = b"{}", memo: str = "") -> Kept:
    """News of a system."""
    return Kept(id=name, system=system, kept_at=NOW, news=News(body=body, media_type="application/json", memo=memo))


class Hearing:
    """News are kept until they are accepted."""

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

        await asyncio.gather(*[ledger.forget(one) for one in news[:19]])
        await ledger.forget(news[0])

        assert await ledger.unread("tax") == (news[19],)

    async def test_what_a_memo_cannot_hold_is_replaced(self, ledger: WholeLedger) -> None:
        """The same on every backing."""
        await ledger.keep([kept("n1", memo="a\0b")])

        assert [one.news.memo for one in await ledger.unread("tax")] == ["a\ufffdb"]
