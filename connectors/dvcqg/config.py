"""What a site says of its connection to the national portal."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.sdk import Url

__all__ = ["Config"]

Seconds = Annotated[float, Meta(gt=0, le=600)]


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The adapter of the province's security server, the account there, and the dialect of the other side.

    `dstcode` goes where `dstcode_in` says; `provider_url` is sent beside it where the adapter wants it. `ok_codes` and `session_codes`
    are the values of `error_code` that mean done, and that the session ran out. `attachment_url` is the address at which the portal can
    fetch a file of the gateway, with `{sha256}` in it. `fetch_from` lists the prefixes of the addresses from which files are fetched;
    a file that lies elsewhere keeps its address and is not fetched.
    """

    adapter_url: Url
    username: Annotated[str, Meta(min_length=1)]
    password: Annotated[str, Meta(min_length=1)]
    agency_code: Annotated[str, Meta(min_length=1, max_length=35)]
    variant: Literal["ocps", "td"] = "td"
    login_path: str = "/mapi/login"
    endpoint_path: str = "/mapi/g"
    dstcode: str = "VN:GOV:000.00.00.G22:vpcpdvcprovider"
    dstcode_in: Literal["header", "query"] = "query"
    provider_url: Url | None = None
    ok_codes: tuple[str, ...] = ("0", "00")
    session_codes: tuple[str, ...] = ()
    seconds: Seconds = 60.0
    attachment_url: Annotated[str, Meta(pattern=r"^https?://[!-~]*\{sha256\}[!-~]*\Z")] | None = None
    fetch_from: tuple[Url, ...] = ()

    def __repr__(self) -> str:
        """Name the adapter; never the password."""
        return f"Config(adapter_url={self.adapter_url!r}, variant={self.variant!r})"
