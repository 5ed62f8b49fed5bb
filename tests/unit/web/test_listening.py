"""Where nothing can listen, the sentence says where, why and what to change."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gateway.app import open_gateway
from gateway.domain.errors import NeedsPerson
from gateway.settings.load import load_site
from gateway.settings.starter import write_starter
from gateway.web.serve import open_doors


async def test_a_port_that_is_taken_is_told_with_what_to_change(tmp_path: Path) -> None:
    write_starter(tmp_path / "site")
    site = load_site(tmp_path / "site", {})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with open_gateway(site) as gateway:
            with pytest.raises(NeedsPerson, match=rf"nothing can listen at 127\.0\.0\.1, port {port}: .*--port"):
                async with open_doors(gateway, "127.0.0.1", port):
                    pass
