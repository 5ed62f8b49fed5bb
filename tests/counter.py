"""A counter: a system that sends and fetches by the REST door, for tests in which gateways meet."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import aiohttp
import msgspec

from gateway.settings.site import Timing

__all__ = ["QUICK", "Counter"]

#: The pace of a gateway in such a test.
QUICK = Timing(sweep_every_seconds=0.2, sweep_grace_seconds=1, call_seconds=10, lease_seconds=30, stop_seconds=5)
PATIENCE_SECONDS = 20


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """A client of the inbox system of one gateway."""

    client: aiohttp.ClientSession

    async def upload(self, content: bytes) -> str:
        """Upload a paper; answers its hash."""
        sha256 = hashlib.sha256(content).hexdigest()
        async with self.client.put(f"/v1/attachments/{sha256}", data=content) as answer:
            assert answer.status in {200, 201}, await answer.text()
        return sha256

    async def send(self, transfer: dict[str, Any]) -> None:
        """Send a transfer."""
        async with self.client.post("/v1/transfers", json=transfer) as answer:
            assert answer.status == 202, await answer.text()

    async def receive(self) -> dict[str, Any]:
        """Wait for the next delivery, acknowledge it, answer its transfer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                async with self.client.post("/v1/inbox/lease", json={"limit": 1}) as answer:
                    items = (await answer.json())["items"]
                if items:
                    break
                await asyncio.sleep(0.1)
        (item,) = items
        async with self.client.post(f"/v1/inbox/{item['delivery_id']}/acknowledge", json={"lease": item["lease"]}) as answer:
            assert answer.status < 300, await answer.text()
        found: dict[str, Any] = item["accepted"]["transfer"] if "accepted" in item else item["transfer"]
        return found

    async def download(self, sha256: str) -> bytes:
        """Fetch a paper."""
        async with self.client.get(f"/v1/attachments/{sha256}") as answer:
            assert answer.status == 200
            return await answer.read()
