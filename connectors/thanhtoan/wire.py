"""The messages of a payment platform: what is asked, and what an answer means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from connectors.thanhtoan.translate import NATIONAL, over
from gateway.sdk import Malformed, OutcomeUnknown, Problem, RetryLater, checksum_of, is_checksum, read_object, scrub

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.thanhtoan.config import Config
    from gateway.sdk import HttpAnswer

__all__ = ["Exists", "Refusal", "Taken", "Verdict", "encode_question", "encode_reply", "judge", "link_of", "read_row", "read_told"]

WHO = "the payment platform"
OK = frozenset({"0", "00", "ok", "success", "successful"})
#: An exception at the other side: nobody knows how far the call came.
EXCEPTION = "-1"
ALREADY_THERE = "đã tồn tại"
#: What the checksum of a message is over that the platform sends by itself, by the name of the checksum.
TOLD = {
    "check_sum": NATIONAL,
    "checksum": ("partnerCode", "orderId", "amount", "status", "transactionCode"),
}
NOT_THERE = ("không tìm thấy", "không tồn tại")


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The platform took the request; `pay_url` is where it can be paid, when it said."""

    pay_url: str = ""


class Exists(msgspec.Struct, frozen=True):
    """The platform has a request of this id already."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The platform refuses, with its code and its words without what may name a person."""

    code: str
    text: str


Verdict: TypeAlias = Taken | Exists | Refusal


def encode_question(request: str, config: Config) -> bytes:
    """Ask what became of a payment."""
    if config.style == "paygov":
        message = {"partnerCode": config.client, "accessKey": config.access_key, "orderId": request}
        return msgspec.json.encode(message | {"checksum": checksum_of(_asking(config), message)})
    message = {"client_id": config.client, "transaction_id": request, "command": "PAY"}
    return msgspec.json.encode(message | {"check_sum": checksum_of(_asking(config), message)})


def encode_reply(*, problem: str = "") -> bytes:
    """Answer what the platform told."""
    return msgspec.json.encode({"error_code": -1, "message": f"error: {problem}"} if problem else {"error_code": 0, "message": "success"})


def judge(answer: HttpAnswer, config: Config) -> Verdict:
    """Decide what the answer to a request means. Raises `RetryLater` or `OutcomeUnknown` when it is none of the platform."""
    found = read_object(answer, who=WHO, wrapping=config.wrapping)
    code, text = _code(found), " ".join(str(found.get("message") or "").split())
    if code is None:
        raise OutcomeUnknown(f"{WHO} answered JSON without error_code", code="no_error_code")
    if ALREADY_THERE in text.lower():
        return Exists()
    if code.lower() in OK:
        data = found.get("data")
        return Taken(pay_url=link_of(data if isinstance(data, dict) else found))
    if code == EXCEPTION:
        raise OutcomeUnknown(f"{WHO} answered an exception: {scrub(text)}", code=EXCEPTION)
    return Refusal(code=scrub(code)[:60] or "refused", text=scrub(text) or "no reason was given")


def link_of(row: Mapping[str, Any]) -> str:
    """Where a payment can be made; empty when that is not said, or is no address."""
    url = row.get("url")
    return url if isinstance(url, str) and url.startswith(("http://", "https://")) else ""


def read_row(answer: HttpAnswer, config: Config) -> dict[str, Any] | None:
    """Read what became of a payment; None when the platform has no such request. Raises `RetryLater` when it does not say."""
    found = read_object(answer, who=WHO, wrapping=config.wrapping, safe=True)
    code, text = _code(found), " ".join(str(found.get("message") or "").lower().split())
    data = found.get("data", found)
    row = data[0] if isinstance(data, list) and len(data) == 1 else data
    if code in config.unknown_codes or any(words in text for words in NOT_THERE):
        return None
    if code is None or code.lower() not in OK:
        raise RetryLater(f"{WHO} would not tell what became of a payment: {scrub(text)}", code="not_told")
    if not row:
        return None
    if not isinstance(row, dict) or "status" not in row:
        raise RetryLater(f"{WHO} told of a payment without its status", code="no_status")
    return row


def read_told(body: bytes, config: Config) -> dict[str, Any]:
    """Read what the platform tells by itself. Raises `Malformed` when it is none, or when its checksum is not the one that the site knows of."""
    try:
        row = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed([Problem(path="", rule="json")]) from error
    if not isinstance(row, dict):
        raise Malformed([Problem(path="", rule="type", found="no object")])
    if config.result_checksum is None:
        return row
    name = "checksum" if "checksum" in row else "check_sum"
    if not is_checksum(over(config.result_checksum, TOLD[name]), _texts(row), row.get(name)):
        raise Malformed([Problem(path=name, rule="the checksum over this message")], code="not_trusted")
    return row


def _asking(config: Config) -> Any:
    """The checksum of a question: the same secret, over the fields of a question."""
    fields = ("partnerCode", "accessKey", "orderId") if config.style == "paygov" else ("client_id", "command", "transaction_id")
    return msgspec.structs.replace(config.checksum, fields=fields)


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    """The plain values of a message, as they stand in a checksum."""
    return {name: str(value) for name, value in row.items() if isinstance(value, str | int) and not isinstance(value, bool)}


def _code(found: Mapping[str, Any]) -> str | None:
    """The code of an answer, a text here and a number there; None when there is none."""
    for name in ("error_code", "errorCode", "code"):
        value = found.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value).strip()
    return None
