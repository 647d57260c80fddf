"""Self-service without devices: an artifact for every action, and executors that play a script."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey, ArtifactVersion, Capabilities
from appc.lcm.errors import DgFailure
from appc.lcm.ports.configurations import StoredConfiguration
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.lcm.ports.execution import Executor, Run
from appc.lcm.ports.inventory import Inventory, Vnfc
from appc.lcm.ports.outside import Ports
from appc.stores.configurations import StoredConfigurations
from appc.stores.credentials import CredentialsFolder
from tests.fakes.clock import FakeClock
from tests.fakes.executor import executors_of
from tests.fakes.inventory import NoInventory
from tests.fakes.memory_documents import MemoryDocuments


class AnyArtifact:
    """Port Artifacts: one without a template, for each of these actions and every VNF type."""

    def __init__(self, actions: Iterable[str], protocol: DeviceProtocol = DeviceProtocol.ANSIBLE) -> None:
        self._actions = frozenset(actions)
        self._protocol = protocol

    def newest(self, vnf_type: str, action: str) -> Mapping[ArtifactKey, Artifact]:
        key = ArtifactKey(vnf_type, action)
        return {key: Artifact(key, 1, self._protocol)} if action in self._actions else {}

    def version(self, wanted: ArtifactVersion) -> Artifact | None:
        return self.newest(wanted.key.vnf_type, wanted.key.action).get(wanted.key)

    def capabilities(self, vnf_type: str) -> Capabilities:
        return {}


class FakeDevice:
    """Port DeviceExecutor that plays a script: each job comes to the next result; the last one stays.

    `jobs`: what it was given. `missing`: what `find_parts` raises; `unfit`: what `examine` raises.
    """

    def __init__(
        self,
        *results: DeviceResult | Exception,
        missing: Exception | None = None,
        unfit: Exception | None = None,
    ) -> None:
        self._results = list(results) or [DeviceResult()]
        self._missing, self._unfit = missing, unfit
        self.jobs: list[DeviceJob] = []

    def find_parts(self, artifact: Artifact) -> None:
        if self._missing:
            raise self._missing

    def examine(self, job: DeviceJob) -> None:
        if self._unfit:
            raise self._unfit

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        with run.step(f"{job.task.action.name} on a fake device"):
            self.jobs.append(job)
            result = self._results.pop(0) if len(self._results) > 1 else self._results[0]
            if isinstance(result, Exception):
                raise result
            return result


class FakeFeed:
    """Port ConfigurationFeed; `published`: what was sent, and whether it is current. `problem`: raised instead."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.published: list[tuple[StoredConfiguration, bool]] = []

    def publish(self, configuration: StoredConfiguration, current: bool) -> None:
        if self.problem:
            raise self.problem
        self.published.append((configuration, current))


class FakeVnfcRecords:
    """Port VnfcRecords; `recorded`: what was recorded. `problem`: raised instead."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.recorded: list[tuple[str, Sequence[Vnfc]]] = []

    def record_configured(self, vnf_id: str, vnfcs: Sequence[Vnfc]) -> None:
        if self.problem:
            raise self.problem
        self.recorded.append((vnf_id, vnfcs))


class DeviceOf:
    """Port DeviceExecutor on an Executor, so that one script serves VM and self-service actions."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def find_parts(self, artifact: Artifact) -> None:
        """Nothing is missing."""

    def examine(self, job: DeviceJob) -> None:
        """Nothing is wrong."""

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        outcome = self._executor.execute(job.task, run)
        if not outcome.succeeded:
            raise DgFailure(outcome.message)
        return DeviceResult(json.loads(outcome.payload) if outcome.payload else None)


def ports_of(executor: Executor, inventory: Inventory | None = None, **others: Any) -> Ports:
    """One executor for everything; for self-service by an artifact for each of its actions. `others`: by name."""
    ports = Ports(
        inventory or NoInventory(),
        executors_of(executor),
        AnyArtifact(executor.actions),
        {DeviceProtocol.ANSIBLE: DeviceOf(executor)},
        StoredConfigurations(MemoryDocuments(FakeClock())),
        FakeFeed(),
        FakeVnfcRecords(),
        FakeClock(),
        CredentialsFolder(Path("/nowhere")),
    )
    return replace(ports, **others)
