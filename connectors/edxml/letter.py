"""What a message is: a document or a status, what it does, its id, to whom it goes, what it answers. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from connectors.edxml.config import Organ
from gateway.sdk import EventKind, Malformed, Problem, attachments, digest, primary_identifier

if TYPE_CHECKING:
    from connectors.edxml.config import Config
    from gateway.sdk import Identifier, Outgoing

__all__ = ["LONGEST_ID", "Business", "Letter", "Name", "OwnName", "instant_of", "letter_of", "own_name", "read_name"]

HANOI = timezone(timedelta(hours=7))
Business: TypeAlias = Literal["new", "recall", "update", "replace"]
BUSINESSES: tuple[Business, ...] = ("new", "recall", "update", "replace")
#: Events for which the standard has a status code.
TOLD_BY_STATUS = frozenset({EventKind.ACCEPTED, EventKind.COMPLETED, EventKind.PROCESSING, EventKind.REJECTED, EventKind.WITHDRAWN})
#: Schemes of an id that a number can name; any other is the last.
SCHEMES = ("dossier", "national", "")
#: The longest id that the canonical form takes.
LONGEST_ID = 100
DAY_PATTERNS = (
    re.compile(r"(?P<y>[0-9]{4})[/-](?P<m>[0-9]{1,2})[/-](?P<d>[0-9]{1,2})"),
    re.compile(r"(?P<d>[0-9]{1,2})[/-](?P<m>[0-9]{1,2})[/-](?P<y>[0-9]{4})"),
    re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
)
OWN_NUMBER = re.compile(r"([1-4])([0-2])[0-9]{7}")


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """A document by its id, `<agency>,<day>,<number>/<notation>`; an id of another shape is all in `code`."""

    id: str
    organ: str = ""
    day: str = ""
    code: str


class OwnName(msgspec.Struct, frozen=True, kw_only=True):
    """What the number of a document of ours says: what it did, and the id of its dossier with its scheme (empty: some other)."""

    business: Business
    scheme: str
    value: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way: `about` is the document that is recalled or updated, `replaces` those that it replaces."""

    kind: Literal["document", "status"]
    business: Business
    name: Name
    number: str
    notation: str
    day: date
    to: tuple[Organ, ...]
    answers: tuple[Name, ...] = ()
    about: str = ""
    replaces: tuple[str, ...] = ()


def letter_of(outgoing: Outgoing, config: Config) -> Letter:
    """Decide what message tells a transfer; the same delivery is always the same letter."""
    theirs, ours = _exchanged(outgoing, config)
    transfer = outgoing.accepted.transfer
    business = _business(transfer.event.kind, ours)
    known = [one for one in (*transfer.dossier.identifiers, *outgoing.identifiers) if one.scheme in {"dossier", "national"}]
    shown = min(known, key=lambda one: SCHEMES.index(one.scheme), default=primary_identifier(transfer.dossier))
    number = _number(business, shown, outgoing.key)
    day = instant_of(outgoing).date()
    to = tuple(Organ(id=one.organ, name=_name_of(one.organ, config)) for one in theirs[:1] if one.organ) or config.receivers
    is_status = bool(theirs) and transfer.event.kind in TOLD_BY_STATUS and not _has_files(outgoing)
    return Letter(
        kind="status" if is_status else "document",
        business=business,
        name=Name(
            id=f"{config.organ.id},{day:%Y/%m/%d},{number}/{shown.value}",
            organ=config.organ.id,
            day=day.isoformat(),
            code=f"{number}/{shown.value}",
        ),
        number=number,
        notation=shown.value,
        day=day,
        to=to,
        answers=theirs[:1],
        about=ours[0].id if ours and business in {"recall", "update"} else "",
        replaces=tuple(one.id for one in ours) if business == "replace" else (),
    )


def instant_of(outgoing: Outgoing) -> datetime:
    """When it happened, on the clocks of Việt Nam: when the sender says so, else when it was accepted."""
    said = outgoing.accepted.transfer.event.occurred_at
    return (said if isinstance(said, datetime) else outgoing.accepted.accepted_at).astimezone(HANOI)


def read_name(text: str, *, path: str) -> Name:
    """Take the id of a document apart. Raises `Malformed` naming `path` when its day is none of the calendar."""
    parts = text.split(",", 2)
    if len(parts) != 3:
        return Name(id=text, code=text)
    organ, day, code = (part.strip() for part in parts)
    return Name(id=text, organ=organ, day=_day(day, path), code=code)


def own_name(name: Name, organ: str) -> OwnName | None:
    """What the number of a document says that the agency `organ` sent through this connector; None for any other."""
    number, slash, notation = name.code.partition("/")
    found = OWN_NUMBER.fullmatch(number)
    if name.organ != organ or not slash or found is None:
        return None
    return OwnName(business=BUSINESSES[int(found[1]) - 1], scheme=SCHEMES[int(found[2])], value=notation)


def _day(text: str, path: str) -> str:
    """A day as the canonical form writes it; a year alone, or a text that is no day, as it stands."""
    for pattern in DAY_PATTERNS:
        if found := pattern.fullmatch(text):
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
            except ValueError as error:
                raise Malformed([Problem(path=path, rule="date", found="a day that is not in the calendar")]) from error
    return text


def _exchanged(outgoing: Outgoing, config: Config) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """The documents about the dossier that the other side sent, and those that this side sent, the oldest first."""
    known = (*outgoing.accepted.transfer.dossier.identifiers, *outgoing.identifiers)
    values = sorted({one.value for one in known if one.scheme == outgoing.system})
    names = sorted((read_name(value, path="dossier.identifiers") for value in values), key=lambda one: (one.day, one.id))
    return tuple(one for one in names if one.organ != config.organ.id), tuple(one for one in names if one.organ == config.organ.id)


def _business(kind: EventKind, ours: tuple[Name, ...]) -> Business:
    """What a document does to those of ours that went before it."""
    if not ours:
        return "new"
    match kind:
        case EventKind.WITHDRAWN:
            return "recall"
        case EventKind.SUPPLEMENTED:
            return "update"
        case EventKind.SUBMITTED:
            return "replace"
        case _:
            return "new"


def _number(business: Business, shown: Identifier, key: str) -> str:
    """The number of a document: what it does, which id of the dossier is its notation, and seven digits of its own."""
    scheme = SCHEMES.index(shown.scheme) if shown.scheme in SCHEMES else len(SCHEMES) - 1
    return f"{BUSINESSES.index(business) + 1}{scheme}{int(digest(key.encode()), 16) % 10**7:07d}"


def _name_of(organ: str, config: Config) -> str:
    """The name of a receiver, as the site knows it."""
    return next((one.name for one in config.receivers if one.id == organ), organ)


def _has_files(outgoing: Outgoing) -> bool:
    """Tell whether papers go along."""
    return any(isinstance(file.sha256, str) for _, file in attachments(outgoing.accepted.transfer.dossier))
