"""What a site says of its connection to civil registration."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.sdk import Access, ClientCredentials, Url

__all__ = ["Config"]

Seconds = Annotated[float, Meta(gt=0, le=86400)]


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the service is, in which generation of its dialect, and how often to ask it.

    `province` is sent as `maTinh`. `units` gives the code of the place of registration (`maDonVi`) for agency codes; an agency code of
    five digits is one already. `retry_codes` are values of `errorCode` that say "not now". Without `keys` no token is sent; `access` is what
    else the service bus wants to see.
    """

    url: Url
    province: Annotated[str, Meta(pattern=r"^[0-9]{2}\Z")]
    generation: Literal["json", "xml"] = "json"
    register_path: str = "/hotich/1.0/dangKyHoTich"
    status_path: str = "/hotich/1.0/layTrangThaiHoSo"
    units: dict[str, Annotated[str, Meta(pattern=r"^[0-9]{5}\Z")]] = {}
    retry_codes: tuple[str, ...] = ()
    keys: ClientCredentials | None = None
    access: tuple[Access, ...] = ()
    seconds: Seconds = 60.0
    poll_every_seconds: Seconds = 60.0
    poll_batch: Annotated[int, Meta(ge=1, le=500)] = 50
