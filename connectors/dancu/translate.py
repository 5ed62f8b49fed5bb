"""From the applicant of a dossier to a question for a citizen, and from what was found to a verdict; names and codes are in `mappings/dancu`."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import msgspec
from lxml import etree
from msgspec import UNSET

from gateway.sdk import (
    SOAP_11,
    Applicant,
    CompiledMapping,
    Document,
    Identifier,
    Malformed,
    Outgoing,
    Problem,
    Read,
    Transfer,
    convert_all,
    digest,
    load_table,
    primary_identifier,
    write_envelope,
)
from mappings import table_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.dancu.config import Config

__all__ = ["LOOK_UP", "Question", "Tables", "load_tables", "question_of", "read_result", "result_of", "write_question"]

LOOK_UP = "TraCuuThongTinCongDan"
#: What some systems write for a number that they do not know.
DUMMIES = frozenset({"000000001"})
NUMBER = re.compile(r"[0-9]{9}(?:[0-9]{3})?")


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The compiled tables of one style: the question, the citizen of an answer, and the result that is kept."""

    question: CompiledMapping
    citizen: CompiledMapping
    result: CompiledMapping


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked about: the number of one paper, the name in upper case, the day or year of birth; and the id of the question."""

    request: str
    identifier: Identifier
    name: str
    born_on: str
    number: str

    @property
    def paper(self) -> str:
        """The kind of paper that the number is of."""
        return "citizen_id" if len(self.number) == 12 else "old_citizen_id"

    def __repr__(self) -> str:
        """Name the question; nobody."""
        return f"Question(request={self.request!r})"


def load_tables(style: str) -> Tables:
    """Compile the tables of a style."""
    ending = "-json" if style == "json" else ""
    return Tables(
        question=load_table(table_path("dancu", f"tra-cuu{ending}")),
        citizen=load_table(table_path("dancu", f"cong-dan{ending}")),
        result=load_table(table_path("dancu", "ket-qua")),
    )


# ---- the question --------------------------------------------------------------------------------------------------


def question_of(outgoing: Outgoing) -> Question:
    """Who a delivery asks about: the applicant of its dossier. Raises `Malformed` with every fault when the database cannot be asked."""
    dossier = outgoing.accepted.transfer.dossier
    identifier = primary_identifier(dossier)
    if dossier.applicant is UNSET:
        raise Malformed([Problem(path="dossier.applicant", rule="required, to be looked up", found="nothing")], code="not_sayable")
    applicant = dossier.applicant
    name, number = _capitals(applicant.name or ""), _number(applicant)
    problems = [Problem(path="dossier.applicant.kind", rule="only a citizen can be looked up", found=applicant.kind)]
    problems = problems if applicant.kind != "citizen" else []
    if not name:
        problems.append(Problem(path="dossier.applicant.name", rule="required, to be looked up", found="nothing"))
    if not applicant.born_on:
        problems.append(Problem(path="dossier.applicant.born_on", rule="the day or the year, to be looked up", found="nothing"))
    if not number:
        rule = "a citizen id of 12 digits, or an old one of 9"
        problems.append(Problem(path="dossier.applicant.identity_documents", rule=rule, found="none of them"))
    if problems:
        raise Malformed(problems)
    request = f"{identifier.value}-{digest(outgoing.key.encode())[:12]}"
    return Question(request=request, identifier=identifier, name=name, born_on=applicant.born_on or "", number=number)


def write_question(outgoing: Outgoing, tables: Tables, config: Config) -> Document:
    """Write the look-up of an applicant. Raises `Malformed` with every fault."""
    question = question_of(outgoing)
    try:
        content = tables.question.write(_canonical(question, outgoing, config))
    except Malformed as error:
        raise Malformed([msgspec.structs.replace(one, path=f"dossier.{one.path}") for one in error.problems]) from error
    if isinstance(content, etree._Element):  # noqa: SLF001 - the library has no other name for it
        return Document(operation=LOOK_UP, media_type="application/xml", body=write_envelope(SOAP_11, content))
    return Document(operation=LOOK_UP, media_type="application/json", body=msgspec.json.encode(content))


def _canonical(question: Question, outgoing: Outgoing, config: Config) -> dict[str, Any]:
    """The tree that the tables of questions write."""
    procedure = outgoing.accepted.transfer.dossier.procedure
    national = "" if procedure is UNSET else ".".join(procedure.code.split(".")[:2])
    said = {
        "request": question.request,
        "service": config.services.get(national, config.service),
        "integration": config.integration,
        "official": config.official,
        "unit": config.unit,
        "account": config.account,
        "phone": config.phone,
        "born": "year" if len(question.born_on) == 4 else "day",
    }
    if config.style == "json":
        said = {name: said[name] for name in ("request", "service", "official", "account")}
    papers = [{"kind": question.paper, "number": question.number}]
    applicant = {"name": question.name, "born_on": question.born_on, "identity_documents": papers}
    return {"applicant": applicant, "extensions": {"dancu": {name: value for name, value in said.items() if value is not None}}}


def _number(applicant: Applicant) -> str:
    """The number to ask by: of 12 digits if there is one, else of 9; empty when there is none. What kind of card it is said to be does not count."""
    numbers = ["".join(paper.number.split()) for paper in applicant.identity_documents]
    found = [number for number in numbers if NUMBER.fullmatch(number) and number not in DUMMIES]
    return max(found, key=len, default="")


def _capitals(name: str) -> str:
    """A name as the database writes it: upper case, composed, one space between words."""
    return unicodedata.normalize("NFC", " ".join(name.split())).upper()


# ---- the result ----------------------------------------------------------------------------------------------------


def result_of(question: Question, citizen: Mapping[str, Any] | None, tables: Tables, config: Config) -> bytes:
    """What is kept of a look-up: the verdict, what differs, and of the citizen what the site allows; None: nobody was found."""
    differs = _differences(question, citizen) if citizen is not None else []
    verdict = "not_found" if citizen is None else "differs" if differs else "matched"
    kept: dict[str, Any] = {name: citizen[name] for name in config.keep if name in citizen} if citizen is not None and not differs else {}
    tree: dict[str, Any] = {
        "identifiers": [{"scheme": question.identifier.scheme, "value": question.identifier.value}],
        "extensions": {"dancu": {"request": question.request, "verdict": verdict, "differs": differs}},
    }
    return tables.result.write_bytes(tree | ({"applicant": {"kind": "citizen", **kept}} if kept else {}))


def read_result(body: bytes, memo: Mapping[str, str], tables: Tables) -> Read:
    """Read what was kept as the answer to the transfer that asked. Raises `Malformed` with every fault.

    The message id follows from the content, in which there is no time: the same result is the same message.
    """
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed([Problem(path="", rule="json")]) from error
    tree: dict[str, Any] = tables.result.read(document)
    message: dict[str, Any] = {
        "message_id": f"dancu-{digest(body)[:40]}",
        "event": {"kind": "processing", "note": tree["status"]["raw_text"]},
        "dossier": tree,
    }
    if "sender" in memo:
        message["recipients"] = [memo["sender"]]
    if "message_id" in memo:
        message["in_reply_to"] = memo["message_id"]
    return Read(transfer=convert_all(message, Transfer), raw=body, media_type="application/json", ends_case=True)


def _differences(question: Question, citizen: Mapping[str, Any]) -> list[str]:
    """What of the question is otherwise in the database. A year is compared with a year."""
    differs = []
    if _capitals(str(citizen.get("name", ""))) != question.name:
        differs.append("name")
    born, asked = str(citizen.get("born_on", "")), question.born_on
    known = min(len(born), len(asked))
    if not born or born[:known] != asked[:known]:
        differs.append("born_on")
    if all(paper["number"] != question.number for paper in citizen.get("identity_documents", ())):
        differs.append("number")
    return differs
