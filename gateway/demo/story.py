"""What happens in the demonstration: births registered at a one-stop desk, and dossiers submitted on the national portal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

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

__all__ = ["BIRTHS", "birth", "department_document", "malformed", "paper", "portal_item"]

#: Inter-linked birth registration, permanent residence and health insurance.
BIRTHS = "2.000986"
HANOI = datetime.fromisoformat("2026-03-02T08:00:00+07:00")
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Siu", "Rơ Châm", "Đinh", "Kpă")
GIVEN = ("Mẫu", "Thử", "Giả", "Ví Dụ")


def paper(number: int) -> bytes:
    """Write the attachment of a birth: a small file that is its own."""
    return f"%PDF-1.4\n% giay chung sinh thu nghiem so {number}\n".encode() + bytes(range(256)) * 16 + b"\n%%EOF\n"


def birth(number: int, *, sha256: str, size: int) -> Transfer:
    """Tell of a birth that is submitted at the desk of a commune."""
    received = HANOI + timedelta(minutes=number)
    name = f"{FAMILY[number % len(FAMILY)]} Thị {GIVEN[number % len(GIVEN)]}"
    papers = Attachment(name=f"giay-chung-sinh-{number}.pdf", sha256=sha256, size=size, media_type="application/pdf")
    return Transfer(
        message_id=f"birth-{number}",
        event=Event(kind=EventKind.SUBMITTED, occurred_at=received),
        dossier=Dossier(
            identifiers=(Identifier(value=f"H21.129-260302-{number:04}", scheme="dossier", issuer="H21.129"),),
            procedure=Procedure(
                code=BIRTHS, name="Liên thông khai sinh, thường trú, bảo hiểm y tế", field_code="G15-HT", field_name="Hộ tịch"
            ),
            applicant=Applicant(
                kind="citizen",
                name=name,
                born_on="1996-05-17",
                gender="female",
                identity_documents=(IdentityDocument(kind="citizen_id", number=f"0641960{number:05}"),),
                contact=Contact(phone="0900000123"),
            ),
            channel="counter",
            subject="Đăng ký khai sinh",
            agency=AgencyInCharge(code="H21.129", name="Ủy ban nhân dân xã Mẫu"),
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


def portal_item(number: int) -> dict[str, Any]:
    """Write a dossier as the national portal hands it over."""
    received = (HANOI + timedelta(minutes=number)).strftime("%Y%m%d%H%M%S")
    return {
        "MaHoSo": f"G22.99.01-260302-{number:06}",
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
        "code": f"H21.10-260302-{number:04}",
        "procedure": {"code": f"{BIRTHS}.000.00.00.H21", "translate": [{"languageId": 228, "name": "Liên thông khai sinh"}]},
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
