"""Measure how long SOAP messages take to write and to read, compiled and by zeep: `python -m tests.benchmarks.soap [--rounds N]`.

The messages are transfers of the samples as the gateway's own door takes them. Rounds are interleaved and medians are told, in microseconds a
message; parsing the bytes is part of both ways of reading.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any

from lxml import etree

from gateway.adapters.soap.reader import Reader
from gateway.adapters.soap.shape import shape_of
from gateway.adapters.soap.typed import read_typed, write_typed
from gateway.adapters.soap.wsdl import load_wsdl
from gateway.soap import SOAP_11, envelope_around, read_envelope
from schemas import schema_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.adapters.soap.operation import Operation

__all__ = ["SAMPLES", "message"]

SOAP, DOSSIER = "{urn:vn:lienthong:soap:1}", "{urn:vn:lienthong:dossier:1}"
SAMPLES = ("status-processing", "birth-submission", "completed-with-results")


def message(sample: str) -> etree._Element:
    """A sample as the element of a body, without the spaces that lay it out."""
    parser = etree.XMLParser(remove_blank_text=True)
    transfer = etree.parse(str(schema_path(f"dossier/1/samples/{sample}.xml")), parser).getroot()
    root = etree.Element(f"{SOAP}SendDossier")
    etree.SubElement(root, f"{SOAP}transfer").extend([child for child in transfer if child.tag != f"{DOSSIER}schema"])
    return root


def timed(work: Callable[[], Any], seconds: float = 0.1) -> float:
    """Microseconds that a work takes, repeated for so long."""
    begun, count = time.perf_counter(), 0
    while (past := time.perf_counter() - begun) < seconds:
        work()
        count += 1
    return past / count * 1e6


def works(operation: Operation, sample: str) -> tuple[int, dict[str, Callable[[], Any]]]:
    """The bytes of a message, and every way to write and read it."""
    element, schema = operation._input.body, operation._schema
    values = read_typed(element, message(sample), schema)
    sent = envelope_around(SOAP_11, operation.write(values).body)
    reader = Reader(shape_of(element))

    def body() -> etree._Element:
        found = read_envelope(sent).body
        assert found is not None
        return found

    return len(sent), {
        "write": lambda: envelope_around(SOAP_11, operation.write(values).body),
        "write, zeep": lambda: envelope_around(SOAP_11, write_typed(element, values)),
        "write, zeep alone": lambda: etree.tostring(operation._input.serialize(**values).content),
        "parse": body,
        "read": lambda: reader.read(body()),
        "read, zeep": lambda: read_typed(element, body(), schema),
    }


def main() -> None:
    """Measure every sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    operation = load_wsdl("soap/1/lienthong.wsdl", schema_path("")).operation("SendDossier", "")
    for sample in SAMPLES:
        size, ways = works(operation, sample)
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, work in ways.items():
                found[name].append(timed(work))
        print(f"{sample}, {size} bytes: " + ", ".join(f"{name} {statistics.median(times):.0f}" for name, times in found.items()))


if __name__ == "__main__":
    main()
