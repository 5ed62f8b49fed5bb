"""The codes of papers: of a result, and of a component of a dossier."""

from __future__ import annotations

import re

import msgspec

from gateway.domain.agency_code import AgencyCode, parse_agency_code
from gateway.domain.errors import Malformed, Problem
from gateway.domain.shape import shape

__all__ = [
    "ComponentCode",
    "ResultPaperCode",
    "parse_component_code",
    "parse_result_paper_code",
]

RESULT = re.compile(r"KQ\.([0-9A-Z.]+)\.([0-9]{6})")
COMPONENT = re.compile(r"([0-9A-Z.]+)-([A-Z]{2})([0-9]{6})")


class ResultPaperCode(msgspec.Struct, frozen=True, kw_only=True):
    """The code of a result paper in the national list, such as `KQ.G07.000122`."""

    agency: AgencyCode
    number: str

    def __str__(self) -> str:
        """Write the code as it was read."""
        return f"KQ.{self.agency}.{self.number}"


class ComponentCode(msgspec.Struct, frozen=True, kw_only=True):
    """The code of a component of a dossier, such as `000.00.00.G09-KQ002269`; `kind` is its two letters."""

    agency: AgencyCode
    kind: str
    number: str

    def __str__(self) -> str:
        """Write the code as it was read."""
        return f"{self.agency}-{self.kind}{self.number}"


def parse_result_paper_code(text: str, *, path: str = "") -> ResultPaperCode:
    """Read the code of a result paper; raises `Malformed` naming `path`."""
    found = RESULT.fullmatch(text)
    if found is None:
        raise _malformed(path, "the code of a result paper: KQ.G07.000122", text)
    agency, number = found.groups()
    return ResultPaperCode(agency=parse_agency_code(agency, path=path), number=number)


def parse_component_code(text: str, *, path: str = "") -> ComponentCode:
    """Read the code of a component; raises `Malformed` naming `path`."""
    found = COMPONENT.fullmatch(text)
    if found is None:
        raise _malformed(path, "the code of a component: 000.00.00.G09-KQ002269", text)
    agency, kind, number = found.groups()
    return ComponentCode(agency=parse_agency_code(agency, path=path), kind=kind, number=number)


def _malformed(path: str, rule: str, text: str) -> Malformed:
    """Put the fault of a paper code together."""
    problem = Problem(path=path, rule=rule, found=shape(text))
    return Malformed([problem], code="paper_code")
