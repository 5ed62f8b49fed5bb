"""What a site says of its connection to the population database."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.sdk import Access, Bare, Url, Wrapping

__all__ = ["Config", "Kept"]

Path = Annotated[str, Meta(pattern=r"^(/[!-~]*)?\Z")]
Code = Annotated[str, Meta(min_length=1, max_length=100)]
Seconds = Annotated[float, Meta(gt=0, le=600)]
#: What of an answer may be kept beside its verdict, by the names of an applicant.
Kept = Literal["address", "born_on", "gender", "identity_documents", "name"]


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the database is asked, on whose behalf, and what of its answers may be kept.

    `style`: `soap` is the database behind the adapter of a security server, `json` the look-up of a province's service bus. `service` is
    sent as `MaDVC`; `services` gives another one by the national code of a procedure. `official` is sent as `MaCanBo`. `answer_to`: whether the
    answer goes to the system whose transfer asked, or where the routing table says. Without `keep` nothing but the verdict is kept.
    `wrapping` is what the service bus puts around the answer of the `json` style.
    """

    url: Url
    path: Path = ""
    style: Literal["json", "soap"] = "soap"
    service: Code
    services: dict[str, Code] = {}
    integration: Code = "037"
    official: Code
    unit: Code | None = None
    account: Code | None = None
    phone: Code | None = None
    access: tuple[Access, ...] = ()
    wrapping: Wrapping = Bare()
    keep: tuple[Kept, ...] = ()
    answer_to: Literal["routes", "sender"] = "sender"
    seconds: Seconds = 30.0
    poll_every_seconds: Seconds = 2.0

    def __repr__(self) -> str:
        """Name the database; nobody who asks it."""
        return f"Config(url={self.url!r}, style={self.style!r})"
