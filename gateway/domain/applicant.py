"""The owner of a dossier: who it is, and how to reach them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET

from gateway.domain.part import Absent, Code, Day, Name, Part, Short, Text, said

__all__ = ["Address", "Applicant", "Contact", "IdentityDocument"]


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
        said("Kind of paper; `old_citizen_id` is the nine-digit card", "Loại giấy tờ; `old_citizen_id` là CMND 9 số"),
    ]
    number: Annotated[Code, said("Number of the paper", "Số giấy tờ")]
    issued_on: Annotated[Day | None | Absent, said("Day of issue", "Ngày cấp")] = UNSET
    issued_by: Annotated[Short | None | Absent, said("Authority that issued it", "Nơi cấp")] = UNSET


class Contact(Part, frozen=True, kw_only=True):
    """How to reach the applicant."""

    phone: Annotated[Short | None | Absent, said("Telephone number, as the sender wrote it", "Số điện thoại, đúng như bên gửi đã viết")] = (
        UNSET
    )
    email: Annotated[Short | None | Absent, said("E-mail address", "Thư điện tử")] = UNSET
    fax: Annotated[Short | None | Absent, said("Fax number", "Số fax")] = UNSET


class Address(Part, frozen=True, kw_only=True):
    """Where the applicant lives; no district since 1 July 2025."""

    street: Annotated[Text | None | Absent, said("House, street, hamlet", "Số nhà, đường phố, thôn, làng")] = UNSET
    commune_code: Annotated[
        Code | None | Absent, said("Code of the commune, five digits (QĐ 19/2025)", "Mã xã, phường, đặc khu, 5 chữ số (QĐ 19/2025)")
    ] = UNSET
    commune: Annotated[Short | None | Absent, said("Name of the commune", "Tên xã, phường, đặc khu")] = UNSET
    district_code: Annotated[
        Code | None | Absent,
        said("Code of the district; only for addresses before July 2025", "Mã huyện, chỉ dùng cho địa chỉ trước 07/2025"),
    ] = UNSET
    district: Annotated[
        Short | None | Absent,
        said("Name of the district; only for addresses before July 2025", "Tên huyện, chỉ dùng cho địa chỉ trước 07/2025"),
    ] = UNSET
    province_code: Annotated[
        Code | None | Absent, said("Code of the province, two digits (QĐ 19/2025)", "Mã tỉnh, thành phố, 2 chữ số (QĐ 19/2025)")
    ] = UNSET
    province: Annotated[Short | None | Absent, said("Name of the province", "Tên tỉnh, thành phố")] = UNSET


class Applicant(Part, frozen=True, kw_only=True):
    """The owner of the dossier."""

    kind: Annotated[
        Literal["citizen", "business", "state_agency", "organisation"],
        said("Kind of applicant", "Loại chủ hồ sơ: công dân, doanh nghiệp, cơ quan nhà nước, tổ chức khác"),
    ]
    name: Annotated[Name | None | Absent, said("Full name, family name first", "Họ và tên hoặc tên đơn vị của chủ hồ sơ")] = UNSET
    born_on: Annotated[Day | None | Absent, said("Day of birth, or only its year", "Ngày sinh, hoặc chỉ năm sinh")] = UNSET
    gender: Annotated[Literal["male", "female", "other"] | None | Absent, said("Gender", "Giới tính")] = UNSET
    identity_documents: Annotated[
        tuple[IdentityDocument, ...], said("Papers that prove who the applicant is", "Các giấy tờ định danh của chủ hồ sơ")
    ] = ()
    contact: Annotated[Contact | Absent, said("How to reach the applicant", "Thông tin liên hệ")] = UNSET
    address: Annotated[Address | Absent, said("Where the applicant lives", "Địa chỉ của chủ hồ sơ")] = UNSET
    account: Annotated[
        Code | None | Absent,
        said("Account on the National Public Service Portal", "Mã tài khoản trên Cổng Dịch vụ công quốc gia"),
    ] = UNSET
    on_behalf_of: Annotated[Name | None | Absent, said("Name of the person whom the applicant acts for", "Tên người được nộp thay")] = UNSET
