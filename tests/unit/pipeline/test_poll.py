"""What an agency tells once is accepted once, wherever the process dies while it is polled."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from gateway.adapters.embedded_queue import EmbeddedQueue
from gateway.adapters.folder_blobs import FolderBlobs
from gateway.adapters.prometheus import PrometheusTelemetry
from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.domain.agency import System
from gateway.domain.errors import Malformed, Problem, RetryLater
from gateway.domain.route import Route
from gateway.pipeline.accept import Acceptor
from gateway.pipeline.directory import Directory
from gateway.pipeline.poll import Poller
from gateway.pipeline.publish import Publisher
from gateway.ports import Revision
from gateway.sdk import Case, News, Polled, Read, Transfer
from gateway.testing.ledger_sample import accept, acceptance, lease, settle

if TYPE_CHECKING:
    from gateway.adapters.ledger_rules.ledger import GroupLedger

CIVIL = System(name="ho-tich", agency="H40.1", connector="any")
DESK = System(name="mot-cua", agency="H40.2", connector="inbox")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
#: Which event is told by what is no event itself.
KINDS = {"incomplete": "submitted", "control": "processing"}
CODE = "H40.10-260302-0001"


class Killed(BaseException):
    """The process dies here."""


class StillClock:
    def now(self) -> datetime:
        return NOW


class Agency:
    """Tells each answer once; an answer is a list of event kinds."""

    poll_every = timedelta(seconds=1)

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str | None] = []
        self.missing = False
        self.mended = False
        self.has_no_more_to_say = False

    async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        _ = cases
        self.asked.append(checkpoint)
        while self.answers:
            news = tuple(News(body=kind.encode(), media_type="text/plain", memo="m") for kind in self.answers.pop(0))
            yield Polled(news=news, checkpoint=str(len(self.answers)))

    async def receive(self, news: News) -> tuple[Read, ...]:
        kind = news.body.decode()
        if kind == "nonsense":
            raise Malformed([Problem(path="event", rule="no such event")])
        if kind == "defect":
            raise KeyError(kind)
        if self.missing and news.tries < 2:
            raise RetryLater("a file cannot be fetched now")
        applicant = {"applicant": {"kind": "citizen"}} if self.mended else {}
        dossier = {"identifiers": [{"value": CODE, "scheme": "dossier"}], "procedure": {"code": "1.012784"}, **applicant}
        event = {"kind": KINDS.get(kind, kind)} | ({"note": "a\0b"} if kind == "control" else {})
        transfer = msgspec.convert({"message_id": f"m-{kind}", "event": event, "dossier": dossier}, Transfer)
        return (Read(transfer=transfer, raw=news.body, media_type=news.media_type, ends_case=self.has_no_more_to_say),)


class Dying:
    """A ledger whose process dies before or after one of its writing calls; `calls` tells which were made."""

    WRITES = ("accept", "forget", "keep", "mark_asked")

    def __init__(self, ledger: GroupLedger, dies_at: int, *, after: bool) -> None:
        self.ledger = ledger
        self.dies_at = dies_at
        self.after = after
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.ledger, name)
        if name not in self.WRITES:
            return call

        async def made(*arguments: Any, **named: Any) -> Any:
            self.calls.append(name)
            dies = len(self.calls) == self.dies_at
            if dies and not self.after:
                raise Killed
            answer = await call(*arguments, **named)
            if dies:
                raise Killed
            return answer

        return made


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[GroupLedger]:
    async with open_sqlite_ledger(tmp_path / "ledger.sqlite3") as opened:
        yield opened


@pytest.fixture
def begin(ledger: GroupLedger, tmp_path: Path) -> Callable[..., Poller]:
    """Begin a new process."""
    directory = Directory(agencies=(), systems=[CIVIL, DESK], routes=[Route(to=("mot-cua",))])
    telemetry, blobs, clock, numbers = PrometheusTelemetry(), FolderBlobs(tmp_path / "blobs"), StillClock(), count()

    def new_id() -> str:
        return f"i{next(numbers)}"

    def process(through: Any = None) -> Poller:
        used = through or ledger
        publisher = Publisher(queue=EmbeddedQueue(), telemetry=telemetry, carries=lambda _: False)
        acceptor = Acceptor(
            ledger=used,
            reader=ledger.reader,
            publisher=publisher,
            blobs=blobs,
            clock=clock,
            telemetry=telemetry,
            new_id=new_id,
            directory=lambda: directory,
        )
        return Poller(registers=used, acceptor=acceptor, clock=clock, telemetry=telemetry, new_id=new_id)

    return process


async def events(ledger: GroupLedger) -> list[str]:
    dossier = await ledger.reader.dossier(CODE)
    return [] if dossier is None else [record.event for record in await ledger.reader.transfers(dossier.id)]


COURSE = [["accepted", "processing"], ["supplement_requested"], ["completed"]]
TOLD = [kind for answer in COURSE for kind in answer]
#: What a poll of two answers, of one and of two news, writes.
CALLS = ["keep", "accept", "forget", "keep", "accept", "forget", "accept", "forget"]


async def test_all_that_is_told_is_accepted_in_order(ledger: GroupLedger, begin: Callable[..., Poller]) -> None:
    agency = Agency(*COURSE)

    assert await begin().poll(CIVIL, agency) == 4

    assert await events(ledger) == TOLD
    assert await ledger.unread("ho-tich") == ()
    assert await begin().poll(CIVIL, agency) == 0
    assert agency.asked == [None, "0"]


async def test_each_answer_is_kept_and_accepted_before_the_next_is_asked_for(ledger: GroupLedger, begin: Callable[..., Poller]) -> None:
    watched = Dying(ledger, 0, after=False)

    await begin(watched).poll(CIVIL, Agency(["accepted"], ["processing", "completed"]))

    assert watched.calls == CALLS


@pytest.mark.parametrize(
    ("dies_at", "after"), [(at, after) for at, name in enumerate(CALLS, 1) for after in (False, True) if after or name != "keep"]
)
async def test_a_process_that_dies_while_it_polls_loses_and_doubles_nothing(
    ledger: GroupLedger, begin: Callable[..., Poller], dies_at: int, after: bool
) -> None:
    """Before the first line of an answer is kept nobody can help: it died on the way."""
    agency = Agency(["accepted"], ["processing", "completed"])
    dying = Dying(ledger, dies_at, after=after)
    with pytest.raises(Killed):
        await begin(dying).poll(CIVIL, agency)

    await begin().poll(CIVIL, agency)

    assert len(dying.calls) == dies_at
    assert await events(ledger) == ["accepted", "processing", "completed"]
    assert await ledger.unread("ho-tich") == ()


async def test_what_was_told_before_an_agency_failed_is_accepted(ledger: GroupLedger, begin: Callable[..., Poller]) -> None:
    agency = Agency(*COURSE)
    polling = begin()

    class Failing(Agency):
        async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
            async with aclosing(agency.poll(cases, checkpoint)) as answers:
                yield await anext(answers)
            raise RetryLater("the agency is down")

    with pytest.raises(RetryLater):
        await polling.poll(CIVIL, Failing())

    assert await events(ledger) == COURSE[0]
    assert await polling.poll(CIVIL, agency) == 2


async def test_what_cannot_be_read_is_passed_over(ledger: GroupLedger, begin: Callable[..., Poller]) -> None:
    assert await begin().poll(CIVIL, Agency(["accepted", "nonsense", "defect", "processing"])) == 2

    assert await events(ledger) == ["accepted", "processing"]
    assert await ledger.unread("ho-tich") == ()
    assert {(one.code, str(one.problems[0]).split(" at ")[0]) for one in await ledger.reader.refused()} == {
        ("malformed", "event: no such event"),
        ("defect", "(whole): KeyError"),
    }


async def test_refused_news_are_accepted_when_a_person_has_them_read_again(ledger: GroupLedger, begin: Callable[..., Poller]) -> None:
    agency = Agency(["incomplete"])
    await begin().poll(CIVIL, agency)
    (refused,) = await ledger.reader.refused()

    await ledger.revise(Revision(news_id=refused.id, again=True, who="an officer", why="the table is mended", at=NOW))
    agency.mended = True

    assert refused.code == "incomplete"
    assert await begin().poll(CIVIL, agency) == 1
    assert await events(ledger) == ["submitted"]
    assert await ledger.reader.refused() == ()
    course = [(entry.before, entry.after, entry.who) for entry in await ledger.reader.journal(transfer_id=refused.id)]
    assert course == [("", "refused", "ho-tich"), ("refused", "again", "an officer"), ("again", "accepted", "ho-tich")]


async def test_what_no_other_dialect_can_say_is_refused_whatever_way_it_came(ledger: GroupLedger, begin: Callable[..., Poller]) -> None:
    await begin().poll(CIVIL, Agency(["control"]))

    (refused,) = await ledger.reader.refused()
    assert [(one.path, one.rule) for one in refused.problems] == [("event.note", "holds a control character")]
    assert await events(ledger) == []


async def test_what_cannot_be_read_now_is_waited_for_and_nothing_overtakes_it(ledger: GroupLedger, begin: Callable[..., Poller]) -> None:
    agency = Agency(["accepted", "processing"])
    agency.missing = True
    polling = begin()

    for _ in range(2):
        with pytest.raises(RetryLater):
            await polling.poll(CIVIL, agency)
        assert await events(ledger) == []
    agency.missing = False

    assert await polling.poll(CIVIL, agency) == 2
    assert len(agency.asked) == 2


async def test_an_agency_that_has_no_more_to_say_is_asked_no_more(ledger: GroupLedger, begin: Callable[..., Poller]) -> None:
    (work,) = (await accept(ledger, acceptance(dossier=CODE, sender="mot-cua", to=("ho-tich",), at=NOW))).works
    await settle(ledger, await lease(ledger, work.delivery_id, at=NOW), at=NOW, opens_case=True)
    agency = Agency(["processing"])

    await begin().poll(CIVIL, agency)
    still = await ledger.open_cases("ho-tich", asked_before=NOW + timedelta(days=1), limit=10)
    agency.answers, agency.has_no_more_to_say = [["accepted"]], True
    await begin().poll(CIVIL, agency)

    assert [case.dossier_id for case in still] == [work.dossier_id]
    assert await ledger.open_cases("ho-tich", asked_before=NOW + timedelta(days=1), limit=10) == ()
