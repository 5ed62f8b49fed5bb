"""The code of an agency, in both orders in which it is written.

| order            | written                                  | example          | rule                  |
|------------------|------------------------------------------|------------------|-----------------------|
| `province_first` | level 1 . level 2 . level 3 ...          | `H40.12`         | QĐ 20/2020, in force  |
| `qcvn_2016`      | level 4 . level 3 . level 2 . level 1    | `000.00.12.H40`  | TT 10/2016, old       |

Level 1 is a letter with two digits, or the number of an enterprise (ten digits, thirteen for a branch). In the old order a level that is
not there is written with zeros. Both orders name the same agency: compare `normalised()`, or ask `same_agency`.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import msgspec

from gateway.domain.errors import Malformed, Problem
from gateway.domain.shape import shape

__all__ = [
    "AgencyCode",
    "Order",
    "is_within",
    "normalise_agency_code",
    "parse_agency_code",
    "same_agency",
]

Order: TypeAlias = Literal["province_first", "qcvn_2016"]

LONGEST = 35
PROVINCE_FIRST = re.compile(r"([A-Z][0-9]{2}|[0-9]{10}(?:[0-9]{3})?)((?:\.[0-9A-Z]+)*)")
QCVN_2016 = re.compile(r"([0-9]{3})\.([0-9]{2})\.([0-9]{2})\.([A-Z][0-9]{2})")
#: Width of levels 2, 3 and 4 in the order of 2016.
WIDTHS = (2, 2, 3)
RULE = "an agency code: H21, H21.12, H21.129 (QĐ 20/2020), 000.00.12.H21 (QCVN 102:2016) or an enterprise number"


class AgencyCode(msgspec.Struct, frozen=True, kw_only=True):
    """An agency by its levels, the highest first, and the order in which it was written."""

    levels: tuple[str, ...]
    order: Order = "province_first"

    def __str__(self) -> str:
        """Write the code as it was read."""
        levels = self.levels if self.order == "province_first" else self.levels[::-1]
        return ".".join(levels)

    def normalised(self) -> AgencyCode:
        """Bring it into the order in force, without the zeros that stand for no level."""
        levels = self.levels
        while len(levels) > 1 and not levels[-1].strip("0"):
            levels = levels[:-1]
        return AgencyCode(levels=levels)

    def in_order_of_2016(self, *, path: str = "") -> AgencyCode:
        """Bring it into the order of QCVN 102:2016; raises `Malformed` when a level is too wide for it or there are too many."""
        head, *rest = self.normalised().levels
        padded = rest + ["0" * width for width in WIDTHS[len(rest) :]]
        code = AgencyCode(levels=(head, *padded), order="qcvn_2016")
        if not QCVN_2016.fullmatch(str(code)):
            rule = "this agency cannot be written in the order of QCVN 102:2016"
            raise Malformed(
                [Problem(path=path, rule=rule, found=shape(str(self)))],
                code="agency_code",
            )
        return code


def parse_agency_code(text: str, *, path: str = "") -> AgencyCode:
    """Read an agency code in either order; raises `Malformed` naming `path`."""
    if len(text) <= LONGEST:
        if old := QCVN_2016.fullmatch(text):
            return AgencyCode(levels=old.groups()[::-1], order="qcvn_2016")
        if PROVINCE_FIRST.fullmatch(text):
            return AgencyCode(levels=tuple(text.split(".")))
    problem = Problem(
        path=path,
        rule=RULE,
        found=shape(text),
        hint=f"at most {LONGEST} characters, groups of 0-9 and A-Z with dots between",
    )
    raise Malformed([problem], code="agency_code")


def normalise_agency_code(text: str, *, path: str = "") -> str:
    """Write an agency code in the order in force, whichever order it came in; raises `Malformed` naming `path`."""
    return str(parse_agency_code(text, path=path).normalised())


def same_agency(one: str, other: str) -> bool:
    """Tell whether two codes name the same agency; a text that is no agency code is the same only as itself."""
    if one == other:
        return True
    try:
        return normalise_agency_code(one) == normalise_agency_code(other)
    except Malformed:
        return False


def is_within(code: AgencyCode, above: AgencyCode) -> bool:
    """Tell whether `code` is `above` itself or an agency below it."""
    upper = above.normalised().levels
    return code.normalised().levels[: len(upper)] == upper
