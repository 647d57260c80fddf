"""What the tests of crashes share with the long ones of `endurance/`."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.scene import Scene, open_scene
from tests.pairs import Brokers, Pair, open_pair


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
def scene(tmp_path: Path, pair: Pair) -> Iterator[Scene]:
    """Controllers on the pair, and a cloud of forty servers."""
    with open_scene(tmp_path, pair) as scene:
        yield scene
