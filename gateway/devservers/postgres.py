"""A private PostgreSQL: own data folder, own port on loopback, every commit on the disk."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.devservers.child import Child, ServerFailed, as_user, find_program
from gateway.devservers.port import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Postgres", "private_postgres"]

FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
ROLE = "lienthong"


class Postgres:
    """One server and its data; can be stopped, killed and started again on the same port with the same data."""

    def __init__(self, folder: Path, *, max_connections: int = 200) -> None:
        self.port = free_port()
        self._folder = folder
        self._data = folder / "data"
        self._user = other_user()
        self._child = Child(
            [
                program("postgres"),
                *("-D", str(self._data), "-h", LOOPBACK, "-p", str(self.port)),
                *("-c", "unix_socket_directories=", "-c", "fsync=on", "-c", f"max_connections={max_connections}"),
            ],
            environment={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            folder=folder,
            log=folder / "postgres.log",
            user=self._user,
        )

    @property
    def is_running(self) -> bool:
        """Whether the server process runs."""
        return self._child.is_running

    def url(self, database: str = "postgres") -> str:
        """The address of a database of this server."""
        return f"postgresql://{ROLE}@{LOOPBACK}:{self.port}/{database}"

    async def start(self) -> None:
        """Start the server, with new data when there are none; it answers queries afterwards."""
        if self._user is not None:
            shutil.chown(self._folder, self._user, self._user)
        if not self._data.exists():
            await self._run("initdb", "-D", str(self._data), "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self._child.start()
        ready = [program("pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)]
        await self._child.wait_ready(lambda: subprocess.run(ready, check=False).returncode == 0)

    async def offer_tls(self, certificate: bytes, key: bytes) -> None:
        """Answer over TLS too, soon and from then on, with this certificate and its key (PEM)."""
        for name, content in {"server.pem": certificate, "server.key": key}.items():
            path = self._folder / name
            path.write_bytes(content)
            path.chmod(0o600)
            if self._user is not None:
                shutil.chown(path, self._user)
        files = f"ssl_cert_file = '{self._folder / 'server.pem'}'", f"ssl_key_file = '{self._folder / 'server.key'}'"
        for statement in (*(f"ALTER SYSTEM SET {setting}" for setting in (*files, "ssl = on")), "SELECT pg_reload_conf()"):
            await self._run("psql", "-qXw", "-d", self.url(), "-c", statement)

    async def stop(self) -> None:
        """Stop the server in order; open connections are cut."""
        await self._child.stop(signal.SIGINT)

    async def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        await self._child.kill()

    async def wipe(self) -> None:
        """End the server and forget its data; the next start begins with an empty one."""
        await self.kill()
        shutil.rmtree(self._data, ignore_errors=True)

    async def fresh_database(self) -> str:
        """Create an empty database and return its address."""
        name = f"t_{secrets.token_hex(6)}"
        await self._run("psql", "-qXw", "-d", self.url(), "-c", f"CREATE DATABASE {name}")
        return self.url(name)

    async def drop_database(self, url: str) -> None:
        """Remove a database and cut whoever is connected to it."""
        await self._run("psql", "-qXw", "-d", self.url(), "-c", f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    async def _run(self, name: str, *arguments: str) -> None:
        command = [*as_user(self._user), program(name), *arguments]
        done = await asyncio.to_thread(subprocess.run, command, cwd=self._folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerFailed(f"{name} failed: {(done.stderr or done.stdout)[-2000:]}")


@asynccontextmanager
async def private_postgres() -> AsyncIterator[Postgres]:
    """A running server with data of its own, gone afterwards; raises ServerMissing when it is not installed."""
    folder = Path(tempfile.mkdtemp(prefix="lienthong-postgres-"))
    try:
        server = Postgres(folder)
        try:
            await server.start()
            yield server
        finally:
            await server.wipe()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs, of the newest version installed."""
    return find_program(name, also_in=FOLDERS, package="postgresql")


def other_user() -> str | None:
    """Who the server runs as when we are root, which it refuses to be; None for ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
