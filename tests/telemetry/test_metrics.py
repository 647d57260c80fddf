"""Metrics: what is counted, under which labels, and that nothing a client sends makes their number grow."""

import math
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from appc.lcm.events import Accepted, Answered, Finished, Progressed, Started
from appc.lcm.outcome import Outcome
from appc.lcm.ports.failures import Unavailable
from appc.telemetry.metric_names import METRICS, CounterName, GaugeName, Kind, RequestMetricName
from appc.telemetry.metrics import MetricsObserver
from tests.fakes.requests import a_request

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)


def shown(metrics: MetricsObserver) -> dict[str, float]:
    """All samples but the library's own, written `name{label=value}`."""
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return {
        sample.name + "".join(f"{{{name}={value}}}" for name, value in sample.labels.items()): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("appc_") and not sample.name.endswith(("_bucket", "_created"))
    }


def test_a_request_is_followed_from_100_to_its_final_answer() -> None:
    """Accepted, waiting, in progress, executed, answered."""
    metrics, request = MetricsObserver(), a_request()
    metrics.notify(Accepted(request, NOON))
    metrics.notify(Started(request, NOON, waited_s=2.0))
    assert (
        shown(metrics)
        == {
            "appc_requests_accepted_total{action=Restart}": 1,
            "appc_request_waiting_seconds_count{action=Restart}": 1,
            "appc_request_waiting_seconds_sum{action=Restart}": 2,
            "appc_requests_in_progress{action=Restart}": 1,
        }
        | WITHOUT_LABELS
    )
    metrics.notify(Progressed(request, NOON, "stop server"))
    metrics.notify(Finished(request, NOON, Outcome.success(), took_s=5.0))
    after = shown(metrics)
    assert after["appc_requests_in_progress{action=Restart}"] == 0
    assert after["appc_request_execution_seconds_sum{action=Restart}"] == 3
    assert after["appc_requests_total{action=Restart}{code=400}"] == 1


#: Counters without labels are shown from the beginning.
WITHOUT_LABELS = {name: 0.0 for name, row in METRICS.items() if row.kind is Kind.COUNTER and not row.labels}


def test_rejections_and_controller_actions_count_by_code() -> None:
    """They get a single answer and are never accepted."""
    metrics = MetricsObserver()
    metrics.notify(Answered(a_request(), NOON, Outcome(311, "EXPIRED REQUEST")))
    metrics.notify(Answered(a_request("Lock"), NOON, Outcome.success()))
    assert (
        shown(metrics)
        == {
            "appc_requests_total{action=Restart}{code=311}": 1,
            "appc_requests_total{action=Lock}{code=400}": 1,
        }
        | WITHOUT_LABELS
    )


def test_what_was_not_begun_here_has_no_execution_time() -> None:
    """A request that expired in the queue, or that a dead controller had begun."""
    metrics = MetricsObserver()
    metrics.notify(Finished(a_request(), NOON, Outcome(404, "EXPIRED REQUEST FAILURE"), took_s=30))
    assert shown(metrics) == {"appc_requests_total{action=Restart}{code=404}": 1} | WITHOUT_LABELS


def test_a_request_that_was_given_up_leaves_the_count_of_those_in_progress() -> None:
    """Its final answer is another controller's; no action takes a day."""
    metrics = MetricsObserver()
    metrics.notify(Started(a_request(request_id="lost"), NOON, 0))
    metrics.notify(Started(a_request(request_id="next"), NOON + timedelta(days=2), 0))
    assert shown(metrics)["appc_requests_in_progress{action=Restart}"] == 1


def test_a_request_that_begins_again_is_in_progress_once() -> None:
    """The same ids may come again after the first was given up."""
    metrics = MetricsObserver()
    request = a_request()
    metrics.notify(Started(request, NOON, 0))
    metrics.notify(Started(request, NOON, 0))
    assert shown(metrics)["appc_requests_in_progress{action=Restart}"] == 1


def test_labels_are_bounded() -> None:
    """An action or a code that is not in its table is "other"."""
    metrics = MetricsObserver()
    for number in range(100):
        request = replace(a_request(), action=f"action-{number}")
        metrics.notify(Answered(request, NOON, Outcome(1000 + number, "?")))
        metrics.count("appc_dead_letters_total", code=f"code-{number}")
    assert shown(metrics) == WITHOUT_LABELS | {
        "appc_requests_total{action=other}{code=other}": 100,
        "appc_dead_letters_total{code=other}": 100,
    }


def test_counters_count_what_is_said() -> None:
    """With a code, without one, and several at once."""
    metrics = MetricsObserver()
    metrics.count("appc_dead_letters_total", code="303")
    metrics.count("appc_dead_letters_total")
    metrics.count("appc_redelivered_messages_total", 3)
    found = shown(metrics)
    assert found["appc_dead_letters_total{code=303}"] == 1
    assert found["appc_dead_letters_total{code=}"] == 1
    assert found["appc_redelivered_messages_total"] == 3


def test_a_gauge_is_read_when_metrics_are_asked_for() -> None:
    """Not before, and each time anew."""
    metrics, lengths = MetricsObserver(), iter([3.0, 4.0])
    metrics.watch("appc_queue_length", lambda: next(lengths))
    assert [shown(metrics)["appc_queue_length"] for _ in range(2)] == [3, 4]


def test_a_gauge_whose_store_is_out_of_reach_is_no_number() -> None:
    """And the other metrics are shown all the same."""

    def unreachable() -> float:
        raise Unavailable("no store")

    metrics = MetricsObserver()
    metrics.watch("appc_queue_length", unreachable)
    metrics.count("appc_redelivered_messages_total")
    assert math.isnan(shown(metrics)["appc_queue_length"])
    assert shown(metrics)["appc_redelivered_messages_total"] == 1


def test_threads_do_not_lose_counts() -> None:
    """Workers and listeners notify at once."""
    metrics = MetricsObserver()

    def work(thread: int) -> None:
        for number in range(200):
            request = a_request(request_id=f"{thread}-{number}")
            metrics.notify(Started(request, NOON, 0))
            metrics.notify(Finished(request, NOON, Outcome.success(), 1))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = shown(metrics)
    assert found["appc_requests_total{action=Restart}{code=400}"] == 1600
    assert found["appc_request_execution_seconds_count{action=Restart}"] == 1600
    assert found["appc_requests_in_progress{action=Restart}"] == 0


def test_two_controllers_in_one_process_do_not_share_metrics() -> None:
    """Each observer has a registry of its own."""
    one, other = MetricsObserver(), MetricsObserver()
    one.count("appc_redelivered_messages_total")
    assert shown(other)["appc_redelivered_messages_total"] == 0


def test_the_process_is_shown_as_well() -> None:
    """Memory, processor time, open files."""
    content = generate_latest(MetricsObserver().registry)
    assert re.search(rb"^process_resident_memory_bytes [0-9]", content, re.MULTILINE)


def typed() -> Iterator[tuple[str, Kind]]:
    """Each name of the types with the kinds that it may be used for."""
    yield from ((name, Kind.COUNTER) for name in get_args(CounterName))
    yield from ((name, Kind.GAUGE) for name in get_args(GaugeName))
    yield ("appc_requests_in_progress", Kind.GAUGE)
    yield from ((name, Kind.HISTOGRAM) for name in get_args(RequestMetricName) if name.endswith("_seconds"))


def test_the_table_and_the_types_hold_the_same_names() -> None:
    """Each with its kind."""
    assert {name: row.kind for name, row in METRICS.items()} == dict(typed())


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in METRICS])
def test_names_follow_prometheus_rules(name: str) -> None:
    """A prefix; counters end in total, times in their unit."""
    kind = next(row.kind for each, row in METRICS.items() if each == name)
    assert re.fullmatch(r"appc_[a-z_]+", name)
    assert name.endswith("_total") == (kind is Kind.COUNTER)
    assert name.endswith("_seconds") == (kind is Kind.HISTOGRAM)
