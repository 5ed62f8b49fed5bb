"""A commented first site for `lienthong init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_starter"]

STARTER = {
    "site.yaml": """\
# One gateway. Wherever a text stands, {env: NAME} or {file: path} takes it from the environment or a file.
name: My province
data: data                  # folder of ledger and attachments, beside this file
listen: {host: 127.0.0.1, port: 8080}
# Beyond one machine, instead of SQLite in the data folder:
# backing:
#   postgres: {env: LIENTHONG_POSTGRES}     # postgresql://user:password@host/database?sslmode=verify-full&sslrootcert=/path/ca.pem
#   rabbitmq: {env: LIENTHONG_RABBITMQ}     # amqps://user:password@host/vhost?cafile=/path/ca.pem
# limits: {body_bytes: 2097152, attachment_bytes: 2147483648, read_seconds: 10}
# timing: {lease_seconds: 90, call_seconds: 30, start_seconds: 30}
""",
    "agencies.yaml": """\
# Agencies by code (QCVN 102, QĐ 20/2020); parent is the code of the agency above.
- {code: H21, name: UBND tỉnh, level: province}
- {code: H21.129, name: UBND xã, level: commune, parent: H21}
""",
    "systems.yaml": """\
# Systems: each speaks for one agency through one connector; `inbox` fetches its deliveries itself.
# `lienthong key` draws a key; only its SHA-256 stands here, two at a time while a key is replaced.
- name: province-portal
  agency: H21
  connector: inbox
  keys: []
- name: commune-desk
  agency: H21.129
  connector: inbox
  keys: []
  # wsse: {username: commune-desk, password: {file: secret.txt}, certificates: []}   # WS-Security, for SOAP
  # retry: {first_pause: PT1S, longest_pause: PT10M, outage_for: P3D, dossier_attempts: 8}
""",
    "routes.yaml": """\
# Where transfers without recipients go. Every given condition must hold; `origin` is who sent the dossier first.
- events: [submitted, supplemented, withdrawn]
  senders: [province-portal]
  to: [commune-desk]
- senders: [commune-desk]
  to: [origin]
""",
}


def write_starter(folder: Path) -> list[Path]:
    """Write the files of a first site; raises `Refused` when one of them is there already, and writes none."""
    there = [name for name in STARTER if (folder / name).exists()]
    if there:
        raise Refused(f"{folder} holds {', '.join(there)} already; nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in STARTER.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
