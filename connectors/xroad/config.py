"""What a site says of a member of X-Road that it exchanges dossiers with."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from connectors.xroad.identifier import SUBSYSTEM

__all__ = ["Config"]

Url = Annotated[str, Meta(pattern=r"^https?://[!-~]+\Z")]
#: `instance/class/member/subsystem`; the subsystem may be left out.
Subsystem = Annotated[str, Meta(pattern=SUBSYSTEM)]
#: A service code is also the name of an element.
Code = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9.-]{0,63}\Z")]
Seconds = Annotated[float, Meta(gt=0, le=3600)]


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The own security server, who we are behind it, and the member that dossiers go to and come from.

    `callers` may call our services; without them only `provider` may. The SOAP services are `send_service` and `status_service` of version
    `service_version` (empty: none), the REST service is `rest_service`. `attachments` is how files travel beside a SOAP message. `verify_hash` takes only
    answers that are bound to the request by its hash; switch it off where a bridge stands between here and the security server.
    `retry_codes` are codes of a business fault that say "not now". `bridge`: `url` is no security server but a REST bridge before one, which is told the
    provider as `dstcode`, in a header or in the query; its answers bear no hash.
    """

    protocol: Literal["rest", "soap"] = "soap"
    url: Url
    client: Subsystem
    provider: Subsystem
    callers: Annotated[tuple[Subsystem, ...], Meta(max_length=200)] = ()
    send_service: Code = "SendTransfer"
    status_service: Code = "GetStatus"
    service_version: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{0,20}\Z")] = "v1"
    rest_service: Code = "lienthong"
    attachments: Literal["mtom", "swa"] = "swa"
    user_id: Annotated[str, Meta(pattern=r"^([A-Z]{2}[!-~]{1,60})?\Z")] = ""
    verify_hash: bool = True
    bridge: Literal["", "header", "query"] = ""
    retry_codes: tuple[str, ...] = ("retry_later",)
    seconds: Seconds = 60.0

    def __post_init__(self) -> None:
        """Raise ValueError for a bridge where SOAP is spoken."""
        if self.bridge and self.protocol != "rest":
            raise ValueError("a bridge is for protocol rest")
