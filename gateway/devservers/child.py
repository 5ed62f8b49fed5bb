"""A server process of ours: started in the foreground, ended by its id, its output kept in a file."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Child", "ServerFailed", "ServerMissing", "find_program", "wait_until"]


class ServerMissing(Exception):
    """A server program is not installed; the message says which package brings it."""


class ServerFailed(Exception):
    """A server did not do what it was asked to in time; the message ends with the last lines it wrote."""


class Child:
    """One foreground process and the processes it started.

    Not bound to an event loop: a server that outlives one test is stopped by another. It dies with the thread that
    started it where the system offers that, so start it from the main thread.
    """

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path, user: str | None = None) -> None:
        self._command = [*dying_with_us(), *as_user(user), "env", *(f"{name}={value}" for name, value in environment.items()), *command]
        self._folder = folder
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process in a session of its own; what it writes is appended to the log."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def stop(self, how: signal.Signals, *, within_seconds: float = 30) -> None:
        """Ask the process to end, and kill it when it takes too long; nothing of it runs afterwards."""
        if self._process is None or not self.is_running:
            return
        self._process.send_signal(how)
        try:
            await wait_until(lambda: not self.is_running, "stopped", within_seconds=within_seconds)
        except ServerFailed:
            await self.kill()

    async def kill(self) -> None:
        """End the process and every process below it at once, with no chance to tidy up."""
        if self._process is None:
            return
        family = [self._process.pid, *descendants(self._process.pid)] if self.is_running else []
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        await wait_until(lambda: not self.is_running and not any(is_alive(pid) for pid in family), "gone", within_seconds=30)

    async def wait_ready(self, is_ready: Callable[[], bool], *, within_seconds: float = 60) -> None:
        """Return once `is_ready` says so; raises ServerFailed when the process ends first or takes too long."""
        try:
            await wait_until(lambda: not self.is_running or is_ready(), "ready", within_seconds=within_seconds)
        except ServerFailed as error:
            raise ServerFailed(f"{error}\n{self.last_words()}") from error
        if not self.is_running:
            raise ServerFailed(f"the server ended while it started\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of what the server wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:] if self._log.exists() else ""


async def wait_until(condition: Callable[[], bool], what: str, *, within_seconds: float) -> None:
    """Look every few milliseconds until the condition holds; raises ServerFailed after the time allowed."""
    end = time.monotonic() + within_seconds
    while not await asyncio.to_thread(condition):
        if time.monotonic() > end:
            raise ServerFailed(f"not {what} after {within_seconds:g} seconds")
        await asyncio.sleep(0.03)


def find_program(name: str, *, also_in: Sequence[str], package: str) -> str:
    """The path of a program, on PATH or in one of the folders (globs, newest last); raises ServerMissing."""
    for pattern in also_in:
        folders = sorted(Path("/").glob(pattern.lstrip("/")), key=lambda folder: [int(part) for part in folder.parts if part.isdigit()])
        if found := [path for folder in reversed(folders) if os.access(path := folder / name, os.X_OK)]:
            return str(found[0])
    if on_path := shutil.which(name):
        return on_path
    raise ServerMissing(f"{name} is not installed: install the distribution's package {package}, or run scripts/servers")


def dying_with_us() -> list[str]:
    """The start of a command that ends when its parent does, where the system has one."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def as_user(user: str | None) -> list[str]:
    """The start of a command that runs as another user; nothing for ourselves."""
    return ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--pdeathsig", "KILL"] if user else []


def descendants(pid: int) -> list[int]:
    """The ids of all processes below one, as /proc tells."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []
    return [below for child in children for below in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    """Whether a process with this id runs; one that has ended but was not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
