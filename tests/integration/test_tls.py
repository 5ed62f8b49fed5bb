"""The database and the broker are reached over TLS, and only when the authority that the site names has signed for them."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.adapters.prometheus import PrometheusTelemetry
from gateway.backing import open_backing
from gateway.devservers import RabbitMQ, private_postgres, private_rabbitmq
from gateway.domain.errors import NeedsPerson
from gateway.settings.site import Backing, Site, Timing
from gateway.testing.queue_contract import Desk, work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq, pytest.mark.asyncio(loop_scope="module")]


class Authority:
    """A certificate authority, known to nobody."""

    def __init__(self) -> None:
        self._name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "authority")])
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        self.certificate = own.public_bytes(Encoding.PEM)

    def certify(self, address: str) -> tuple[bytes, bytes]:
        """Make a key for a server at an address; answer its certificate and the key."""
        subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "server")])
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._sign(subject, key, x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]))
        return made.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> x509.Certificate:
        now, day = datetime.now(UTC), timedelta(days=1)
        begun = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        begun = begun.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
        return begun.add_extension(extension, critical=False).sign(self._key, hashes.SHA256())


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """A database and a broker with certificates."""

    authority: Authority
    database: str
    rabbitmq: RabbitMQ
    port: int

    def site(self, folder: Path, *, trusts: Authority, start_seconds: float = 10) -> Site:
        """The site of a gateway that trusts an authority."""
        file = folder / "authority.pem"
        file.write_bytes(trusts.certificate)
        broker = self.rabbitmq.url().replace("amqp:", "amqps:").replace(f":{self.rabbitmq.port}/", f":{self.port}/")
        backing = Backing(postgres=f"{self.database}?sslmode=verify-full&sslrootcert={file}", rabbitmq=f"{broker}?cafile={file}")
        return Site(name="tls", backing=backing, timing=Timing(start_seconds=start_seconds))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[Servers]:
    authority = Authority()
    async with private_postgres() as postgres, private_rabbitmq() as rabbitmq:
        database = await postgres.fresh_database()
        await postgres.offer_tls(*authority.certify("127.0.0.1"))
        port = await rabbitmq.offer_tls(*authority.certify("127.0.0.1"))
        yield Servers(authority=authority, database=database, rabbitmq=rabbitmq, port=port)


async def test_a_gateway_works_over_tls(servers: Servers, tmp_path: Path) -> None:
    desk, sent = Desk(), work()
    site = servers.site(tmp_path, trusts=servers.authority)

    async with open_backing(site, destinations=["agency-a"], telemetry=PrometheusTelemetry()) as backing:
        await backing.queue.consume("agency-a", desk.handle, concurrency=1)
        await backing.queue.publish([sent])
        await desk.until_ended(1)
        assert await backing.reader.transfer("nothing") is None
        encrypted = await servers.rabbitmq.evaluate("[true || [{ssl, true}] <- rabbit_networking:connection_info_all([ssl])]")
        watcher = await asyncpg.connect(servers.database)
        every = await watcher.fetchval(
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'lienthong'"
        )
        await watcher.close()

    assert desk.ended == [sent]
    assert encrypted == "[true, true]"
    assert every is True


@pytest.mark.parametrize("service", ["postgres", "rabbitmq"])
async def test_a_server_that_another_authority_signed_for_is_not_used(servers: Servers, tmp_path: Path, service: str) -> None:
    trusted, strange = tmp_path / "trusted", tmp_path / "strange"
    trusted.mkdir()
    strange.mkdir()
    sites = servers.site(trusted, trusts=servers.authority), servers.site(strange, trusts=Authority(), start_seconds=0.2)
    backings = [site.backing for site in sites]
    assert backings[0] is not None
    assert backings[1] is not None
    mixed = msgspec.structs.replace(backings[0], **{service: getattr(backings[1], service)})

    with pytest.raises(NeedsPerson, match=f"{service} could not be used .*SSLCertVerificationError"):
        async with open_backing(msgspec.structs.replace(sites[1], backing=mixed), destinations=[], telemetry=PrometheusTelemetry()):
            pytest.fail("it was used")
