"""Take a canonical transfer from a system: check it, route it, commit it, hand it to the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from gateway.domain.errors import Malformed, Problem, Refused
from gateway.domain.event import CLOSING
from gateway.domain.route import ORIGIN
from gateway.domain.transfer import (
    AcceptedTransfer,
    attachments,
    digest,
    encode_accepted,
    encode_transfer,
    require_complete,
)
from gateway.domain.tree import require_plain
from gateway.ports import Acceptance, Accepted, Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gateway.domain.receipt import Receipt
    from gateway.domain.transfer import Transfer
    from gateway.pipeline.directory import Directory
    from gateway.pipeline.publish import Publisher
    from gateway.pipeline.recent import Recent
    from gateway.ports import (
        BlobStore,
        Clock,
        DossierRecord,
        Ledger,
        Reader,
        Telemetry,
    )

__all__ = ["INLINE_BYTES", "Acceptor"]

#: A payload up to this size travels in the message itself; a larger one is read from the ledger by the worker.
INLINE_BYTES = 64 * 1024


class Acceptor:
    """Accepts transfers; any number of calls at once."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: Reader,
        publisher: Publisher,
        blobs: BlobStore,
        clock: Clock,
        telemetry: Telemetry,
        new_id: Callable[[], str],
        directory: Callable[[], Directory],
        recent: Recent | None = None,
    ) -> None:
        """Keep the ports; nothing is opened. `recent` is shared with the workers, where they are in this process."""
        self._ledger = ledger
        self._reader = reader
        self._publisher = publisher
        self._blobs = blobs
        self._clock = clock
        self._telemetry = telemetry
        self._new_id = new_id
        self._directory = directory
        self._recent = recent

    async def accept(
        self, sender: str, transfer: Transfer, *, raw: bytes, raw_media_type: str, ends_case: bool = False
    ) -> tuple[Receipt, bool]:
        """Accept a transfer durably; answer its receipt and whether it is new. `ends_case`: the sender is asked no more about its dossier.

        The same message again answers the stored receipt. Raises `Malformed` (faulty, or a recipient or attachment that does not
        exist), `Refused` (no route; same message id with other content: code `conflict`), `RetryLater` (the ledger cannot commit now).
        When it raises, nothing was accepted.
        """
        begun = self._clock.now()
        require_complete(transfer)
        named = {one.sha256 for _, one in attachments(transfer.dossier) if isinstance(one.sha256, str)}
        if named:
            await self._require_attachments(sender, transfer, named)
        canonical = encode_transfer(transfer)
        require_plain(canonical)
        acceptance = await self._compose(sender, transfer, canonical, raw, raw_media_type, named)
        if ends_case:
            acceptance = msgspec.structs.replace(acceptance, closes_case=True)
        answer = await self._ledger.accept(acceptance)
        match answer:
            case Accepted():
                self._telemetry.accepted(
                    sender=sender,
                    event=transfer.event.kind,
                    seconds=(self._clock.now() - begun).total_seconds(),
                )
                self._hand_on(answer, acceptance, transfer)
                return answer.receipt, True
            case Conflict():
                text = "this message id was accepted before with other content; send a new message id"
                raise Refused(text, code="conflict")
            case _:
                self._telemetry.repeated(sender=sender)
                return answer.receipt, False

    async def _compose(
        self,
        sender: str,
        transfer: Transfer,
        canonical: bytes,
        raw: bytes,
        raw_media_type: str,
        named: Collection[str],
    ) -> Acceptance:
        """Route the transfer and put together what the ledger commits."""
        procedure = "" if transfer.dossier.procedure is UNSET else transfer.dossier.procedure.code
        destinations, known = await self._route(sender, transfer, procedure)
        return Acceptance(
            transfer_id=self._new_id(),
            sender=sender,
            message_id=transfer.message_id,
            digest=digest(canonical),
            event=transfer.event.kind,
            procedure=procedure or (known.procedure if known else ""),
            identifiers=transfer.dossier.identifiers,
            destinations=destinations,
            canonical=canonical,
            raw=raw,
            raw_media_type=raw_media_type,
            accepted_at=self._clock.now(),
            attachments=tuple(sorted(named)),
            closes_case=transfer.event.kind in CLOSING,
        )

    async def _route(self, sender: str, transfer: Transfer, procedure: str) -> tuple[tuple[str, ...], DossierRecord | None]:
        """Name the destinations: the transfer's own recipients, or the routing table's; look the dossier up only when that needs it."""
        directory = self._directory()
        known = None
        if not procedure:
            known = await self._known(transfer)
            procedure = known.procedure if known else ""
        targets = transfer.recipients or directory.targets(procedure=procedure, event=transfer.event.kind, sender=sender)
        if ORIGIN in targets and known is None:
            known = await self._known(transfer)
        return directory.resolve(targets, sender=sender, origin=known.origin if known else None), known

    async def _known(self, transfer: Transfer) -> DossierRecord | None:
        """Find the dossier by any of the ids that the transfer names."""
        for identifier in transfer.dossier.identifiers:
            if found := await self._reader.dossier(identifier.value, scheme=identifier.scheme):
                return found
        return None

    async def _require_attachments(self, sender: str, transfer: Transfer, named: Collection[str]) -> None:
        """Raise `Malformed` naming every attachment whose content is claimed to be here and is not, as far as the sender may know."""
        problems = []
        readable = await self._reader.may_read(sender, named)
        for path, attachment in attachments(transfer.dossier):
            if attachment.sha256 is UNSET:
                continue
            info = await self._blobs.info(attachment.sha256) if attachment.sha256 in readable else None
            if info is None:
                problems.append(
                    Problem(
                        path=f"{path}.sha256",
                        rule="upload the content first",
                        found="an unknown hash",
                    )
                )
            elif attachment.size is not UNSET and attachment.size != info.size:
                problems.append(
                    Problem(
                        path=f"{path}.size",
                        rule=f"the stored content has {info.size} bytes",
                        found=str(attachment.size),
                    )
                )
        if problems:
            raise Malformed(problems, code="attachment_missing")

    def _hand_on(self, answer: Accepted, acceptance: Acceptance, transfer: Transfer) -> None:
        """Hand the heads of the lanes to the queue, soon."""
        if not answer.works:
            return
        accepted = AcceptedTransfer(
            id=acceptance.transfer_id,
            sender=acceptance.sender,
            dossier_id=answer.receipt.dossier_id,
            accepted_at=acceptance.accepted_at,
            transfer=transfer,
        )
        small = len(acceptance.canonical) <= INLINE_BYTES
        if not small:
            self._publisher.publish(answer.works)
            return
        if self._recent is not None:
            self._recent.keep(accepted)
        payload = encode_accepted(accepted, acceptance.canonical)
        self._publisher.publish(msgspec.structs.replace(work, payload=payload) for work in answer.works)
