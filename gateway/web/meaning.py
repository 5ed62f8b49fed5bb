"""What the fields of the gateway's own values mean, in English and Vietnamese; the canonical types say it themselves."""

from __future__ import annotations

from typing import Any

__all__ = ["MEANINGS", "explain"]

_IDS = {
    "transfer_id": ("The gateway's id of the transfer", "Mã lượt gửi"),
    "dossier_id": ("The gateway's id of the dossier", "Mã hồ sơ tại trục"),
    "accepted_at": ("When the transfer was committed to the ledger", "Thời điểm ghi nhận vào sổ"),
    "sender": ("Name of the system that sent it", "Tên hệ thống gửi"),
    "procedure": ("Code of the procedure", "Mã thủ tục hành chính"),
    "identifiers": ("All ids of the dossier that the gateway knows", "Tất cả các mã của hồ sơ mà trục biết"),
}

#: Meaning of each field of each type, where the type does not say it.
MEANINGS: dict[str, dict[str, tuple[str, str]]] = {
    "AcceptedTransfer": {
        "id": _IDS["transfer_id"],
        "sender": _IDS["sender"],
        "dossier_id": _IDS["dossier_id"],
        "accepted_at": _IDS["accepted_at"],
        "transfer": ("Its canonical content", "Nội dung theo lược đồ chung"),
    },
    "BlobInfo": {
        "sha256": ("SHA-256 of the content, hexadecimal", "Mã băm SHA-256 của tệp"),
        "size": ("Size in bytes", "Kích thước, tính bằng byte"),
    },
    "Delivery": {
        "id": ("The gateway's id of the delivery; the same for every attempt", "Mã lượt chuyển; không đổi qua các lần thử"),
        "transfer_id": _IDS["transfer_id"],
        "destination": ("Name of the system that it goes to", "Tên hệ thống nhận"),
        "dossier_id": _IDS["dossier_id"],
        "position": ("Its place in the order of its lane", "Thứ tự trong luồng"),
        "state": ("Where it stands", "Trạng thái"),
        "attempts": ("How many attempts have ended", "Số lần thử đã kết thúc"),
        "accepted_at": _IDS["accepted_at"],
        "changed_at": ("When its state changed last", "Thời điểm đổi trạng thái gần nhất"),
        "due_at": ("When the next attempt may begin", "Thời điểm được thử tiếp"),
        "cause": ("Code of the last failure", "Mã nguyên nhân của lần lỗi gần nhất"),
        "text": ("The last failure in words", "Mô tả lần lỗi gần nhất"),
        "reference": ("The destination's own id of the dossier", "Mã hồ sơ tại hệ thống nhận"),
    },
    "DossierRecord": {
        "id": _IDS["dossier_id"],
        "origin": ("Name of the system that sent it first", "Tên hệ thống gửi đầu tiên"),
        "procedure": _IDS["procedure"],
        "opened_at": ("When the gateway first heard of it", "Thời điểm trục nhận lần đầu"),
        "identifiers": _IDS["identifiers"],
    },
    "InboxItem": {
        "delivery_id": ("The gateway's id of the delivery", "Mã lượt chuyển"),
        "lease": ("Give this back with the answer", "Mã giữ chỗ, gửi kèm khi trả lời"),
        "leased_until": ("Unanswered until then, it comes again", "Hạn trả lời; quá hạn sẽ được phát lại"),
        "repeated": ("Handed out before and never answered: you may hold it already", "Đã phát trước đó mà chưa được trả lời"),
        "identifiers": _IDS["identifiers"],
        "accepted": ("The transfer", "Lượt gửi"),
    },
    "Problem": {
        "path": ("Where the fault is", "Vị trí lỗi"),
        "rule": ("The rule that is broken", "Quy tắc bị vi phạm"),
        "found": ("What stands there: its kind, never its value", "Loại dữ liệu tìm thấy, không nêu giá trị"),
        "hint": ("How to mend it", "Gợi ý sửa"),
    },
    "TransferRecord": {
        "id": _IDS["transfer_id"],
        "sender": _IDS["sender"],
        "message_id": ("The sender's id of the message", "Mã thông điệp do bên gửi đặt"),
        "dossier_id": _IDS["dossier_id"],
        "event": ("What happened to the dossier", "Sự kiện của hồ sơ"),
        "procedure": _IDS["procedure"],
        "accepted_at": _IDS["accepted_at"],
        "receipt": ("The receipt", "Biên nhận"),
    },
}


def explain(schemas: dict[str, Any]) -> dict[str, Any]:
    """Add the meanings to the schemas of the types; what a type says itself stays."""
    return {name: _explained(schema, MEANINGS.get(name, {})) for name, schema in schemas.items()}


def _explained(schema: dict[str, Any], meanings: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Add the meanings to the fields of one type."""
    if not meanings:
        return schema
    fields = dict(schema["properties"])
    for name, (english, vietnamese) in meanings.items():
        fields[name] = {"description": english, "description:vi": vietnamese, **fields[name]}
    return {**schema, "properties": fields}
