"""Every metric: its name as a type, so that a misspelt one is no valid program, with kind, unit and meaning.

All are of this controller alone; those of the store (queue, unpublished answers) are of the whole group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

#: What only goes up; `Metrics.count` takes these.
CounterName = Literal[
    "appc_requests_total",
    "appc_requests_accepted_total",
    "appc_dead_letters_total",
    "appc_redelivered_messages_total",
]
#: What is read when somebody asks; `Metrics.watch` takes these.
GaugeName = Literal[
    "appc_queue_length",
    "appc_workers",
    "appc_workers_busy",
]
#: What only the observer of requests sets.
RequestMetricName = Literal[
    "appc_requests_in_progress",
    "appc_request_waiting_seconds",
    "appc_request_execution_seconds",
]
MetricName = CounterName | GaugeName | RequestMetricName


class Kind(Enum):
    """Prometheus' kinds, those that are used."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Metric:
    """One row. The unit is the name's last word (seconds); every other metric counts what it is named after.

    Labels: `action` is one of the 33 or "other"; `code` a status code of the contract, "other", or empty
    where there is none.
    """

    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()


METRICS: Mapping[MetricName, Metric] = {
    "appc_requests_total": Metric(
        Kind.COUNTER, "Requests that got their only or their final answer.", ("action", "code")
    ),
    "appc_requests_accepted_total": Metric(Kind.COUNTER, "Requests answered 100.", ("action",)),
    "appc_dead_letters_total": Metric(Kind.COUNTER, "Messages put on the dead-letter topic.", ("code",)),
    "appc_redelivered_messages_total": Metric(
        Kind.COUNTER, "Requests that the bus delivered again, answered from the store."
    ),
    "appc_queue_length": Metric(Kind.GAUGE, "Requests accepted and not begun, in the store."),
    "appc_workers": Metric(Kind.GAUGE, "Requests that can be executed at once."),
    "appc_workers_busy": Metric(Kind.GAUGE, "Requests that are being executed."),
    "appc_requests_in_progress": Metric(Kind.GAUGE, "Requests begun and not finished.", ("action",)),
    "appc_request_waiting_seconds": Metric(Kind.HISTOGRAM, "From 100 to the begin of the execution.", ("action",)),
    "appc_request_execution_seconds": Metric(Kind.HISTOGRAM, "From the begin to the final answer.", ("action",)),
}
