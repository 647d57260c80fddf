"""A client over a bus in memory, and the controller on the other side."""

from collections.abc import Iterator

import pytest

from appc.client import LcmClient
from appc.client.bus_topics import BusTopics
from tests.fakes.clock import FakeClock
from tests.fakes.lcm_controller import ScriptedController
from tests.fakes.memory_bus import MemoryBus


@pytest.fixture
def bus() -> MemoryBus:
    """The bus between them."""
    return MemoryBus(FakeClock())


@pytest.fixture
def controller(bus: MemoryBus) -> ScriptedController:
    """Accepts and carries out everything, unless a test wants it otherwise."""
    return ScriptedController(bus)


@pytest.fixture
def client(bus: MemoryBus) -> Iterator[LcmClient]:
    """The client under test."""
    with LcmClient(BusTopics(bus), clock=FakeClock()) as client:
        yield client
