"""An agency, and a system that speaks for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from gateway.domain.retry import RetryPolicy

__all__ = ["Agency", "System", "WsSecurity"]

AgencyCode = Annotated[str, Meta(pattern=r"^[0-9A-Z]+(\.[0-9A-Z]+){0,9}\Z", max_length=35)]
SystemName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,39}\Z")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Agency(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """An organisation by its code; `parent` is the code of the agency above it."""

    code: AgencyCode
    name: Annotated[str, Meta(min_length=1)]
    level: Literal["ministry", "province", "department", "district", "commune"] | None = None
    parent: AgencyCode | None = None


class WsSecurity(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """By what a system proves itself in the header of a SOAP message, beside or instead of an API key.

    `username` is the system's name when it is empty. `certificates` are the SHA-256 (hexadecimal) of the certificates that it signs with;
    two at a time let one be replaced without a pause.
    """

    username: Annotated[str, Meta(max_length=100)] = ""
    password: Annotated[str, Meta(max_length=200)] = ""
    certificates: tuple[Hash, ...] = ()


class System(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A software of an agency, served by one configuration of one connector.

    `connector` names the plug-in; "inbox" means that the system fetches its deliveries itself. `keys` are the SHA-256 (hexadecimal) of
    the API keys by which it is known; two at a time let a key be replaced without a pause. `config` is the connector's own.
    `when_unknown`: what to do after an unanswered attempt where the dialect cannot be asked; a resend goes under the same message id.
    """

    name: SystemName
    agency: AgencyCode
    connector: Annotated[str, Meta(min_length=1)]
    config: dict[str, Any] = {}
    keys: tuple[Hash, ...] = ()
    wsse: WsSecurity = WsSecurity()
    concurrency: Annotated[int, Meta(ge=1, le=256)] = 8
    retry: RetryPolicy = RetryPolicy()
    when_unknown: Literal["resend", "park"] = "resend"
    enabled: bool = True
