"""The hash by which an answer of X-Road is bound to its request: in a SOAP header, and in a header of HTTP."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

__all__ = ["SHA512", "Hashing", "is_hash_of", "rest_hash"]

SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
#: Algorithms by their XML-DSIG names; SHA-1 is not one of them.
ALGORITHMS = {
    SHA512: "sha512",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
}
#: Headers that a security server neither passes on nor counts.
HOP_BY_HOP = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization", "server", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "user-agent", "x-road-request-hash", "x-road-request-id"}
)


class Hashing:
    """Streams a body and hashes what passes."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        """Begin."""
        self._chunks = chunks
        self._hash = hashlib.sha512()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, once."""
        async for chunk in self._chunks:
            self._hash.update(chunk)
            yield chunk

    def digest(self) -> bytes:
        """The SHA-512 of what passed."""
        return self._hash.digest()


def is_hash_of(text: str, algorithm: str, message: bytes) -> bool:
    """Tell whether a base64 text is the hash of a SOAP message (of the part that holds it, where attachments came along)."""
    name = ALGORITHMS.get(algorithm)
    return name is not None and _is(text, hashlib.new(name, message).digest())


def rest_hash(method: str, target: str, headers: Sequence[tuple[str, str]], request_id: str, body: bytes | None) -> str:
    """The hash of a REST request, in base64: SHA-512 of the SHA-512 of its head and that of its body (`body`), of the head alone without one.

    The head is the method, the path with the query, the headers in the order in which they were sent, and the id that the security
    server gave the request.
    """
    kept = [f"{name}:{value}" for name, value in headers if name.lower() not in HOP_BY_HOP]
    lines = [method, target, *kept, f"X-Road-Request-Id:{request_id}"]
    head = hashlib.sha512("".join(f"{line}\r\n" for line in lines).encode()).digest()
    return b64encode(head if body is None else hashlib.sha512(head + body).digest()).decode()


def _is(text: str, digest: bytes) -> bool:
    """Compare a base64 text with a digest."""
    try:
        return hmac.compare_digest(b64decode("".join(text.split()), validate=True), digest)
    except ValueError:
        return False
