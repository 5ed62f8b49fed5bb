"""Two gateways with an axis of official documents between them: a dossier goes REST, canonical, edXML, canonical, REST, its papers with it,
and what becomes of it comes back.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from lxml import etree

from connectors.edxml.simulator import AxisSimulator
from gateway.app import Role, open_gateway
from gateway.domain.agency import Agency, System
from gateway.domain.route import Route
from gateway.settings.site import Site
from gateway.soap import read_envelope
from gateway.web.serve import doors_of, listen
from gateway.web.soap.message import NAMESPACE
from tests.counter import QUICK, Counter
from tests.edxml_papers import axis_of
from tests.soap import S, envelope, message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAPER, RESULT = b"%PDF-1.4 giay chung sinh" * 30_000, b"%PDF-1.4 giay khai sinh"
CODE = "H21.129-260302-0042"
ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("large_document_child.py")
#: What a process may grow by, whatever the size of the file that it sends and takes.
MOST_GROWTH_KIB = 64 * 1024


class Side(Counter, frozen=True, kw_only=True):
    """The counter at one of the two gateways, and a client of the system that speaks SOAP there."""

    soap: aiohttp.ClientSession

    async def pass_on(self) -> None:
        """Fetch the next delivery by SOAP, and send the dossier on by SOAP as it came."""
        pending = await self._call(message("GetPending", limit=1, hold_seconds=60))
        delivery = {name: pending.findtext(f".//{S}delivery/{S}{name}") for name in ("delivery_id", "lease", "transfer_id")}
        found = (await self._call(message("GetDossier", transfer_id=delivery["transfer_id"]))).find(f".//{S}transfer")
        assert found is not None
        await self._call(f'<SendDossier xmlns="{NAMESPACE}">{etree.tostring(found, encoding="unicode")}</SendDossier>')
        await self._call(message("Acknowledge", delivery_id=delivery["delivery_id"], lease=delivery["lease"]))

    async def _call(self, body: str) -> etree._Element:
        """Call the SOAP door; what its answer holds."""
        async with self.soap.post("/soap/v1", data=envelope(body), headers={"Content-Type": "text/xml; charset=utf-8"}) as answer:
            content = await answer.read()
        assert answer.status == 200, content
        element = read_envelope(content).body
        assert element is not None
        return element


@asynccontextmanager
async def open_side(folder: Path, config: dict[str, Any], agency: str, *, by_soap: bool = False) -> AsyncIterator[Side]:
    """Open a gateway with a desk and the axis; whatever the one sends goes to the other, or first to the system that speaks SOAP."""
    keys = {name: hashlib.sha256(f"key-{name}".encode()).hexdigest() for name in ("quay", "soap")}
    desks = [System(name=name, agency=agency, connector="inbox", keys=(key,)) for name, key in keys.items()]
    axis = System(name="truc-van-ban", agency="G22", connector="edxml", config=config)
    site = Site(
        name=agency,
        data=str(folder),
        timing=QUICK,
        agencies=(Agency(code=agency, name="Cơ quan"), Agency(code="G22", name="Trục")),
        systems=(*desks, axis),
        routes=(
            Route(senders=("quay",), to=("soap" if by_soap else "truc-van-ban",)),
            Route(senders=("soap",), to=("truc-van-ban",)),
            Route(senders=("truc-van-ban",), to=("quay",)),
        ),
    )
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(open_gateway(site))
        await gateway.start(Role.ALL)
        address = await stack.enter_async_context(listen(doors_of(gateway), "127.0.0.1", 0, stop_seconds=2))
        client, soap = [
            await stack.enter_async_context(aiohttp.ClientSession(address, headers={"Authorization": f"Bearer key-{name}"}))
            for name in keys
        ]
        yield Side(client=client, soap=soap)


@pytest.mark.parametrize("style", ["vxp", "provincial", "bkav"])
async def test_a_dossier_goes_by_documents_from_one_gateway_to_another_and_its_result_comes_back(style: str, tmp_path: Path) -> None:
    axis = axis_of(style)
    await axis.start()
    here = axis.config()
    there = here | {"system_id": "H21.10", "organ": here["receivers"][0], "receivers": [here["organ"]]}
    async with open_side(tmp_path / "a", here, "H21.129") as province, open_side(tmp_path / "b", there, "H21.10") as department:
        dossier: dict[str, Any] = {
            "identifiers": [{"value": CODE, "scheme": "dossier"}],
            "procedure": {"code": "2.000986", "name": "Liên thông khai sinh"},
            "applicant": {"kind": "citizen", "name": "Đinh Thị Ví Dụ", "born_on": "1996"},
            "dates": {"due": "2026-03-12T17:00:00+07:00"},
            "components": [
                {"code": "KQ1", "name": "Giấy chứng sinh", "attachments": [{"name": "giấy.pdf", "sha256": await province.upload(PAPER)}]}
            ],
            "fees": [{"amount": 8000, "paid": True}],
            "extensions": {"civil": {"name": "Đinh Bé Ví Dụ"}},
        }
        await province.send({"message_id": "m-1", "event": {"kind": "submitted"}, "dossier": dossier})

        arrived = await department.receive()

        (own,) = [one for one in arrived["dossier"]["identifiers"] if one["scheme"] == "truc-van-ban"]
        arrived["dossier"]["identifiers"].remove(own)
        assert arrived["event"] == {"kind": "submitted"}
        assert arrived["dossier"] == dossier
        assert await department.download(dossier["components"][0]["attachments"][0]["sha256"]) == PAPER

        named = {"identifiers": [{"value": CODE, "scheme": "dossier"}]}
        results: list[dict[str, Any]] = [
            {"name": "Giấy khai sinh", "attachments": [{"name": "khai-sinh.pdf", "sha256": await department.upload(RESULT)}]}
        ]
        await department.send({"message_id": "r-1", "event": {"kind": "accepted", "note": "Hẹn trả 12/03"}, "dossier": named})
        await department.send({"message_id": "r-2", "event": {"kind": "completed"}, "dossier": named | {"results": results}})

        accepted, completed = await province.receive(), await province.receive()

        assert (accepted["event"]["kind"], accepted["event"]["note"]) == ("accepted", "Hẹn trả 12/03")
        assert accepted["dossier"]["status"]["raw_code"] == "03"
        assert {"value": CODE, "scheme": "dossier"} in accepted["dossier"]["identifiers"]
        assert completed["event"]["kind"] == "completed"
        assert completed["dossier"]["results"] == results
        assert await province.download(results[0]["attachments"][0]["sha256"]) == RESULT
        assert max(axis.effects.values()) == 1
    await axis.stop()


async def test_a_dossier_goes_rest_soap_edxml_and_is_the_same(tmp_path: Path) -> None:
    axis = AxisSimulator()
    await axis.start()
    here = axis.config()
    there = here | {"system_id": "H21.10", "organ": here["receivers"][0], "receivers": [here["organ"]]}
    async with (
        open_side(tmp_path / "a", here, "H21.129", by_soap=True) as province,
        open_side(tmp_path / "b", there, "H21.10") as department,
    ):
        dossier: dict[str, Any] = json.loads((ROOT / "connectors/edxml/examples/outgoing/01-submitted.json").read_bytes())["dossier"]
        file = dossier["components"][0]["attachments"][0]
        file |= {"sha256": await province.upload(PAPER), "size": len(PAPER)}
        await province.send({"message_id": "m-1", "event": {"kind": "submitted"}, "dossier": dossier})

        await province.pass_on()
        arrived = await department.receive()

        arrived["dossier"]["identifiers"] = [one for one in arrived["dossier"]["identifiers"] if one["scheme"] != "truc-van-ban"]
        assert arrived["dossier"] == dossier
        assert await department.download(file["sha256"]) == PAPER
    await axis.stop()


@pytest.mark.slow
@pytest.mark.parametrize("style", ["vxp", "provincial", "bkav"])
async def test_a_file_of_200_mb_goes_out_and_in_again_in_little_memory(style: str, tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, CHILD, "200", style, tmp_path, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()

    found = json.loads(output)
    assert found["is_same"]
    assert found["grown_kib"] < MOST_GROWTH_KIB
