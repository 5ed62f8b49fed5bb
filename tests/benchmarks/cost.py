"""What processes cost: CPU seconds and the most memory they ever held, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

__all__ = ["Cost", "cost_of", "family"]

TICK = os.sysconf("SC_CLK_TCK")


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """CPU seconds since the start of the processes, and peak resident memory of the largest, in MB."""

    cpu: float
    peak: float


def family(pid: int) -> list[int]:
    """Name a process and all that it started."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (cells := _stat(int(folder.name))):
            parents.setdefault(int(cells[1]), []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def cost_of(pids: list[int]) -> Cost:
    """Read what these processes cost until now; one that ended costs nothing more."""
    cells = [found for pid in pids if (found := _stat(pid))]
    cpu = sum(int(found[11]) + int(found[12]) for found in cells) / TICK
    return Cost(cpu=cpu, peak=max((_peak(pid) for pid in pids), default=0.0))


def _stat(pid: int) -> list[str]:
    """Read the state, the parent and so on of a process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _peak(pid: int) -> float:
    """Read the most memory that a process ever held, in MB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
