"""The pairs of bus and store that are killed, and the cloud that outlives the controllers."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appc.demo.cloud import DemoCloud
from tests.crash.harness import Fleet, Topics
from tests.pairs import Brokers, Pair, open_pair

SERVERS = 40


@pytest.fixture(scope="session")
def brokers() -> Iterator[Brokers]:
    """The Kafka of the run."""
    with closing(Brokers()) as brokers:
        yield brokers


@pytest.fixture(params=["embedded-sqlite", "kafka-redis"])
def pair(request: pytest.FixtureRequest, brokers: Brokers) -> Iterator[Pair]:
    """A bus and a store."""
    with open_pair(request.param, brokers) as pair:
        yield pair


@pytest.fixture
def effect_log(tmp_path: Path) -> Path:
    """Where the cloud writes what really happened."""
    return tmp_path / "effects.jsonl"


@pytest.fixture
def cloud(effect_log: Path) -> Iterator[DemoCloud]:
    """A cloud that outlives the controllers."""
    with DemoCloud(delay_s=0.1, servers=SERVERS, effects=effect_log) as cloud:
        yield cloud


@pytest.fixture
def fleet(tmp_path: Path, cloud: DemoCloud, pair: Pair) -> Fleet:
    """Starts controllers of this test."""
    clouds_file = tmp_path / "clouds.yaml"
    clouds_file.write_text(cloud.clouds_yaml())
    settings = {"clouds_file": str(clouds_file), "lease_s": "2", "log_format": "json", **pair.settings}
    return Fleet(tmp_path / "state", settings)


@pytest.fixture
def topics(fleet: Fleet, pair: Pair) -> Iterator[Topics]:
    """The bus as an outsider sees it."""
    bus = pair.open_bus(fleet.state_dir)
    yield Topics(bus, pair.topics)
    bus.close()
