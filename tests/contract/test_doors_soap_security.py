"""WS-Security at the SOAP door: who proves itself is let in; replayed, stale, forged and wrapped messages are not."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from aiohttp.test_utils import make_mocked_request
from lxml import etree

from gateway.domain.agency import WsSecurity
from gateway.multipart import RelatedPart
from gateway.soap import SOAP_11, SOAP_12, FaultCode, SoapVersion, swa_writer
from gateway.soap.security.name import DS, WSSE, WSU
from gateway.soap.version import VERSIONS
from gateway.web.soap.proof import is_private
from tests.doors import Visit, open_visit, transfer
from tests.soap import DOSSIER, S, Told, acted, envelope, message, post, sent
from tests.soap_security import Signer, security, signed, signer, timestamp, token

BOTH = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.number)
ASK = message("GetTrace", identifier="nothing")
Forgery: TypeAlias = Callable[[etree._Element], None]
ID = f"{{{WSU}}}Id"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Signer]:
    folder = tmp_path_factory.mktemp("keys")
    return {
        "known": signer(folder, "known"),
        "strange": signer(folder, "strange"),
        "short": signer(folder, "short", bits=1024),
        "over": signer(folder, "over", valid=timedelta(hours=-1)),
    }


@pytest.fixture
async def visit(tmp_path: Path, keys: dict[str, Signer]) -> AsyncIterator[Visit]:
    fingerprints = tuple(keys[name].fingerprint for name in ("known", "short", "over"))
    proofs = {
        "mot-cua": WsSecurity(password="mật-khẩu", certificates=fingerprints),
        "so-y-te": WsSecurity(username="yte", password="s3cret"),
        "nguoi-la": WsSecurity(),
    }
    async with open_visit(tmp_path, wsse=proofs) as opened:
        yield opened


async def ask(visit: Visit, header: str, *, system: str = "", version: SoapVersion = SOAP_11) -> Told:
    return await post(visit, envelope(ASK, version, header), version.media_type, system=system)


async def deliver(visit: Visit, root: etree._Element, version: SoapVersion = SOAP_11) -> Told:
    return await post(visit, etree.tostring(root), version.media_type, system="")


def outcome(told: Told) -> str:
    """The special part of a fault; that nothing was found is the sign that the caller was let in."""
    assert told.fault is not None, told.body
    return "let in" if told.fault.subcodes[-1] == "not_found" else told.fault.subcodes[-1]


@BOTH
@pytest.mark.parametrize("digest", [True, False], ids=["digest", "text"])
async def test_a_password_proves_who_sends(visit: Visit, version: SoapVersion, digest: bool) -> None:
    for username, password in (("mot-cua", "mật-khẩu"), ("yte", "s3cret")):
        header = security(token(username, password, digest=digest), version=version)
        assert outcome(await ask(visit, header, version=version)) == "let in"


@pytest.mark.parametrize("digest", [True, False], ids=["digest", "text"])
@pytest.mark.parametrize(
    ("username", "password"),
    [("mot-cua", "x"), ("mot-cua", ""), ("nobody", "x"), ("so-y-te", "s3cret"), ("nguoi-la", ""), ("so-tu-phap", ""), ("", "")],
)
async def test_a_wrong_password_proves_nothing(visit: Visit, username: str, password: str, digest: bool) -> None:
    told = await ask(visit, security(token(username, password, digest=digest)))

    assert outcome(told) == "FailedAuthentication"
    assert told.body.count(b"unknown user name, or wrong password") >= 1


@BOTH
async def test_a_fault_has_the_code_of_the_standard(visit: Visit, version: SoapVersion) -> None:
    told = await ask(visit, security(token("mot-cua", "x"), version=version), version=version)

    assert told.fault is not None
    assert told.status == (500 if version is SOAP_11 else 400)
    assert WSSE.encode() in told.body
    assert told.fault.subcodes == ("FailedAuthentication",)
    if version is SOAP_12:
        assert told.fault.code is FaultCode.SENDER


async def test_a_token_is_taken_once(visit: Visit) -> None:
    once = token("mot-cua", "mật-khẩu")

    assert outcome(await ask(visit, security(once))) == "let in"
    assert outcome(await ask(visit, security(once))) == "MessageExpired"
    again = token("mot-cua", "mật-khẩu", nonce=b"another nonce")
    assert outcome(await ask(visit, security(again))) == "let in"


async def test_a_wrong_password_does_not_use_up_the_nonce_of_another(visit: Visit) -> None:
    assert outcome(await ask(visit, security(token("mot-cua", "x", nonce=b"12345678")))) == "FailedAuthentication"
    assert outcome(await ask(visit, security(token("mot-cua", "mật-khẩu", nonce=b"12345678")))) == "let in"


@pytest.mark.parametrize("minutes", [6, 600, -2, -600])
async def test_a_token_of_another_time_is_refused(visit: Visit, minutes: int) -> None:
    assert outcome(await ask(visit, security(token("mot-cua", "mật-khẩu", age=timedelta(minutes=minutes))))) == "MessageExpired"
    told = await ask(visit, security(timestamp(timedelta(minutes=minutes)), token("mot-cua", "mật-khẩu", digest=False)))
    assert outcome(told) == "MessageExpired"


async def test_a_message_past_its_own_end_is_refused(visit: Visit) -> None:
    stamp = timestamp(lasts=timedelta(seconds=-1))

    assert outcome(await ask(visit, security(stamp, token("mot-cua", "mật-khẩu")))) == "MessageExpired"


GOOD = token("mot-cua", "mật-khẩu", digest=False)
BROKEN = {
    "two tokens": security(GOOD, GOOD),
    "two blocks": security(GOOD) + security(GOOD),
    "two user names": security(GOOD.replace("<wsse:Password", "<wsse:Username>x</wsse:Username><wsse:Password")),
    "no password": security("<wsse:UsernameToken><wsse:Username>mot-cua</wsse:Username></wsse:UsernameToken>"),
    "a password of another kind": security(GOOD.replace("PasswordText", "PasswordHash")),
    "no nonce": security(token("mot-cua", "mật-khẩu").partition("<wsse:Nonce>")[0] + "</wsse:UsernameToken>"),
    "a short nonce": security(token("mot-cua", "mật-khẩu", nonce=b"1")),
    "a nonce that is no base64": security(token("mot-cua", "mật-khẩu").replace("<wsse:Nonce>", "<wsse:Nonce>%")),
    "no instant": security(token("mot-cua", "mật-khẩu", created="yesterday")),
    "an endless name": security(token("x" * 1000, "y", digest=False)),
    "something encrypted": security(GOOD, '<x:EncryptedKey xmlns:x="http://www.w3.org/2001/04/xmlenc#"/>'),
    "a SAML assertion": security(GOOD, '<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"/>'),
    "a timestamp without an instant": security("<wsu:Timestamp/>", GOOD),
    "two timestamps": security(timestamp(), timestamp(), GOOD),
}


@pytest.mark.parametrize("header", BROKEN.values(), ids=BROKEN)
async def test_a_header_that_cannot_be_processed_is_refused(visit: Visit, header: str) -> None:
    assert outcome(await ask(visit, header)) == "InvalidSecurity"


async def test_key_and_header_must_be_of_one_system(visit: Visit) -> None:
    assert outcome(await ask(visit, security(token("mot-cua", "mật-khẩu")), system="mot-cua")) == "let in"
    assert outcome(await ask(visit, security(token("mot-cua", "mật-khẩu")), system="so-y-te")) == "not_authenticated"
    assert outcome(await ask(visit, security(token("mot-cua", "x")), system="mot-cua")) == "FailedAuthentication"
    assert outcome(await ask(visit, security(timestamp()))) == "not_authenticated"


async def test_a_password_is_never_kept(visit: Visit) -> None:
    header = security(token("mot-cua", "mật-khẩu", digest=False))
    told = await post(visit, envelope(sent(), SOAP_11, header), "text/xml", system="")

    kept = await visit.gateway.reader.payload(told.text("receipt", "transfer_id"), raw=True)
    assert kept is not None
    assert b"SendDossier" in kept
    assert "mật-khẩu".encode() not in kept


def test_a_password_in_words_is_taken_where_nobody_listens() -> None:
    request = make_mocked_request("POST", "/soap/v1")

    assert [is_private(request.clone(remote=remote)) for remote in ("127.0.0.1", "::1", "192.0.2.1", "", "x")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert is_private(request.clone(remote="192.0.2.1", scheme="https"))


@BOTH
async def test_a_signature_proves_who_sends(visit: Visit, version: SoapVersion, keys: dict[str, Signer]) -> None:
    told = await deliver(visit, signed(keys["known"], sent(), version=version), version)

    assert told.fault is None, told.body
    found = await acted(visit, "GetTrace", system="so-tu-phap", identifier=transfer()["dossier"]["identifiers"][0]["value"])
    assert found.text("origin") == "mot-cua"
    assert DOSSIER.encode() in found.body


async def test_a_signed_message_is_taken_once(visit: Visit, keys: dict[str, Signer]) -> None:
    root = signed(keys["known"], ASK)

    assert outcome(await deliver(visit, root)) == "let in"
    assert outcome(await deliver(visit, root)) == "MessageExpired"


@pytest.mark.parametrize("who", ["strange", "short", "over"])
async def test_a_certificate_that_is_unknown_weak_or_over_proves_nothing(visit: Visit, who: str, keys: dict[str, Signer]) -> None:
    assert outcome(await deliver(visit, signed(keys[who], ASK))) == "FailedAuthentication"


async def test_sha_1_proves_nothing(visit: Visit, keys: dict[str, Signer]) -> None:
    assert outcome(await deliver(visit, signed(keys["known"], ASK, sha1=True))) == "FailedAuthentication"


async def test_a_signed_message_of_another_time_is_refused(visit: Visit, keys: dict[str, Signer]) -> None:
    assert outcome(await deliver(visit, signed(keys["known"], ASK, stamp=timestamp(timedelta(minutes=6))))) == "MessageExpired"


def change_the_body(root: etree._Element) -> None:
    root[-1][0][0].text = "another"


def change_the_timestamp(root: etree._Element) -> None:
    created = root.find(f".//{{{WSU}}}Created")
    assert created is not None
    created.text = timestamp(timedelta(seconds=-10)).partition("Created>")[2].partition("<")[0]


def wrap_the_body(root: etree._Element, *, keep_id: bool, into: str) -> None:
    """Hide the signed Body elsewhere in the message, and put another one in its place."""
    hidden = copy.deepcopy(root[-1])
    if not keep_id:
        del root[-1].attrib[ID]
    root[-1][0][0].text = "another"
    place = root[0] if into == "header" else root[-1][0] if into == "body" else root.find(f".//{{{DS}}}Signature")
    assert place is not None
    etree.SubElement(place, "{urn:x}wrapper").append(hidden)


def wrap_the_timestamp(root: etree._Element) -> None:
    """Hide the signed Timestamp, and put a fresher one in its place."""
    stamp = root.find(f".//{{{WSU}}}Timestamp")
    assert stamp is not None
    block = stamp.getparent()
    assert block is not None
    fresh = copy.deepcopy(stamp)
    del fresh.attrib[ID]
    block.replace(stamp, fresh)
    etree.SubElement(root[0], "{urn:x}wrapper").append(stamp)


def give_another_the_id(root: etree._Element) -> None:
    etree.SubElement(root[0], "{urn:x}other", {"ID": root[-1].get(ID, "")})


def forget_the_body(root: etree._Element) -> None:
    references = root.findall(f".//{{{DS}}}Reference")
    info = references[0].getparent()
    assert info is not None
    info.remove(references[0])


def refer_to(uri: str) -> Forgery:
    def forge(root: etree._Element) -> None:
        root.findall(f".//{{{DS}}}Reference")[0].set("URI", uri)

    return forge


def transform_by(algorithm: str, inside: str = "") -> Forgery:
    def forge(root: etree._Element) -> None:
        transform = root.find(f".//{{{DS}}}Transform")
        assert transform is not None
        transform.set("Algorithm", algorithm)
        if inside:
            transform.append(etree.fromstring(inside))

    return forge


def swap_the_certificate(root: etree._Element) -> None:
    found = root.find(f".//{{{WSSE}}}BinarySecurityToken")
    assert found is not None
    found.text = "AAAA"


def forget_the_token(root: etree._Element) -> None:
    found = root.find(f".//{{{WSSE}}}SecurityTokenReference/{{{WSSE}}}Reference")
    assert found is not None
    found.set("URI", root[-1].get(ID, ""))


def sign_twice(root: etree._Element) -> None:
    signature = root.find(f".//{{{DS}}}Signature")
    assert signature is not None
    block = signature.getparent()
    assert block is not None
    block.append(copy.deepcopy(signature))


def move_the_signature(root: etree._Element) -> None:
    signature = root.find(f".//{{{DS}}}Signature")
    assert signature is not None
    etree.SubElement(root[0], "{urn:x}wrapper").append(signature)


XSLT = (
    '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/">'
    "<x:copy-of select=\"document('file:///etc/passwd')\"/></x:template></x:stylesheet>"
)
FORGERIES: dict[str, tuple[Forgery, str]] = {
    "a changed body": (change_the_body, "FailedAuthentication"),
    "a changed timestamp": (change_the_timestamp, "FailedAuthentication"),
    "the body wrapped in the header": (lambda root: wrap_the_body(root, keep_id=False, into="header"), "FailedAuthentication"),
    "the body wrapped in the header, both with the id": (
        lambda root: wrap_the_body(root, keep_id=True, into="header"),
        "FailedAuthentication",
    ),
    "the body wrapped in the new one": (lambda root: wrap_the_body(root, keep_id=False, into="body"), "FailedAuthentication"),
    "the body wrapped in the signature": (lambda root: wrap_the_body(root, keep_id=False, into="signature"), "FailedAuthentication"),
    "the timestamp wrapped": (wrap_the_timestamp, "FailedAuthentication"),
    "an id twice": (give_another_the_id, "FailedAuthentication"),
    "only the timestamp signed": (forget_the_body, "InvalidSecurity"),
    "a reference to the whole": (refer_to(""), "InvalidSecurity"),
    "a reference to a file": (refer_to("file:///etc/passwd"), "InvalidSecurity"),
    "a reference to the network": (refer_to("http://127.0.0.1:9/"), "InvalidSecurity"),
    "a reference by pointer": (refer_to("#xpointer(/)"), "FailedAuthentication"),
    "a transformation by XSLT": (transform_by("http://www.w3.org/TR/1999/REC-xslt-19991116", XSLT), "InvalidSecurity"),
    "a transformation by XPath": (transform_by("http://www.w3.org/TR/1999/REC-xpath-19991116"), "InvalidSecurity"),
    "an enveloped transformation": (transform_by("http://www.w3.org/2000/09/xmldsig#enveloped-signature"), "InvalidSecurity"),
    "no certificate": (swap_the_certificate, "InvalidSecurity"),
    "another key": (forget_the_token, "InvalidSecurity"),
    "two signatures": (sign_twice, "InvalidSecurity"),
    "a signature elsewhere": (move_the_signature, "not_authenticated"),
}


@pytest.mark.parametrize(("forge", "code"), FORGERIES.values(), ids=FORGERIES)
async def test_a_forged_message_is_refused(visit: Visit, keys: dict[str, Signer], forge: Forgery, code: str) -> None:
    root = signed(keys["known"], message("GetTrace", identifier="nothing"))
    forge(root)

    assert outcome(await deliver(visit, root)) == code


async def test_what_comes_beside_a_signed_message_is_named_by_its_hash(visit: Visit, keys: dict[str, Signer]) -> None:
    async def paper() -> AsyncIterator[bytes]:
        yield b"x"

    async def send(attachment: dict[str, object], message_id: str) -> Told:
        whole = transfer(message_id)
        whole["dossier"]["components"] = [{"attachments": [attachment]}]
        envelope_of = etree.tostring(signed(keys["known"], sent(whole), version=SOAP_12))
        part = RelatedPart(content_id="f1", media_type="text/plain", chunks=paper())
        writer = swa_writer("b", SOAP_12, envelope_of, [part])
        return await post(visit, writer.chunks(), writer.content_type, system="")

    unnamed = await send({"name": "a", "url": "cid:f1"}, "m-1")
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    named = await send({"name": "a", "url": "cid:f1", "sha256": digest}, "m-2")

    assert [path for path, _ in unnamed.problems()] == ["transfer.dossier.components[0].attachments[0].sha256"]
    assert named.text("receipt", "message_id") == "m-2"
    assert named.element is not None
    assert named.element.tag == f"{S}SendDossierResponse"
