"""Takes out of a foreign sentence what may name a person."""

from __future__ import annotations

import re
from xml.sax.saxutils import unescape

__all__ = ["scrub"]

LONGEST_TEXT = 500
SHORTEST_SENT = 3
SENT = re.compile(r">([^<>]+)<|=\"([^\"<>]+)\"|='([^'<>]+)'")
OTHERS = {"&quot;": '"', "&apos;": "'", "&#13;": "\r", "&#10;": "\n", "&#9;": "\t"}
#: E-mail addresses and what is quoted; runs of nine digits and more.
NAMING = re.compile(r"\S+@\S+|[\"“][^\"”]*[\"”]|'[^']*'")
LONG_NUMBER = re.compile(r"(?<![0-9.\-])[0-9]{9,}")


def scrub(text: str, sent: bytes = b"") -> str:
    """The text on one line without e-mail addresses, quotations, long numbers, and without any value of the XML that was `sent`, for
    which it is an answer; 500 characters stay.
    """
    line = " ".join(text.split())
    for value in sorted(_values(sent), key=len, reverse=True):
        line = re.sub(re.escape(value), "…", line, flags=re.IGNORECASE) if value.casefold() in line.casefold() else line
    return LONG_NUMBER.sub("…", NAMING.sub("…", line))[:LONGEST_TEXT]


def _values(sent: bytes) -> set[str]:
    """Every text and attribute of a document that is long enough to say something."""
    found = ("".join(groups) for groups in SENT.findall(sent.decode("utf-8", "replace")))
    lines = (" ".join(unescape(value, OTHERS).split()) for value in found)
    return {line for line in lines if len(line) >= SHORTEST_SENT and not line.startswith(("http:", "https:", "urn:"))}
