"""Protocols of APPC that this controller does not speak: their artifacts are refused before anything is begun."""

from appc.lcm.artifact import Artifact
from appc.lcm.errors import DgFailure, RequestNotSupported
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run

#: Why Chef is one of them.
CHEF = "artifacts of Chef are not carried out by this version; onboard the action with Ansible, NETCONF or REST"


class Unsupported:
    """Port DeviceExecutor that answers 450, with the reason."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def find_parts(self, artifact: Artifact) -> None:
        """Raises: RequestNotSupported (450)."""
        raise RequestNotSupported(self._reason)

    def examine(self, job: DeviceJob) -> None:
        """Not reached."""
        self.find_parts(job.artifact)

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        """Raises: DgFailure (401), for what another version of this controller has accepted."""
        raise DgFailure(self._reason)
