"""Kafka for its own tests: what is not the contract of every bus."""

from collections.abc import Iterator

import pytest

from tests.contracts.kafka_harness import KafkaHarness
from tests.servers.kafka_server import Addresses, kafka_of_the_run, own_kafka_of_the_run

pytest.register_assert_rewrite("tests.contracts.bus_contract")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test that needs a broker brings and starts it."""
    for item in items:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def kafka() -> Iterator[Addresses]:
    """One broker for all workers."""
    with kafka_of_the_run() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def guarded() -> Iterator[Addresses]:
    """One that has listeners with TLS and SASL."""
    with own_kafka_of_the_run() as addresses:
        yield addresses


@pytest.fixture
def harness(kafka: Addresses) -> Iterator[KafkaHarness]:
    """Handles on the broker."""
    harness = KafkaHarness(kafka.plain)
    yield harness
    harness.close()
