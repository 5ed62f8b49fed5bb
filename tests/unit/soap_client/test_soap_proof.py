"""A service that wants to know who calls is told so by WS-Security, in a way that the gateway's own door believes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from gateway.adapters.http import AiohttpHttp
from gateway.adapters.soap import ZeepSoap
from gateway.domain.agency import WsSecurity
from gateway.domain.errors import GatewayError, NeedsPerson, RetryLater
from gateway.sdk import RelatedPart, SoapCredentials
from gateway.soap import read_envelope
from gateway.soap.security import read_security
from gateway.soap.security.signature import verify_signature
from gateway.testing.connector_bench import SystemClock
from tests.doors import open_visit
from tests.land import DOSSIER, LandRegistry, Visit, open_registry, pieces
from tests.soap_security import signer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.soap_security import Signer

DOOR = "soap/1/lienthong.wsdl"
BOTH = pytest.mark.parametrize("port", ["LienthongSoap11", "LienthongSoap12"])


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("key"))


@pytest.fixture
def signing(key: Signer) -> SoapCredentials:
    return credentials_of(key)


def credentials_of(key: Signer) -> SoapCredentials:
    return SoapCredentials(private_key=Path(key.key).read_text("ascii"), certificate=Path(key.certificate).read_text("ascii"))


@pytest_asyncio.fixture
async def door(tmp_path: Path, key: Signer) -> AsyncIterator[str]:
    """The address of a door that knows a password and a certificate."""
    proofs = {"mot-cua": WsSecurity(password="mật-khẩu", certificates=(key.fingerprint,))}
    async with open_visit(tmp_path, wsse=proofs) as visit:
        yield f"{visit.address}/soap/v1"


@pytest_asyncio.fixture
async def visit() -> AsyncIterator[Visit]:
    async with open_registry() as visit:
        yield visit


async def ask(door: str, port: str, credentials: SoapCredentials | None) -> Any:
    async with AiohttpHttp() as http:
        service = ZeepSoap(http, SystemClock()).service(DOOR, door, port=port, credentials=credentials)
        return (await service.call("GetPending", {"limit": 1}, safe=True)).values


@BOTH
@pytest.mark.parametrize("digest", [True, False])
@pytest.mark.parametrize("lasts", [0, 300])
async def test_a_password_proves_us(door: str, port: str, digest: bool, lasts: int) -> None:
    known = SoapCredentials(username="mot-cua", password="mật-khẩu", digest=digest, lasts_seconds=lasts)

    assert "problems" not in await ask(door, port, known)
    with pytest.raises(RetryLater) as caught:
        await ask(door, port, SoapCredentials(username="mot-cua", password="x", digest=digest, lasts_seconds=lasts))
    assert caught.value.code.endswith("FailedAuthentication")
    with pytest.raises(GatewayError):
        await ask(door, port, None)


@BOTH
async def test_a_signature_proves_us_each_time_anew(door: str, port: str, signing: SoapCredentials) -> None:
    for _ in range(2):
        assert "problems" not in await ask(door, port, signing)


async def test_a_signed_message_can_have_contents_beside_it_and_none_in_it(visit: Visit, signing: SoapCredentials, key: Signer) -> None:
    part = RelatedPart(content_id="a@thu", media_type="application/pdf", chunks=pieces(b"tep"))
    service = visit.service(credentials=signing)

    await service.call("NopHoSo", {"hoSo": DOSSIER}, attachments=[part])
    with pytest.raises(NeedsPerson):
        await service.call("NopHoSo", {"hoSo": DOSSIER, "tep": [{"Ten": "a", "NoiDung": part}]})

    assert visit.registry.contents == [b"tep"]
    assert proved(visit.registry, key) == "H21.129-260302-0001"


async def test_a_key_of_an_elliptic_curve_signs_too(visit: Visit, tmp_path: Path) -> None:
    found = signer(tmp_path, key=ec.generate_private_key(ec.SECP256R1()))

    await visit.service(credentials=credentials_of(found)).call("NopHoSo", {"hoSo": DOSSIER})

    assert proved(visit.registry, found) == "H21.129-260302-0001"


def proved(registry: LandRegistry, key: Signer) -> str | None:
    """The code of the dossier that was surely signed with a key."""
    (root,) = registry.kept
    assert root is not None
    envelope = read_envelope(etree.tostring(root))
    header = read_security(envelope)
    assert header is not None
    return verify_signature(envelope, header, lambda fingerprint: fingerprint == key.fingerprint).body.findtext(".//{*}MaHoSo")


def test_a_key_that_cannot_be_used_waits_for_a_person(signing: SoapCredentials, tmp_path: Path) -> None:
    other = Path(signer(tmp_path).certificate).read_text("ascii")
    for key, certificate in (("x", signing.certificate), (signing.private_key, "x"), (signing.private_key, other)):
        with pytest.raises(NeedsPerson):
            ZeepSoap(None, SystemClock()).service(DOOR, "http://x/", credentials=SoapCredentials(private_key=key, certificate=certificate))  # type: ignore[arg-type]  # nothing is sent


def test_no_secret_is_shown(signing: SoapCredentials) -> None:
    shown = repr([signing, SoapCredentials(username="mot-cua", password="mật-khẩu")])

    assert "mật-khẩu" not in shown
    assert "PRIVATE" not in shown
