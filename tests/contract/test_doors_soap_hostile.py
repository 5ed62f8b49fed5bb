"""Hostile messages at the SOAP door: each refused with the right fault in bounded work, nothing of file or network touched."""

from __future__ import annotations

import asyncio
import gzip
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.doors import QUICK, Visit, open_visit
from tests.soap import Told, envelope, message, post, sent

PLAIN = envelope(message("GetTrace", identifier="x"))
Attack: TypeAlias = Callable[["Trap"], bytes]
MULTIPART = 'multipart/related; type="text/xml"; boundary="b"'


class Trap:
    """A file that blocks for ever whoever opens it, and an address that counts who connects."""

    def __init__(self, file: Path, address: str) -> None:
        self.file = file.as_uri()
        self.address = address
        self.touched = 0


@asynccontextmanager
async def laid(folder: Path) -> AsyncIterator[Trap]:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    trap = Trap(pipe, "")

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trap.touched += 1
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(count, "127.0.0.1", 0) as server:
        trap.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
        yield trap


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path) as opened:
        yield opened


def declared(inside: str) -> Attack:
    """The plain message below a document type."""
    return lambda trap: f"<!DOCTYPE x {inside.format(file=trap.file, http=trap.address)}>".encode() + PLAIN


def in_body(inside: str) -> Attack:
    """A message of which the body holds this."""
    return lambda trap: envelope(inside.replace("{file}", trap.file).replace("{http}", trap.address))


BOMB = '[<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 10}">' for n in range(1, 12)) + "]"
XSLT = (
    '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/">'
    "<x:value-of select=\"document('{file}')|document('{http}')\"/></x:template></x:stylesheet>"
)
NOT_XML = "not_xml"
ATTACKS: dict[str, tuple[Attack, str]] = {
    "a document type": (declared(""), NOT_XML),
    "an external document type": (declared('SYSTEM "{file}"'), NOT_XML),
    "a public document type": (declared('PUBLIC "-//X//Y" "{http}"'), NOT_XML),
    "an external entity of a file": (declared('[<!ENTITY e SYSTEM "{file}">]'), NOT_XML),
    "an external entity of the network": (declared('[<!ENTITY e SYSTEM "{http}">]'), NOT_XML),
    "a parameter entity": (declared('[<!ENTITY % e SYSTEM "{file}"> %e;]'), NOT_XML),
    "a parameter entity of the network": (declared('[<!ENTITY % e SYSTEM "{http}"> %e;]'), NOT_XML),
    "a billion laughs": (lambda _: f"<!DOCTYPE x {BOMB}>".encode() + PLAIN.replace(b">x<", b">&a11;<"), NOT_XML),
    "a quadratic explosion": (
        lambda _: b'<!DOCTYPE x [<!ENTITY e "' + b"x" * 20_000 + b'">]>' + PLAIN.replace(b">x<", b">" + b"&e;" * 5_000 + b"<"),
        NOT_XML,
    ),
    "a document type in UTF-16": (lambda _: "<!DOCTYPE x>".encode("utf-16") + PLAIN.decode().encode("utf-16-le"), NOT_XML),
    "an unknown entity": (in_body("<a>&e;</a>"), NOT_XML),
    "depth": (in_body("<a>" * 5_000 + "</a>" * 5_000), NOT_XML),
    "attributes": (in_body("<a " + " ".join(f'a{n}=""' for n in range(5_000)) + "/>"), NOT_XML),
    "namespaces": (in_body("<a " + " ".join(f'xmlns:a{n}="u"' for n in range(3_000)) + "/>"), NOT_XML),
    "unclosed tags": (in_body("<a" * 20_000), NOT_XML),
    "a null": (lambda _: PLAIN.replace(b">x<", b">\0<"), NOT_XML),
    "not UTF-8": (lambda _: PLAIN.replace(b">x<", b">\xff\xfe<"), NOT_XML),
    "another encoding": (lambda _: b'<?xml version="1.0" encoding="windows-1258"?>' + PLAIN, NOT_XML),
    "a declared UTF-16": (lambda _: b'<?xml version="1.0" encoding="utf-16"?>' + PLAIN, NOT_XML),
    "UTF-7": (lambda _: b'<?xml version="1.0" encoding="utf-7"?>' + PLAIN.replace(b"<", b"+ADw-"), NOT_XML),
    "two documents": (lambda _: PLAIN + PLAIN, NOT_XML),
    "nothing": (lambda _: b"", NOT_XML),
    "JSON": (lambda _: b'{"message_id": "m"}', NOT_XML),
    "XSLT": (in_body(XSLT), "unknown_operation"),
    "an inclusion": (in_body('<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{file}" parse="text"/>'), "unknown_operation"),
    "a schema elsewhere": (
        in_body(
            '<GetTrace xmlns="urn:vn:lienthong:soap:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xsi:schemaLocation="urn:vn:lienthong:soap:1 {http}"><identifier>x</identifier></GetTrace>'
        ),
        "not_found",
    ),
    "two bodies": (lambda _: PLAIN.replace(b"</s:Body>", b"</s:Body><s:Body/>"), "not_soap"),
    "a body of two": (in_body(message("GetPending") * 2), "not_soap"),
    "an envelope in an envelope": (in_body(PLAIN.decode()), "unknown_operation"),
    "another root": (lambda _: b"<html/>", "not_soap"),
    "an encoded style": (in_body('<GetTrace xmlns="urn:vn:lienthong:soap:1"><identifier href="#1"/></GetTrace>'), "malformed"),
}


@pytest.mark.parametrize(("attack", "code"), ATTACKS.values(), ids=ATTACKS)
async def test_a_hostile_document_is_refused(visit: Visit, tmp_path: Path, attack: Attack, code: str) -> None:
    async with laid(tmp_path) as trap:
        data = attack(trap)
        begun = time.process_time()
        told = await post(visit, data, "text/xml")
        spent = time.process_time() - begun

    assert told.fault is not None, told.body
    assert (told.status, told.fault.dotted) == (500, f"Client.{code}")
    assert spent < 1
    assert trap.touched == 0


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "utf-7", "none"])
async def test_a_charset_that_is_not_that_of_the_message_is_refused(visit: Visit, charset: str) -> None:
    told = await post(visit, PLAIN, f"text/xml; charset={charset}")

    assert told.fault is not None
    assert told.fault.dotted == "Client.not_xml"


async def test_100_000_attributes_and_a_body_beyond_the_limit_cost_little(tmp_path: Path) -> None:
    wide = envelope("<a " + " ".join(f'a{number}=""' for number in range(100_000)) + "/>")
    async with open_visit(tmp_path, limits=type(QUICK)()) as visit:
        begun = time.process_time()
        told = await post(visit, wide, "text/xml")
        spent = time.process_time() - begun

    assert told.fault is not None
    assert told.fault.dotted == "Client.not_xml"
    assert spent < 1


async def test_a_packed_bomb_is_cut_off(visit: Visit) -> None:
    bomb = gzip.compress(envelope("<a>" + " " * 10_000_000 + "</a>"))
    told = await post(visit, bomb, "text/xml", headers={"Content-Encoding": "gzip"})

    assert told.fault is not None
    assert (told.status, told.fault.dotted) == (413, "Client.too_large")


def parts(*contents: bytes, head: bytes = b"Content-Type: text/xml") -> bytes:
    return b"".join(b"--b\r\n" + head + b"\r\n\r\n" + content + b"\r\n" for content in contents) + b"--b--\r\n"


MIME = {
    "no boundary": ('multipart/related; type="text/xml"', parts(PLAIN)),
    "no part": (MULTIPART, b"--b--\r\n"),
    "cut off": (MULTIPART, parts(PLAIN)[:-20]),
    "another root": (MULTIPART + '; start="<y>"', parts(PLAIN, head=b"Content-Type: text/xml\r\nContent-ID: <x>")),
    "a broken line": (MULTIPART, parts(PLAIN, head=b"Content-Type text/xml")),
    "a line twice": (MULTIPART, parts(PLAIN, head=b"Content-Type: text/xml\r\nContent-Type: text/plain")),
    "endless lines": (MULTIPART, b"--b\r\n" + b"A: b\r\n" * 20_000),
    "an unknown transfer encoding": (MULTIPART, parts(PLAIN, head=b"Content-Type: text/xml\r\nContent-Transfer-Encoding: zip")),
    "broken base64": (MULTIPART, parts(b"%%%%", head=b"Content-Type: text/xml\r\nContent-Transfer-Encoding: base64")),
    "an endless preamble": (MULTIPART, b"x" * 50_000 + parts(PLAIN)),
    "a boundary that goes on": (MULTIPART, b"--bbb\r\n\r\n" + PLAIN + b"\r\n--b--"),
    "a root that is too long": (MULTIPART, parts(PLAIN + b" " * 70_000)),
    "ten thousand parts": (MULTIPART, parts(envelope(sent()), *[b"x"] * 10_000, head=b"Content-Type: text/xml")),
}


@pytest.mark.parametrize(("media_type", "body"), MIME.values(), ids=MIME)
async def test_a_faulty_mime_body_is_refused(visit: Visit, media_type: str, body: bytes) -> None:
    begun = time.process_time()
    told = await post(visit, body, media_type)

    assert told.fault is not None
    assert (told.status, told.fault.dotted) == (500, "Client.mime")
    assert time.process_time() - begun < 1


async def test_a_body_that_stalls_is_told_so_as_a_fault(visit: Visit) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"--b\r\n"
        await asyncio.Event().wait()

    sending = asyncio.create_task(post(visit, stalling(), MULTIPART))
    told: Told = await asyncio.wait_for(sending, 10)

    assert told.fault is not None
    assert (told.status, told.fault.dotted) == (408, "Client.too_slow")
