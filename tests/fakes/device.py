"""Self-service without devices: an artifact for every action, and executors that play a script."""

import json
from collections.abc import Iterable, Mapping

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey, ArtifactVersion, Capabilities
from appc.lcm.errors import DgFailure
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.lcm.ports.execution import Executor, Run
from appc.lcm.ports.inventory import Inventory
from appc.lcm.ports.outside import Ports
from tests.fakes.executor import executors_of
from tests.fakes.inventory import NoInventory


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


class FakeArtifacts:
    """Port Artifacts of the given artifacts."""

    def __init__(self, artifacts: Iterable[Artifact] = (), capabilities: Capabilities | None = None) -> None:
        self._artifacts = {(each.key, each.version): each for each in artifacts}
        self._capabilities = capabilities or {}

    def forget(self, artifact: Artifact) -> None:
        """As if somebody had removed it."""
        del self._artifacts[artifact.key, artifact.version]

    def newest(self, vnf_type: str, action: str) -> Mapping[ArtifactKey, Artifact]:
        found = [
            each for each in self._artifacts.values() if (each.key.vnf_type, each.key.action) == (vnf_type, action)
        ]
        return {each.key: each for each in sorted(found, key=lambda each: each.version)}

    def version(self, wanted: ArtifactVersion) -> Artifact | None:
        return self._artifacts.get((wanted.key, wanted.version))

    def capabilities(self, vnf_type: str) -> Capabilities:
        return self._capabilities


class FakeDevice:
    """Port DeviceExecutor that plays a script: each job comes to the next result; the last one stays.

    `jobs`: what it was given. `missing`: what `examine` raises.
    """

    def __init__(self, *results: DeviceResult | Exception, missing: Exception | None = None) -> None:
        self._results = list(results) or [DeviceResult()]
        self._missing = missing
        self.jobs: list[DeviceJob] = []

    def examine(self, job: DeviceJob) -> None:
        if self._missing:
            raise self._missing

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        with run.step(f"{job.task.action.name} on a fake device"):
            self.jobs.append(job)
            result = self._results.pop(0) if len(self._results) > 1 else self._results[0]
            if isinstance(result, Exception):
                raise result
            return result


class DeviceOf:
    """Port DeviceExecutor on an Executor, so that one script serves VM and self-service actions."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def examine(self, job: DeviceJob) -> None:
        """Nothing is missing."""

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        outcome = self._executor.execute(job.task, run)
        if not outcome.succeeded:
            raise DgFailure(outcome.message)
        return DeviceResult(json.loads(outcome.payload) if outcome.payload else None)


def ports_of(executor: Executor, inventory: Inventory | None = None) -> Ports:
    """One executor for everything; for self-service by an artifact for each of its actions."""
    return Ports(
        inventory or NoInventory(),
        executors_of(executor),
        AnyArtifact(executor.actions),
        {DeviceProtocol.ANSIBLE: DeviceOf(executor)},
    )
