"""The canonical record of one administrative case, `dossier/1`.

Absent and empty differ: a field that is not there was not said; `null` says that it is known to be empty.
Instants carry their zone (RFC 3339); where only a date or a year is known, only that is written.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when the program runs
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from gateway.domain.event import Status  # noqa: TC001 - as above

__all__ = [
    "Address",
    "AgencyInCharge",
    "Applicant",
    "Attachment",
    "Component",
    "Contact",
    "Dates",
    "Day",
    "Dossier",
    "DossierStatus",
    "Fee",
    "Identifier",
    "IdentityDocument",
    "LogEntry",
    "Moment",
    "Procedure",
    "Result",
    "SupplementRound",
    "Suspension",
]


def said(en: str, vi: str) -> Meta:
    """Document a field in English and Vietnamese."""
    return Meta(description=en, extra_json_schema={"description:vi": vi})


Absent: TypeAlias = UnsetType
Day: TypeAlias = Annotated[
    str, Meta(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?\Z")
]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
Short: TypeAlias = Annotated[str, Meta(max_length=255)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500)]
Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]
Text: TypeAlias = Annotated[str, Meta(max_length=4000)]
Money: TypeAlias = Annotated[int, Meta(ge=0)]
Count: TypeAlias = Annotated[int, Meta(ge=0)]


class Part(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What every part of a dossier shares: immutable, named fields only, unknown fields refused."""


class Identifier(Part, frozen=True, kw_only=True):
    """One of the ids of a dossier; it has two or three, given by different agencies."""

    value: Annotated[Code, said("The id itself", "Giá trị mã")]
    scheme: Annotated[
        Code,
        said(
            "Kind of id: `dossier` (code of TT 01/2018), `national`, `receipt`, or the id of a system",
            "Loại mã",
        ),
    ]
    issuer: Annotated[
        Code | None | Absent,
        said("Agency code or system that gave the id", "Cơ quan cấp mã"),
    ] = UNSET


class Procedure(Part, frozen=True, kw_only=True):
    """The administrative procedure that the dossier is about."""

    code: Annotated[
        Code,
        said(
            "Procedure code, any of its lengths; compared on the first two groups",
            "Mã thủ tục hành chính",
        ),
    ]
    name: Annotated[
        Name | None | Absent, said("Name of the procedure", "Tên thủ tục hành chính")
    ] = UNSET
    field_code: Annotated[
        Code | None | Absent, said("Code of the field of work", "Mã lĩnh vực")
    ] = UNSET
    field_name: Annotated[
        Name | None | Absent, said("Name of the field of work", "Tên lĩnh vực")
    ] = UNSET


class IdentityDocument(Part, frozen=True, kw_only=True):
    """A paper that says who somebody is."""

    kind: Annotated[
        Literal[
            "citizen_id",
            "old_citizen_id",
            "passport",
            "business_code",
            "tax_code",
            "birth_certificate",
            "other",
        ],
        said("Kind of paper", "Loại giấy tờ"),
    ]
    number: Annotated[Code, said("Number of the paper", "Số giấy tờ")]
    issued_on: Annotated[Day | None | Absent, said("Day of issue", "Ngày cấp")] = UNSET
    issued_by: Annotated[
        Short | None | Absent, said("Issuing authority", "Nơi cấp")
    ] = UNSET


class Contact(Part, frozen=True, kw_only=True):
    """How to reach the applicant."""

    phone: Annotated[
        Short | None | Absent, said("Telephone number as sent", "Số điện thoại")
    ] = UNSET
    email: Annotated[Short | None | Absent, said("E-mail address", "Thư điện tử")] = (
        UNSET
    )
    fax: Annotated[Short | None | Absent, said("Fax number", "Số fax")] = UNSET


class Address(Part, frozen=True, kw_only=True):
    """Where the applicant lives; no district since 1 July 2025."""

    street: Annotated[
        Text | None | Absent, said("House, street, hamlet", "Số nhà, đường, thôn")
    ] = UNSET
    commune_code: Annotated[
        Code | None | Absent, said("Commune, five digits", "Mã xã, phường")
    ] = UNSET
    commune: Annotated[
        Short | None | Absent, said("Name of the commune", "Tên xã, phường")
    ] = UNSET
    district_code: Annotated[
        Code | None | Absent,
        said("District, before July 2025", "Mã huyện (trước 07/2025)"),
    ] = UNSET
    district: Annotated[
        Short | None | Absent, said("Name of the district", "Tên huyện")
    ] = UNSET
    province_code: Annotated[
        Code | None | Absent, said("Province, two digits", "Mã tỉnh, thành phố")
    ] = UNSET
    province: Annotated[
        Short | None | Absent, said("Name of the province", "Tên tỉnh, thành phố")
    ] = UNSET


class Applicant(Part, frozen=True, kw_only=True):
    """The owner of the dossier."""

    kind: Annotated[
        Literal["citizen", "business", "state_agency", "organisation"],
        said("Kind of applicant", "Loại đối tượng"),
    ]
    name: Annotated[Name | None | Absent, said("Full name", "Tên chủ hồ sơ")] = UNSET
    born_on: Annotated[
        Day | None | Absent, said("Day or year of birth", "Ngày sinh")
    ] = UNSET
    gender: Annotated[
        Literal["male", "female", "other"] | None | Absent, said("Gender", "Giới tính")
    ] = UNSET
    identity_documents: Annotated[
        tuple[IdentityDocument, ...], said("Papers of identity", "Giấy tờ định danh")
    ] = ()
    contact: Annotated[
        Contact | Absent, said("Telephone, e-mail", "Thông tin liên hệ")
    ] = UNSET
    address: Annotated[Address | Absent, said("Address", "Địa chỉ")] = UNSET
    account: Annotated[
        Code | None | Absent,
        said("Account on the national portal", "Mã tài khoản trên Cổng DVCQG"),
    ] = UNSET
    on_behalf_of: Annotated[
        Name | None | Absent, said("Whom the applicant acts for", "Nộp thay cho")
    ] = UNSET


class AgencyInCharge(Part, frozen=True, kw_only=True):
    """The agency that settles the dossier."""

    code: Annotated[
        Code | None | Absent,
        said("Agency code (QCVN 102, QĐ 20/2020)", "Mã định danh cơ quan"),
    ] = UNSET
    name: Annotated[Name | None | Absent, said("Name of the agency", "Tên cơ quan")] = (
        UNSET
    )


class Dates(Part, frozen=True, kw_only=True):
    """The dates of the case; instants where the sender knew them."""

    submitted: Annotated[
        Moment | None | Absent, said("Submitted by the applicant", "Ngày nộp hồ sơ")
    ] = UNSET
    received: Annotated[
        Moment | None | Absent, said("Received by the agency", "Ngày tiếp nhận")
    ] = UNSET
    due: Annotated[
        Moment | None | Absent, said("Promised to the applicant", "Ngày hẹn trả")
    ] = UNSET
    refused: Annotated[
        Moment | None | Absent, said("Refused at intake", "Ngày từ chối")
    ] = UNSET
    completed: Annotated[
        Moment | None | Absent, said("Processing ended", "Ngày kết thúc xử lý")
    ] = UNSET
    returned: Annotated[
        Moment | None | Absent, said("Result handed over", "Ngày trả kết quả")
    ] = UNSET


class DossierStatus(Part, frozen=True, kw_only=True):
    """Where the case stands: the canonical word, and always what the sender itself wrote."""

    canonical: Annotated[Status, said("Canonical status", "Trạng thái chuẩn")]
    raw_code: Annotated[
        Code | None | Absent, said("Code as the sender wrote it", "Mã trạng thái gốc")
    ] = UNSET
    raw_text: Annotated[
        Text | None | Absent,
        said("Text as the sender wrote it", "Nội dung trạng thái gốc"),
    ] = UNSET
    at: Annotated[Moment | None | Absent, said("Since when", "Thời điểm")] = UNSET


class Attachment(Part, frozen=True, kw_only=True):
    """A file by claim check: its content lies in the blob store under its sha-256."""

    name: Annotated[Name, said("File name", "Tên tệp")]
    sha256: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")] | Absent,
        said("SHA-256 of the content, hexadecimal", "Mã băm SHA-256"),
    ] = UNSET
    size: Annotated[Count | Absent, said("Size in bytes", "Kích thước (byte)")] = UNSET
    media_type: Annotated[
        Short | None | Absent, said("Media type", "Kiểu nội dung")
    ] = UNSET
    url: Annotated[
        Text | None | Absent,
        said("Where the sender says it lies, when it was not sent", "Đường dẫn tệp"),
    ] = UNSET
    id: Annotated[
        Code | None | Absent, said("The sender's id of the file", "Mã tệp của bên gửi")
    ] = UNSET


class Component(Part, frozen=True, kw_only=True):
    """One paper that the dossier is made of."""

    code: Annotated[
        Code | None | Absent, said("Code of the paper", "Mã thành phần hồ sơ")
    ] = UNSET
    name: Annotated[Text | None | Absent, said("Name of the paper", "Tên giấy tờ")] = (
        UNSET
    )
    form: Annotated[
        Short | None | Absent,
        said("Original, copy, certified copy", "Hình thức bản giấy tờ"),
    ] = UNSET
    quantity: Annotated[Count | None | Absent, said("Number of copies", "Số lượng")] = (
        UNSET
    )
    digitised: Annotated[bool | None | Absent, said("Digitised", "Đã được số hóa")] = (
        UNSET
    )
    reused: Annotated[
        Short | None | Absent,
        said("Reused from an earlier result, the sender's code", "Được tái sử dụng"),
    ] = UNSET
    attachments: Annotated[
        tuple[Attachment, ...], said("The files of the paper", "Tệp đính kèm")
    ] = ()


class Fee(Part, frozen=True, kw_only=True):
    """A fee of the dossier, and its payment."""

    code: Annotated[Code | None | Absent, said("Code of the fee", "Mã phí, lệ phí")] = (
        UNSET
    )
    name: Annotated[
        Name | None | Absent, said("Name of the fee", "Tên phí, lệ phí")
    ] = UNSET
    kind: Annotated[
        Short | None | Absent,
        said("Fee or charge, the sender's code", "Loại phí, lệ phí"),
    ] = UNSET
    amount: Annotated[Money | Absent, said("Amount in đồng", "Số tiền (đồng)")] = UNSET
    collected_by: Annotated[
        Short | None | Absent,
        said("How it is collected, the sender's code", "Hình thức thu"),
    ] = UNSET
    paid: Annotated[bool | None | Absent, said("Paid", "Đã thanh toán")] = UNSET
    paid_at: Annotated[
        Moment | None | Absent, said("When it was paid", "Thời điểm thanh toán")
    ] = UNSET


class SupplementRound(Part, frozen=True, kw_only=True):
    """One round of asking for missing papers and getting them."""

    id: Annotated[
        Code | None | Absent, said("The sender's id of the round", "Mã lần bổ sung")
    ] = UNSET
    requested_by: Annotated[
        Name | None | Absent, said("Who asked", "Người yêu cầu bổ sung")
    ] = UNSET
    requested_at: Annotated[
        Moment | None | Absent, said("When it was asked", "Ngày yêu cầu bổ sung")
    ] = UNSET
    reason: Annotated[
        Text | None | Absent, said("What is missing", "Nội dung bổ sung")
    ] = UNSET
    received_by: Annotated[
        Name | None | Absent, said("Who received the papers", "Người tiếp nhận bổ sung")
    ] = UNSET
    received_at: Annotated[
        Moment | None | Absent, said("When they came", "Ngày tiếp nhận bổ sung")
    ] = UNSET
    note: Annotated[
        Text | None | Absent, said("What was received", "Thông tin tiếp nhận")
    ] = UNSET
    state: Annotated[
        Short | None | Absent,
        said("The sender's code of the round", "Trạng thái bổ sung"),
    ] = UNSET
    due_before: Annotated[
        Moment | None | Absent, said("Former due date", "Ngày hẹn trả trước")
    ] = UNSET
    due_after: Annotated[
        Moment | None | Absent, said("New due date", "Ngày hẹn trả mới")
    ] = UNSET


class Result(Part, frozen=True, kw_only=True):
    """A paper that the agency returned."""

    code: Annotated[
        Code | None | Absent, said("Code of the result paper", "Mã giấy tờ kết quả")
    ] = UNSET
    name: Annotated[
        Text | None | Absent, said("Name of the result paper", "Tên giấy tờ kết quả")
    ] = UNSET
    component_code: Annotated[
        Code | None | Absent, said("Component code of the paper", "Mã thành phần hồ sơ")
    ] = UNSET
    attachments: Annotated[
        tuple[Attachment, ...], said("The files", "Tệp đính kèm")
    ] = ()


class LogEntry(Part, frozen=True, kw_only=True):
    """One step of processing, as the agency logs it."""

    at: Annotated[Moment, said("When", "Thời điểm xử lý")]
    actor: Annotated[Name | None | Absent, said("Official", "Người xử lý")] = UNSET
    position: Annotated[
        Short | None | Absent, said("Position of the official", "Chức danh")
    ] = UNSET
    department: Annotated[
        Short | None | Absent, said("Department", "Phòng ban xử lý")
    ] = UNSET
    content: Annotated[
        Text | None | Absent, said("What was done", "Nội dung xử lý")
    ] = UNSET
    status: Annotated[
        DossierStatus | Absent, said("Status after the step", "Trạng thái")
    ] = UNSET
    started_at: Annotated[
        Moment | None | Absent, said("Start of the step", "Ngày bắt đầu")
    ] = UNSET
    due_at: Annotated[
        Moment | None | Absent,
        said("End of the step by rule", "Ngày kết thúc theo quy định"),
    ] = UNSET


class Suspension(Part, frozen=True, kw_only=True):
    """A time in which the clock stands still, or an extension of the time allowed."""

    kind: Annotated[
        Literal["suspension", "extension"],
        said("Clock stopped, or due date moved", "Tạm dừng hoặc gia hạn"),
    ]
    reason: Annotated[Text | None | Absent, said("Why", "Lý do")] = UNSET
    since: Annotated[Moment, said("From", "Từ thời điểm")]
    until: Annotated[Moment | None | Absent, said("Until", "Đến thời điểm")] = UNSET


class Dossier(Part, frozen=True, kw_only=True):
    """One administrative case, whole or in part. Only `identifiers` is always there; a submission also needs procedure and applicant."""

    identifiers: Annotated[
        Annotated[tuple[Identifier, ...], Meta(min_length=1, max_length=20)],
        said("All ids of the dossier", "Các mã của hồ sơ"),
    ]
    procedure: Annotated[
        Procedure | Absent, said("The procedure", "Thủ tục hành chính")
    ] = UNSET
    applicant: Annotated[Applicant | Absent, said("The owner", "Chủ hồ sơ")] = UNSET
    channel: Annotated[
        Literal["counter", "online", "post"] | None | Absent,
        said("How it was submitted", "Kênh thực hiện"),
    ] = UNSET
    subject: Annotated[
        Text | None | Absent, said("What it is about", "Trích yếu hồ sơ")
    ] = UNSET
    agency: Annotated[
        AgencyInCharge | Absent, said("Agency in charge", "Cơ quan xử lý")
    ] = UNSET
    dates: Annotated[Dates | Absent, said("Dates of the case", "Các mốc thời gian")] = (
        UNSET
    )
    status: Annotated[
        DossierStatus | Absent, said("Where it stands", "Trạng thái hồ sơ")
    ] = UNSET
    components: Annotated[
        tuple[Component, ...], said("The papers", "Thành phần hồ sơ")
    ] = ()
    fees: Annotated[tuple[Fee, ...], said("Fees and payments", "Phí, lệ phí")] = ()
    supplements: Annotated[
        tuple[SupplementRound, ...], said("Supplement rounds", "Các lần bổ sung")
    ] = ()
    results: Annotated[
        tuple[Result, ...], said("Result papers", "Giấy tờ kết quả")
    ] = ()
    log: Annotated[tuple[LogEntry, ...], said("Processing log", "Quá trình xử lý")] = ()
    suspensions: Annotated[
        tuple[Suspension, ...], said("Suspensions and extensions", "Tạm dừng, gia hạn")
    ] = ()
    note: Annotated[Text | None | Absent, said("Note", "Ghi chú")] = UNSET
    extensions: Annotated[
        dict[str, Any],
        said(
            "What a dialect carries and the canonical form does not, by namespace",
            "Thông tin mở rộng",
        ),
    ] = {}
