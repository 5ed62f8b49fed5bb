"""A gateway with open doors in a process of its own, until its standard input closes; prints its address.

Run by `test_soap_large.py`, with a folder as argument.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from gateway.settings.site import Limits
from tests.doors import open_visit


async def main(folder: Path) -> None:
    """Serve until nobody wants it any more."""
    async with open_visit(folder, limits=Limits()) as visit:
        print(visit.address, flush=True)  # noqa: T201 - what it is run for
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
