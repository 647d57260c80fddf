import os
from collections.abc import Iterator

import pytest

from tests.contracts.bus_contract import BusContract
from tests.contracts.kafka_harness import KafkaHarness
from tests.servers.kafka_server import SharedKafka, shared_kafka

pytestmark = pytest.mark.timeout(300)  # the first test brings and starts a broker


@pytest.fixture(scope="session")
def kafka() -> SharedKafka:
    """One broker for all workers."""
    return shared_kafka(os.environ.get("PYTEST_XDIST_TESTRUNUID"))


@pytest.fixture
def harness(kafka: SharedKafka) -> Iterator[KafkaHarness]:
    """Handles on the broker."""
    harness = KafkaHarness(kafka.addresses.plain)
    yield harness
    harness.close()


class TestKafkaBus(BusContract):
    """Kafka keeps the contract of every bus."""
