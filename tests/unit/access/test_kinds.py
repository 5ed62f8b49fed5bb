"""How a site writes pieces of access: every fault with its path, no secret shown."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gateway.access import Access, Checksum, Wrapping
from gateway.sdk import Malformed, convert_all

SECRET = "rat-bi-mat"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A configuration that names pieces."""

    access: tuple[Access, ...] = ()
    wrapping: Wrapping | None = None
    checksum: Checksum | None = None


PARTNER = {"kind": "lgspaccesstoken", "access_key": SECRET, "secret_key": SECRET, "app_name": "mot-cua"}
PIECES: list[dict[str, Any]] = [
    {"kind": "client_credentials", "token_url": "http://127.0.0.1/token", "key": SECRET, "secret": SECRET, "partner": PARTNER},
    {
        "kind": "password",
        "token_url": "http://127.0.0.1/token",
        "client_id": "a",
        "client_secret": SECRET,
        "username": "u",
        "password": SECRET,
    },
    PARTNER,
    {"kind": "fixed", "headers": {"service-code": SECRET}, "query": {"serviceType": SECRET}},
    {"kind": "xroad_adapter", "dstcode": "VN:GOV:G01:dancu"},
    {"kind": "hashed_basic", "auth_url": "http://127.0.0.1", "user": "u", "secret": SECRET, "api_key": SECRET},
    {"kind": "auth_hash", "user": "u", "secret": SECRET},
]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece["kind"])
def test_every_piece_is_named_by_its_kind_and_shows_no_secret(piece: dict[str, Any]) -> None:
    (read,) = convert_all({"access": [piece]}, Config, strict=False).access

    assert SECRET not in f"{read!r} {read} {Config(access=(read,))!r}"


@pytest.mark.parametrize("kind", ["sha256", "hmac_sha256"])
def test_a_checksum_shows_its_fields_and_not_its_secret(kind: str) -> None:
    read = convert_all({"checksum": {"kind": kind, "secret": SECRET, "fields": ["a"]}}, Config).checksum

    assert SECRET not in repr(read)
    assert "'a'" in repr(read)


def test_every_fault_is_told_with_its_path_and_none_with_a_value() -> None:
    pieces = [
        {"kind": "khong-co"},
        {"token_url": "http://127.0.0.1"},
        {"kind": "client_credentials", "token_url": "ftp://rat-bi-mat", "key": "", "secret": SECRET, "thua": 1},
        {"kind": "fixed", "headers": {"a b": "x"}},
        {"kind": "fixed", "headers": {"x-a": "1\r\nx-b: 2"}},
        {"kind": "hashed_basic", "auth_url": "a", "user": "u:v", "secret": SECRET},
    ]

    with pytest.raises(Malformed) as raised:
        convert_all({"access": pieces, "wrapping": {"kind": "bus", "response": ""}}, Config)

    paths = {problem.path for problem in raised.value.problems}
    assert paths >= {
        "access[0].kind",
        "access[1].kind",
        "access[2].token_url",
        "access[2].key",
        "access[2].thua",
        "access[4].headers",
        "access[5].user",
        "wrapping.response",
    }
    assert any(path.startswith("access[3]") for path in paths)
    assert SECRET not in str(raised.value)


def test_where_only_one_kind_may_stand_it_need_not_be_said() -> None:
    partner = {name: value for name, value in PARTNER.items() if name != "kind"}

    assert convert_all({"access": [PIECES[0] | {"partner": partner}]}, Config) == convert_all({"access": [PIECES[0]]}, Config)
