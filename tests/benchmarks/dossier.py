"""The dossier that every benchmark carries: an invented birth of about 4 KB, registered under a code of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from gateway.demo.story import HANOI, birth
from gateway.domain.dossier import AgencyInCharge, Component, DossierStatus, LogEntry
from gateway.domain.event import Status

if TYPE_CHECKING:
    from gateway.domain.transfer import Transfer

__all__ = ["CODE", "code_of", "dossier_of"]

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
