"""One action on one VM: what the functions of OPERATIONS are given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from appc.lcm.errors import DgFailure
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.execution import Run
from appc.lcm.record import Task, VmPlace
from appc.southbound.openstack.clouds import Reached
from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.waiting import SERVERS, Sighting, Watch

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

T = TypeVar("T")

#: How often a look that failed is repeated, and how long before the first time, in seconds; then twice as long.
_REPEATS, _FIRST_PAUSE_S = 3, 0.2
#: A wait asks this often, in seconds, whether it is to go on.
_TICK_S = 0.5

#: Looks at the JSON of what is waited for (None: it is gone): a result ends the wait, so does a DgFailure.
Judge = Callable[[Mapping[str, Any] | None], T | None]


@dataclass(frozen=True)
class VmWork:
    """A task, its VM, the way to the VM's cloud, and the run that may take steps."""

    task: Task
    place: VmPlace
    reached: Reached
    run: Run
    clock: Clock

    @property
    def request_id(self) -> str:
        """What every call tells OpenStack."""
        return self.task.request.key.openstack_request_id

    def look(self, path: str) -> "Answer":
        """GET from Nova, repeated a few times where that may help. Raises: CloudFailure."""
        return repeated(lambda: self.reached.connection.compute.get(path, self.request_id), self.run)

    def act(self, operation: str, arguments: object, name: str, microversion: str | None = None) -> "Answer":
        """Call one of Nova's server actions, as a step of the run. `name` is the server's. Raises: CloudFailure."""
        path = f"/{SERVERS}/{self.place.vm_id}/action"
        with self.run.step(f"{operation} {name}"):
            return self.reached.connection.compute.post(path, {operation: arguments}, self.request_id, microversion)

    def wait(self, watch: Watch, goal: str, judge: Judge[T]) -> T:
        """Wait until the judge is content. `goal` says what is waited for, in words.

        Raises: what the judge and the run raise; DgFailure (401) when the time limit is over.
        """
        now = ""
        with self.reached.poller.watch(watch):
            while (left_s := self.run.remaining_s()) > 0:
                sighting = watch.news(min(_TICK_S, left_s))
                if sighting is None:
                    self.reached.poller.ensure()
                elif sighting.failure is None:
                    verdict = judge(sighting.body)
                    if verdict is not None:
                        return verdict
                elif not sighting.failure.passing:
                    raise sighting.failure
                now = _now(sighting) if sighting else now
                self.run.progress(f"waiting for {goal}{now}", _percent(watch.sighting))
        raise DgFailure(f"the time limit is over while waiting for {goal}{now}")


def repeated(call: Callable[[], T], run: Run) -> T:
    """Make a call that changes nothing; where it fails in passing, a few times. Raises: CloudFailure."""
    for attempt in range(_REPEATS):
        try:
            return call()
        except CloudFailure as failure:
            if not failure.passing:
                raise
        run.wait(_FIRST_PAUSE_S * 2**attempt)
    return call()


def _now(sighting: Sighting) -> str:
    if sighting.failure is not None:
        return f"; the last look failed: {sighting.failure.fields['detail']}"
    if sighting.body is None:
        return ", now gone"
    task = sighting.body.get("OS-EXT-STS:task_state")
    return f", now {sighting.body.get('status')}" + (f" ({task})" if task else "")


def _percent(sighting: Sighting) -> int | None:
    percent = sighting.body.get("progress") if sighting.body else None
    return percent if isinstance(percent, int) and percent > 0 else None
