"""The gateway's statement that it accepted a transfer."""

from __future__ import annotations

from typing import Annotated

import msgspec

from gateway.domain.part import Moment, said

__all__ = ["Receipt"]


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the sender gets for an accepted transfer; the same for every repetition of it."""

    transfer_id: Annotated[str, said("The gateway's id of the transfer", "Mã lượt gửi")]
    message_id: Annotated[str, said("The sender's id of the message", "Mã thông điệp")]
    sender: Annotated[str, said("Name of the system that sent it", "Tên hệ thống gửi")]
    dossier_id: Annotated[str, said("The gateway's id of the dossier", "Mã hồ sơ tại trục")]
    digest: Annotated[str, said("SHA-256 of the canonical JSON, hexadecimal", "Mã băm SHA-256 của nội dung chuẩn")]
    accepted_at: Annotated[Moment, said("When it was committed to the ledger", "Thời điểm ghi nhận vào sổ")]
    destinations: Annotated[tuple[str, ...], said("Names of the systems that it goes to", "Tên các hệ thống nhận")] = ()
