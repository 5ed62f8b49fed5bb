"""Numbered steps of a schema, each known by its checksum."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from gateway.domain.errors import NeedsPerson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Migration", "outstanding", "read_migrations"]


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One step: `0001_ledger.sql` is number 1."""

    number: int
    name: str
    sql: str
    checksum: str


def read_migrations(package: str) -> tuple[Migration, ...]:
    """Read the steps of a package, in order."""
    found = (item for item in files(package).iterdir() if item.name.endswith(".sql"))
    return tuple(
        Migration(
            number=int(item.name[:4]),
            name=item.name,
            sql=(sql := item.read_text(encoding="utf-8")),
            checksum=sha256(sql.encode()).hexdigest(),
        )
        for item in sorted(found, key=lambda item: item.name)
    )


def outstanding(migrations: Sequence[Migration], applied: Mapping[int, str]) -> tuple[Migration, ...]:
    """Name the steps still to be made. Raises `NeedsPerson` when the ledger is not one that these steps made, or a newer one."""
    known = {migration.number: migration for migration in migrations}
    for number, checksum in sorted(applied.items()):
        if number not in known:
            text = f"the ledger is at step {number}, this program knows only {max(known)}: run the newer program"
            raise NeedsPerson(text, code="ledger_newer")
        if known[number].checksum != checksum:
            text = f"{known[number].name} is not the file that made this ledger: its checksum differs"
            raise NeedsPerson(text, code="ledger_checksum")
    return tuple(item for item in migrations if item.number not in applied)
