"""Metrics for Prometheus: an observer of requests, counters for the rest, gauges that are read when asked for."""

import math
import threading
from collections.abc import Callable
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from appc.lcm.actions import ACTIONS
from appc.lcm.events import Accepted, Answered, Finished, LcmEvent, Redelivered, Started
from appc.lcm.ports.failures import Unavailable
from appc.lcm.request import RequestKey
from appc.lcm.status import STATUSES
from appc.telemetry.metric_names import METRICS, CounterName, GaugeName, Kind, MetricName, RequestMetricName

#: Label values; anything else becomes "other", so that no client can make the number of series grow.
_KNOWN = {"action": frozenset(ACTIONS), "code": frozenset(str(code) for code in STATUSES)}
#: Seconds: from next to nothing to the longest time limit of an action, an hour.
_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
#: A begun request of which nothing is heard for longer was given up with its lease: no action takes this long.
_GIVEN_UP = timedelta(hours=24)


class MetricsObserver:
    """Port Observer on a registry of its own. Called by many threads at once."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counters: dict[MetricName, Counter] = {
            name: Counter(name, row.meaning, row.labels, registry=self._registry)
            for name, row in METRICS.items()
            if row.kind is Kind.COUNTER
        }
        self._waiting = self._histogram("appc_request_waiting_seconds")
        self._execution = self._histogram("appc_request_execution_seconds")
        self._in_progress = self._gauge("appc_requests_in_progress")
        self._begun: dict[RequestKey, Started] = {}
        self._lock = threading.Lock()

    @property
    def registry(self) -> CollectorRegistry:
        """What `/metrics` shows. Gauges read what they show when it is collected: that may block."""
        return self._registry

    def count(self, name: CounterName, amount: int = 1, **labels: str) -> None:
        """Add to a counter; a label that is not given is empty."""
        counter, names = self._counters[name], METRICS[name].labels
        if names:
            counter = counter.labels(*(_bounded(label, labels.get(label, "")) for label in names))
        counter.inc(amount)

    def watch(self, name: GaugeName, read: Callable[[], float]) -> None:
        """Show what `read` returns whenever metrics are asked for; NaN while it raises Unavailable."""

        def value() -> float:
            try:
                return read()
            except Unavailable:
                return math.nan

        self._gauge(name).set_function(value)

    def notify(self, event: LcmEvent) -> None:
        """Count what happened to a request."""
        action = _bounded("action", event.request.action)
        match event:
            case Answered(outcome=outcome):
                self.count("appc_requests_total", action=action, code=str(outcome.code))
            case Accepted():
                self.count("appc_requests_accepted_total", action=action)
            case Redelivered():
                self.count("appc_redelivered_messages_total")
            case Started():
                self._waiting.labels(action).observe(event.waited_s)
                self._remember(event)
            case Finished(outcome=outcome):
                self.count("appc_requests_total", action=action, code=str(outcome.code))
                # what another controller began, or what expired in the queue, was not executed here
                if begun := self._forget(event.request.key):
                    self._execution.labels(action).observe(max(event.took_s - begun.waited_s, 0))

    def _remember(self, event: Started) -> None:
        self._forget(event.request.key)
        with self._lock:
            self._begun[event.request.key] = event
            given_up = [key for key, begun in self._begun.items() if event.at - begun.at > _GIVEN_UP]
        self._in_progress.labels(_bounded("action", event.request.action)).inc()
        for key in given_up:
            self._forget(key)

    def _forget(self, key: RequestKey) -> Started | None:
        with self._lock:
            begun = self._begun.pop(key, None)
        if begun:
            self._in_progress.labels(_bounded("action", begun.request.action)).dec()
        return begun

    def _histogram(self, name: RequestMetricName) -> Histogram:
        row = METRICS[name]
        return Histogram(name, row.meaning, row.labels, registry=self._registry, buckets=_BUCKETS)

    def _gauge(self, name: MetricName) -> Gauge:
        row = METRICS[name]
        return Gauge(name, row.meaning, row.labels, registry=self._registry)


def _bounded(label: str, value: str) -> str:
    return value if value == "" or value in _KNOWN[label] else "other"
