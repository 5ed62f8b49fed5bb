"""Attachments over real HTTP: streamed, checked, never half there."""

from __future__ import annotations

import asyncio
import gzip
import io
import tracemalloc
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import aiohttp
import msgspec
import pytest

from tests.doors import QUICK, Visit, open_visit, transfer

PAPER = b"%PDF-1.7 thu" * 10_000


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


def kept(tmp_path: Path) -> list[str]:
    """The contents that the store holds, finished or not."""
    return [path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


async def test_a_content_is_uploaded_asked_for_and_downloaded(visit: Visit) -> None:
    name = sha256(PAPER).hexdigest()
    async with visit["mot-cua"].post("/v1/attachments", data=PAPER) as answer:
        assert answer.status == 201
        assert await answer.json() == {"sha256": name, "size": len(PAPER)}
        place = answer.headers["Location"]

    async with visit["mot-cua"].head(place) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(PAPER)))
    async with visit["mot-cua"].get(place) as answer:
        assert await answer.read() == PAPER
        assert answer.headers["Content-Disposition"] == "attachment"


async def test_a_transfer_names_uploaded_content_and_no_other(visit: Visit) -> None:
    name = sha256(PAPER).hexdigest()
    body = transfer()
    body["dossier"]["components"] = [{"name": "Tờ khai", "attachments": [{"name": "to-khai.pdf", "sha256": name}]}]

    status, problem = await visit.send(body)
    assert (status, problem["problems"][0]["path"]) == (422, "dossier.components[0].attachments[0].sha256")
    assert (await visit.ask("PUT", f"/v1/attachments/{name}", PAPER))[0] == 201
    assert (await visit.send(body))[0] == 202


async def test_an_attachment_is_there_for_whom_it_concerns_and_for_nobody_else(visit: Visit) -> None:
    name = sha256(PAPER).hexdigest()
    place = f"/v1/attachments/{name}"
    body = transfer()
    body["dossier"]["components"] = [{"name": "Tờ khai", "attachments": [{"name": "to-khai.pdf", "sha256": name}]}]
    await visit.ask("PUT", place, PAPER)

    async def answers(system: str) -> list[int]:
        found = []
        for method in ("HEAD", "GET"):
            async with visit[system].request(method, place) as answer:
                found.append(answer.status)
                assert answer.status == 200 or PAPER not in await answer.read()
        return found

    assert await answers("so-tu-phap") == [404, 404]
    assert (await visit.send(body))[0] == 202
    assert await answers("mot-cua") == await answers("so-tu-phap") == [200, 200]
    assert await answers("so-y-te") == await answers("nguoi-la") == [404, 404]


async def test_knowing_a_hash_is_no_right_to_name_it_or_to_claim_it(visit: Visit) -> None:
    name = sha256(PAPER).hexdigest()
    place = f"/v1/attachments/{name}"
    body = transfer(recipients=["so-y-te"])
    body["dossier"]["components"] = [{"name": "Tờ khai", "attachments": [{"name": "to-khai.pdf", "sha256": name}]}]
    await visit.ask("PUT", place, PAPER)

    status, problem = await visit.send(body, system="nguoi-la")
    assert (status, problem["code"]) == (422, "attachment_missing")
    assert (await visit.ask("PUT", place, b"another", system="nguoi-la"))[0] == 422
    assert (await visit.ask("PUT", place, system="nguoi-la"))[0] == 422
    assert (await visit.ask("GET", place, system="nguoi-la"))[0] == 404
    assert (await visit.ask("PUT", place, PAPER, system="nguoi-la"))[0] == 201
    assert (await visit.send(body, system="nguoi-la"))[0] == 202


async def test_a_content_that_is_not_what_the_path_says_is_refused_and_not_kept(visit: Visit, tmp_path: Path) -> None:
    status, problem = await visit.ask("PUT", f"/v1/attachments/{'0' * 64}", PAPER)

    assert (status, problem["code"]) == (422, "hash_mismatch")
    assert kept(tmp_path) == []


@pytest.mark.parametrize("name", ["x", "A" * 64, "..%2f..%2fetc%2fpasswd", "0" * 63])
async def test_a_name_that_is_no_hash_is_refused(visit: Visit, name: str) -> None:
    assert (await visit.ask("PUT", f"/v1/attachments/{name}", PAPER))[0] == 422
    assert (await visit.ask("GET", f"/v1/attachments/{name}"))[0] == 404


async def test_an_upload_of_nothing_is_refused(visit: Visit, tmp_path: Path) -> None:
    status, problem = await visit.ask("POST", "/v1/attachments")

    assert (status, problem["code"]) == (422, "empty")
    assert kept(tmp_path) == []


async def test_nothing_is_taken_or_given_without_a_key(visit: Visit, tmp_path: Path) -> None:
    await visit.ask("POST", "/v1/attachments", PAPER)
    name = sha256(PAPER).hexdigest()

    assert (await visit.ask("POST", "/v1/attachments", b"secret", system=""))[0] == 401
    assert (await visit.ask("GET", f"/v1/attachments/{name}", system=""))[0] == 401
    assert kept(tmp_path) == [name]


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
async def test_more_than_the_limit_is_refused_and_not_kept(visit: Visit, tmp_path: Path, announced: bool) -> None:
    content = bytes(QUICK.attachment_bytes + 1)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65536):
            yield content[start : start + 65536]

    async with visit["mot-cua"].post("/v1/attachments", data=io.BytesIO(content) if announced else chunks()) as answer:
        assert answer.status == 413
        assert (await answer.json())["code"] == "too_large"
    assert kept(tmp_path) == []


async def test_a_packed_upload_is_refused_for_its_hash_would_be_of_something_else(visit: Visit) -> None:
    status, _ = await visit.ask("POST", "/v1/attachments", gzip.compress(PAPER), headers={"Content-Encoding": "gzip"})

    assert status == 415


async def test_an_upload_that_stalls_is_cut_within_the_limit_and_not_kept(visit: Visit, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield b"half"
        begun.set()
        await asyncio.sleep(30)

    async with asyncio.timeout(5):
        async with visit["mot-cua"].post("/v1/attachments", data=stalling()) as answer:
            assert answer.status == 408
    assert begun.is_set()
    assert kept(tmp_path) == []


async def test_an_upload_whose_sender_hangs_up_is_not_kept(visit: Visit, tmp_path: Path) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield b"half"
        raise LookupError

    with pytest.raises((aiohttp.ClientError, LookupError)):
        await visit["mot-cua"].post("/v1/attachments", data=breaking())

    async with asyncio.timeout(5):
        while kept(tmp_path):  # noqa: ASYNC110 - the server tells nobody when it has noticed
            await asyncio.sleep(0.05)


async def test_a_large_content_passes_without_ever_being_whole_in_memory(tmp_path: Path) -> None:
    size = 64 * 1024 * 1024
    limits = msgspec.structs.replace(QUICK, attachment_bytes=size, read_seconds=5)
    piece = b"x" * 65536

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(size // len(piece)):
            yield piece

    async with open_visit(tmp_path, limits=limits) as visit:
        tracemalloc.start()
        async with visit["mot-cua"].post("/v1/attachments", data=chunks()) as answer:
            assert answer.status == 201
            place = answer.headers["Location"]
        read = 0
        async with visit["mot-cua"].get(place) as answer:
            async for chunk in answer.content.iter_chunked(65536):
                read += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert read == size
    assert peak < 8 * 1024 * 1024
