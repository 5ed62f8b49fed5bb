"""Agencies and systems of a site: what their types allow."""

from __future__ import annotations

import msgspec
import pytest

from gateway.domain.agency import Agency, System

SYSTEM = {"name": "igate-gialai", "agency": "H21", "connector": "igate"}


def test_a_system_needs_a_name_an_agency_and_a_connector_only() -> None:
    system = msgspec.convert(SYSTEM, System)

    assert (system.concurrency, system.when_unknown, system.enabled, system.keys) == (8, "resend", True, ())


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "Igate"},
        {"name": "x"},
        {"name": "igate gialai"},
        {"name": "igate\n"},
        {"name": "a" * 41},
        {"agency": "h21"},
        {"agency": "H21..1"},
        {"agency": "H" * 36},
        {"agency": "H\u0661"},
        {"connector": ""},
        {"keys": ["secret"]},
        {"concurrency": 0},
        {"concurrency": 257},
        {"when_unknown": "forget"},
        {"colour": "red"},
    ],
)
def test_a_faulty_system_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(SYSTEM | fault, System)


@pytest.mark.parametrize("code", ["H21", "H21.129", "000.00.12.H40", "0100109106"])
def test_an_agency_is_known_by_its_code_in_either_order(code: str) -> None:
    assert msgspec.convert({"code": code, "name": "Sở Mẫu", "parent": "H21"}, Agency).code == code


@pytest.mark.parametrize("fault", [{"name": ""}, {"code": ""}, {"level": "village"}, {"parent": "x"}, {"chief": "x"}])
def test_a_faulty_agency_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"code": "H21", "name": "Sở Mẫu"} | fault, Agency)
