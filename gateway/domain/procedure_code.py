"""The code of an administrative procedure: national, of a province, or long with the whole agency.

`1.012784` is the national code, `1.012784.H21` what a province writes, `2.000635.000.00.00.H21` the long form. The first two groups
name the procedure, the rest says whose list it was copied from: compare with `same_procedure`.
"""

from __future__ import annotations

import re

import msgspec

from gateway.domain.agency_code import AgencyCode, parse_agency_code
from gateway.domain.errors import Malformed, Problem
from gateway.domain.shape import shape

__all__ = ["ProcedureCode", "parse_procedure_code", "same_procedure"]

FORM = re.compile(r"([0-9])\.([0-9]{6})(?:\.([0-9A-Z.]+))?")
RULE = "a procedure code: 1.012784, 1.012784.H21 or 1.012784.000.00.00.H21"


class ProcedureCode(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure code taken apart; `owner` is the agency whose list it was copied from."""

    group: str
    number: str
    owner: AgencyCode | None = None

    def __str__(self) -> str:
        """Write the code as it was read."""
        return self.national if self.owner is None else f"{self.national}.{self.owner}"

    @property
    def national(self) -> str:
        """The two groups that name the procedure in the whole country."""
        return f"{self.group}.{self.number}"


def parse_procedure_code(text: str, *, path: str = "") -> ProcedureCode:
    """Read a procedure code of any length; raises `Malformed` naming `path`."""
    found = FORM.fullmatch(text)
    if found is None:
        problem = Problem(path=path, rule=RULE, found=shape(text))
        raise Malformed([problem], code="procedure_code")
    group, number, owner = found.groups()
    return ProcedureCode(
        group=group,
        number=number,
        owner=parse_agency_code(owner, path=path) if owner else None,
    )


def same_procedure(one: str, other: str) -> bool:
    """Compare procedure codes on their first two groups: `1.012784.H21` is `1.012784`; never raises."""
    return one.split(".")[:2] == other.split(".")[:2]
