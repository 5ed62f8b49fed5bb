"""Run a gateway."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Annotated

import structlog
import typer

from gateway.app import Gateway, Role, open_gateway
from gateway.cli.options import SiteFolder, read_site
from gateway.cli.pace import run
from gateway.control import serve_control
from gateway.domain.errors import GatewayError
from gateway.operations import Operations
from gateway.settings.load import SiteFaults
from gateway.web.serve import open_doors

__all__ = ["configure_logs", "serve", "worker"]

HERE = Path()
log = structlog.get_logger(__name__)


def serve(
    role: Annotated[Role, typer.Option("--role", help="What this process does")] = Role.ALL,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Instead of the site's; 0 takes a free one")] = None,
    site: SiteFolder = HERE,
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C; SIGHUP reads the site again."""
    configure_logs()
    run(_serve(site, role, port))


def worker(site: SiteFolder = HERE) -> None:
    """Run a worker alone: the same as `serve --role worker`."""
    serve(role=Role.WORKER, port=None, site=site)


def configure_logs() -> None:
    """Log events as JSON lines on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=typer.get_text_stream("stderr")),
    )


async def _serve(folder: Path, role: Role, port: int | None) -> None:
    """Open everything, say where it listens, wait for the end."""
    site = read_site(folder)
    stop, changed = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, changed.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(open_gateway(site))
        operations = Operations(ledger=gateway.ledger, reader=gateway.reader, clock=gateway.clock, publish=gateway.publisher.publish)
        if gateway.embedded:
            await stack.enter_async_context(serve_control(site, operations))
        address = "no door"
        if role in {Role.ALL, Role.DOOR}:
            address = await stack.enter_async_context(open_doors(gateway, site.listen.host, site.listen.port if port is None else port))
        await gateway.start(role)
        stack.push_async_callback(_end, loop.create_task(_follow(changed, gateway, folder)))
        log.info("ready", role=role, address=address, site=site.name)
        typer.echo(f"ready: {address}")
        await stop.wait()
        log.info("stopping", role=role)


async def _follow(changed: asyncio.Event, gateway: Gateway, folder: Path) -> None:
    """Read the site again, one reading after the other, whenever it changed; a faulty one is told and the old one stays in force."""
    while await changed.wait():
        changed.clear()
        try:
            await gateway.reload(await asyncio.to_thread(read_site, folder))
        except (SiteFaults, GatewayError) as error:
            log.warning("site_not_reloaded", reason=str(error))
        except Exception as error:  # noqa: BLE001 - a defect met in one reading must not end that the site can be read again
            log.error("site_not_reloaded_by_defect", error=type(error).__name__)  # noqa: TRY400 - a traceback may quote a secret
        else:
            log.info("site_reloaded")


async def _end(task: asyncio.Task[None]) -> None:
    """End a task before what it works on is closed."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
