"""The code of a dossier: agency, day of intake, running number of that day (TT 01/2018/TT-VPCP, article 19).

| form                       | example                      |
|----------------------------|------------------------------|
| old order of the agency    | `000.00.53.H48-220921-0099`  |
| province first, QĐ 20/2020 | `H21.12.03-230105-0007`      |
| since July 2025            | `H21.129-250812-0345`        |
| ministries in 2026         | `G09.20-20260609-0092637`    |
"""

from __future__ import annotations

import re
from datetime import date

import msgspec

from gateway.domain.agency_code import AgencyCode, parse_agency_code
from gateway.domain.errors import Malformed, Problem
from gateway.domain.shape import shape

__all__ = ["DossierCode", "next_dossier_code", "parse_dossier_code", "same_dossier"]

DAY = re.compile(r"(20)?([0-9]{2})([0-9]{2})([0-9]{2})")
#: TT 01/2018 says four digits; five to seven are in use.
NUMBER = re.compile(r"[0-9]{4,7}")
LARGEST = 9_999_999
PARTS = 3
HINT = "written as H21.12.03-230105-0007: agency, YYMMDD or YYYYMMDD, running number of the day"


class DossierCode(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier code taken apart; `str` writes it back exactly as it was read.

    `digits` is the width of the running number, `long_year` tells YYYYMMDD from YYMMDD.
    """

    agency: AgencyCode
    received_on: date
    number: int
    digits: int = 4
    long_year: bool = False

    def __str__(self) -> str:
        """Write the code."""
        day = f"{self.received_on:%Y%m%d}"
        return f"{self.agency}-{day if self.long_year else day[2:]}-{self.number:0{self.digits}d}"


def parse_dossier_code(text: str, *, path: str = "") -> DossierCode:
    """Read a dossier code of any form in use; raises `Malformed` that lists every faulty part and names `path`."""
    parts = text.split("-")
    if len(parts) != PARTS:
        rule = "a dossier code has three parts with hyphens between"
        raise Malformed([_problem(path, rule, text)], code="dossier_code")
    head, day, number = parts
    problems: list[Problem] = []
    agency, received_on = _agency(head, path, problems), _day(day, path, problems)
    if not NUMBER.fullmatch(number):
        rule = "the running number has four to seven digits"
        problems.append(_problem(path, rule, number))
    if agency is None or received_on is None or problems:
        raise Malformed(problems, code="dossier_code")
    return DossierCode(
        agency=agency,
        received_on=received_on,
        number=int(number),
        digits=len(number),
        long_year=len(day) == len("YYYYMMDD"),
    )


def next_dossier_code(
    agency: AgencyCode,
    *,
    received_on: date,
    last: int,
    digits: int = 4,
    long_year: bool = False,
) -> DossierCode:
    """Name the dossier that follows number `last` (0 when there was none) of this agency on this day.

    The number grows wider by itself beyond its digits. The same arguments give the same code: the caller holds the counter and its lock.
    Raises `Malformed` when the numbers of the day are used up or the code could not be read back.
    """
    if not 0 <= last < LARGEST:
        rule = f"the numbers of a day run from 1 to {LARGEST}"
        problem = Problem(path="last", rule=rule, found=str(last))
        raise Malformed([problem], code="dossier_code")
    code = DossierCode(
        agency=agency,
        received_on=received_on,
        number=last + 1,
        digits=max(digits, len(str(last + 1))),
        long_year=long_year,
    )
    if parse_dossier_code(str(code)) != code:
        rule = "a day of intake lies between 2000 and 2099"
        problem = Problem(path="received_on", rule=rule, found=str(received_on))
        raise Malformed([problem], code="dossier_code")
    return code


def same_dossier(one: str, other: str) -> bool:
    """Tell whether two codes name the same dossier, in whichever order their agency is written; other texts only as themselves."""
    if one == other:
        return True
    try:
        return _meaning(one) == _meaning(other)
    except Malformed:
        return False


def _meaning(text: str) -> tuple[AgencyCode, date, int]:
    """Take from a code what does not depend on how it is written."""
    code = parse_dossier_code(text)
    return code.agency.normalised(), code.received_on, code.number


def _agency(text: str, path: str, problems: list[Problem]) -> AgencyCode | None:
    """Read the agency; note its faults."""
    try:
        return parse_agency_code(text, path=path)
    except Malformed as fault:
        problems += fault.problems
        return None


def _day(text: str, path: str, problems: list[Problem]) -> date | None:
    """Read the day of intake; note an impossible one."""
    if found := DAY.fullmatch(text):
        _, year, month, day = found.groups()
        try:
            return date(2000 + int(year), int(month), int(day))
        except ValueError:
            problems.append(Problem(path=path, rule="no such day in the calendar", found=text))
            return None
    problems.append(_problem(path, "the day is YYMMDD or YYYYMMDD", text))
    return None


def _problem(path: str, rule: str, found: str) -> Problem:
    """Put a fault of a dossier code together."""
    return Problem(path=path, rule=rule, found=shape(found), hint=HINT)
