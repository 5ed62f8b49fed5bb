"""The contents that come with a message: by XOP, beside it, or inline; stored as they arrive, never one whole in memory."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from gateway.domain.errors import Malformed, Problem
from gateway.soap import XOP, cid_of
from gateway.web.soap.message import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lxml import etree

    from gateway.multipart import Part
    from gateway.ports import BlobInfo, BlobStore

__all__ = ["CONTENT", "Enclosed"]

ATTACHMENT, ID, CONTENT = (f"{{{NAMESPACE}}}{name}" for name in ("attachment", "id", "content"))
INCLUDE = f"{{{XOP}}}Include"


class Enclosed:
    """The contents of one message; its body holds none of them any more."""

    def __init__(
        self, body: etree._Element | None, parts: AsyncIterator[Part] | None = None, *, stored: Sequence[BlobInfo] | None = None
    ) -> None:
        """Take the contents out of the body: what was inline is kept, what is included is looked for among the parts. `stored` are contents
        that are taken out already, in the order of the body.
        """
        self._parts = parts
        self._waiting = None if stored is None else iter(stored)
        self._stored: dict[str, BlobInfo] = {}
        self._inline: dict[str, str] = {}
        self._included: dict[str, str] = {}
        self._problems: list[Problem] = []
        for index, attachment in enumerate([] if body is None else body.iter(ATTACHMENT)):
            self._take(attachment, f"attachments[{index}]")
        if self._waiting is not None and next(self._waiting, None) is not None:
            self._problems.append(Problem(path="attachments", rule="a content stands where none belongs"))

    def _take(self, attachment: etree._Element, path: str) -> None:
        """Take one content out of the body."""
        name = attachment.findtext(ID) or ""
        content = attachment.find(CONTENT)
        if content is None:
            return
        if name in self._inline or name in self._stored or name in self._included.values():
            self._problems.append(Problem(path=f"{path}.id", rule="named twice in this message"))
        if len(content):
            include = content[0]
            cid = cid_of(include.get("href", "")) if include.tag == INCLUDE and len(content) == 1 else ""
            if not cid or cid in self._included:
                self._problems.append(Problem(path=f"{path}.content", rule="one xop:Include with href cid: of a part, each part once"))
            self._included[cid] = name
            content.remove(include)
        elif self._waiting is not None:
            self._stored.update((name, info) for info in [next(self._waiting, None)] if info is not None)
        else:
            self._inline[name] = content.text or ""
        content.text = None

    async def store(self, blobs: BlobStore) -> dict[str, BlobInfo]:
        """Store every content, in the order in which they come; answers them by their names. Raises `Malformed` for what is missing, broken
        or there twice.
        """
        if self._problems:
            raise Malformed(self._problems)
        stored = self._stored | {name: await blobs.put(_once(_decoded(name, text))) for name, text in self._inline.items()}
        if self._parts is not None:
            async for part in self._parts:
                name = self._included.pop(part.content_id, part.content_id)
                if not name or name in stored:
                    raise Malformed([Problem(path="", rule="every part beside the message has a Content-ID of its own")], code="mime")
                stored[name] = await blobs.put(part.chunks)
        if self._included:
            missing = [Problem(path="attachments", rule="an xop:Include names a part that did not come")] * len(self._included)
            raise Malformed(missing, code="mime")
        return stored


def _decoded(name: str, text: str) -> bytes:
    """Decode a content that came inline."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise Malformed([Problem(path="attachments", rule="content is base64", found=f"the content {name!r}")]) from None


async def _once(content: bytes) -> AsyncIterator[bytes]:
    """A content in one piece."""
    yield content
