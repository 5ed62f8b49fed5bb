"""A private RabbitMQ node: own data folder, own ports on loopback, own port mapper."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.devservers.child import Child, ServerFailed, find_program
from gateway.devservers.port import LOOPBACK, answers, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["RabbitMQ", "private_rabbitmq"]

# The distribution's own folder first: the script of the same name on PATH changes the user and the log folder.
FOLDERS = ("/usr/lib/rabbitmq/bin",)

CONFIGURATION = """\
listeners.tcp.1 = {loopback}:{port}
loopback_users.guest = true
disk_free_limit.absolute = 50MB
log.console = true
log.console.level = warning
log.file = false
raft.wal_max_size_bytes = 64000000
"""


class RabbitMQ:
    """One node and its data; can be stopped, killed and started again on the same ports with the same data."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._data = folder / "data"
        self._cookie = secrets.token_hex(16)
        self._node = f"rabbit{self.port}@localhost"
        self._map_port = free_port()
        log = folder / "rabbitmq.log"
        self._mapper = Child(
            [find_program("epmd", also_in=(), package="erlang-base"), "-address", LOOPBACK, "-port", str(self._map_port)],
            environment={},
            folder=folder,
            log=log,
        )
        server = find_program("rabbitmq-server", also_in=FOLDERS, package="rabbitmq-server")
        self._child = Child([server], environment=self._environment(), folder=folder, log=log)

    @property
    def is_running(self) -> bool:
        """Whether the node's process runs."""
        return self._child.is_running

    def url(self, vhost: str = "%2F") -> str:
        """The address of a virtual host of this node, as user guest."""
        return f"amqp://guest:guest@{LOOPBACK}:{self.port}/{vhost}"

    async def start(self) -> None:
        """Start the node, with new data when there are none; it speaks AMQP afterwards."""
        self._write_files()
        if not self._mapper.is_running:
            self._mapper.start()
            await self._mapper.wait_ready(lambda: answers(self._map_port))
        self._child.start()
        await self._child.wait_ready(lambda: speaks_amqp(self.port), within_seconds=120)

    async def offer_tls(self, certificate: bytes, key: bytes) -> int:
        """Answer over TLS too, until the node stops, with this certificate and its key (PEM); answers the port."""
        for name, content in {"server.pem": certificate, "server.key": key}.items():
            (self._folder / name).write_bytes(content)
        port = free_port()
        files = f'{{certfile, "{self._folder / "server.pem"}"}}, {{keyfile, "{self._folder / "server.key"}"}}'
        await self.evaluate(f'ok = rabbit_networking:start_ssl_listener({{"{LOOPBACK}", {port}}}, [{files}], 2)')
        return port

    async def stop(self) -> None:
        """Stop the node in order."""
        await self._child.stop(signal.SIGTERM)

    async def kill(self) -> None:
        """End the node at once, as a power cut would."""
        await self._child.kill()

    async def remember_queues(self) -> None:
        """Put the names of the quorum queues on the disk now.

        RabbitMQ writes them lazily: killed within a second of a queue's declaration, 3.10 brings that queue back with no
        process behind it, and every operation on it hangs.
        """
        await self.evaluate("[ok = dets:sync(Table) || Table <- dets:all()]")

    async def wipe(self) -> None:
        """End the node and forget its data; the next start begins with an empty one."""
        await self.kill()
        shutil.rmtree(self._data, ignore_errors=True)

    async def close(self) -> None:
        """End the node and its port mapper, and forget the data."""
        await self.wipe()
        await self._mapper.kill()

    async def fresh_vhost(self) -> str:
        """Create an empty virtual host and return its address."""
        name = f"t-{secrets.token_hex(6)}"
        every = '<<".*">>'
        await self.evaluate(
            f'rabbit_vhost:add(<<"{name}">>, <<"dev">>), '
            f'rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, {every}, {every}, {every}, <<"dev">>)'
        )
        return self.url(name)

    async def drop_vhost(self, url: str) -> None:
        """Remove a virtual host with its queues and cut whoever is connected to it."""
        await self.evaluate(f'rabbit_vhost:delete(<<"{url.rpartition("/")[2]}">>, <<"dev">>)')

    async def evaluate(self, expression: str) -> str:
        """What the node answers to an Erlang expression; ten milliseconds, where rabbitmqctl takes a second or two."""
        call = find_program("erl_call", also_in=("/usr/lib/erlang/bin",), package="erlang-base")
        command = ["env", f"ERL_EPMD_PORT={self._map_port}", f"HOME={self._folder}", call, "-sname", self._node, "-c", self._cookie, "-e"]
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=self._folder, input=f"{expression}.\n", capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode or not done.stdout.startswith("{ok,"):
            raise ServerFailed(f"the node refused: {done.stdout}{done.stderr}"[:2000])
        return done.stdout.removeprefix("{ok,").strip().removesuffix("}").strip()

    def _write_files(self) -> None:
        self._data.mkdir(exist_ok=True)
        (self._folder / "rabbitmq.conf").write_text(CONFIGURATION.format(loopback=LOOPBACK, port=self.port), encoding="utf-8")
        (self._folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")
        (self._folder / "rabbitmq-env.conf").write_text("", encoding="utf-8")
        cookie = self._folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(self._cookie, encoding="ascii")
            cookie.chmod(0o400)

    def _environment(self) -> dict[str, str]:
        return {
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._map_port),
            "HOME": str(self._folder),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self._folder / "rabbitmq-env.conf"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(self._folder),
            "RABBITMQ_MNESIA_BASE": str(self._data),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_PID_FILE": str(self._folder / "rabbitmq.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the node instead of staying above it
        }


@asynccontextmanager
async def private_rabbitmq() -> AsyncIterator[RabbitMQ]:
    """A running node with data of its own, gone afterwards; raises ServerMissing when it is not installed."""
    folder = Path(tempfile.mkdtemp(prefix="lienthong-rabbitmq-"))
    try:
        node = RabbitMQ(folder)
        try:
            await node.start()
            yield node
        finally:
            await node.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def speaks_amqp(port: int) -> bool:
    """Whether a broker answers the protocol header with its first frame; an open port alone may still be booting."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as peer:
            peer.sendall(b"AMQP\x00\x00\x09\x01")
            return peer.recv(1) == b"\x01"
    except OSError:
        return False
