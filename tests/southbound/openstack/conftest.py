"""A demonstration cloud, an executor that knows it, and ways to have it do something."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import appc.southbound.openstack.connection  # noqa: F401  (here, where no warning of an import is an error)
from appc.demo.cloud import DemoCloud
from appc.lcm.actions import DeviceProtocol
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import VmPayload
from appc.lcm.record import Task, VmPlace
from appc.lcm.target import Scope, Target
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.executor import OpenStackExecutor
from appc.southbound.openstack.opened import OpenStackClouds
from appc.workflows.cloud_job import CloudJob
from tests.fakes.clock import FakeClock
from tests.fakes.faulty_cloud import FaultyCloud
from tests.fakes.memory_documents import MemoryDocuments
from tests.fakes.requests import a_request
from tests.fakes.run import FakeRun

#: How long a change takes in these tests, and how long they wait for something at most, in seconds.
DELAY_S, PATIENCE_S = 0.03, 10.0

#: openstacksdk warns of its own use of itself.
SDK_WARNINGS = ("ignore:Support for InfluxDB:PendingDeprecationWarning",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder may use openstacksdk."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in SDK_WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))


class Perform:
    """Has an executor carry out actions as a worker does."""

    def __init__(self, executor: OpenStackExecutor, clock: FakeClock, threads: ThreadPoolExecutor) -> None:
        self._executor = executor
        self._threads = threads
        self.clock = clock
        self.run = FakeRun(clock)

    def __call__(self, action: str, vm_id: str, /, *, run: FakeRun | None = None, **payload: Any) -> Outcome:
        """Carry it out, from the place of the VM on; members of the payload with `_` for `-`."""
        return self.execute(self.task(action, vm_id, **payload), run)

    def execute(self, task: Task, run: FakeRun | None = None) -> Outcome:
        """Carry out a task."""
        return self._executor.execute(task, run or self.run)

    def later(self, action: str, vm_id: str, /, *, run: FakeRun | None = None, **payload: Any) -> "Future[Outcome]":
        """The same in another thread."""
        return self._threads.submit(self, action, vm_id, run=run, **payload)

    def task(self, action: str, vm_id: str, /, **payload: Any) -> Task:
        """What a worker is given."""
        text = json.dumps({name.replace("_", "-"): value for name, value in payload.items()})
        request = a_request(action, payload=text if payload else None)
        place = self._executor.place(VmPayload.parse(request.payload), vm_id, None)
        target = Target(request.vnf_id, Scope.VM, vm_id)
        return Task(request, target, DeviceProtocol.OPENSTACK, place.cloud or "-", (place,))


Until = Callable[[Callable[[], object]], None]
Effects = Callable[[], list[str]]


@pytest.fixture
def until() -> Until:
    """Polls a condition until it holds."""

    def wait(condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, "the condition never held"
            time.sleep(0.005)

    return wait


@pytest.fixture
def effect_log(tmp_path: Path) -> Path:
    """The file of the cloud's effect log."""
    return tmp_path / "effects.jsonl"


@pytest.fixture
def effects(effect_log: Path) -> Effects:
    """The operations that had an effect so far."""
    return lambda: [json.loads(line)["operation"] for line in effect_log.read_text().splitlines()]


@pytest.fixture
def cloud(effect_log: Path) -> Iterator[DemoCloud]:
    """A cloud with two servers, whose changes are quick."""
    with DemoCloud(DELAY_S, effects=effect_log) as running:
        yield running


@pytest.fixture
def faulty(cloud: DemoCloud) -> Iterator[FaultyCloud]:
    """The same cloud behind a proxy that can spoil calls."""
    with FaultyCloud(cloud) as proxy:
        yield proxy


@pytest.fixture
def vm(cloud: DemoCloud) -> str:
    """The id of the cloud's first server."""
    return cloud.servers()[0].id


@pytest.fixture
def clouds_file(tmp_path: Path, cloud: DemoCloud) -> Path:
    """A clouds.yaml with the cloud."""
    file = tmp_path / "clouds.yaml"
    file.write_text(cloud.clouds_yaml())
    return file


@pytest.fixture
def clock() -> FakeClock:
    """The clock of executor and run."""
    return FakeClock()


@pytest.fixture
def clouds(clouds_file: Path) -> Iterator[Clouds]:
    """The clouds of the file, closed at the end."""
    opened = Clouds(clouds_file, None, {})
    yield opened
    opened.close()
    # Catalogues that are still being fetched must not outlive the test's cloud.
    for thread in threading.enumerate():
        if thread.name == "catalogues":
            thread.join(PATIENCE_S)


@pytest.fixture
def executor(clouds: Clouds, clock: FakeClock) -> OpenStackExecutor:
    """An executor that knows the clouds of the file."""
    return OpenStackExecutor(clouds, clock)


@pytest.fixture
def perform(executor: OpenStackExecutor, clock: FakeClock) -> Iterator[Perform]:
    """Has the executor carry out actions."""
    with ThreadPoolExecutor() as threads:
        yield Perform(executor, clock, threads)


@pytest.fixture
def job(clouds: Clouds, clock: FakeClock) -> CloudJob:
    """A job on the clouds of the file, with an empty memory."""
    return CloudJob(OpenStackClouds(clouds, clock), MemoryDocuments(clock), clock, FakeRun(clock))


@pytest.fixture
def place(vm: str) -> VmPlace:
    """Where the cloud's first server is."""
    return VmPlace(vm, "demo")


@pytest.fixture
def through_proxy(clouds_file: Path, faulty: FaultyCloud) -> FaultyCloud:
    """From now on clouds.yaml leads to the proxy."""
    clouds_file.write_text(faulty.clouds_yaml())
    return faulty


def edited(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the entry of the cloud."""
    contents = json.loads(file.read_text())
    change(contents["clouds"]["demo"])
    file.write_text(json.dumps(contents))
