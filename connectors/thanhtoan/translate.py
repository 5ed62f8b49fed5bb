"""From the unpaid fees of a dossier to a payment request, and from what became of it to a transfer; names and codes are in `mappings/thanhtoan`."""

from __future__ import annotations

import base64
import re
import unicodedata
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.sdk import (
    EVENT_OF_STATUS,
    CompiledMapping,
    Document,
    Dossier,
    EventKind,
    Malformed,
    Outgoing,
    Problem,
    Read,
    Status,
    Transfer,
    checksum_of,
    convert_all,
    digest,
    load_table,
    tree_of,
)
from mappings import table_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.thanhtoan.config import Config
    from gateway.sdk import Checksum

__all__ = ["NATIONAL", "REQUEST", "Tables", "load_tables", "over", "read_result", "request_of", "write_request"]

REQUEST = "yeu-cau-thanh-toan"
HANOI = timezone(timedelta(hours=7))
#: The events that may ask for a payment: that one is asked for, or a submission that is paid for at once.
ASKING = frozenset({EventKind.PAYMENT_REQUESTED, EventKind.SUBMITTED})
ID = re.compile(r"(?P<code>.+)[0-9]{14}")
TOLD = tuple(name for name in Dossier.__struct_fields__ if name not in {"log", "components", "results", "extensions"})
WORDS = {
    "expired": "Yêu cầu thanh toán hết hạn hoặc bị hủy",
    "failed": "Thanh toán không thành công",
    "paid": "Đã thanh toán",
    "waiting": "Chờ thanh toán",
}
#: What the checksum of a request is over.
NATIONAL = ("addition_fee", "client_id", "trans_amount", "command", "transaction_id", "version")
PAYER = ("payerId", "payerName", "payerAddress", "payerDistrict", "payerProvince")
PAYGOV = ("partnerCode", "accessKey", *PAYER, "docCode", "procedureName", "paids", "otherInfo", "decisionDate")
#: After these nothing more comes of a payment request.
LAST = frozenset({"expired", "paid"})


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled tables of one style: the request, and what became of it."""

    request: CompiledMapping
    result: CompiledMapping


def load_tables(style: str) -> Tables:
    """Compile the tables of a style."""
    return Tables(
        request=load_table(table_path("thanhtoan", "hoa-don" if style == "national" else "paygov")),
        result=load_table(table_path("thanhtoan", "ket-qua")),
    )


def over(checksum: Checksum, fields: tuple[str, ...]) -> Checksum:
    """A checksum over its own fields, or over these when it names none."""
    return checksum if checksum.fields else msgspec.structs.replace(checksum, fields=fields)


# ---- the request -----------------------------------------------------------------------------------------------------


def request_of(outgoing: Outgoing) -> str:
    """The id of the payment, `MaTraCuuTT`: dossier code and the time at which the transfer was accepted, so that it is the same for each attempt.
    Empty when the dossier has no code.
    """
    codes = [one.value for one in outgoing.accepted.transfer.dossier.identifiers if one.scheme == "dossier"]
    return f"{codes[0]}{outgoing.accepted.accepted_at.astimezone(HANOI):%Y%m%d%H%M%S}" if codes else ""


def write_request(outgoing: Outgoing, tables: Tables, config: Config) -> Document:
    """Write the payment request of a dossier. Raises `Malformed` with every fault."""
    transfer = outgoing.accepted.transfer
    if transfer.event.kind not in ASKING:
        rule = "a payment is asked for by payment_requested or submitted only"
        raise Malformed([Problem(path="event.kind", rule=rule, found=transfer.event.kind.value)], code="not_sayable")
    problems = _faults_of_fees(transfer.dossier)
    tree = _canonical(outgoing, config)
    try:
        content: Any = tables.request.write(tree)
    except Malformed as error:
        problems += [msgspec.structs.replace(one, path=f"dossier.{one.path}") for one in error.problems]
    if problems:
        raise Malformed(problems)
    message = _national(content, tree, config) if config.style == "national" else _paygov(content, tree, config)
    return Document(operation=REQUEST, media_type="application/json", body=msgspec.json.encode(message))


def _faults_of_fees(dossier: Dossier) -> list[Problem]:
    """What keeps the fees from being paid."""
    unpaid = [(index, fee) for index, fee in enumerate(dossier.fees) if fee.paid is not True]
    if not unpaid:
        return [Problem(path="dossier.fees", rule="at least one fee that is not paid", found="none")]
    return [Problem(path=f"dossier.fees[{index}].amount", rule="required", found="nothing") for index, fee in unpaid if not fee.amount]


def _canonical(outgoing: Outgoing, config: Config) -> dict[str, Any]:
    """The tree that the tables of requests write: the unpaid fees, the national procedure code, and what the site knows."""
    dossier = outgoing.accepted.transfer.dossier
    tree = tree_of(dossier, TOLD)
    tree["fees"] = [tree_of(fee) for fee in dossier.fees if fee.paid is not True and fee.amount]
    if "procedure" in tree:
        tree["procedure"]["code"] = ".".join(tree["procedure"]["code"].split(".")[:2])
    procedure = tree.get("procedure", {}).get("code", "")
    request = request_of(outgoing)
    account = config.accounts.get(procedure, config.account)
    own: dict[str, Any] = {
        "account": msgspec.to_builtins(account),
        "day": f"{outgoing.accepted.accepted_at.astimezone(HANOI):%Y-%m-%d}",
        "kind": config.kind,
        "subject": f"Phí, lệ phí hồ sơ {request[:-14]}",
        "total": sum(fee["amount"] for fee in tree["fees"]),
    }
    own |= {"request": request} if request else {}
    own |= {"service": f"{procedure}{config.service_suffix}"} if procedure else {}
    if config.style == "paygov":
        tree["applicant"] = _bare(tree.get("applicant", {}))
    return tree | {"extensions": {"thanhtoan": own}}


def _national(bill: dict[str, Any], tree: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """The message of the national platform around a bill."""
    message = {
        "client_id": config.client,
        "transaction_id": bill["MaTraCuuTT"],
        "trans_amount": str(tree["extensions"]["thanhtoan"]["total"]),
        "command": "PAY",
        "version": config.version,
        "addition_fee": "0",
        "description": bill["NoiDungThanhToan"],
        "return_url": config.return_url or "",
        "bill_info": bill,
    }
    return message | {"check_sum": checksum_of(over(config.checksum, NATIONAL), message)}


def _paygov(content: dict[str, Any], tree: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """The message of PayGov: its lists are JSON in base64, and the checksum is over that."""
    own = tree["extensions"]["thanhtoan"]
    items = [{"code": fee.get("code", ""), "name": fee.get("name", ""), "amount": fee["amount"]} for fee in tree["fees"]]
    unit = {"beneficiaryUnitCode": own["account"]["number"], "beneficiaryUnitName": own["account"]["name"]}
    message = {
        "partnerCode": config.client,
        "accessKey": config.access_key,
        **content,
        "paids": _packed(items),
        "otherInfo": _packed(unit),
        "returnUrl": config.return_url or "",
    }
    return message | {"checksum": checksum_of(over(config.checksum, PAYGOV), message)}


def _bare(value: Any) -> Any:
    """Every text of an applicant without accents, as PayGov wants it."""
    if isinstance(value, dict):
        return {name: _bare(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_bare(one) for one in value]
    if not isinstance(value, str):
        return value
    apart = unicodedata.normalize("NFD", value.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _packed(value: object) -> str:
    """JSON in base64."""
    return base64.b64encode(msgspec.json.encode(value)).decode()


# ---- the result ------------------------------------------------------------------------------------------------------


def read_result(row: Mapping[str, Any], tables: Tables) -> Read:
    """Read what became of a payment. Raises `Malformed` with every fault.

    The message id follows from what is told, in whatever form it came: the same news is the same message.
    """
    tree: dict[str, Any] = tables.result.read(dict(row))
    own = tree["extensions"]["thanhtoan"]
    found = ID.fullmatch(str(own.get("request", "")))
    if found is None:
        raise Malformed([Problem(path="MaTraCuuTT", rule="a dossier code and yyyyMMddHHmmss", found="something else")])
    state = own["state"]
    fee = tree.get("fees", [{}])[0]
    tree["identifiers"] = [{"scheme": "dossier", "value": found["code"]}]
    tree["fees"] = [{**fee, "paid": state == "paid"}] if fee else []
    tree["status"]["raw_text"] = WORDS[state]
    event = {"kind": EVENT_OF_STATUS[Status(tree["status"]["canonical"])], "occurred_at": fee.get("paid_at"), "note": WORDS[state]}
    told = [own, fee.get("amount"), fee.get("paid_at")]
    message = {
        "message_id": f"thanhtoan-{digest(msgspec.json.encode(told, order='sorted'))[:40]}",
        "event": {name: value for name, value in event.items() if value},
        "dossier": tree,
    }
    transfer = convert_all(message, Transfer, strict=False)
    return Read(transfer=transfer, raw=msgspec.json.encode(row), media_type="application/json", ends_case=state in LAST)
