from collections.abc import Iterator

import pytest

from tests.contracts.bus_contract import BusContract
from tests.contracts.kafka_harness import KafkaHarness
from tests.servers.kafka_server import Addresses, kafka_of_the_run

pytestmark = pytest.mark.timeout(300)  # the first test brings and starts a broker


@pytest.fixture(scope="session")
def kafka() -> Iterator[Addresses]:
    """One broker for all workers."""
    with kafka_of_the_run() as addresses:
        yield addresses


@pytest.fixture
def harness(kafka: Addresses) -> Iterator[KafkaHarness]:
    """Handles on the broker."""
    harness = KafkaHarness(kafka.plain)
    yield harness
    harness.close()


class TestKafkaBus(BusContract):
    """Kafka keeps the contract of every bus."""
