"""Files go out as multipart without being held whole."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web
from aiohttp.test_utils import TestClient, TestServer

from gateway.multipart import FilePart, content_type, multipart

BOUNDARY = "ranh-gioi-7f3a"


async def pieces(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size)


async def received(stream: AsyncIterator[bytes]) -> list[tuple[str | None, str | None, bytes]]:
    found: list[tuple[str | None, str | None, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            assert isinstance(part, BodyPartReader)
            found.append((part.name, part.filename, bytes(await part.read())))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/", data=stream, headers={"content-type": content_type(BOUNDARY)})
        assert answer.status == 200
    return found


async def test_a_server_reads_fields_and_files_as_they_were_given() -> None:
    file = FilePart(field="files", name="giấy chứng sinh.pdf", chunks=pieces(3, 1000), media_type="application/pdf")

    parts = await received(multipart(BOUNDARY, fields={"uuid": "1"}, files=[file]))

    assert parts == [("uuid", None, b"1"), ("files", "giấy chứng sinh.pdf", bytes(3000))]


async def test_a_name_cannot_break_out_of_its_header() -> None:
    file = FilePart(field="files", name='a"\r\nx-la: 1\r\n.pdf', chunks=pieces(1, 1))

    ((field, name, _),) = await received(multipart(BOUNDARY, fields={}, files=[file]))

    assert field == "files"
    assert name is not None
    assert "\n" not in name or "x-la" in name


async def test_a_large_file_passes_in_the_pieces_it_comes_in() -> None:
    largest = 0
    async for chunk in multipart(BOUNDARY, fields={}, files=[FilePart(field="f", name="n", chunks=pieces(400, 65536))]):
        largest = max(largest, len(chunk))

    assert largest == 65536
