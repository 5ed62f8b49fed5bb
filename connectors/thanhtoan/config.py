"""What a site says of its connection to a payment platform."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.sdk import Access, Bare, Checksum, Url, Wrapping

__all__ = ["Account", "Config"]

Path = Annotated[str, Meta(pattern=r"^/[!-~]*\Z")]
Said = Annotated[str, Meta(min_length=1, max_length=255)]
Code = Annotated[str, Meta(min_length=1, max_length=100)]
Seconds = Annotated[float, Meta(gt=0, le=86400)]


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account that is paid."""

    number: Code
    bank: Code
    name: Said


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The platform, the account that is paid there, and the checksums of its messages.

    `style`: `national` is the payment platform of the national portal, `paygov` PayGov. `client` is sent as `client_id` or `partnerCode`.
    `accounts` gives another account by the national code of a procedure. `checksum` is over what is sent, `result_checksum` over what the platform
    tells by itself (which is never believed before it was asked); without `fields` of their own they are over those that are usual in the style.
    `service_suffix` is put behind the procedure code to make `MaDVC`. `unknown_codes` are codes of an answer that say: no such payment.
    """

    style: Literal["national", "paygov"] = "national"
    url: Url
    create_path: Path
    ask_path: Path
    client: Said
    access_key: str = ""
    account: Account
    accounts: dict[str, Account] = {}
    checksum: Checksum
    result_checksum: Checksum | None = None
    kind: Code = "2"
    service_suffix: str = ""
    version: Said = "1.0"
    return_url: Url | None = None
    access: tuple[Access, ...] = ()
    wrapping: Wrapping = Bare()
    unknown_codes: tuple[str, ...] = ()
    seconds: Seconds = 60.0
    poll_every_seconds: Seconds = 30.0

    def __repr__(self) -> str:
        """Name the platform; never a key."""
        return f"Config(url={self.url!r}, style={self.style!r}, client={self.client!r})"
