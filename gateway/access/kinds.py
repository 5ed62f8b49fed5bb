"""What a service may want to see of a caller, as a site writes it: each piece by its `kind`, with its secrets never shown."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import Meta

__all__ = [
    "Access",
    "AuthHash",
    "ClientCredentials",
    "Fixed",
    "HashedBasic",
    "PartnerKeys",
    "PasswordGrant",
    "Url",
    "XRoadAdapter",
]

Url = Annotated[str, Meta(pattern=r"^https?://[!-~]+\Z")]
Filled = Annotated[str, Meta(min_length=1)]
#: What can stand in a header: no line ends, so that nobody adds a header of their own.
HeaderName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")]
HeaderText = Annotated[str, Meta(pattern=r"^[ -~]*\Z")]
Seconds = Annotated[float, Meta(ge=0, le=3600)]


class Piece(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A piece of access: where a site may choose among several, `kind` says which."""

    SHOWN: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        """Show the fields in `SHOWN` alone; never a secret."""
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.SHOWN)})"


class PartnerKeys(Piece, frozen=True, kw_only=True, tag="lgspaccesstoken"):
    """The header `lgspaccesstoken` of many provinces; the names are those inside it."""

    SHOWN: ClassVar[tuple[str, ...]] = ("app_name",)

    access_key: Filled
    secret_key: Filled
    app_name: Filled
    partner_code: str = ""
    partner_code_customer: str = ""


class ClientCredentials(Piece, frozen=True, kw_only=True, tag="client_credentials"):
    """A token for a key and its secret (OAuth2), which a service bus gives. `partner` is shown when the token is asked for and with every call.

    The token is asked for again `ahead_seconds` before it ends, but not before nine tenths of its life.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("token_url",)

    token_url: Url
    key: Filled
    secret: Filled
    keys_in: Literal["form", "header"] = "header"
    scope: str = ""
    partner: PartnerKeys | None = None
    ahead_seconds: Seconds = 30.0
    seconds: Annotated[float, Meta(gt=0, le=600)] = 30.0


class PasswordGrant(Piece, frozen=True, kw_only=True, tag="password"):
    """A token for a user's password, which an identity server gives; otherwise as `ClientCredentials`."""

    SHOWN: ClassVar[tuple[str, ...]] = ("token_url", "username")

    token_url: Url
    username: Filled
    password: Filled
    client_id: Filled
    client_secret: str = ""
    partner: PartnerKeys | None = None
    ahead_seconds: Seconds = 30.0
    seconds: Annotated[float, Meta(gt=0, le=600)] = 30.0


class Fixed(Piece, frozen=True, kw_only=True, tag="fixed"):
    """Headers and parameters that are the same with every call, such as `service-code`, or `serviceType` and `serviceName`."""

    headers: dict[HeaderName, HeaderText] = {}
    query: dict[Filled, str] = {}

    def __repr__(self) -> str:
        """Name them; a value may be a key."""
        return f"Fixed(headers={sorted(self.headers)}, query={sorted(self.query)})"


class XRoadAdapter(Piece, frozen=True, kw_only=True, tag="xroad_adapter"):
    """The adapter of a security server, which forwards a call to the subsystem named, at the provider's address where it wants one."""

    SHOWN: ClassVar[tuple[str, ...]] = ("dstcode", "dstcode_in", "provider_url")

    dstcode: HeaderText
    dstcode_in: Literal["header", "query"] = "query"
    provider_url: Url | None = None


class HashedBasic(Piece, frozen=True, kw_only=True, tag="hashed_basic"):
    """A user and, for a password, a hash of address, user, time and secret, made anew for every call; the time and the key of the API go beside.

    `auth_url` is the address as the service hashes it, which may be another than that of the call.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("auth_url", "user")

    auth_url: Filled
    user: Annotated[str, Meta(pattern=r"^[^:]+\Z")]
    secret: Filled
    api_key: HeaderText = ""
    time_in: Literal["milliseconds", "seconds"] = "milliseconds"


class AuthHash(Piece, frozen=True, kw_only=True, tag="auth_hash"):
    """The header `AuthHash`, an older form: user and secret, without a time."""

    SHOWN: ClassVar[tuple[str, ...]] = ("user",)

    user: Annotated[str, Meta(pattern=r"^[^:]+\Z")]
    secret: Filled


Access: TypeAlias = AuthHash | ClientCredentials | Fixed | HashedBasic | PartnerKeys | PasswordGrant | XRoadAdapter
