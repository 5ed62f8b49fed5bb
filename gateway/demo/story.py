"""What happens in the demonstration: births registered at a one-stop desk, and dossiers submitted on the national portal."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from gateway.demo.place import AGENCIES, DEPARTMENT, DESK, WARD
from gateway.domain.dossier import (
    AgencyInCharge,
    Applicant,
    Attachment,
    Component,
    Contact,
    Dates,
    Dossier,
    DossierStatus,
    Identifier,
    IdentityDocument,
    Procedure,
)
from gateway.domain.event import EventKind, Status
from gateway.domain.transfer import Event, Transfer

__all__ = [
    "BIRTHS",
    "ONLINE",
    "birth",
    "code_of",
    "codes",
    "department_document",
    "malformed",
    "online_codes",
    "paper",
    "paper_of",
    "portal_item",
]

#: How many births each system tells of, and how many dossiers the portal hands over.
BIRTHS = {DESK: 60, WARD: 40, DEPARTMENT: 30}
ONLINE = 80
#: Inter-linked birth registration, permanent residence and health insurance.
PROCEDURE = "2.000986"
HANOI = datetime.fromisoformat("2026-03-02T08:00:00+07:00")
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Siu", "Rơ Châm", "Đinh", "Kpă")
GIVEN = ("Mẫu", "Thử", "Giả", "Ví Dụ")


def code_of(number: int, system: str = DESK) -> str:
    """The dossier code of a birth that a system tells of."""
    return f"{AGENCIES[system]}-260302-{number:04}"


def codes(system: str) -> list[str]:
    """The dossier codes of all births that a system tells of."""
    return [code_of(number, system) for number in range(1, BIRTHS[system] + 1)]


def paper(number: int, system: str = DESK) -> bytes:
    """Write the attachment of a birth: a small file that is its own."""
    return paper_of(code_of(number, system))


@cache
def paper_of(code: str) -> bytes:
    """Write the attachment of the birth with this code."""
    return f"%PDF-1.4\n% giay chung sinh thu nghiem {code}\n".encode() + bytes(range(256)) * 16 + b"\n%%EOF\n"


def birth(number: int, *, sha256: str, size: int, system: str = DESK) -> Transfer:
    """Tell of a birth that is submitted at the desk of a commune or a ward."""
    code, agency = code_of(number, system), AGENCIES[system]
    papers = Attachment(name=f"giay-chung-sinh-{number}.pdf", sha256=sha256, size=size, media_type="application/pdf")
    received = HANOI + timedelta(minutes=number)
    return Transfer(
        message_id=f"birth-{number}",
        event=Event(kind=EventKind.SUBMITTED, occurred_at=received),
        dossier=Dossier(
            identifiers=(Identifier(value=code, scheme="dossier", issuer=agency),),
            procedure=Procedure(
                code=PROCEDURE, name="Liên thông khai sinh, thường trú, bảo hiểm y tế", field_code="G15-HT", field_name="Hộ tịch"
            ),
            applicant=Applicant(
                kind="citizen",
                name=f"{FAMILY[number % len(FAMILY)]} Thị {GIVEN[number % len(GIVEN)]}",
                born_on="1996-05-17",
                gender="female",
                identity_documents=(IdentityDocument(kind="citizen_id", number=f"0641960{number:05}"),),
                contact=Contact(phone="0900000123"),
            ),
            channel="counter",
            subject="Đăng ký khai sinh",
            agency=AgencyInCharge(code=agency),
            dates=Dates(submitted=received, received=received, due=received + timedelta(days=5)),
            status=DossierStatus(canonical=Status.ACCEPTED, raw_code="2", at=received),
            components=(Component(name="Giấy chứng sinh", quantity=1, attachments=(papers,)),),
        ),
    )


def malformed() -> bytes:
    """Write a transfer with four faults in it."""
    return (
        b'{"message_id": "faulty 1", "event": {"kind": "sent"}, "dossier": {"identifiers": [{"value": "H21.129-260302-9999"}],'
        b' "procedure": {"code": 2}}}'
    )


def online_codes() -> list[str]:
    """The codes of the dossiers that the portal hands over."""
    return [_online_code(number) for number in range(1, ONLINE + 1)]


def portal_item(number: int) -> dict[str, Any]:
    """Write a dossier as the national portal hands it over."""
    received = (HANOI + timedelta(minutes=number)).strftime("%Y%m%d%H%M%S")
    return {
        "MaHoSo": _online_code(number),
        "MaTTHC": "1.000894",
        "TenTTHC": "Đăng ký kết hôn",
        "MaLinhVuc": "G15-HT",
        "TenLinhVuc": "Hộ tịch",
        "KenhThucHien": "2",
        "ChuHoSo": f"{FAMILY[number % len(FAMILY)]} Văn {GIVEN[number % len(GIVEN)]}",
        "LoaiDoiTuong": "1",
        "MaDoiTuong": f"tai-khoan-{number}",
        "NgayTiepNhan": received,
        "NgayHenTra": "",
        "TrangThaiHoSo": "1",
        "HinhThuc": "0",
        "DonViXuLy": "Ủy ban nhân dân xã Mẫu",
        "NoiNopHoSo": "1",
        "TaiLieuNop": [],
        "DanhSachLePhi": [],
    }


def department_document(number: int) -> dict[str, Any]:
    """Write a birth as the one-stop system of a department keeps it."""
    received = (HANOI + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S.000+0700")
    name = f"{FAMILY[number % len(FAMILY)]} Thị {GIVEN[number % len(GIVEN)]}"
    return {
        "code": code_of(number, DEPARTMENT),
        "procedure": {"code": f"{PROCEDURE}.000.00.00.H21", "translate": [{"languageId": 228, "name": "Liên thông khai sinh"}]},
        "applicant": {"data": {"fullname": name, "identityNumber": f"0641970{number:05}", "gender": "", "phoneNumber": "+84900000123"}},
        "agency": {"code": "H21.129", "name": "Ủy ban nhân dân xã Mẫu"},
        "appliedDate": received,
        "dossierStatus": {"id": 0, "name": "Chờ tiếp nhận"},
        "dossierFormFile": [
            {
                "procedureForm": {"code": "KQ000101", "name": "Giấy chứng sinh"},
                "order": 1,
                "detail": {"type": "Bản chính", "quantity": 1},
                "file": [{"filename": f"giay-chung-sinh-{number}.pdf"}],
            }
        ],
    }


def _online_code(number: int) -> str:
    """The code of a dossier that the portal hands over."""
    return f"G22.99.01-260302-{number:06}"
