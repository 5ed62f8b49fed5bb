"""What surrounds the gateway in a trial: three agencies, two senders, and the site that names them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import msgspec
import yaml

from gateway.demo.place import CIVIL, DEPARTMENT, DESK, PORTAL, write_place
from gateway.demo.story import department_document
from gateway.devservers.port import free_port
from tests.acceptance.crash_points.agencies import Civil, Department, Portal, not_asked
from tests.acceptance.crash_points.senders import BIRTH, LONG, ONLINE, ONLINE_COURSE, STEPS, Caller, Desk, PortalSender

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Town", "open_town"]

ONE_STOP = department_document(1)["code"]
#: What civil registration says of a dossier, as the desk and the department write it. It tells where a dossier stands when it is
#: asked: a step may pass between two questions, none comes out of order, and the last one comes.
COURSE, DEPARTMENT_COURSE = ["accepted", "processing", "completed"], [8, 2, 4]
RETRY = {"first_pause": "PT0.1S", "longest_pause": "PT0.5S"}


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody but the gateway, which is to listen on `port`."""

    port: int
    civil: Civil
    department: Department
    portal: Portal
    desk: Desk
    portal_sender: PortalSender
    callers: tuple[Caller, ...]

    async def send_all(self) -> None:
        """Send everything; a dossier of the department waits to be found."""
        self.department.submit(department_document(1) | {"dossierFormFile": []})
        await asyncio.gather(self.desk.send_birth(), self.desk.send_long(), self.portal_sender.send())

    async def settle(self) -> None:
        """Wait until everything arrived, and every delivery is at its end."""
        while True:
            if not self.missing() and not any([await caller.has_pending() for caller in self.callers]):
                return
            await asyncio.sleep(0.05)

    def missing(self) -> list[str]:
        """Name what did not arrive, or not in order."""
        desk, steps = self.desk.arrived, self.portal.steps
        arrived = {
            "the birth at the desk": follows(list(desk[BIRTH].values()), COURSE),
            "the birth at the portal": _is_told(steps.get(BIRTH, [])),
            "the birth of the department at the portal": _is_told(steps.get(ONE_STOP, [])),
            "the birth of the department at home": follows(self.department.told.get(ONE_STOP, []), DEPARTMENT_COURSE),
            "the dossier of the portal at the desk": list(desk[ONLINE].values()) == ONLINE_COURSE,
            "the long dossier at the portal": [step["NoiDungXuLy"] for step in steps.get(LONG, [])]
            == [f"bước {number}" for number in range(1, STEPS + 1)],
            "dossiers at civil registration": self.civil.dossiers.keys() == {BIRTH, ONE_STOP},
            "dossiers at the portal": self.portal.dossiers.keys() == {BIRTH, ONE_STOP, LONG},
        }
        return [f"not as sent: {what}" for what, right in arrived.items() if not right]

    def doubled(self) -> list[str]:
        """Name what happened twice, or was risked twice."""
        agencies = (self.civil, self.department, self.portal)
        steps = {key for key in self.portal.effects if "/" in key}  # two steps may be of one time and status
        twice = [f"twice: {key}" for agency in agencies for key, count in agency.effects.items() if count > 1 and key not in steps]
        return [*twice, *self.desk.unannounced, *(fault for agency in agencies for fault in not_asked(agency))]


def follows(told: Sequence[object], course: Sequence[object]) -> bool:
    """Tell whether something went its course to the end; a step may be missing."""
    return list(told) == [step for step in course if step in told] and course[-1] in told


def _is_told(steps: Sequence[Mapping[str, str]]) -> bool:
    """Tell whether the portal knows that a dossier is settled, and was told of its steps as they were taken; it gets two for a status."""
    times = [step["ThoiDiemXuLy"] for step in steps]
    return times == sorted(times) and [step["TrangThai"] for step in steps][-1:] == ["9"]


@asynccontextmanager
async def open_town(folder: Path, backing: Mapping[str, str] | None, *, timing: Mapping[str, float], trouble: bool) -> AsyncIterator[Town]:
    """Start the agencies and write the site. In trouble, civil registration does not answer its first registration, and the portal turns
    its first call away.
    """
    async with AsyncExitStack() as stack:
        civil, department, portal = Civil(first_change="silent" * trouble), Department(), Portal(first_change="busy" * trouble)
        for agency in (civil, department, portal):
            await agency.start()
            stack.push_async_callback(agency.stop)
        configs = {CIVIL: civil.config(), DEPARTMENT: department.config(), PORTAL: portal.config()}
        write_place(folder, configs, backing)
        _hurry(folder, timing)
        port = free_port()
        door = f"http://127.0.0.1:{port}"
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)))
        yield Town(
            port=port,
            civil=civil,
            department=department,
            portal=portal,
            desk=Desk(session, door),
            portal_sender=PortalSender(session, door),
            callers=tuple(Caller(session, door, name) for name in (DESK, CIVIL, DEPARTMENT, PORTAL)),
        )


def _hurry(folder: Path, timing: Mapping[str, float]) -> None:
    """Shorten the pauses of the site."""
    site = yaml.safe_load((folder / "site.yaml").read_text())
    site["timing"] |= timing
    if "backing" in site:
        site["backing"]["postgres_connections"] = 3
    (folder / "site.yaml").write_text(yaml.safe_dump(site, allow_unicode=True))
    systems = yaml.safe_load((folder / "systems.yaml").read_text())
    (folder / "systems.yaml").write_text(yaml.safe_dump([system | {"retry": RETRY} for system in systems], allow_unicode=True))
