"""The gateway's statement that it accepted a transfer."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations when the program runs
from typing import Annotated

import msgspec

from gateway.domain.dossier import said

__all__ = ["Receipt"]


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the sender gets for an accepted transfer; the same for every repetition of it."""

    transfer_id: Annotated[str, said("The gateway's id of the transfer", "Mã lượt gửi")]
    message_id: Annotated[str, said("The sender's id of the message", "Mã thông điệp")]
    sender: Annotated[str, said("System that sent it", "Hệ thống gửi")]
    dossier_id: Annotated[
        str, said("The gateway's id of the dossier", "Mã hồ sơ tại trục")
    ]
    digest: Annotated[str, said("SHA-256 of the canonical content", "Mã băm nội dung")]
    accepted_at: Annotated[
        datetime, said("When it was committed", "Thời điểm tiếp nhận")
    ]
    destinations: Annotated[
        tuple[str, ...], said("Systems it goes to", "Các hệ thống nhận")
    ] = ()
