"""Delivery health for Prometheus: the catalogue of metrics, and the telemetry that fills it."""

from __future__ import annotations

import sys
from collections import Counter as Tally
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.domain.delivery import State

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CATALOGUE", "Metric", "PrometheusTelemetry", "catalogue_table"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SHORT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of the contract: name, kind, unit, labels (each from a closed set), help, and the buckets of a histogram."""

    name: str
    kind: type[Counter | Gauge | Histogram]
    labels: tuple[str, ...] = ()
    unit: str = ""
    help: str
    buckets: tuple[float, ...] = ()


CATALOGUE = (
    Metric(name="lienthong_accepted_total", kind=Counter, labels=("sender", "event"), unit="transfers", help="Transfers accepted"),
    Metric(
        name="lienthong_repeated_total",
        kind=Counter,
        labels=("sender",),
        unit="transfers",
        help="Transfers that came again and were answered with the stored receipt",
    ),
    Metric(
        name="lienthong_refused_total",
        kind=Counter,
        labels=("sender", "code"),
        unit="transfers",
        help="Transfers not accepted, by the code of the error",
    ),
    Metric(
        name="lienthong_accept_seconds",
        kind=Histogram,
        unit="seconds",
        help="From the begin of the checks to the commit",
        buckets=SHORT_SECONDS,
    ),
    Metric(
        name="lienthong_attempts_total", kind=Counter, labels=("destination", "outcome"), unit="attempts", help="Attempts by how they ended"
    ),
    Metric(
        name="lienthong_attempt_seconds",
        kind=Histogram,
        labels=("destination",),
        unit="seconds",
        help="Duration of an attempt",
        buckets=SECONDS[:13],
    ),
    Metric(
        name="lienthong_delivered_total",
        kind=Counter,
        labels=("destination",),
        unit="deliveries",
        help="Deliveries that the destination took",
    ),
    Metric(
        name="lienthong_delivery_seconds",
        kind=Histogram,
        labels=("destination",),
        unit="seconds",
        help="From acceptance to delivery",
        buckets=SECONDS,
    ),
    Metric(
        name="lienthong_deliveries",
        kind=Gauge,
        labels=("destination", "state"),
        unit="deliveries",
        help="Deliveries that are not final, by state",
    ),
    Metric(
        name="lienthong_oldest_pending_seconds",
        kind=Gauge,
        labels=("destination",),
        unit="seconds",
        help="Age of the oldest delivery that is not final",
    ),
    Metric(name="lienthong_lanes_blocked", kind=Gauge, labels=("destination",), unit="lanes", help="Lanes held by a parked delivery"),
    Metric(
        name="lienthong_publish_failed_total",
        kind=Counter,
        unit="deliveries",
        help="Works that could not be handed to the queue; the sweeper does it",
    ),
    Metric(
        name="lienthong_swept_total", kind=Counter, labels=("destination",), unit="deliveries", help="Works the sweeper handed to the queue"
    ),
    Metric(
        name="lienthong_polls_total",
        kind=Counter,
        labels=("destination", "result"),
        unit="polls",
        help="Polls of agency systems: done or failed",
    ),
    Metric(
        name="lienthong_polled_transfers_total",
        kind=Counter,
        labels=("destination",),
        unit="transfers",
        help="New transfers that polls brought",
    ),
    Metric(name="lienthong_commit_rows", kind=Histogram, unit="commands", help="Commands in one commit of the ledger", buckets=ROWS),
    Metric(
        name="lienthong_commit_seconds", kind=Histogram, unit="seconds", help="Duration of one commit of the ledger", buckets=SHORT_SECONDS
    ),
    Metric(
        name="lienthong_publish_seconds",
        kind=Histogram,
        unit="seconds",
        help="Duration of handing one batch to the queue",
        buckets=SHORT_SECONDS,
    ),
    Metric(name="lienthong_queue_connected", kind=Gauge, help="1 while the queue's server is connected"),
)

#: Codes of errors that may be a label; any other is counted as `other`.
CODES = frozenset(
    {"attachment_missing", "conflict", "incomplete", "malformed", "no_route", "unknown_recipient", "unauthorized", "too_large"}
)


class PrometheusTelemetry:
    """Fills the catalogue; children of labels are kept, so that one observation costs a microsecond."""

    def __init__(self) -> None:
        """Register the catalogue in a registry of its own."""
        self._registry = CollectorRegistry()
        self._metrics: dict[str, Counter | Gauge | Histogram] = {}
        for metric in CATALOGUE:
            self._metrics[metric.name] = _register(metric, self._registry)
        self._children: dict[tuple[str, ...], Counter | Gauge | Histogram] = {}

    def exposition(self) -> tuple[bytes, str]:
        """Write all metrics in the text format of Prometheus, with its media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def accepted(self, *, sender: str, event: str, seconds: float) -> None:
        """Count an accepted transfer and observe its duration."""
        self._count("lienthong_accepted_total", sender, event)
        self._observe("lienthong_accept_seconds", value=seconds)

    def repeated(self, *, sender: str) -> None:
        """Count a repetition."""
        self._count("lienthong_repeated_total", sender)

    def refused(self, *, sender: str, code: str) -> None:
        """Count a refusal; a code outside the closed set counts as `other`."""
        self._count("lienthong_refused_total", sender, code if code in CODES else "other")

    def publish_failed(self, *, count: int) -> None:
        """Count works that the queue did not take."""
        self._count("lienthong_publish_failed_total", amount=count)

    def attempted(self, *, destination: str, outcome: str, cause: str, seconds: float) -> None:
        """Count and observe an attempt; the cause is for the ledger, not for a label."""
        del cause
        self._count("lienthong_attempts_total", destination, outcome)
        self._observe("lienthong_attempt_seconds", destination, value=seconds)

    def delivered(self, *, destination: str, seconds: float) -> None:
        """Count a delivery and observe its time since acceptance."""
        self._count("lienthong_delivered_total", destination)
        self._observe("lienthong_delivery_seconds", destination, value=seconds)

    def swept(self, *, destination: str, count: int) -> None:
        """Count works that were published again."""
        self._count("lienthong_swept_total", destination, amount=count)

    def polled(self, *, destination: str, transfers: int, failed: bool) -> None:
        """Count a poll and what it brought."""
        self._count("lienthong_polls_total", destination, "failed" if failed else "done")
        self._count("lienthong_polled_transfers_total", destination, amount=transfers)

    def committed(self, rows: int, seconds: float) -> None:
        """Observe one commit of the ledger."""
        self._observe("lienthong_commit_rows", value=rows)
        self._observe("lienthong_commit_seconds", value=seconds)

    def published(self, seconds: float) -> None:
        """Observe one batch handed to the queue."""
        self._observe("lienthong_publish_seconds", value=seconds)

    def queue_connected(self, *, connected: bool) -> None:
        """Tell whether the queue's server is connected."""
        self._set("lienthong_queue_connected", value=float(connected))

    def pending(self, counts: Iterable[tuple[str, State, int, float]], destinations: Iterable[str]) -> None:
        """Set the gauges of what is not final: (destination, state, how many, age of the oldest in seconds)."""
        oldest: dict[str, float] = dict.fromkeys(destinations, 0.0)
        by_state: Tally[tuple[str, State]] = Tally()
        for destination, state, count, age in counts:
            by_state[destination, state] = count
            oldest[destination] = max(oldest.get(destination, 0.0), age)
        for destination, age in oldest.items():
            self._set("lienthong_oldest_pending_seconds", destination, value=age)
            self._set("lienthong_lanes_blocked", destination, value=by_state[destination, State.PARKED])
            for state in (State.WAITING, State.QUEUED, State.SENDING, State.DEFERRED, State.UNKNOWN, State.PARKED):
                self._set("lienthong_deliveries", destination, state, value=by_state[destination, state])

    def _child(self, name: str, labels: tuple[str, ...]) -> Counter | Gauge | Histogram:
        """Find a metric with these labels."""
        key = (name, *labels)
        if key not in self._children:
            metric = self._metrics[name]
            self._children[key] = metric.labels(*labels) if labels else metric
        return self._children[key]

    def _count(self, name: str, *labels: str, amount: float = 1) -> None:
        """Add to a counter."""
        child = self._child(name, labels)
        if isinstance(child, Counter):
            child.inc(amount)

    def _observe(self, name: str, *labels: str, value: float) -> None:
        """Observe into a histogram."""
        child = self._child(name, labels)
        if isinstance(child, Histogram):
            child.observe(value)

    def _set(self, name: str, *labels: str, value: float) -> None:
        """Set a gauge."""
        child = self._child(name, labels)
        if isinstance(child, Gauge):
            child.set(value)


def _register(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    """Make one metric of the catalogue."""
    if metric.kind is Histogram:
        return Histogram(metric.name, metric.help, metric.labels, registry=registry, buckets=metric.buckets)
    return (Counter if metric.kind is Counter else Gauge)(metric.name, metric.help, metric.labels, registry=registry)


def catalogue_table() -> str:
    """Write the catalogue as the Markdown table of deploy/README.md."""
    rows = [
        f"| `{metric.name}` | {metric.kind.__name__.lower()} | {', '.join(metric.labels) or '—'} | {metric.unit or '—'} | {metric.help} |"
        for metric in CATALOGUE
    ]
    return "\n".join(["| metric | kind | labels | unit | meaning |", "| --- | --- | --- | --- | --- |", *rows]) + "\n"


if __name__ == "__main__":  # writes the table into the runbook that is named
    runbook = Path(sys.argv[1])
    runbook.write_text(runbook.read_text(encoding="utf-8").partition("| metric | kind |")[0] + catalogue_table(), encoding="utf-8")
