"""Write the topology as a definitions file that a broker imports at its first start."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from gateway.adapters.rabbitmq.topology import Topology, whole

__all__ = ["PATH", "render"]

#: Where the generated file lies, from the root of the project.
PATH = Path("deploy/rabbitmq/definitions.json")


def render(topology: Topology, *, virtual_host: str = "/") -> bytes:
    """Render definitions for one virtual host, without users: whoever runs the broker makes those."""
    durable = {"vhost": virtual_host, "durable": True, "auto_delete": False}
    document = {
        "vhosts": [{"name": virtual_host}],
        "exchanges": [
            {"name": exchange.name, "type": exchange.kind, "internal": False} | durable | {"arguments": exchange.arguments}
            for exchange in topology.exchanges
        ],
        "queues": [{"name": queue.name} | durable | {"arguments": queue.arguments} for queue in topology.queues],
        "bindings": [
            {
                "source": binding.exchange,
                "vhost": virtual_host,
                "destination": binding.queue,
                "destination_type": "queue",
                "routing_key": binding.key,
                "arguments": {},
            }
            for binding in topology.bindings
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def write(root: Path) -> None:
    """Write the file below the root of the project; queues of destinations are declared by the gateway when it starts."""
    path = root / PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(render(whole(())))


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
