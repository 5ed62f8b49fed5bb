"""What every ledger must do when a transfer is accepted."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256

import pytest
from msgspec.structs import replace

from gateway.domain.delivery import State
from gateway.domain.dossier import Identifier
from gateway.domain.errors import Malformed
from gateway.ports import Accepted, Conflict, Filter, Repeated
from gateway.testing.ledger_sample import (
    NOW,
    WholeLedger,
    accept,
    acceptance,
    deliver,
    settle,
)

__all__ = ["Accepting"]


class Accepting:
    """Accepting is idempotent, finds the dossier, and puts deliveries into their lanes."""

    async def test_an_accepted_transfer_can_be_read_with_its_receipt_and_payloads(self, ledger: WholeLedger) -> None:
        """All of it is there when the answer is."""
        given = acceptance(to=("tax", "land"))

        answer = await accept(ledger, given)

        record = await ledger.reader.transfer(given.transfer_id)
        assert record is not None
        assert record.receipt == answer.receipt
        assert answer.receipt.destinations == ("tax", "land")
        assert (record.sender, record.message_id, record.event) == ("one-stop", "m1", "submitted")
        assert await ledger.reader.payload(given.transfer_id) == given.canonical
        assert await ledger.reader.payload(given.transfer_id, raw=True) == b"<raw/>"
        assert [work.destination for work in answer.works] == ["tax", "land"]
        assert await ledger.reader.sent("one-stop", "m1") == record

    async def test_what_was_never_accepted_is_not_found(self, ledger: WholeLedger) -> None:
        """Absence is None, never an error."""
        assert await ledger.reader.transfer("nothing") is None
        assert await ledger.reader.sent("one-stop", "nothing") is None
        assert await ledger.reader.payload("nothing") is None
        assert await ledger.reader.dossier("nothing") is None
        assert await ledger.lease("nothing", owner="w", now=NOW, until=NOW) is None

    async def test_a_raw_message_equal_to_the_canonical_one_reads_back(self, ledger: WholeLedger) -> None:
        """However it is stored."""
        given = acceptance()
        same = type(given)(**{name: getattr(given, name) for name in given.__struct_fields__} | {"raw": given.canonical})

        await accept(ledger, same)

        assert await ledger.reader.payload(given.transfer_id, raw=True) == given.canonical

    async def test_the_same_message_again_answers_the_stored_receipt(self, ledger: WholeLedger) -> None:
        """Nothing is accepted twice."""
        first = await accept(ledger, acceptance())

        again = await ledger.accept(acceptance(at=NOW + timedelta(hours=1)))

        assert again == Repeated(receipt=first.receipt)
        assert len((await ledger.reader.deliveries(Filter())).deliveries) == 1

    async def test_the_same_message_id_with_other_content_is_a_conflict(self, ledger: WholeLedger) -> None:
        """And changes nothing."""
        first = await accept(ledger, acceptance())

        again = await ledger.accept(acceptance(content="other", dossier="D2"))

        assert again == Conflict(receipt=first.receipt)
        assert await ledger.reader.dossier("D2") is None

    async def test_two_senders_may_use_the_same_message_id(self, ledger: WholeLedger) -> None:
        """Message ids are each sender's own."""
        await accept(ledger, acceptance())

        answer = await accept(ledger, acceptance(sender="portal"))

        found = await ledger.reader.sent("portal", "m1")
        assert found is not None
        assert found.receipt == answer.receipt

    async def test_twenty_at_once_of_one_message_are_one_transfer(self, ledger: WholeLedger) -> None:
        """One is accepted, nineteen get its receipt."""
        answers = await asyncio.gather(*[ledger.accept(acceptance()) for _ in range(20)])

        accepted = [answer for answer in answers if isinstance(answer, Accepted)]
        assert len(accepted) == 1
        assert all(answer.receipt == accepted[0].receipt for answer in answers)
        assert len((await ledger.reader.deliveries(Filter())).deliveries) == 1

    async def test_a_dossier_is_found_by_any_of_its_ids(self, ledger: WholeLedger) -> None:
        """And learns further ones."""
        first = await accept(ledger, acceptance(more=(("N-1", "national"),)))

        second = await accept(ledger, acceptance("m2", dossier="", more=(("N-1", "national"), ("T-1", "tax")), sender="tax"))

        assert second.receipt.dossier_id == first.receipt.dossier_id
        found = await ledger.reader.dossier("D1")
        assert found is not None
        for value in ("N-1", "T-1", first.receipt.dossier_id):
            assert await ledger.reader.dossier(value) == found
        assert found.id == first.receipt.dossier_id
        assert found.origin == "one-stop"
        assert [name.value for name in found.identifiers] == ["D1", "N-1", "T-1"]
        assert await ledger.reader.dossier("T-1", scheme="land") is None
        assert await ledger.reader.dossier("T-1", scheme="tax") == found

    async def test_a_dossier_learns_its_procedure_once(self, ledger: WholeLedger) -> None:
        """The first one that is said stays."""
        for message, procedure in (("m1", ""), ("m2", "1.000656"), ("m3", "2.000999"), ("m4", "")):
            await accept(ledger, acceptance(message, procedure=procedure))

        found = await ledger.reader.dossier("D1")

        assert found is not None
        assert found.procedure == "1.000656"

    async def test_a_transfer_that_ties_two_dossiers_goes_to_the_first_it_names(self, ledger: WholeLedger) -> None:
        """And every id keeps its first owner."""
        one = await accept(ledger, acceptance("m1", dossier="D1"))
        two = await accept(ledger, acceptance("m2", dossier="D2"))

        tied = await accept(ledger, acceptance("m3", dossier="D3", more=(("D2", "dossier"), ("D1", "dossier"))))

        assert tied.receipt.dossier_id == two.receipt.dossier_id
        owners = {}
        for value in ("D1", "D2", "D3"):
            found = await ledger.reader.dossier(value)
            assert found is not None
            owners[value] = found.id
        assert owners == {"D1": one.receipt.dossier_id, "D2": two.receipt.dossier_id, "D3": two.receipt.dossier_id}

    async def test_the_id_that_a_destination_gives_finds_the_dossier(self, ledger: WholeLedger) -> None:
        """A reference is an identifier of the destination's scheme."""
        first = await accept(ledger, acceptance())
        await deliver(ledger, first.works[0].delivery_id, reference="T-77")

        answer = await accept(ledger, acceptance("s1", dossier="", more=(("T-77", "tax"),), sender="tax", to=("one-stop",)))

        assert answer.receipt.dossier_id == first.receipt.dossier_id

    async def test_one_dossier_is_opened_by_many_first_transfers_at_once(self, ledger: WholeLedger) -> None:
        """All of them tie into one."""
        answers = await asyncio.gather(*[accept(ledger, acceptance(f"m{index}")) for index in range(20)])

        assert len({answer.receipt.dossier_id for answer in answers}) == 1
        page = await ledger.reader.deliveries(Filter())
        assert sorted(item.position for item in page.deliveries) == list(range(1, 21))
        states = [item.state for item in page.deliveries]
        assert states.count(State.QUEUED) == 1
        assert states.count(State.WAITING) == 19

    async def test_a_transfer_to_nobody_is_accepted_and_journalled(self, ledger: WholeLedger) -> None:
        """It has no delivery, and one entry."""
        answer = await accept(ledger, acceptance(to=()))

        assert answer.works == ()
        entries = await ledger.reader.journal(transfer_id=answer.receipt.transfer_id)
        assert [(entry.delivery_id, entry.after) for entry in entries] == [("", "accepted")]

    async def test_an_issuer_is_kept_as_it_was_said(self, ledger: WholeLedger) -> None:
        """Named, said to be none, or not said."""
        names = (
            Identifier(value="A", scheme="a", issuer="H21"),
            Identifier(value="B", scheme="b", issuer=None),
            Identifier(value="C", scheme="c"),
        )
        given = acceptance()
        fields = {name: getattr(given, name) for name in given.__struct_fields__}

        await accept(ledger, type(given)(**fields | {"identifiers": names}))

        found = await ledger.reader.dossier("A")
        assert found is not None
        assert found.identifiers == names

    async def test_an_id_that_no_ledger_can_store_is_malformed(self, ledger: WholeLedger) -> None:
        """The same on every backing, and nothing is accepted."""
        with pytest.raises(Malformed):
            await ledger.accept(acceptance(dossier="D\0"))

    async def test_a_case_is_open_from_the_delivery_until_the_sender_closes_it(self, ledger: WholeLedger) -> None:
        """Asked ones come last, and not before it is time."""
        works = [(await accept(ledger, acceptance(f"m{name}", dossier=name))).works[0] for name in ("D1", "D2")]
        for work in works:
            held = await ledger.lease(work.delivery_id, owner="w", now=NOW, until=NOW)
            assert held is not None
            await settle(ledger, held, reference=f"R-{work.dossier_id}", opens_case=True)

        await ledger.mark_asked("tax", [works[0].dossier_id], at=NOW + timedelta(hours=1))
        cases = await ledger.open_cases("tax", asked_before=NOW + timedelta(hours=2), limit=10)
        recent = await ledger.open_cases("tax", asked_before=NOW, limit=10)
        await accept(ledger, acceptance("done", dossier="D2", sender="tax", to=("one-stop",), closes_case=True))
        left = await ledger.open_cases("tax", asked_before=NOW + timedelta(hours=2), limit=10)

        assert [case.dossier_id for case in cases] == [works[1].dossier_id, works[0].dossier_id]
        assert cases[0].reference == f"R-{works[1].dossier_id}"
        assert [name.scheme for name in cases[0].identifiers] == ["dossier", "tax"]
        assert cases[1].asked_at == NOW + timedelta(hours=1)
        assert [case.dossier_id for case in recent] == [works[1].dossier_id]
        assert [case.dossier_id for case in left] == [works[0].dossier_id]
        assert await ledger.open_cases("land", asked_before=NOW, limit=10) == ()

    async def test_an_attachment_is_read_by_whom_it_concerns(self, ledger: WholeLedger) -> None:
        """Who put it here, who sent a transfer that names it, and to whom that goes; nobody else, and no other attachment."""
        scan, photo, unknown = (sha256(name).hexdigest() for name in (b"scan", b"photo", b"unknown"))
        await asyncio.gather(ledger.grant("one-stop", scan), ledger.grant("one-stop", scan), ledger.grant("portal", photo))
        given = [replace(acceptance(f"m{index}", to=("tax", "land")), attachments=(scan,)) for index in range(3)]
        await asyncio.gather(*[accept(ledger, one) for one in given])

        async def read_by(system: str) -> frozenset[str]:
            return await ledger.reader.may_read(system, [scan, photo, unknown])

        assert await read_by("one-stop") == await read_by("tax") == await read_by("land") == {scan}
        assert await read_by("portal") == {photo}
        assert await read_by("stranger") == await read_by("s\0") == frozenset()
        assert await ledger.reader.may_read("tax", []) == frozenset()
        many = [sha256(b"%d" % index).hexdigest() for index in range(1200)]
        assert await ledger.reader.may_read("tax", [*many, scan]) == {scan}

    async def test_a_repetition_lets_nobody_read_anything(self, ledger: WholeLedger) -> None:
        """Whatever it names."""
        scan = sha256(b"scan").hexdigest()
        await accept(ledger, acceptance())

        await ledger.accept(replace(acceptance(content="other", to=("tax", "land")), attachments=(scan,)))

        assert await ledger.reader.may_read("tax", [scan]) == frozenset()
