"""Between the transfer as it is accepted here and as it crosses X-Road: whose ids it bears, and what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from connectors.xroad.identifier import read_subsystem
from gateway.sdk import Malformed, Problem, Transfer, convert_all, digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.xroad.config import Config
    from connectors.xroad.identifier import Subsystem
    from gateway.sdk import Identifier, Outgoing

__all__ = ["Callers", "from_json", "issue_of", "outgoing_transfer"]

#: By which of its ids a dossier is named to X-Road: the first of these that it has.
RANKS = {"dossier": 0, "national": 1}


class Callers:
    """Who may call, and how their messages are named here: those of the partner by their X-Road id, those of others with a prefix of theirs."""

    def __init__(self, config: Config) -> None:
        """Read the identifiers of the configuration."""
        self.partner = read_subsystem(config.provider, place="provider")
        named = [read_subsystem(one, place=f"callers[{index}]") for index, one in enumerate(config.callers)]
        self._prefixes = {one: "" if one == self.partner else f"{digest(str(one).encode())[:12]}-" for one in named or [self.partner]}

    def may_call(self, caller: Subsystem) -> bool:
        """Tell whether the configuration names a caller."""
        return caller in self._prefixes

    def message_id(self, caller: Subsystem, id_: str) -> str:
        """The message id here of a message of a caller."""
        return self._prefixes[caller] + id_

    def their_id(self, message_id: str) -> str:
        """The X-Road id of a message that has this id here."""
        found = [prefix for prefix in self._prefixes.values() if prefix and message_id.startswith(prefix)]
        return message_id.removeprefix(found[0]) if found else message_id


def outgoing_transfer(outgoing: Outgoing, callers: Callers) -> Transfer:
    """The transfer as it goes out: under the id of the delivery, in reply to the id that the other side gave, to nobody in particular."""
    transfer = outgoing.accepted.transfer
    replied = transfer.in_reply_to
    known = callers.their_id(replied) if isinstance(replied, str) else replied
    return replace(transfer, message_id=outgoing.key, recipients=(), in_reply_to=known)


def issue_of(outgoing: Outgoing) -> str:
    """The id by which the dossier is named in `issue`: its dossier code, else its national code, else its first."""
    known: Sequence[Identifier] = (*outgoing.accepted.transfer.dossier.identifiers, *outgoing.identifiers)
    return min(known, key=lambda one: RANKS.get(one.scheme, 2)).value


def from_json(body: bytes) -> Transfer:
    """Read a transfer. Raises `Malformed` with every fault."""
    try:
        return msgspec.json.decode(body, type=Transfer)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return convert_all(_tree(body), Transfer)


def _tree(body: bytes) -> object:
    """Read JSON, whatever it says. Raises `Malformed` when it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed([Problem(path="", rule="json", found="something else")], code="not_json") from error
