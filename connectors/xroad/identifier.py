"""The identifiers of X-Road: a member or its subsystem, and a service of it; their characters are checked wherever one is read."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import msgspec

from gateway.sdk import Malformed, Problem

__all__ = ["LONGEST", "PART", "SUBSYSTEM", "Service", "Subsystem", "read_subsystem"]

LONGEST = 100
#: The strict set of X-Road 7.3: agency codes with dots are legal; slashes, colons, percent signs and letters beyond ASCII are not.
PART = rf"[A-Za-z0-9'()+,\-.=?]{{1,{LONGEST}}}"
SUBSYSTEM = rf"^{PART}/{PART}/{PART}(/{PART})?\Z"
DOTS = re.compile(r"\.{1,2}\Z")


class Subsystem(msgspec.Struct, frozen=True, kw_only=True):
    """A subsystem of a member, such as `VN/GOV/H21.129/lienthong`; without a subsystem, the member itself."""

    instance: str
    member_class: str
    member: str
    subsystem: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The codes that it is made of."""
        return (self.instance, self.member_class, self.member, *([self.subsystem] if self.subsystem else []))

    def __str__(self) -> str:
        """As people write it."""
        return "/".join(self.parts)

    @property
    def path(self) -> str:
        """As it stands in a header or an address: each part percent-encoded, a slash between."""
        return "/".join(quote(part, safe="") for part in self.parts)


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a subsystem; the version may be empty."""

    provider: Subsystem
    code: str
    version: str = ""


def read_subsystem(text: str, *, place: str, encoded: bool = False) -> Subsystem:
    """Read `instance/class/member/subsystem`; `encoded`: as `path` writes it. Raises `Malformed` for another shape or another character."""
    parts = [unquote(part, errors="replace") if encoded else part for part in text.strip().split("/")]
    if not 3 <= len(parts) <= 4:
        raise Malformed([Problem(path=place, rule="instance/class/member/subsystem")], code="InvalidClientIdentifier")
    if any(not re.fullmatch(PART, part) or DOTS.match(part) for part in parts):
        hint = "letters, digits and '()+,-.=? only"
        raise Malformed([Problem(path=place, rule="characters of an X-Road identifier", hint=hint)], code="InvalidClientIdentifier")
    return Subsystem(instance=parts[0], member_class=parts[1], member=parts[2], subsystem=parts[3] if len(parts) == 4 else "")
