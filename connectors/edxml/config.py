"""What a site says of its connection to an axis of official documents."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.sdk import FaultRules

__all__ = ["Config", "Login", "Organ", "Signer"]

Url = Annotated[str, Meta(pattern=r"^https?://[!-~]+\Z")]
Path = Annotated[str, Meta(pattern=r"^/[!-~]*\Z")]
#: An agency code as QĐ 20/2020 allows it.
OrganCode = Annotated[str, Meta(pattern=r"^[0-9A-Z]+(\.[0-9A-Z]+)*\Z", max_length=35)]
Said = Annotated[str, Meta(min_length=1, max_length=255)]
Secret = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(gt=0, le=3600)]


class Organ(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An agency as documents name it."""

    id: OrganCode
    name: Said
    in_charge: str = ""
    address: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    website: str = ""


class Signer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who signs what this site sends."""

    full_name: Said
    position: str = ""
    competence: str = ""

    def __repr__(self) -> str:
        """Name nobody."""
        return f"Signer(position={self.position!r})"


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account at a provincial axis that wants a token beside the id of the system."""

    username: Said
    password: Secret
    application_code: Said

    def __repr__(self) -> str:
        """Name the account; never its secret."""
        return f"Login(username={self.username!r})"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The axis, the agency that sends here, and those that its documents go to.

    `style`: `vxp` is the national axis, `provincial` the REST service of a province, `bkav` a SOAP service, whose faults mean what `faults`
    says. `carry_canonical` attaches the canonical transfer, so
    that nothing is lost between two gateways. `status_messages`: an event for which the standard has a status code is told by a status
    message always, or only when that says all there is to say (else by a document). `reply_event` is what a document means that answers
    one of ours and does not say what happened. `procedure` is the procedure of a document that names none. `hash_form`: `sdk` writes the
    hash of a document as the library of the national axis does (no leading zero of a byte), `hex` in 64 digits.
    """

    style: Literal["vxp", "provincial", "bkav"] = "vxp"
    url: Url
    system_id: Said
    secret: Secret
    organ: Organ
    receivers: Annotated[tuple[Organ, ...], Meta(min_length=1, max_length=50)]
    place: Said
    signer: Signer
    login: Login | None = None
    carry_canonical: bool = True
    status_messages: Literal["always", "when_nothing_is_lost"] = "always"
    reply_event: Literal["completed", "processing"] = "processing"
    procedure: Annotated[str, Meta(min_length=1, max_length=100)] = "van-ban"
    hash_form: Literal["hex", "sdk"] = "sdk"
    count_first: bool = False
    seconds: Seconds = 60.0
    poll_every_seconds: Seconds = 30.0
    poll_most: Annotated[int, Meta(ge=1, le=500)] = 20
    list_days: Annotated[int, Meta(ge=1, le=90)] = 7
    faults: FaultRules = FaultRules()
    sent_path: Path = "/v1/syncSentEdocList"

    def __repr__(self) -> str:
        """Name the axis and the agency; never a secret."""
        return f"Config(style={self.style!r}, url={self.url!r}, organ={self.organ.id!r})"
