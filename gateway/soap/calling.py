"""The way to SOAP services of agencies: what a connector asks, what it says of a service, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

import msgspec
from lxml import etree

from gateway.ports import BlobInfo, BlobStore
from gateway.soap.envelope import HeaderBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.multipart import RelatedPart
    from gateway.soap.fault import SoapFault
    from gateway.soap.security.credentials import SoapCredentials

__all__ = ["NIL", "Enclose", "FaultMeaning", "FaultRules", "Nil", "Soap", "SoapAnswer", "SoapService"]

#: What to do about a fault, in the words of `gateway.domain.errors`.
FaultMeaning: TypeAlias = Literal["later", "malformed", "needs_person", "refused", "unknown"]


#: How a content goes with a message: as base64 in its place, or as a part beside the message that its place refers to.
Enclose: TypeAlias = Literal["inline", "mtom"]


class Nil(Enum):
    """The type of `NIL`."""

    NIL = "nil"


#: In the place of a value: the element is there and is known to be empty (`xsi:nil`).
NIL: Final = Nil.NIL


class FaultRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the faults of a service mean; may stand as it is in the configuration of a connector.

    `codes` are looked at first: a code as SOAP 1.1 writes it, without a prefix (`Server.ClientProxy.NetworkError`), or its beginning up
    to a dot; the longest that fits counts. `sender` and `receiver` say what all others mean, by whose fault it is; but a fault of the way
    to speak (`VersionMismatch`) needs a person, and who is not believed (WS-Security) tries later. `later` speaks of the whole
    destination, and only fits where a fault says that nothing was taken.
    """

    sender: FaultMeaning = "refused"
    receiver: FaultMeaning = "unknown"
    codes: Mapping[str, FaultMeaning] = {}


class SoapAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a call: the element of its body, the same as plain values by the names of the schema, and the contents that came.

    `values` has a name for everything that the schema allows here: None, or an empty list, where nothing came. `contents` are the parts beside the message by
    their ids, and what came inline under ids of their own; in `values` each stands where it belongs.
    """

    element: etree._Element | None = None
    headers: tuple[HeaderBlock, ...] = ()
    values: Mapping[str, Any] = {}
    contents: Mapping[str, BlobInfo | bytes] = {}


class SoapService(Protocol):
    """A SOAP service of an agency, called as its WSDL says."""

    async def call(
        self,
        operation: str,
        values: Mapping[str, Any] | bytes,
        *,
        headers: Sequence[etree._Element] = (),
        http_headers: Mapping[str, str] | None = None,
        attachments: Sequence[RelatedPart] = (),
        into: BlobStore | None = None,
        safe: bool = False,
        seconds: float | None = None,
    ) -> SoapAnswer:
        """Call an operation, and read what is answered.

        `values` are the contents of the one element of the body by their names in the schema, without a wrapper: texts, numbers, flags,
        days, instants and bytes, mappings within mappings, lists for what may come several times, `NIL` for an empty element that says
        so; or the element itself, written already. In the place of bytes a `RelatedPart` is streamed, inline or by MTOM as the service is
        called; `attachments` go beside the message (SwA). `headers` are blocks of the envelope. `safe` and `seconds` as for `Http.request`.

        Contents that come with the answer are read whole, up to 64 MB of each; with `into` they are stored as they come, by MTOM, beside the message or inline where
        the WSDL has base64, however large, and `BlobInfo` stands for each.

        Raises `Malformed` for values that the WSDL does not allow, before anything is sent; what `Http.request` raises; what a fault means by the rules of the
        service; `NeedsPerson` when the service speaks otherwise than its WSDL says, or the WSDL cannot be used; `OutcomeUnknown`, or
        `RetryLater` if `safe`, for an answer that is none. No text of an error holds a value that was sent.
        """


class Soap(Protocol):
    """The way to agencies' SOAP services."""

    def service(
        self,
        wsdl: str,
        url: str,
        *,
        port: str = "",
        enclose: Enclose = "inline",
        credentials: SoapCredentials | None = None,
        rules: FaultRules | None = None,
        business_fault: Callable[[etree._Element], SoapFault | None] | None = None,
    ) -> SoapService:
        """Name a service: its WSDL, a file below `schemas` such as `dat-dai/dat-dai.wsdl`, and the address that the site gives. Nothing is
        loaded yet.

        `port` is the port of the WSDL that says the version of SOAP; for none the first. `enclose` is how contents go with a message.
        `credentials` prove us by WS-Security. `rules` say what its faults mean. `business_fault` finds the
        fault in the element of a normal answer, for agencies that say no there; it may be all another element than the WSDL describes.
        """
