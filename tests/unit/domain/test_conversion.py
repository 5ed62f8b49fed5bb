"""Conversion: what it promises, shown."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest

from gateway.domain.conversion import convert_all
from gateway.domain.errors import Malformed
from gateway.domain.transfer import Transfer


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str
    port: int
    names: tuple[str, ...] = ()


def faults(tree: object, kind: type[Any], *, strict: bool = True) -> dict[str, str]:
    with pytest.raises(Malformed) as caught:
        convert_all(tree, kind, strict=strict)
    return {problem.path: problem.rule for problem in caught.value.problems}


def transfer(**dossier: object) -> dict[str, Any]:
    whole = {"identifiers": [{"value": "H21.129-260302-0007", "scheme": "dossier"}], **dossier}
    return {"message_id": "m-1", "event": {"kind": "processing"}, "dossier": whole}


def test_a_sound_tree_is_converted() -> None:
    assert convert_all(transfer(), Transfer).message_id == "m-1"


def test_every_fault_is_listed_with_its_place() -> None:
    tree = transfer(
        applicant={"kind": "Nguyễn Văn Mẫu", "name": 5, "nickname": "x"},
        components=[{"quantity": -1}, {"name": "đúng"}, {"quantity": "ba", "attachments": [{"size": 1}]}],
        fees=[{"amount": -5}, {"amount": -6}],
    )

    assert sorted(faults(tree, Transfer)) == [
        "dossier.applicant.kind",
        "dossier.applicant.name",
        "dossier.applicant.nickname",
        "dossier.components[0].quantity",
        "dossier.components[2].attachments[0].name",
        "dossier.components[2].quantity",
        "dossier.fees[0].amount",
        "dossier.fees[1].amount",
    ]


def test_the_places_of_list_elements_are_those_of_the_tree_that_was_given() -> None:
    tree = {"host": "h", "port": 1, "names": [1, "a", 2, "b", 3]}

    assert sorted(faults(tree, Setting)) == ["names[0]", "names[2]", "names[4]"]


def test_every_field_missing_at_the_top_is_listed() -> None:
    assert faults({}, Setting) == {"host": "required", "port": "required"}


def test_no_fault_shows_a_value() -> None:
    tree = transfer(applicant={"kind": "Nguyễn Văn Mẫu"}, channel="ông Mẫu")

    with pytest.raises(Malformed) as caught:
        convert_all(tree, Transfer)

    assert "Mẫu" not in str(caught.value)


def test_a_faulty_name_in_a_mapping_is_a_fault_of_the_mapping() -> None:
    class Headers(msgspec.Struct, kw_only=True):
        headers: dict[Annotated[str, msgspec.Meta(pattern="^[a-z]+$")], str]
        port: int

    assert sorted(faults({"headers": {"A B": "x"}, "port": "x"}, Headers)) == ["headers", "port"]


def test_the_tree_that_was_given_is_not_changed() -> None:
    tree = {"host": 1, "port": "x", "names": [1]}

    faults(tree, Setting)

    assert tree == {"host": 1, "port": "x", "names": [1]}


def test_what_is_not_an_object_at_all_is_one_fault() -> None:
    assert list(faults([], Setting)) == [""]
