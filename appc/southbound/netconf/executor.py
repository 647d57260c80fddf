"""The NETCONF executor: carries self-service actions out on devices that speak NETCONF over SSH."""

from appc.lcm.artifact import Artifact
from appc.lcm.device_address import NETCONF_HOST, device_address
from appc.lcm.device_settings import NetconfSettings
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.credentials import Credentials
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run
from appc.southbound.netconf.documents import template_element


class NetconfExecutor:
    """Port DeviceExecutor; one session for each job."""

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock

    def find_parts(self, artifact: Artifact) -> None:
        """See DeviceExecutor."""
        NetconfSettings.of(artifact).find_files(self._credentials)

    def examine(self, job: DeviceJob) -> None:
        """See DeviceExecutor."""
        device_address(job, NETCONF_HOST)
        if NetconfSettings.of(job.artifact).operation_for(job.task.request.action) != "get-config":
            template_element(job.content)

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        """See DeviceExecutor."""
        # Imported here because the SSH library takes a quarter of a second, and many controllers need none.
        from appc.southbound.netconf.operations import OPERATIONS
        from appc.southbound.netconf.session import Device, connected

        settings = NetconfSettings.of(job.artifact)
        operation = OPERATIONS[settings.operation_for(job.task.request.action)]
        device = Device(device_address(job, NETCONF_HOST), settings)
        with connected(device, self._credentials, run, self._clock) as session:
            return operation(session, settings, job)
