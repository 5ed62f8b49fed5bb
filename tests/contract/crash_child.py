"""Accepts, leases and settles as fast as it can, says on standard output what was acknowledged, until it is killed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from gateway.adapters.sqlite.ledger import open_sqlite_ledger
from gateway.testing.ledger_sample import accept, acceptance, deliver


async def main() -> None:
    """Run until killed."""
    async with open_sqlite_ledger(Path(sys.argv[1])) as ledger:

        async def sender(name: int) -> None:
            for index in range(100_000):
                given = acceptance(f"m{name}-{index}-{os.getpid()}", dossier=f"D{name}-{index // 3}")
                answer = await accept(ledger, given)
                os.write(1, f"accepted {given.transfer_id}\n".encode())
                if answer.works and index % 2:
                    await deliver(ledger, answer.works[0].delivery_id)
                    os.write(1, f"delivered {answer.works[0].delivery_id}\n".encode())

        await asyncio.gather(*[sender(name) for name in range(20)])


if __name__ == "__main__":
    asyncio.run(main())
