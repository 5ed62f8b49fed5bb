"""What every part of a dossier is made of: its base, its scalar types, and its documentation in two languages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, UnsetType

__all__ = ["Absent", "Code", "Count", "Day", "Moment", "Money", "Name", "Part", "Short", "Text", "said"]


def said(en: str, vi: str) -> Meta:
    """Document a field in English and Vietnamese."""
    return Meta(description=en, extra_json_schema={"description:vi": vi})


Absent: TypeAlias = UnsetType
Day: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?\Z")]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
Short: TypeAlias = Annotated[str, Meta(max_length=255)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=500)]
Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]
Text: TypeAlias = Annotated[str, Meta(max_length=4000)]
Money: TypeAlias = Annotated[int, Meta(ge=0)]
Count: TypeAlias = Annotated[int, Meta(ge=0)]


class Part(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What every part of a dossier shares: immutable, named fields only, unknown fields refused."""
