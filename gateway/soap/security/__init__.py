"""WS-Security as values: what a message says of its sender, and whether that is proved. Touches no clock and keeps nothing.

`signature` stands apart: it needs the extra `wsse`.
"""

from __future__ import annotations

from gateway.soap.security.header import SECURITY, SecurityHeader, read_security
from gateway.soap.security.username_token import UsernameToken, proves

__all__ = [
    "SECURITY",
    "SecurityHeader",
    "UsernameToken",
    "proves",
    "read_security",
]
