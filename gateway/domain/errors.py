"""Every error of the gateway, named by what to do next.

GatewayError
├── RetryLater      the same thing may succeed later: try again after a pause
│   └── OutcomeUnknown   the bytes left and no answer came: ask before trying again
├── NeedsPerson     nothing the gateway can do by itself will help
├── Refused         the other side, or a rule, says no: never try again
└── Malformed       the input is faulty: every fault is listed
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

__all__ = [
    "GatewayError",
    "Malformed",
    "NeedsPerson",
    "OutcomeUnknown",
    "Problem",
    "Refused",
    "RetryLater",
]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault of an input: where it is, which rule it breaks, what was found (its shape, never a personal value) and how to mend it."""

    path: str
    rule: str
    found: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """One line for a person."""
        found = f" (found {self.found})" if self.found else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.path or '(whole)'}: {self.rule}{found}{hint}"


class GatewayError(Exception):
    """The root; its text never holds personal data."""

    def __init__(self, text: str, *, code: str = "") -> None:
        """Keep the sentence for people and a stable code for machines."""
        super().__init__(text)
        self.text = text
        self.code = code or type(self).__name__


class RetryLater(GatewayError):
    """The same thing may succeed later; `after` is the pause the other side asked for, if it asked.

    `about_destination` is true when the fault speaks of the whole destination (no connection, 503, expired
    login) and not of this one dossier.
    """

    def __init__(
        self,
        text: str,
        *,
        after: timedelta | None = None,
        code: str = "",
        about_destination: bool = True,
    ) -> None:
        """Keep the pause asked for and whom the fault speaks of."""
        super().__init__(text, code=code)
        self.after = after
        self.about_destination = about_destination


class OutcomeUnknown(RetryLater):
    """The request left and no answer came back: the destination may or may not have taken it."""


class NeedsPerson(GatewayError):
    """Nothing the gateway can do by itself will help: park it, say why."""


class Refused(GatewayError):
    """The other side, or a rule of the gateway, says no; sending it again cannot help."""


class Malformed(GatewayError):
    """The input is faulty; `problems` lists every fault found, not only the first."""

    def __init__(self, problems: Sequence[Problem], *, code: str = "malformed") -> None:
        """Keep the faults; the text names each path and rule."""
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(str(problem) for problem in self.problems) or "malformed",
            code=code,
        )
