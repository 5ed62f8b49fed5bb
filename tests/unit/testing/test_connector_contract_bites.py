"""A contract is worth what it refuses: connectors with one defect each, and the sentence of the contract that finds it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from itertools import count
from typing import Any

import msgspec
import pytest

from connectors.igate import plugin
from connectors.igate.connector import OneStop
from connectors.igate.simulator import OneStopSimulator
from gateway.sdk import Case, Delivered, Document, Inbound, News, Outcome, OutcomeUnknown, Outgoing, Polled, Read, Rejected, RetryLater
from gateway.testing.connector_bench import Bench
from gateway.testing.connector_contract import ConnectorContract

CONTRACT = ConnectorContract()
numbers = count()


class SaysDoneWithoutSending(OneStop):
    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        _ = outgoing, documents
        return Delivered()


class SendsUnderANewKey(OneStop):
    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        fresh = msgspec.structs.replace(outgoing, key=f"{outgoing.key}-{next(numbers)}")
        return await super().deliver(fresh, documents)


class TakesSilenceForSuccess(OneStop):
    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        try:
            return await super().deliver(outgoing, documents)
        except OutcomeUnknown:
            return Delivered()


class TakesSilenceForLater(OneStop):
    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        try:
            return await super().deliver(outgoing, documents)
        except OutcomeUnknown as error:
            raise RetryLater(error.text) from error


class TakesAnOutageForARefusal(OneStop):
    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        try:
            return await super().deliver(outgoing, documents)
        except RetryLater as error:
            return Rejected(code="x", text=error.text)


class FindsWhatIsNotThere(OneStop):
    async def reconcile(self, outgoing: Outgoing) -> Outcome | None:
        _ = outgoing
        return Delivered()


class NamesPeople(OneStop):
    async def deliver(self, outgoing: Outgoing, documents: tuple[Document, ...]) -> Outcome:
        try:
            return await super().deliver(outgoing, documents)
        except RetryLater as error:
            raise RetryLater(documents[0].body.decode()) from error


class GivesNewIdsToOldNews(OneStop):
    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        return tuple(
            msgspec.structs.replace(read, transfer=msgspec.structs.replace(read.transfer, message_id=f"m-{next(numbers)}"))
            for read in super().read(inbound)
        )


class CrashesOnNonsense(OneStop):
    def read(self, inbound: Inbound) -> tuple[Read, ...]:
        document: dict[str, Any] = msgspec.json.decode(inbound.body)
        assert document["dossierStatus"]["id"] is not None
        return super().read(inbound)


class HearsNothing(OneStop):
    async def poll(self, cases: Sequence[Case], checkpoint: str | None) -> AsyncGenerator[Polled, None]:
        _ = cases, checkpoint
        yield Polled()


class GivesNewIdsToNewsReadAgain(OneStop):
    async def receive(self, news: News) -> tuple[Read, ...]:
        (read,) = await super().receive(news)
        return (msgspec.structs.replace(read, transfer=msgspec.structs.replace(read.transfer, message_id=f"m-{next(numbers)}")),)


@pytest.fixture
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    defective = msgspec.structs.replace(plugin, open=request.param)
    async with Bench(defective, OneStopSimulator()) as opened:
        yield opened


FAILED = (AssertionError, KeyError, TypeError, msgspec.DecodeError, pytest.fail.Exception)
FINDS = [
    (SaysDoneWithoutSending, "test_every_example_is_delivered_once"),
    (SendsUnderANewKey, "test_the_same_delivery_sent_twice_has_one_effect"),
    (TakesSilenceForSuccess, "test_a_line_cut_after_it_was_taken_is_unknown_and_asking_finds_it"),
    (TakesSilenceForLater, "test_a_line_cut_after_it_was_taken_is_unknown_and_asking_finds_it"),
    (TakesAnOutageForARefusal, "test_what_is_unavailable_is_tried_later"),
    (TakesAnOutageForARefusal, "test_what_is_down_is_tried_later"),
    (FindsWhatIsNotThere, "test_asking_for_what_was_never_sent_finds_nothing"),
    (NamesPeople, "test_no_error_names_a_person"),
    (GivesNewIdsToOldNews, "test_the_same_message_has_the_same_id"),
    (CrashesOnNonsense, "test_a_spoiled_message_is_malformed_and_its_faults_are_impersonal"),
    (GivesNewIdsToNewsReadAgain, "test_the_status_of_a_dossier_comes_back"),
    (HearsNothing, "test_the_status_of_a_dossier_comes_back"),
]


@pytest.mark.parametrize(("bench", "name"), FINDS, indirect=["bench"], ids=lambda one: getattr(one, "__name__", one))
async def test_the_contract_finds_the_defect(bench: Bench, name: str) -> None:
    with pytest.raises(FAILED):
        await getattr(CONTRACT, name)(bench)


@pytest.mark.parametrize("bench", [OneStop], indirect=True)
@pytest.mark.parametrize("name", sorted({name for _, name in FINDS}))
async def test_the_same_sentence_holds_without_it(bench: Bench, name: str) -> None:
    await getattr(CONTRACT, name)(bench)
