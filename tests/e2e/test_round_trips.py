"""Round trips through each transport of the client library, against real controllers and buses."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from appc.client import Topics, connect
from bench.round_trips import round_trips
from tests.e2e.conftest import Start
from tests.pairs import Brokers, open_pair

#: `make bench` makes 1,000.
REQUESTS = 320
THREADS = 16


@pytest.mark.parametrize("way", ["Message Router", "embedded bus", "Kafka", "Message Router before Kafka"])
def test_every_answer_arrives_at_its_caller(way: str, start: Start, brokers: Brokers, tmp_path: Path) -> None:
    """From 16 threads over one client: none lost, none crossed."""
    with ExitStack() as stack:
        pair = stack.enter_context(open_pair("kafka-sqlite" if "Kafka" in way else "embedded-sqlite", brokers))
        served = start("serve", **pair.settings)
        urls = {"embedded bus": f"embedded:{tmp_path / 'var'}", "Kafka": pair.settings.get("bus_url", "")}
        topics = Topics(pair.topics.request, pair.topics.response)
        client = stack.enter_context(connect(urls.get(way, served.url), topics=topics))
        assert round_trips(client, REQUESTS, THREADS).wrong == 0
