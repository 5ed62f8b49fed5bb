"""A document taken apart: its contents in the blob store, and what the translation reads."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from connectors.edxml.node import Node, normalise
from connectors.edxml.splitter import Begun, Ended, Splitter
from gateway.sdk import BlobInfo, Malformed, Problem, digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from connectors.edxml.splitter import Piece
    from gateway.sdk import BlobStore

__all__ = ["CANONICAL", "Content", "Paper", "hold", "take_apart"]

#: Media type of the attachment that carries the canonical transfer; its version is that of the form.
CANONICAL = "application/vnd.lienthong.transfer-1+json"
LARGEST_CANONICAL = 16 * 1024**2


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment as the document names it, and what came."""

    id: str
    name: str
    media_type: str
    description: str
    info: BlobInfo


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A document taken apart: the envelope in the one form, the contents by the order in which they came, the bytes around them, the
    signature as it came, and the canonical transfer when one came along.
    """

    envelope: Node
    contents: tuple[Content, ...]
    rest: bytes
    signature: str = ""
    canonical: bytes | None = None


def take_apart(body: bytes) -> tuple[Paper, dict[str, bytes]]:
    """Take a whole document apart; pure. Answers the contents by their hash, too. Raises `Malformed`."""
    splitter = Splitter()
    held: list[bytearray] = []
    for pieces in (splitter.feed(body), splitter.close()):
        for piece in pieces:
            if isinstance(piece, Begun):
                held.append(bytearray())
            elif isinstance(piece, bytes):
                held[-1] += piece
    contents = [bytes(one) for one in held]
    infos = [BlobInfo(sha256=digest(one), size=len(one)) for one in contents]
    paper = _paper(splitter, infos)
    known = {info.sha256: content for info, content in zip(infos, contents, strict=True)}
    carried = _carrier(paper)
    return (msgspec.structs.replace(paper, canonical=known[carried.info.sha256]) if carried else paper), known


async def hold(chunks: AsyncIterator[bytes], blobs: BlobStore) -> Paper:
    """Take a document apart while it comes, each content as a stream into the blob store. Raises `Malformed`, and what the stream and the
    store raise.
    """
    intake = _Intake(chunks)
    infos = [await blobs.put(intake.content()) async for _ in intake.begun()]
    paper = _paper(intake.splitter, infos)
    carried = _carrier(paper)
    if carried is None:
        return paper
    canonical = b"".join([chunk async for chunk in blobs.open(carried.info.sha256)])
    return msgspec.structs.replace(paper, canonical=canonical)


class _Intake:
    """Pulls a document through the splitter, as far as is asked for."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        """Begin."""
        self.splitter = Splitter()
        self._chunks = chunks
        self._pieces: deque[Piece] = deque()
        self._is_over = False

    async def begun(self) -> AsyncIterator[Begun]:
        """Stop at each content that begins; it must be read before the next is asked for."""
        while (piece := await self._next()) is not None:
            if isinstance(piece, Begun):
                yield piece

    async def content(self) -> AsyncIterator[bytes]:
        """The content that began."""
        while not isinstance(piece := await self._next(), Ended | None):
            if isinstance(piece, bytes):
                yield piece

    async def _next(self) -> Piece | None:
        """The next piece; None at the end of the document."""
        while not self._pieces:
            if self._is_over:
                return None
            try:
                self._pieces.extend(self.splitter.feed(await anext(self._chunks)))
            except StopAsyncIteration:
                self._is_over = True
                self._pieces.extend(self.splitter.close())
        return self._pieces.popleft()


def _paper(splitter: Splitter, infos: list[BlobInfo]) -> Paper:
    """Put together what came out of a document. Raises `Malformed` when it has no header."""
    root = splitter.root or Node("")
    found = list(_attachments(root))
    envelope = normalise(root)
    if envelope is None:
        raise Malformed([Problem(path="edXML:edXMLEnvelope/edXML:edXMLHeader", rule="required")])
    manifest = envelope.first("edXMLBody", "edXMLManifest") or Node("")
    references = {_bare_id(one): one for one in manifest.children}
    contents = tuple(_content(one, references.get(_bare_id(one), Node("")), infos) for one in found)
    return Paper(envelope=envelope, contents=contents, rest=bytes(splitter.rest), signature=splitter.signature)


def _attachments(node: Node) -> list[Node]:
    """Every element that holds a content, in the order of the contents."""
    own = [node] if node.first("ContentTransferEncoded") else []
    return own + [found for child in node.children for found in _attachments(child)]


def _content(attachment: Node, reference: Node, infos: list[BlobInfo]) -> Content:
    """An attachment; what it does not say itself, the manifest says."""

    def said(name: str) -> str:
        """The text of one of the two."""
        return attachment.said(name) or reference.said(name)

    info = infos[int(attachment.said("ContentTransferEncoded"))]
    return Content(
        id=_bare_id(attachment), name=said("AttachmentName"), media_type=said("ContentType"), description=said("Description"), info=info
    )


def _bare_id(node: Node) -> str:
    """The id of an attachment, which some write with `cid:` in front and some without."""
    return node.said("ContentId").removeprefix("cid:")


def _carrier(paper: Paper) -> Content | None:
    """The attachment that carries the canonical transfer. Raises `Malformed` when it is too large to be one."""
    found = next((one for one in paper.contents if one.media_type == CANONICAL), None)
    if found is not None and found.info.size > LARGEST_CANONICAL:
        raise Malformed([Problem(path=f"edXML:AttachmentEncoded/{CANONICAL}", rule="too large")])
    return found
