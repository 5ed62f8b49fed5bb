"""Delivery health for Prometheus: the catalogue of metrics, and the telemetry that fills it."""

from __future__ import annotations

import sys
from collections import Counter as Tally
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

from gateway.domain.delivery import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["CATALOGUE", "Metric", "PrometheusTelemetry", "catalogue_table"]

M = TypeVar("M", bound=MetricWrapperBase)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
SHORT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metric(msgspec.Struct, frozen=True):
    """One metric of the contract: kind, name, labels (each from a closed set), unit, meaning, and the buckets of a histogram."""

    kind: type[Counter | Gauge | Histogram]
    name: str
    labels: tuple[str, ...]
    unit: str
    help: str
    buckets: tuple[float, ...] = ()


CATALOGUE = (
    Metric(Counter, "lienthong_accepted_total", ("sender", "event"), "transfers", "Transfers accepted"),
    Metric(
        Counter, "lienthong_repeated_total", ("sender",), "transfers", "Transfers that came again and were answered with the stored receipt"
    ),
    Metric(Counter, "lienthong_refused_total", ("sender", "code"), "transfers", "Transfers not accepted, by the code of the error"),
    Metric(Histogram, "lienthong_accept_seconds", (), "seconds", "From the begin of the checks to the commit", SHORT_SECONDS),
    Metric(Counter, "lienthong_attempts_total", ("destination", "outcome"), "attempts", "Attempts by how they ended"),
    Metric(Histogram, "lienthong_attempt_seconds", ("destination",), "seconds", "Duration of an attempt", SECONDS[:13]),
    Metric(Counter, "lienthong_delivered_total", ("destination",), "deliveries", "Deliveries that the destination took"),
    Metric(Histogram, "lienthong_delivery_seconds", ("destination",), "seconds", "From acceptance to delivery", SECONDS),
    Metric(Gauge, "lienthong_deliveries", ("destination", "state"), "deliveries", "Deliveries that are not final, by state"),
    Metric(Gauge, "lienthong_oldest_pending_seconds", ("destination",), "seconds", "Age of the oldest delivery that is not final"),
    Metric(Gauge, "lienthong_lanes_blocked", ("destination",), "lanes", "Lanes held by a parked delivery"),
    Metric(Counter, "lienthong_publish_failed_total", (), "deliveries", "Works that could not be handed to the queue; the sweeper does it"),
    Metric(Counter, "lienthong_swept_total", ("destination",), "deliveries", "Works the sweeper handed to the queue"),
    Metric(Counter, "lienthong_polls_total", ("destination", "result"), "polls", "Polls of agency systems: done or failed"),
    Metric(Counter, "lienthong_polled_transfers_total", ("destination",), "transfers", "New transfers that polls brought"),
    Metric(Histogram, "lienthong_commit_rows", (), "commands", "Commands in one commit of the ledger", ROWS),
    Metric(Histogram, "lienthong_commit_seconds", (), "seconds", "Duration of one commit of the ledger", SHORT_SECONDS),
    Metric(Histogram, "lienthong_publish_seconds", (), "seconds", "Duration of handing one batch to the queue", SHORT_SECONDS),
    Metric(Gauge, "lienthong_queue_connected", (), "", "1 while work can be handed to the queue, as far as is known"),
)

#: Codes of errors that may be a label; any other is counted as `other`.
CODES = frozenset(
    {"attachment_missing", "conflict", "incomplete", "malformed", "no_route", "unknown_recipient", "unauthorized", "too_large"}
)


class PrometheusTelemetry:
    """Fills the catalogue, from any thread; an observation costs a microsecond."""

    def __init__(self) -> None:
        """Register the catalogue in a registry of its own."""
        self._registry = registry = CollectorRegistry()
        self._counter = Children({each.name: Counter(each.name, each.help, each.labels, registry=registry) for each in _all(Counter)})
        self._gauge = Children({each.name: Gauge(each.name, each.help, each.labels, registry=registry) for each in _all(Gauge)})
        self._histogram = Children(
            {each.name: Histogram(each.name, each.help, each.labels, registry=registry, buckets=each.buckets) for each in _all(Histogram)}
        )

    def exposition(self) -> tuple[bytes, str]:
        """Write all metrics in the text format of Prometheus, with its media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def accepted(self, *, sender: str, event: str, seconds: float) -> None:
        """Count an accepted transfer and observe its duration."""
        self._counter("lienthong_accepted_total", sender, event).inc()
        self._histogram("lienthong_accept_seconds").observe(seconds)

    def repeated(self, *, sender: str) -> None:
        """Count a repetition."""
        self._counter("lienthong_repeated_total", sender).inc()

    def refused(self, *, sender: str, code: str) -> None:
        """Count a refusal; a code outside the closed set counts as `other`."""
        self._counter("lienthong_refused_total", sender, code if code in CODES else "other").inc()

    def committed(self, *, commands: int, seconds: float) -> None:
        """Observe one commit of the ledger."""
        self._histogram("lienthong_commit_rows").observe(commands)
        self._histogram("lienthong_commit_seconds").observe(seconds)

    def published(self, *, seconds: float) -> None:
        """Observe one batch handed to the queue."""
        self._histogram("lienthong_publish_seconds").observe(seconds)

    def publish_failed(self, *, count: int) -> None:
        """Count works that the queue did not take."""
        self._counter("lienthong_publish_failed_total").inc(count)

    def attempted(self, *, destination: str, outcome: str, cause: str, seconds: float) -> None:
        """Count and observe an attempt; the cause is for the ledger, not for a label."""
        del cause
        self._counter("lienthong_attempts_total", destination, outcome).inc()
        self._histogram("lienthong_attempt_seconds", destination).observe(seconds)

    def delivered(self, *, destination: str, seconds: float) -> None:
        """Count a delivery and observe its time since acceptance."""
        self._counter("lienthong_delivered_total", destination).inc()
        self._histogram("lienthong_delivery_seconds", destination).observe(seconds)

    def swept(self, *, destination: str, count: int) -> None:
        """Count works that were published again."""
        self._counter("lienthong_swept_total", destination).inc(count)

    def polled(self, *, destination: str, transfers: int, failed: bool) -> None:
        """Count a poll and what it brought."""
        self._counter("lienthong_polls_total", destination, "failed" if failed else "done").inc()
        self._counter("lienthong_polled_transfers_total", destination).inc(transfers)

    def queue_connected(self, *, connected: bool) -> None:
        """Tell whether work can be handed to the queue."""
        self._gauge("lienthong_queue_connected").set(float(connected))

    def pending(self, counts: Iterable[tuple[str, State, int, float]], destinations: Iterable[str]) -> None:
        """Set the gauges of what is not final: (destination, state, how many, age of the oldest in seconds)."""
        oldest: dict[str, float] = dict.fromkeys(destinations, 0.0)
        by_state: Tally[tuple[str, State]] = Tally()
        for destination, state, count, age in counts:
            by_state[destination, state] = count
            oldest[destination] = max(oldest.get(destination, 0.0), age)
        for destination, age in oldest.items():
            self._gauge("lienthong_oldest_pending_seconds", destination).set(age)
            self._gauge("lienthong_lanes_blocked", destination).set(by_state[destination, State.PARKED])
            for state in (State.WAITING, State.QUEUED, State.SENDING, State.DEFERRED, State.UNKNOWN, State.PARKED):
                self._gauge("lienthong_deliveries", destination, state).set(by_state[destination, state])


class Children(Generic[M]):
    """The metrics of one kind by name and labels; what was found once is kept, for looking it up is the larger cost."""

    def __init__(self, metrics: Mapping[str, M]) -> None:
        """Keep the metrics by name."""
        self._metrics = metrics
        self._found: dict[tuple[str, ...], M] = {}

    def __call__(self, name: str, *labels: str) -> M:
        """Find a metric with these labels."""
        key = (name, *labels)
        found = self._found.get(key)
        if found is None:
            found = self._metrics[name]
            if labels:
                found = found.labels(*labels)
            self._found[key] = found
        return found


def _all(kind: type[Counter | Gauge | Histogram]) -> Iterator[Metric]:
    """Pick the metrics of one kind."""
    return (metric for metric in CATALOGUE if metric.kind is kind)


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
