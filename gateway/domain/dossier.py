"""The canonical record of one administrative case, `dossier/1`.

Absent and empty differ: a field that is not there was not said; `null` says that it is known to be empty.
Instants carry their zone (RFC 3339); where only a date or a year is known, only that is written.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta

from gateway.domain.applicant import Address, Applicant, Contact, IdentityDocument
from gateway.domain.event import Status  # noqa: TC001 - msgspec reads the annotations when the program runs
from gateway.domain.part import Absent, Code, Count, Day, Moment, Money, Name, Part, Short, Text, said

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


class Identifier(Part, frozen=True, kw_only=True):
    """One of the ids of a dossier; it has two or three, given by different agencies."""

    value: Annotated[Code, said("The id itself, as its issuer writes it", "Giá trị của mã, đúng như nơi cấp đã viết")]
    scheme: Annotated[
        Code,
        said(
            "Kind of id: `dossier` (code of TT 01/2018), `national`, `receipt`, or the id of a system",
            "Loại mã: mã hồ sơ theo TT 01/2018, mã quốc gia, số biên nhận, hoặc mã của một hệ thống",
        ),
    ]
    issuer: Annotated[
        Code | None | Absent,
        said("Agency code or system that gave the id", "Mã cơ quan hoặc hệ thống cấp mã"),
    ] = UNSET


class Procedure(Part, frozen=True, kw_only=True):
    """The administrative procedure that the dossier is about."""

    code: Annotated[
        Code,
        said(
            "Procedure code in any of its lengths, such as `1.012784.H21`; compared on the first two groups",
            "Mã thủ tục hành chính, dạng đầy đủ hoặc rút gọn; so sánh theo hai nhóm đầu",
        ),
    ]
    name: Annotated[Name | None | Absent, said("Name of the procedure", "Tên thủ tục hành chính")] = UNSET
    field_code: Annotated[Code | None | Absent, said("Code of the field of work", "Mã lĩnh vực")] = UNSET
    field_name: Annotated[Name | None | Absent, said("Name of the field of work", "Tên lĩnh vực")] = UNSET


class AgencyInCharge(Part, frozen=True, kw_only=True):
    """The agency that settles the dossier."""

    code: Annotated[
        Code | None | Absent,
        said("Agency code, in either order (QCVN 102:2016, QĐ 20/2020)", "Mã định danh cơ quan, theo QCVN 102:2016 hoặc QĐ 20/2020"),
    ] = UNSET
    name: Annotated[Name | None | Absent, said("Name of the agency", "Tên cơ quan")] = UNSET


class Dates(Part, frozen=True, kw_only=True):
    """The dates of the case; instants where the sender knew them."""

    submitted: Annotated[Moment | None | Absent, said("When the applicant submitted it", "Thời điểm nộp hồ sơ")] = UNSET
    received: Annotated[
        Moment | None | Absent, said("When the agency received it; the clock starts", "Thời điểm tiếp nhận, bắt đầu tính thời hạn")
    ] = UNSET
    due: Annotated[Moment | None | Absent, said("When the result is promised to the applicant", "Thời điểm hẹn trả kết quả")] = UNSET
    refused: Annotated[Moment | None | Absent, said("When it was refused at intake", "Thời điểm từ chối tiếp nhận")] = UNSET
    completed: Annotated[Moment | None | Absent, said("When processing ended", "Thời điểm kết thúc xử lý")] = UNSET
    returned: Annotated[Moment | None | Absent, said("When the result was handed over", "Thời điểm trả kết quả")] = UNSET


class DossierStatus(Part, frozen=True, kw_only=True):
    """Where the case stands: the canonical word, and always what the sender itself wrote."""

    canonical: Annotated[Status, said("Status in the words of this form", "Trạng thái theo chuẩn chung")]
    raw_code: Annotated[Code | None | Absent, said("Status code, as the sender wrote it", "Mã trạng thái gốc của bên gửi")] = UNSET
    raw_text: Annotated[
        Text | None | Absent,
        said("Status text, as the sender wrote it", "Tên trạng thái gốc của bên gửi"),
    ] = UNSET
    at: Annotated[Moment | None | Absent, said("Since when it holds", "Có hiệu lực từ thời điểm")] = UNSET


class Attachment(Part, frozen=True, kw_only=True):
    """A file by claim check: its content lies in the blob store under its sha-256."""

    name: Annotated[Name, said("File name, with its ending", "Tên tệp, kèm phần mở rộng")]
    sha256: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")] | Absent,
        said("SHA-256 of the content, in 64 small hexadecimal digits", "Mã băm SHA-256 của nội dung, 64 ký tự thập lục phân viết thường"),
    ] = UNSET
    size: Annotated[Count | Absent, said("Size in bytes", "Kích thước (byte)")] = UNSET
    media_type: Annotated[
        Short | None | Absent, said("Media type, such as `application/pdf`", "Kiểu nội dung, ví dụ `application/pdf`")
    ] = UNSET
    url: Annotated[
        Text | None | Absent,
        said("Where the sender says it lies, when its content was not sent", "Đường dẫn tệp tại bên gửi, khi không gửi kèm nội dung"),
    ] = UNSET
    id: Annotated[Code | None | Absent, said("The sender's id of the file", "Mã tệp của bên gửi")] = UNSET


class Component(Part, frozen=True, kw_only=True):
    """One paper that the dossier is made of."""

    code: Annotated[Code | None | Absent, said("Code of the paper in the national list", "Mã thành phần hồ sơ")] = UNSET
    name: Annotated[Text | None | Absent, said("Name of the paper", "Tên giấy tờ")] = UNSET
    form: Annotated[
        Short | None | Absent,
        said(
            "Original, copy or certified copy, as the sender says", "Bản chính, bản sao hoặc bản sao chứng thực, theo cách ghi của bên gửi"
        ),
    ] = UNSET
    quantity: Annotated[Count | None | Absent, said("Number of copies", "Số lượng bản")] = UNSET
    digitised: Annotated[bool | None | Absent, said("Whether it was digitised at intake", "Đã được số hóa khi tiếp nhận hay chưa")] = UNSET
    reused: Annotated[
        Short | None | Absent,
        said("Whether it was reused from earlier data, by the sender's code", "Được tái sử dụng hay không, theo mã của bên gửi"),
    ] = UNSET
    attachments: Annotated[tuple[Attachment, ...], said("The files of the paper", "Các tệp của giấy tờ")] = ()


class Fee(Part, frozen=True, kw_only=True):
    """A fee of the dossier, and its payment."""

    code: Annotated[Code | None | Absent, said("Code of the fee", "Mã phí, lệ phí")] = UNSET
    name: Annotated[Name | None | Absent, said("Name of the fee", "Tên phí, lệ phí")] = UNSET
    kind: Annotated[
        Short | None | Absent,
        said("Fee or charge, by the sender's code", "Phí hay lệ phí, theo mã của bên gửi"),
    ] = UNSET
    amount: Annotated[Money | Absent, said("Amount in whole đồng", "Số tiền, tính bằng đồng")] = UNSET
    collected_by: Annotated[
        Short | None | Absent,
        said("How it is collected, by the sender's code", "Hình thức thu, theo mã của bên gửi"),
    ] = UNSET
    paid: Annotated[bool | None | Absent, said("Whether it is paid", "Đã thanh toán hay chưa")] = UNSET
    paid_at: Annotated[Moment | None | Absent, said("When it was paid", "Thời điểm thanh toán")] = UNSET


class SupplementRound(Part, frozen=True, kw_only=True):
    """One round of asking for missing papers and getting them."""

    id: Annotated[Code | None | Absent, said("The sender's id of the round", "Mã lần bổ sung")] = UNSET
    requested_by: Annotated[Name | None | Absent, said("Official who asked", "Người yêu cầu bổ sung")] = UNSET
    requested_at: Annotated[
        Moment | None | Absent, said("When it was asked; the clock stops", "Thời điểm yêu cầu bổ sung, tạm dừng tính thời hạn")
    ] = UNSET
    reason: Annotated[Text | None | Absent, said("What is missing", "Nội dung cần bổ sung")] = UNSET
    received_by: Annotated[Name | None | Absent, said("Official who received the papers", "Người tiếp nhận bổ sung")] = UNSET
    received_at: Annotated[Moment | None | Absent, said("When the papers came", "Thời điểm tiếp nhận bổ sung")] = UNSET
    note: Annotated[Text | None | Absent, said("What was received", "Nội dung đã tiếp nhận")] = UNSET
    state: Annotated[
        Short | None | Absent,
        said("State of the round, by the sender's code", "Trạng thái lần bổ sung, theo mã của bên gửi"),
    ] = UNSET
    due_before: Annotated[
        Moment | None | Absent, said("When the result was promised before this round", "Thời điểm hẹn trả trước khi bổ sung")
    ] = UNSET
    due_after: Annotated[
        Moment | None | Absent, said("When the result is promised since this round", "Thời điểm hẹn trả mới sau khi bổ sung")
    ] = UNSET


class Result(Part, frozen=True, kw_only=True):
    """A paper that the agency returned."""

    code: Annotated[
        Code | None | Absent, said("Code of the result paper, such as `KQ.G07.000122`", "Mã giấy tờ kết quả, ví dụ `KQ.G07.000122`")
    ] = UNSET
    name: Annotated[Text | None | Absent, said("Name of the result paper", "Tên giấy tờ kết quả")] = UNSET
    component_code: Annotated[
        Code | None | Absent,
        said("Code by which the paper is a component of other dossiers", "Mã thành phần hồ sơ của giấy tờ này trong hồ sơ khác"),
    ] = UNSET
    attachments: Annotated[tuple[Attachment, ...], said("The files of the paper", "Các tệp của giấy tờ kết quả")] = ()


class LogEntry(Part, frozen=True, kw_only=True):
    """One step of processing, as the agency logs it."""

    at: Annotated[Moment, said("When the step was taken", "Thời điểm xử lý")]
    actor: Annotated[Name | None | Absent, said("Official who took the step", "Người xử lý")] = UNSET
    position: Annotated[Short | None | Absent, said("Position of the official", "Chức danh")] = UNSET
    department: Annotated[Short | None | Absent, said("Department of the official", "Phòng ban xử lý")] = UNSET
    content: Annotated[Text | None | Absent, said("What was done", "Nội dung xử lý")] = UNSET
    status: Annotated[DossierStatus | Absent, said("Status after the step", "Trạng thái sau bước xử lý")] = UNSET
    started_at: Annotated[Moment | None | Absent, said("When the step began", "Thời điểm bắt đầu bước xử lý")] = UNSET
    due_at: Annotated[
        Moment | None | Absent,
        said("When the step must end by rule", "Thời hạn kết thúc bước xử lý theo quy định"),
    ] = UNSET


class Suspension(Part, frozen=True, kw_only=True):
    """A time in which the clock stands still, or an extension of the time allowed."""

    kind: Annotated[
        Literal["suspension", "extension"],
        said("Whether the clock stands still or the due date moved", "Tạm dừng tính thời hạn, hoặc gia hạn"),
    ]
    reason: Annotated[Text | None | Absent, said("Why", "Lý do tạm dừng hoặc gia hạn")] = UNSET
    since: Annotated[Moment, said("From when", "Từ thời điểm")]
    until: Annotated[Moment | None | Absent, said("Until when; null while it still lasts", "Đến thời điểm; null khi chưa kết thúc")] = UNSET


class Dossier(Part, frozen=True, kw_only=True):
    """One administrative case, whole or in part. Only `identifiers` is always there; a submission also needs procedure and applicant."""

    identifiers: Annotated[
        Annotated[tuple[Identifier, ...], Meta(min_length=1, max_length=20)],
        said("Every id that the sender knows of the dossier", "Tất cả các mã của hồ sơ mà bên gửi biết"),
    ]
    procedure: Annotated[
        Procedure | Absent, said("The administrative procedure; a submission needs it", "Thủ tục hành chính; bắt buộc khi nộp hồ sơ")
    ] = UNSET
    applicant: Annotated[
        Applicant | Absent, said("The owner of the dossier; a submission needs it", "Chủ hồ sơ; bắt buộc khi nộp hồ sơ")
    ] = UNSET
    channel: Annotated[
        Literal["counter", "online", "post"] | None | Absent,
        said(
            "How it was submitted: at the counter, online, or by public post",
            "Kênh nộp hồ sơ: trực tiếp, trực tuyến hoặc bưu chính công ích",
        ),
    ] = UNSET
    subject: Annotated[Text | None | Absent, said("What it is about, in one sentence", "Trích yếu hồ sơ")] = UNSET
    agency: Annotated[AgencyInCharge | Absent, said("The agency that settles it", "Cơ quan giải quyết hồ sơ")] = UNSET
    dates: Annotated[Dates | Absent, said("Dates of the case", "Các mốc thời gian")] = UNSET
    status: Annotated[DossierStatus | Absent, said("Where the case stands", "Trạng thái hồ sơ")] = UNSET
    components: Annotated[tuple[Component, ...], said("The papers that it is made of", "Các giấy tờ trong thành phần hồ sơ")] = ()
    fees: Annotated[tuple[Fee, ...], said("Fees and payments", "Phí, lệ phí")] = ()
    supplements: Annotated[
        tuple[SupplementRound, ...], said("Every round of asking for missing papers", "Các lần yêu cầu và tiếp nhận bổ sung")
    ] = ()
    results: Annotated[tuple[Result, ...], said("The papers that the agency returned", "Các giấy tờ kết quả")] = ()
    log: Annotated[tuple[LogEntry, ...], said("The steps of processing, the oldest first", "Quá trình xử lý, từ bước đầu tiên")] = ()
    suspensions: Annotated[
        tuple[Suspension, ...], said("Times in which the clock stood still, and extensions", "Các lần tạm dừng và gia hạn")
    ] = ()
    note: Annotated[Text | None | Absent, said("Remark of the sender on the whole dossier", "Ghi chú của bên gửi về cả hồ sơ")] = UNSET
    extensions: Annotated[
        dict[str, Any],
        said(
            "What a dialect carries and this form does not, by a name of its own",
            "Thông tin riêng của từng hệ thống mà lược đồ chung không có, theo tên riêng",
        ),
    ] = {}  # noqa: RUF012 - msgspec gives every dossier its own
