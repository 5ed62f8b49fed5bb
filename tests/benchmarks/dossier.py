"""The dossier that every benchmark carries: an invented birth of about 4 KB, registered under a code of its own."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import msgspec

from gateway.demo.story import HANOI, birth
from gateway.domain.dossier import AgencyInCharge, Component, DossierStatus, LogEntry
from gateway.domain.event import Status
from gateway.domain.transfer import Transfer
from tests.soap import envelope, sent

__all__ = ["CODE", "code_of", "dossier_of", "rest_request", "soap_request"]

CODE = "H21.129-260302-"
PAPERS = (
    "Giấy chứng sinh",
    "Tờ khai đăng ký khai sinh",
    "Giấy chứng nhận kết hôn",
    "Tờ khai thay đổi cư trú",
    "Tờ khai tham gia bảo hiểm y tế",
)
STEPS = ("Tiếp nhận hồ sơ tại bộ phận một cửa", "Chuyển hồ sơ cho công chức tư pháp - hộ tịch", "Thẩm định thành phần hồ sơ")


def code_of(number: int) -> str:
    """Name the dossier of a number; seven digits."""
    return f"{CODE}{number:07}"


def _whole() -> Transfer:
    """Write the dossier without its number."""
    transfer = birth(0, sha256="0" * 64, size=0)
    dossier = transfer.dossier
    steps = tuple(
        LogEntry(
            at=HANOI + timedelta(hours=index),
            actor="Cán bộ Mẫu",
            department="Bộ phận tiếp nhận và trả kết quả",
            content=f"{STEPS[index % len(STEPS)]} (lần {index + 1})",
            status=DossierStatus(canonical=Status.PROCESSING, raw_code="4"),
        )
        for index in range(11)
    )
    dossier = msgspec.structs.replace(
        dossier,
        identifiers=(msgspec.structs.replace(dossier.identifiers[0], value="@"),),
        agency=AgencyInCharge(code="23710", name="Ủy ban nhân dân xã Mẫu"),
        components=tuple(Component(name=name, quantity=1, form="Bản chính") for name in PAPERS),
        log=steps,
        extensions={"civil": {"name": "Nguyễn Thị Thử", "born_on": "2026-02-20", "gender": "female", "born_at": "Bệnh viện Mẫu"}},
    )
    return msgspec.structs.replace(transfer, message_id="@", dossier=dossier)


_PARTS = msgspec.json.encode(_whole()).split(b'"@"')


def dossier_of(number: int) -> bytes:
    """Write the dossier of a number, as its sender posts it."""
    return f'"{code_of(number)}"'.encode().join(_PARTS)


def rest_request(number: int) -> bytes:
    """Write the request that sends the dossier as JSON."""
    return _request("/v1/transfers", "application/json", dossier_of(number))


def soap_request(number: int) -> bytes:
    """Write the request that sends the dossier in SOAP 1.1."""
    return _request("/soap/v1", "text/xml; charset=utf-8", code_of(number).encode().join(_soap_parts()))


def _request(path: str, media_type: str, body: bytes) -> bytes:
    """Write a request of the sending system."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer benchmark\r\nContent-Type: {media_type}"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@cache
def _soap_parts() -> list[bytes]:
    """Write the message without its number."""
    transfer = msgspec.json.decode(dossier_of(0), type=Transfer)
    return envelope(sent(msgspec.to_builtins(transfer))).split(code_of(0).encode())
