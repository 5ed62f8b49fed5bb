"""What a site says of its connection to civil registration."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["Config", "Keys", "PartnerKeys"]

Url = Annotated[str, Meta(pattern=r"^https?://[!-~]+\Z")]
Filled = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(gt=0, le=86400)]


class PartnerKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What some provinces want beside the token, in the header `lgspaccesstoken`; the names are those of the header."""

    access_key: Filled
    secret_key: Filled
    app_name: Filled
    partner_code: str = ""
    partner_code_customer: str = ""

    def __repr__(self) -> str:
        """Name the application; never a secret."""
        return f"PartnerKeys(app_name={self.app_name!r})"


class Keys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Client credentials of the province's service bus."""

    token_url: Url
    key: Filled
    secret: Filled
    partner: PartnerKeys | None = None

    def __repr__(self) -> str:
        """Name where tokens come from; never a secret."""
        return f"Keys(token_url={self.token_url!r})"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the service is, in which generation of its dialect, and how often to ask it.

    `province` is sent as `maTinh`. `units` gives the code of the place of registration (`maDonVi`) for agency codes; an agency code of
    five digits is one already. `retry_codes` are values of `errorCode` that say "not now". Without `keys` no token is sent.
    """

    url: Url
    province: Annotated[str, Meta(pattern=r"^[0-9]{2}\Z")]
    generation: Literal["json", "xml"] = "json"
    register_path: str = "/hotich/1.0/dangKyHoTich"
    status_path: str = "/hotich/1.0/layTrangThaiHoSo"
    units: dict[str, Annotated[str, Meta(pattern=r"^[0-9]{5}\Z")]] = {}
    retry_codes: tuple[str, ...] = ()
    keys: Keys | None = None
    seconds: Seconds = 60.0
    poll_every_seconds: Seconds = 60.0
    poll_batch: Annotated[int, Meta(ge=1, le=500)] = 50
