"""Where a transfer goes: its own recipients, or the routing table of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from gateway.domain.errors import Malformed, Problem, Refused
from gateway.domain.event import EventKind
from gateway.domain.procedure_code import same_procedure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ORIGIN", "Route", "matching", "resolve"]

#: In a route's `to`: the system that sent the dossier first.
ORIGIN = "origin"


class Route(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """One row of the routing table: every given condition must hold. `to` names systems, agency codes, or `origin`."""

    procedures: tuple[str, ...] = ()
    events: tuple[EventKind, ...] = ()
    senders: tuple[str, ...] = ()
    to: Annotated[tuple[str, ...], Meta(min_length=1)]


def matching(routes: Iterable[Route], *, procedure: str, event: EventKind, sender: str) -> tuple[str, ...]:
    """Name the targets of every row that holds, in the order of the table, each once."""
    targets: dict[str, None] = {}
    for route in routes:
        if route.procedures and not any(same_procedure(code, procedure) for code in route.procedures):
            continue
        if (route.events and event not in route.events) or (route.senders and sender not in route.senders):
            continue
        targets.update(dict.fromkeys(route.to))
    return tuple(targets)


def resolve(
    targets: Iterable[str],
    *,
    sender: str,
    origin: str | None,
    systems: Mapping[str, tuple[str, ...]],
) -> tuple[str, ...]:
    """Turn targets into system names; never the sender itself.

    `systems` maps every system name and every agency code to system names. Raises `Malformed` naming each unknown target, `Refused`
    when nothing is left to send to.
    """
    to_origin = (origin,) if origin else ()
    named = [(target, to_origin if target == ORIGIN else systems.get(target)) for target in targets]
    unknown = [
        Problem(path=f"recipients[{index}]", rule="no such agency or system here", found=target)
        for index, (target, names) in enumerate(named)
        if names is None
    ]
    if unknown:
        raise Malformed(unknown, code="unknown_recipient")
    found = dict.fromkeys(name for _, names in named for name in names or () if name != sender)
    if not found:
        raise Refused(
            "no route: nothing in the routing table sends this event of this procedure anywhere",
            code="no_route",
        )
    return tuple(found)
