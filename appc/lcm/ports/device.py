"""Port DeviceExecutor: who carries a self-service action out, by one device protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from appc.lcm.artifact import Artifact, TemplateFormat
from appc.lcm.ports.execution import Run
from appc.lcm.ports.inventory import Vnf
from appc.lcm.record import Task


@dataclass(frozen=True)
class DeviceJob:
    """A self-service task, ready to be carried out.

    `content`: the artifact's template, filled; "" where it has none. `parameters`: what filled it, by name,
    and what else the payload's configuration-parameters hold. `vnf`: what the inventory knows of the VNF.
    """

    task: Task
    artifact: Artifact
    vnf: Vnf
    content: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def given(self) -> tuple[object, ...]:
        """All that the request and the template give: what secrets are looked for in."""
        return self.task.request.payload, self.parameters, self.content


@dataclass(frozen=True)
class Configuration:
    """A device's running configuration as it was read."""

    content: str
    format: TemplateFormat


@dataclass(frozen=True)
class DeviceResult:
    """What came of a job that succeeded.

    `payload`: what the RPC's output may carry. `configuration`: the running configuration, where the protocol
    could read it; where it should have and could not, `configuration_problem` says why (an intermediate 501).
    """

    payload: Mapping[str, Any] | None = None
    message: str = ""
    configuration: Configuration | None = None
    configuration_problem: str = ""


class DeviceExecutor(Protocol):
    """Carries jobs out by one device protocol. Called by many threads at once."""

    def find_parts(self, artifact: Artifact) -> None:
        """Check 7: whether the parts are there that the artifact names, whatever will fill its template.

        Looks at files at most. Raises: DgWorkflowNotFound (307) that names the missing part, RequestNotSupported (450).
        """

    def examine(self, job: DeviceJob) -> None:
        """Check 7, once the parts are there: whether the filled template can be carried out. Looks at files at most.

        Raises: InvalidInputParameter (301), DgWorkflowNotFound (307) for a part that the filled template names.
        """

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        """Do it, wait for the result, and read the running configuration where the protocol has one.

        Every touch of the outside is a step of the run. Raises: DgFailure (401) that says what failed,
        where, and with which message; what the run raises.
        """
