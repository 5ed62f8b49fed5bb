"""Social insurance: it takes official documents from the national axis, and says by the same way what becomes of each."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from gateway.demo.arrival import Arrival, hashes
from gateway.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Insurance"]

#: The attachment that carries the dossier itself, for other gateways.
AS_DATA = "ho-so-lien-thong.json"
#: What it says of a document, in the codes of the standard: accepted, completed.
COURSE = ("03", "06")


class Insurance:
    """The agency at the other end of the simulated axis; `arrived` are its documents with their papers."""

    def __init__(self, axis: Any) -> None:
        """Keep the axis."""
        self._axis = axis
        self._said: dict[str, int] = {}
        self.arrived: list[Arrival] = []

    def answer(self) -> None:
        """Open what came, and say the next thing about every document."""
        for id_, message in list(self._documents()):
            if id_ not in self._said:
                self.arrived.append(Arrival(code=message.notation, papers=hashes(self._contents(message))))
            step = self._said.setdefault(id_, 0)
            if step < len(COURSE):
                self._axis.say(message, COURSE[step])
                self._said[id_] = step + 1

    def _documents(self) -> Iterator[tuple[str, Any]]:
        """The documents that were sent to it."""
        return ((id_, message) for id_, message in self._axis.messages.items() if message.kind == "edoc")

    def _contents(self, message: Any) -> Iterator[bytes]:
        """The papers of a document; its dossier as data is none."""
        for attachment in parse_xml(self._axis.body_of(message)).iter("{*}Attachment"):
            if attachment.findtext("{*}AttachmentName") != AS_DATA:
                yield b64decode(attachment.findtext("{*}ContentTransferEncoded", ""))
