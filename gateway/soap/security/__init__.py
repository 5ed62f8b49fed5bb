"""WS-Security as values: what a message says of its sender, whether that is proved, and what proves us. Touches no clock and keeps nothing.

`signature` and `signing` stand apart: they need the extra `wsse`.
"""

from __future__ import annotations

from gateway.soap.security.credentials import SoapCredentials, security_block
from gateway.soap.security.header import SECURITY, SecurityHeader, read_security
from gateway.soap.security.username_token import UsernameToken, proves

__all__ = [
    "SECURITY",
    "SecurityHeader",
    "SoapCredentials",
    "UsernameToken",
    "proves",
    "read_security",
    "security_block",
]
