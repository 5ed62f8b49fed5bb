"""Judges the demonstration: where each dossier should be, once, in order and with its paper, and what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.demo.arrival import heard
from gateway.demo.place import CIVIL, DEPARTMENT, DESK, DIALECTS, INSURANCE, POLICE, PORTAL, WARD
from gateway.demo.register import at_civil_registration, at_national_portal, steps_at_national_portal
from gateway.demo.step import Step, arrived, told, told_together
from gateway.demo.story import BIRTHS, codes, online_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.demo.cast import Cast

__all__ = ["judge", "list_faults"]

#: What is told about each birth, by whom.
ANSWERS = {CIVIL: ["accepted", "processing", "completed"], INSURANCE: ["accepted", "completed"], POLICE: ["completed"]}
#: The same in the codes of the department.
CODES = {"accepted": 8, "processing": 2, "completed": 4}
DEPARTMENT_COURSES = tuple(tuple(CODES[event] for event in course) for course in ANSWERS.values())


def judge(cast: Cast) -> list[Step]:
    """Look at every place."""
    everything = [code for system in BIRTHS for code in codes(system)]
    desk = [one for one in cast.desk.arrived if not one.code.startswith("G22.")]
    online = [one for one in cast.desk.arrived if one.code.startswith("G22.")]
    copies = [one for one in cast.ward.arrived if one.event == "submitted"]
    answers = [one for one in cast.ward.arrived if one.event != "submitted"]
    portal, department = cast.agencies[PORTAL], cast.agencies[DEPARTMENT].told
    return [
        Step(name="births accepted from the desk of the commune (REST)", done=cast.desk.accepted, of=BIRTHS[DESK]),
        Step(name="births accepted from the desk of the ward (SOAP)", done=cast.ward.accepted, of=BIRTHS[WARD]),
        arrived(f"births at civil registration ({DIALECTS[CIVIL]}), with papers", at_civil_registration(cast.agencies[CIVIL]), everything),
        arrived(f"births at the national portal ({DIALECTS[PORTAL]})", at_national_portal(portal), everything),
        arrived(f"births at social insurance ({DIALECTS[INSURANCE]}), with papers", cast.insurance.arrived, everything),
        arrived(f"births at the police register ({DIALECTS[POLICE]}), with papers", cast.police.arrived, everything),
        arrived("births of the department at the ward, with papers", copies, codes(DEPARTMENT)),
        told("births completed, told at the desk of the commune", heard(desk), codes(DESK), ANSWERS),
        told("births completed, told at the desk of the ward", heard(answers), codes(WARD), ANSWERS),
        told_together(
            f"births completed, told at the department ({DIALECTS[DEPARTMENT]})", department, codes(DEPARTMENT), DEPARTMENT_COURSES
        ),
        told("births completed, told at the national portal", steps_at_national_portal(portal), everything, {CIVIL: ANSWERS[CIVIL]}),
        told("online dossiers from the portal at the desk", heard(online), online_codes(), {PORTAL: ["submitted"]}),
    ]


def list_faults(cast: Cast, steps: Sequence[Step]) -> list[str]:
    """List what is not as it should be."""
    faults = [f"{one.name}: {one.done} of {one.of}, {one.wrong} wrong" for one in steps if one.done != one.of or one.wrong]
    if cast.desk.refusal.get("status") != 422 or len(cast.desk.refusal.get("problems", [])) < 3:
        faults.append("the malformed transfer was not refused with its faults")
    return faults
