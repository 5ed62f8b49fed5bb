"""Messages that are longer than a body may be: their contents are stored as they arrive, once the sender is known."""

from __future__ import annotations

import hashlib
from base64 import encodebytes
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.domain.agency import WsSecurity
from gateway.soap import SOAP_11, SoapVersion
from gateway.soap.version import VERSIONS
from tests.doors import Visit, open_visit, transfer
from tests.soap import Told, envelope, post, sent
from tests.soap_security import security, signed, signer, token

PAPERS = (b"A" * 150_000, bytes(range(256)) * 500)


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with open_visit(tmp_path, wsse={"mot-cua": WsSecurity(password="mat-khau")}) as opened:
        yield opened


def body(*contents: str, names: tuple[str, ...] = ("f0", "f1"), **changes: Any) -> str:
    whole = transfer() | changes
    whole["dossier"]["components"] = [{"attachments": [{"name": name, "url": f"cid:{name}"} for name in dict.fromkeys(names)]}]
    papers = "".join(
        f"<attachment><id>{name}</id><content>{content}</content></attachment>" for name, content in zip(names, contents, strict=True)
    )
    return sent(whole, f"<attachments>{papers}</attachments>")


def whole(*, header: str = "", version: SoapVersion = SOAP_11) -> bytes:
    return envelope(body(*(encodebytes(paper).decode() for paper in PAPERS)), version, header)


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for place in range(0, len(data), 50_000):
        yield data[place : place + 50_000]


async def send(visit: Visit, data: bytes, *, system: str = "mot-cua", version: SoapVersion = SOAP_11) -> Told:
    return await post(visit, in_pieces(data), version.media_type, system=system)


def stored(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and (path.parent.name == "incoming" or len(path.name) == 64)}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
async def test_long_contents_are_stored_as_they_come(visit: Visit, version: SoapVersion, tmp_path: Path) -> None:
    told = await send(visit, whole(version=version), version=version)

    assert told.fault is None, told.body
    _, view = await visit.ask("GET", f"/v1/transfers/{told.text('receipt', 'transfer_id')}")
    found = [(one["sha256"], one["size"]) for one in view["transfer"]["dossier"]["components"][0]["attachments"]]
    assert found == [(hashlib.sha256(paper).hexdigest(), len(paper)) for paper in PAPERS]
    assert stored(tmp_path) == {sha256 for sha256, _ in found}
    kept = await visit.gateway.reader.payload(told.text("receipt", "transfer_id"), raw=True)
    assert kept is not None
    assert len(kept) < 3000


async def test_a_short_message_of_unknown_length_is_read_as_any_other(visit: Visit) -> None:
    told = await post(visit, in_pieces(envelope(sent())), "text/xml")

    assert told.text("receipt", "message_id") == "m-1"


async def test_a_password_in_the_header_is_enough_and_is_not_kept(visit: Visit) -> None:
    told = await send(visit, whole(header=security(token("mot-cua", "mat-khau"))), system="")

    assert told.fault is None, told.body
    kept = await visit.gateway.reader.payload(told.text("receipt", "transfer_id"), raw=True)
    assert kept is not None
    assert b"Password" not in kept


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "not_authenticated"),
        ("token", "FailedAuthentication"),
        ('<h:x xmlns:h="urn:h" xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" e:mustUnderstand="1"/>', ""),
    ],
)
async def test_nothing_is_stored_of_who_is_not_known(visit: Visit, tmp_path: Path, header: str, code: str) -> None:
    told = await send(visit, whole(header=security(token("mot-cua", "x")) if header == "token" else header), system="")

    assert told.fault is not None
    assert "".join(told.fault.subcodes) == code
    assert not stored(tmp_path)


async def test_a_signed_message_is_not_that_long(visit: Visit, tmp_path: Path) -> None:
    root = signed(signer(tmp_path), body(*(encodebytes(paper).decode() for paper in PAPERS)))
    told = await send(visit, etree.tostring(root), system="")

    assert told.fault is not None
    assert told.fault.subcodes == ("InvalidSecurity",)


LONG = "QUJD" * 30_000
FAULTY = {
    "no base64": (envelope(body(LONG, "%" * 80_000)), "mime"),
    "base64 cut off": (envelope(body(LONG, "QUJ")), "mime"),
    "an element in a content": (envelope(body(LONG, LONG + "<b/>" + LONG)), "malformed"),
    "a content in a content": (envelope(body(LONG, "<content>QQ==</content>" + LONG)), "malformed"),
    "one name twice": (envelope(body(LONG, LONG, names=("f0", "f0"))), "malformed"),
    "a content nowhere": (envelope(sent(None, f"<content>{LONG}</content>")), "malformed"),
    "a content in the header": (
        envelope(sent(), SOAP_11, f'<content xmlns="urn:vn:lienthong:soap:1">{LONG}</content>'),
        "malformed",
    ),
    "two bodies": (envelope(body(LONG, LONG)).replace(b"</s:Body>", b"</s:Body><s:Body/>"), "not_soap"),
    "cut off": (envelope(body(LONG, LONG))[:-100], "not_xml"),
    "a document type": (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + envelope(body(LONG, LONG)), "not_xml"),
    "another charset": (b'<?xml version="1.0" encoding="utf-16"?>' + envelope(body(LONG, LONG)), "not_xml"),
    "a faulty dossier": (
        envelope(body(LONG, LONG, event={"kind": "submitted", "note": "x" * 4000})).replace(b"1.012784", b""),
        "malformed",
    ),
}


@pytest.mark.parametrize(("data", "code"), FAULTY.values(), ids=FAULTY)
async def test_a_faulty_long_message_is_refused_and_nothing_of_it_is_accepted(visit: Visit, data: bytes, code: str) -> None:
    told = await send(visit, data)

    assert told.fault is not None
    assert told.fault.subcodes == (code,) if told.fault.subcodes else told.fault.dotted == f"Client.{code}"
    assert (await visit.ask("GET", "/v1/dossiers/H40.10-260302-0001/trace"))[0] == 404
