"""A round: commands of a batch that do not touch each other, chosen so that each can be decided on what the store showed before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec

from gateway.adapters.ledger_rules.accept import accept, repeat
from gateway.adapters.ledger_rules.act import act
from gateway.adapters.ledger_rules.change import Changes
from gateway.adapters.ledger_rules.command import Ask, Command, Forget, Grant, Keep, Refuse, Sweep, Take
from gateway.adapters.ledger_rules.news import forget, keep, refuse, revise
from gateway.adapters.ledger_rules.question import DetailQuestion, SightQuestion
from gateway.adapters.ledger_rules.row import Row
from gateway.adapters.ledger_rules.settle import settle
from gateway.adapters.ledger_rules.take import take
from gateway.domain.delivery import FINAL
from gateway.domain.receipt import Receipt
from gateway.ports import (
    Acceptance,
    Accepted,
    Act,
    Conflict,
    Lease,
    Repeated,
    Revision,
    Settlement,
    Work,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from gateway.adapters.ledger_rules.question import Detail, Sight

__all__ = ["Answer", "Round", "ask_sight", "choose"]

#: PostgreSQL refuses a text that holds it, so no id does.
NUL = "\0"

Answer: TypeAlias = Accepted | Conflict | Exception | Lease | Repeated | tuple[Work, ...] | None


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A command of this round with what was found of it; `index` is its place in the batch."""

    index: int
    command: Command
    receipt: Receipt | None = None
    dossier_id: str | None = None
    row: Row | None = None


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """The commands to decide now, and those left for the next round."""

    chosen: list[Chosen]
    later: list[tuple[int, Command]]

    def dossiers(self) -> list[str]:
        """Name the known dossiers that the round touches, sorted: the order in which to lock them."""
        found = {item.dossier_id for item in self.chosen if item.dossier_id}
        for item in self.chosen:
            if isinstance(item.command, Ask):
                found.update(item.command.dossier_ids)
        return sorted(found)

    def sweep(self) -> tuple[int, Sweep] | None:
        """The sweep, which is always alone in its round."""
        for item in self.chosen:
            if isinstance(item.command, Sweep):
                return item.index, item.command
        return None

    def ask_detail(self) -> DetailQuestion:
        """Ask what the decisions of this round need beyond the first look."""
        question = DetailQuestion(lanes=[], followers=[], dossiers=[])
        for item in self.chosen:
            command, row = item.command, item.row
            if isinstance(command, Acceptance):
                if item.receipt is None and item.dossier_id:
                    question.lanes.extend((item.dossier_id, name) for name in dict.fromkeys(command.destinations))
            elif row is None:
                continue
            elif isinstance(command, Take):
                question.dossiers.append(row.dossier_id)
            elif (isinstance(command, Settlement) and command.state in FINAL) or (isinstance(command, Act) and command.to in FINAL):
                question.followers.append((row.dossier_id, row.destination, row.position))
        return question

    def decide(self, sight: Sight, detail: Detail) -> tuple[Changes, list[tuple[int, Answer]]]:
        """Decide every command; answers go with their place in the batch and hold only once the changes are committed."""
        changes = Changes()
        answers = [(item.index, _decide(item, sight, detail, changes)) for item in self.chosen]
        return changes, answers


def ask_sight(commands: Sequence[tuple[int, Command]]) -> SightQuestion:
    """Ask for everything that the commands name."""
    messages: dict[tuple[str, str], None] = {}
    identifiers: dict[tuple[str, str], None] = {}
    deliveries: dict[str, None] = {}
    refused: dict[str, None] = {}
    for _, command in commands:
        if isinstance(command, Acceptance):
            messages[command.sender, command.message_id] = None
            for name in command.identifiers:
                identifiers[name.value, name.scheme] = None
        elif isinstance(command, (Act, Settlement, Take)) and NUL not in command.delivery_id:
            deliveries[command.delivery_id] = None
        elif isinstance(command, Revision) and NUL not in command.news_id:
            refused[command.news_id] = None
    return SightQuestion(
        messages=list(messages),
        identifiers=list(identifiers),
        deliveries=list(deliveries),
        refused=list(refused),
    )


def choose(commands: Sequence[tuple[int, Command]], sight: Sight) -> Round:
    """Take the commands that share nothing with an earlier one; the others keep their order and come later."""
    claimed: set[Hashable] = set()
    chosen: list[Chosen] = []
    later: list[tuple[int, Command]] = []
    for place, (index, command) in enumerate(commands):
        if isinstance(command, Sweep):
            if chosen or later:
                later.extend(commands[place:])
                break
            return Round(
                chosen=[Chosen(index=index, command=command)],
                later=list(commands[place + 1 :]),
            )
        item = _find(index, command, sight)
        keys = set(_keys(item))
        if claimed.isdisjoint(keys):
            chosen.append(item)
        else:
            later.append((index, command))
        claimed |= keys
    return Round(chosen=chosen, later=later)


def _find(index: int, command: Command, sight: Sight) -> Chosen:
    """Put beside a command what was found of it."""
    if isinstance(command, Acceptance):
        if receipt := sight.receipts.get((command.sender, command.message_id)):
            return Chosen(index=index, command=command, receipt=receipt)
        owners = (sight.owners.get((name.value, name.scheme)) for name in command.identifiers)
        first = next((owner for owner in owners if owner), None)
        return Chosen(index=index, command=command, dossier_id=first)
    if isinstance(command, (Act, Settlement, Take)):
        row = sight.rows.get(command.delivery_id)
        return Chosen(
            index=index,
            command=command,
            row=row,
            dossier_id=row.dossier_id if row else None,
        )
    return Chosen(index=index, command=command)


def _keys(item: Chosen) -> Iterator[Hashable]:
    """Name what a command may touch; what is answered from what is stored touches nothing."""
    command = item.command
    if item.receipt is not None:
        return
    if item.dossier_id:
        yield ("dossier", item.dossier_id)
    if isinstance(command, Acceptance):
        yield ("message", command.sender, command.message_id)
        for name in command.identifiers:
            yield ("identifier", name.value, name.scheme)
    elif isinstance(command, Settlement) and item.row and command.reference:
        yield ("identifier", command.reference, item.row.destination)
    elif isinstance(command, Ask):
        for dossier_id in command.dossier_ids:
            yield ("dossier", dossier_id)
    elif isinstance(command, Keep) and command.checkpoint:
        yield ("checkpoint", command.checkpoint[0])
    elif isinstance(command, Forget | Refuse):
        yield ("news", command.kept.id)
    elif isinstance(command, Revision):
        yield ("news", command.news_id)


def _decide(item: Chosen, sight: Sight, detail: Detail, changes: Changes) -> Answer:
    """Decide one command."""
    match item.command:
        case Acceptance() as acceptance:
            if item.receipt is not None:
                return repeat(acceptance, item.receipt)
            return accept(
                acceptance,
                item.dossier_id,
                owners=sight.owners,
                lanes=detail.lanes,
                changes=changes,
            )
        case Act() as wanted:
            return act(wanted, item.row, detail.followers, changes)
        case Ask() as asked:
            changes.asked.append(asked)
            return None
        case Forget() as wanted:
            forget(wanted, changes)
            return None
        case Grant() as wanted:
            changes.grant([wanted.sha256], [wanted.system])
            return None
        case Keep() as wanted:
            keep(wanted, changes)
            return None
        case Refuse() as wanted:
            refuse(wanted, changes)
            return None
        case Revision() as wanted:
            return revise(wanted, sight.refused, changes)
        case Settlement() as settlement:
            return settle(settlement, item.row, detail.followers, changes)
        case Take() as wanted:
            return take(wanted, item.row, detail.identifiers, changes)
        case Sweep():
            return ()
        case _:
            assert_never(item.command)
