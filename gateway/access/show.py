"""What a call shows at the door, from the pieces of access that need no question first."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec

from gateway.access.kinds import AuthHash, Fixed, HashedBasic, PartnerKeys, XRoadAdapter

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Shown", "Still", "partner_headers", "show"]

#: The pieces that need no token.
Still: TypeAlias = AuthHash | Fixed | HashedBasic | PartnerKeys | XRoadAdapter


class Shown(msgspec.Struct, frozen=True):
    """Headers and parameters to be added to a call."""

    headers: dict[str, str]
    query: dict[str, str]


def show(piece: Still, now: datetime) -> Shown:
    """What one piece adds to a call that is made now."""
    match piece:
        case AuthHash():
            return Shown({"AuthHash": _base64(f"{piece.user}:{piece.secret}")}, {})
        case Fixed():
            return Shown(piece.headers, piece.query)
        case HashedBasic():
            return Shown(_hashed(piece, now), {})
        case PartnerKeys():
            return Shown(partner_headers(piece), {})
        case XRoadAdapter():
            return _forwarded(piece)
        case _:
            assert_never(piece)


def partner_headers(partner: PartnerKeys | None) -> dict[str, str]:
    """Write the header of the provinces that want the partner's keys beside the token."""
    if partner is None:
        return {}
    content = {
        "AccessKey": partner.access_key,
        "SecretKey": partner.secret_key,
        "AppName": partner.app_name,
        "PartnerCode": partner.partner_code,
        "PartnerCodeCus": partner.partner_code_customer,
    }
    return {"lgspaccesstoken": base64.b64encode(msgspec.json.encode(content)).decode()}


def _hashed(piece: HashedBasic, now: datetime) -> dict[str, str]:
    """User and hash, the time that was hashed, and the key of the API where there is one."""
    stamp = str(int(now.timestamp() * 1000) if piece.time_in == "milliseconds" else int(now.timestamp()))
    hashed = sha256(f"{piece.auth_url}{piece.user}{stamp}{piece.secret}".encode()).hexdigest()
    headers = {"authorization": f"Basic {_base64(f'{piece.user}:{hashed}')}", "Timestamp": stamp}
    return headers | ({"ApiKey": piece.api_key} if piece.api_key else {})


def _forwarded(piece: XRoadAdapter) -> Shown:
    """Where the adapter is to forward a call to."""
    target = {"dstcode": piece.dstcode}
    provider = {"providerurl": piece.provider_url} if piece.provider_url is not None else {}
    return Shown(target, provider) if piece.dstcode_in == "header" else Shown({}, target | provider)


def _base64(text: str) -> str:
    """A text in base64."""
    return base64.b64encode(text.encode()).decode()
