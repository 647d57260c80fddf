"""The OpenStack executor: carries out VM actions by Nova, Glance and Cinder, through openstacksdk."""

from collections.abc import Callable, Mapping

from appc.lcm.errors import DgFailure, InvalidInputParameter
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import Payload, VmPayload
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.execution import Run
from appc.lcm.record import Task, VmPlace
from appc.southbound.openstack import evacuate, images, migrate, power, rebuild, volumes
from appc.southbound.openstack.choice import Named
from appc.southbound.openstack.cloud_work import repeated
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.vm_work import VmWork

#: What each action does; a new one is a row here and a function.
OPERATIONS: Mapping[str, Callable[[VmWork], Outcome]] = {
    "AttachVolume": volumes.attach,
    "DetachVolume": volumes.detach,
    "Evacuate": evacuate.evacuate,
    "Migrate": migrate.migrate,
    "Reboot": power.reboot,
    "Rebuild": rebuild.rebuild,
    "Restart": power.restart,
    "Snapshot": images.snapshot,
    "Start": power.start,
    "Stop": power.stop,
}


class OpenStackExecutor:
    """Port Executor for the VM actions, one VM at a time."""

    def __init__(self, clouds: Clouds, clock: Clock) -> None:
        self._clouds = clouds
        self._clock = clock

    @property
    def actions(self) -> frozenset[str]:
        """The actions of OPERATIONS."""
        return frozenset(OPERATIONS)

    def check(self, payload: Payload) -> None:
        """The identity-url and the link of a payload must be of configured clouds (contract section 8).

        Raises: InvalidInputParameter (301).
        """
        if isinstance(payload, VmPayload):
            self._clouds.check(Named.by(payload))

    def place(self, payload: Payload, vm_id: str, inventory_cloud: str | None) -> VmPlace:
        """The VM's cloud, and its project where the message's link names one (contract section 8).

        Raises: InvalidInputParameter (301).
        """
        named = Named.by(payload) if isinstance(payload, VmPayload) else Named()
        cloud = self._clouds.choose(named, inventory_cloud)
        return VmPlace(vm_id, cloud.name if cloud else None, named.link.project if named.link else None)

    def execute(self, task: Task, run: Run) -> Outcome:
        """Carry the action out on the task's first VM, and wait until it is done.

        Raises: DgFailure (401), and what the run raises.
        """
        place = task.vms[0]
        reached = repeated(lambda: self._clouds.reach(place.cloud), run)
        self._judge_again(task, place)
        request_id = task.request.key.openstack_request_id
        work = VmWork(task=task, place=place, reached=reached, run=run, clock=self._clock, request_id=request_id)
        return OPERATIONS[task.request.action](work)

    def _judge_again(self, task: Task, place: VmPlace) -> None:
        """What could not be told at admission can be told now that the cloud's catalogue was seen."""
        try:
            chosen = self._clouds.choose(Named.by(VmPayload.parse(task.request.payload)), place.cloud)
        except InvalidInputParameter as refusal:
            raise DgFailure(refusal.detail) from refusal
        if chosen is None or chosen.name != place.cloud:
            raise DgFailure(f"the message does not mean cloud {place.cloud}, as its catalogue tells now")
