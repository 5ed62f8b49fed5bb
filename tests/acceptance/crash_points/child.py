"""A gateway in a process of its own, opened as `lienthong serve` opens it, that kills itself at a chosen step.

The process is forked from one that has imported everything and runs nothing: it is ready in a third of the time.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app import Role, open_gateway
from gateway.cli.options import read_site
from gateway.cli.serve import configure_logs
from gateway.web.serve import open_doors
from tests.acceptance.crash_points.steps import Point, Steps, watch

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

__all__ = ["Child"]

SPARE = multiprocessing.get_context("forkserver")
SPARE.set_forkserver_preload(["gateway.cli", "connectors.dvcqg", "connectors.hotich", "connectors.igate", "asyncpg", __name__])


class Child:
    """One life of the gateway on a site; `steps` are written into its folder."""

    def __init__(self, folder: Path, port: int, *, life: int, last: Point | None) -> None:
        self.steps = folder / f"steps-{life}.log"
        self._log = folder / f"gateway-{life}.log"
        self._process: ForkServerProcess = SPARE.Process(target=main, args=(str(folder), port, life, last), daemon=True)

    def start(self) -> None:
        """Start; it is ready a moment later. Never in a thread: to start one process is to look after all others."""
        self._process.start()

    async def ended(self) -> int:
        """Wait for its end, and tell how it ended: the negative number of the signal that killed it."""
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        code = self._process.exitcode
        assert code is not None
        return code

    def terminate(self) -> None:
        """Ask it to stop gracefully."""
        self._process.terminate()

    async def kill(self) -> None:
        """End it whatever it does, if it was started."""
        if self._process.pid is not None:
            self._process.kill()
            await self.ended()

    def passed(self) -> set[str]:
        """Tell which points it passed."""
        return set(self.steps.read_text().splitlines())

    def last_words(self) -> str:
        """Tell the last line that it logged."""
        return self._log.read_text().rpartition("\n")[0].rpartition("\n")[2]


def main(folder: str, port: int, life: int, last: Point | None) -> None:
    """Run one life: everything that it logs goes into the folder of its site."""
    log = os.open(Path(folder) / f"gateway-{life}.log", os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 2)
    configure_logs()
    asyncio.run(serve(Path(folder), port, Steps(Path(folder) / f"steps-{life}.log", last)))


async def serve(folder: Path, port: int, steps: Steps) -> None:
    """Open everything, run until SIGTERM or the last step."""
    site = read_site(folder)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(open_gateway(site))
        watch(gateway, steps)
        await stack.enter_async_context(open_doors(gateway, site.listen.host, port))
        await gateway.start(Role.ALL)
        await stop.wait()
