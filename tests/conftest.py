"""What the tests of the path share."""

from collections.abc import Iterator

import pytest

from tests.fakes.lives import Life, World


@pytest.fixture
def world() -> Iterator[World]:
    """A store, a bus and a cloud in memory."""
    world = World()
    yield world
    world.close()


@pytest.fixture
def life(world: World) -> Life:
    """A controller that judges; none of its threads runs."""
    return world.life()
