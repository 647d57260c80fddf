"""An executor that touches nothing: it plays a script, remembers what it did, and can be held."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.lcm.errors import InvalidInputParameter
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import Payload, VmPayload
from appc.lcm.ports.execution import Executor, Run
from appc.lcm.record import Task, VmPlace

ASYNCHRONOUS = frozenset(name for name, action in ACTIONS.items() if not action.synchronous)

#: What an execution comes to: a value, an error to raise, or a function that finds out.
Script = Outcome | Exception | Callable[[Task, Run], Outcome]


@dataclass(frozen=True)
class Effect:
    """Something that was really done: at most one for each VM of an execution."""

    action: str
    vnf_id: str
    vm_id: str | None
    request_id: str


class FakeExecutor:
    """Port Executor. Unscripted executions succeed; several threads may use it.

    `clouds`: identity-url -> name of a cloud; an unknown identity-url is 301.
    """

    def __init__(
        self,
        actions: Iterable[str] = ASYNCHRONOUS,
        clouds: dict[str, str] | None = None,
        default_cloud: str | None = "lab",
    ) -> None:
        self._actions = frozenset(actions)
        self._clouds = clouds or {}
        self._default_cloud = default_cloud
        self._scripts: dict[tuple[str, str | None], list[Script]] = {}
        self._free = threading.Event()
        self._free.set()
        self._changed = threading.Condition()
        self._inside: list[Task] = []
        self._effects: list[Effect] = []

    # ------------------------------------------------------------ what a test does with it

    def script(self, action: str, *outcomes: Script, vm_id: str | None = None) -> None:
        """The next executions of `action` (on that VM) come to these, one after the other."""
        with self._changed:
            self._scripts.setdefault((action, vm_id), []).extend(outcomes)

    def hold(self) -> None:
        """From now on executions wait inside, before they have any effect."""
        self._free.clear()

    def release(self) -> None:
        """Let all of them go on."""
        self._free.set()

    def wait_for_executions(self, number: int, timeout_s: float = 10.0) -> list[Task]:
        """The tasks inside, as soon as there are so many at once. Raises: TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._inside) >= number, timeout_s):
                raise TimeoutError(f"{len(self._inside)} executions under way, not {number}")
            return list(self._inside)

    def wait_for_end(self, timeout_s: float = 10.0) -> None:
        """Nobody is inside any more. Raises: TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._inside, timeout_s):
                raise TimeoutError(f"{len(self._inside)} executions are still under way")

    @property
    def effects(self) -> list[Effect]:
        """What was done so far, in order."""
        with self._changed:
            return list(self._effects)

    # ------------------------------------------------------------ port Executor

    @property
    def actions(self) -> frozenset[str]:
        return self._actions

    def check(self, payload: Payload) -> None:
        identity_url = payload.identity_url if isinstance(payload, VmPayload) else None
        if identity_url and identity_url not in self._clouds:
            raise InvalidInputParameter(f"payload.identity-url: no cloud has the auth_url {identity_url}")

    def place(self, payload: Payload, vm_id: str, inventory_cloud: str | None) -> VmPlace:
        identity_url = payload.identity_url if isinstance(payload, VmPayload) else None
        tenant_id = payload.tenant_id if isinstance(payload, VmPayload) else None
        cloud = self._clouds[identity_url] if identity_url else inventory_cloud or self._default_cloud
        if cloud is None:
            raise InvalidInputParameter(f"the cloud of VM {vm_id} cannot be told")
        return VmPlace(vm_id, cloud, tenant_id)

    def execute(self, task: Task, run: Run) -> Outcome:
        with self._changed:
            self._inside.append(task)
            self._changed.notify_all()
        try:
            while not self._free.wait(0.01):
                run.wait(0)  # raises where the run was cancelled meanwhile
            with run.step(f"{task.action.name} of {task.target}"):
                return self._play(task, run)
        finally:
            with self._changed:
                self._inside.remove(task)
                self._changed.notify_all()

    def _play(self, task: Task, run: Run) -> Outcome:
        script = self._next_script(task)
        if isinstance(script, Exception):
            raise script
        outcome = script(task, run) if callable(script) else script
        if outcome.succeeded:
            self._record(task)
        return outcome

    def _next_script(self, task: Task) -> Script:
        vm_id = task.vms[0].vm_id if len(task.vms) == 1 else None
        with self._changed:
            for place in ((task.action.name, vm_id), (task.action.name, None)):
                if self._scripts.get(place):
                    return self._scripts[place].pop(0)
        return Outcome.success()

    def _record(self, task: Task) -> None:
        request = task.request
        vm_ids: list[str | None] = [vm.vm_id for vm in task.vms]
        with self._changed:
            for vm_id in vm_ids or [None]:
                self._effects.append(Effect(request.action, request.vnf_id, vm_id, request.key.request_id))


def executors_of(executor: Executor) -> dict[DeviceProtocol, Executor]:
    """The executor of the VM actions."""
    return {DeviceProtocol.OPENSTACK: executor}
