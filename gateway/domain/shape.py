"""The shape of a found text, so that a fault can be shown without its value."""

from __future__ import annotations

import string

__all__ = ["shape"]

LONGEST = 60
KINDS = str.maketrans(
    string.digits + string.ascii_uppercase + string.ascii_lowercase,
    "9" * 10 + "A" * 26 + "a" * 26,
)


def shape(text: str) -> str:
    """Show a text with every digit as 9, every letter as A or a, anything but ASCII as ?; at most 60 characters of it."""
    if not text:
        return "empty text"
    shown = "".join(letter if " " <= letter <= "~" else "?" for letter in text[:LONGEST]).translate(KINDS)
    return f"{shown}... ({len(text)} characters)" if len(text) > LONGEST else shown
