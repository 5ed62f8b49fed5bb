"""Contents go with a message inline, by MTOM and beside it, and come the same ways; each is a stream."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.domain.errors import OutcomeUnknown, RetryLater
from gateway.sdk import BlobInfo, RelatedPart, digest, includes
from gateway.testing.connector_bench import MemoryBlobs
from tests.land import DATA, DOSSIER, Visit, open_registry, pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOTH = pytest.mark.parametrize("port", ["Cong11", "Cong12"])
FIRST, SECOND = b"%PDF-1.4 giay chung nhan" * 4001, b"\x00\xff" * 777


@pytest_asyncio.fixture
async def visit() -> AsyncIterator[Visit]:
    async with open_registry() as visit:
        yield visit


def part(content: bytes, name: str, *, sized: bool = True) -> RelatedPart:
    return RelatedPart(
        content_id=name, media_type="application/pdf", chunks=pieces(content), size=len(content) if sized else None, name=f"{name}.pdf"
    )


def message(sized: bool) -> dict[str, Any]:
    files = [{"Ten": "a", "NoiDung": part(FIRST, "a@thu", sized=sized)}, {"Ten": "b", "NoiDung": part(SECOND, "b@thu", sized=sized)}]
    return {"hoSo": DOSSIER, "tep": [*files, {"Ten": "c", "NoiDung": b"nho"}]}


@BOTH
@pytest.mark.parametrize("sized", [True, False])
async def test_contents_go_inline_in_their_places(visit: Visit, port: str, sized: bool) -> None:
    await visit.service(port).call("NopHoSo", message(sized))

    assert visit.registry.contents == [FIRST, SECOND, b"nho"]
    assert ("content-length" in visit.registry.headers) is sized


@BOTH
@pytest.mark.parametrize("sized", [True, False])
async def test_contents_go_by_mtom(visit: Visit, port: str, sized: bool) -> None:
    await visit.service(port, enclose="mtom").call("NopHoSo", message(sized))

    assert visit.registry.contents == [b"nho", FIRST, SECOND]
    (root,) = visit.registry.kept
    assert root is not None
    assert [name for _, name in includes(root)] == ["a@thu", "b@thu"]
    assert "application/xop+xml" in visit.registry.headers["content-type"]


@BOTH
@pytest.mark.parametrize("enclose", ["inline", "mtom"])
async def test_contents_go_beside_the_message_too(visit: Visit, port: str, enclose: str) -> None:
    await visit.service(port, enclose=enclose).call("NopHoSo", message(sized=True), attachments=[part(b"kem theo", "k@thu")])

    assert sorted(visit.registry.contents) == sorted([FIRST, SECOND, b"nho", b"kem theo"])


@BOTH
@pytest.mark.parametrize("way", ["inline", "mtom"])
async def test_contents_come_whole_where_the_answer_has_them(visit: Visit, port: str, way: str) -> None:
    visit.registry.file = FIRST

    answer = await visit.service(port).call("LayTep", {"maTep": "1", "kieu": way}, safe=True)

    assert answer.values["tep"] == {"Ten": "a.pdf", "NoiDung": FIRST}


@BOTH
@pytest.mark.parametrize("way", ["inline", "mtom", "beside"])
async def test_contents_come_into_the_store_however_they_came(visit: Visit, port: str, way: str) -> None:
    visit.registry.file, blobs = FIRST, MemoryBlobs()

    answer = await visit.service(port).call("LayTep", {"maTep": "1", "kieu": way}, into=blobs, safe=True)

    info = BlobInfo(sha256=digest(FIRST), size=len(FIRST))
    assert blobs.contents == {info.sha256: FIRST}
    assert list(answer.contents.values()) == [info]
    assert answer.values["tep"] == {"Ten": "a.pdf", "NoiDung": None if way == "beside" else info}
    assert answer.element is not None
    assert len(list(includes(answer.element))) == (way != "beside")


async def test_an_element_without_a_content_has_none(visit: Visit) -> None:
    visit.registry.file, blobs = b"", MemoryBlobs()

    answer = await visit.service().call("LayTep", {"maTep": "1", "kieu": "inline"}, into=blobs, safe=True)

    assert answer.values["tep"] == {"Ten": "a.pdf", "NoiDung": None}
    assert (answer.contents, blobs.contents) == ({}, {})


@pytest.mark.parametrize("with_store", [True, False])
async def test_a_part_that_does_not_come_is_no_answer(visit: Visit, with_store: bool) -> None:
    into = MemoryBlobs() if with_store else None

    with pytest.raises(RetryLater) as caught:
        await visit.service().call("LayTep", {"maTep": "1", "kieu": "lost"}, into=into, safe=True)

    assert caught.value.code == "not_described"


@pytest.mark.parametrize("fault", ["html", "error_page", "truncated", "wrong_envelope", "silent"])
async def test_what_is_no_answer_is_none_while_it_streams_either(visit: Visit, fault: str) -> None:
    visit.registry.fault = fault

    with pytest.raises(OutcomeUnknown):
        await visit.service().call("NopHoSo", {"hoSo": DOSSIER}, into=MemoryBlobs())


async def test_a_text_that_looks_like_a_mark_stays_a_text(visit: Visit) -> None:
    dossier = DOSSIER | {"MaHoSo": f"content-{'0' * 32}"}

    await visit.service(enclose="mtom").call("NopHoSo", {**message(sized=True), "hoSo": dossier})

    (root,) = visit.registry.kept
    assert root is not None
    assert root.findtext(f".//{DATA}MaHoSo") == f"content-{'0' * 32}"


def test_a_gateway_that_calls_no_soap_never_imports_zeep() -> None:
    code = "import sys, gateway.app, gateway.sdk; sys.exit('zeep' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
