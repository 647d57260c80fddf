"""Work on one cloud on behalf of one run: looks, changes and waits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from appc.lcm.errors import DgFailure
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.execution import Run
from appc.southbound.openstack.clouds import Reached
from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.looks import Body, percent, state
from appc.southbound.openstack.waiting import Sighting, Watch

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer, CloudConnection

T = TypeVar("T")

#: How often a call that failed is repeated, and how long before the first time, in seconds; then twice as long.
_REPEATS, _FIRST_PAUSE_S = 3, 0.2
#: A wait asks this often, in seconds, whether it is to go on.
_TICK_S = 0.5

#: Looks at the JSON of what is waited for (None: it is gone): a result ends the wait, so does a DgFailure.
Judge = Callable[[Body | None], T | None]


@dataclass(frozen=True, kw_only=True)
class CloudWork:
    """The way to the cloud, the run that may take steps, and what every call tells OpenStack of its origin."""

    reached: Reached
    run: Run
    clock: Clock
    request_id: str

    @property
    def connection(self) -> "CloudConnection":
        """The cloud's services."""
        return self.reached.connection

    def look(self, path: str) -> "Answer":
        """GET from Nova, repeated a few times where that may help. Raises: CloudFailure."""
        return repeated(lambda: self.connection.compute.get(path, self.request_id), self.run)

    def change(self, name: str, call: Callable[[], "Answer"]) -> "Answer":
        """Make a call that changes something, as a step of the run.

        It is repeated only where it is certain that nothing was done. Raises: CloudFailure.
        """
        with self.run.step(name):
            return repeated(call, self.run, may_repeat=lambda failure: failure.undone)

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
                body = watch.sighting.body
                self.run.progress(f"waiting for {goal}{now}", percent(body) if body else None)
        raise DgFailure(f"the time limit is over while waiting for {goal}{now}")


def repeated(
    call: Callable[[], T],
    run: Run,
    may_repeat: Callable[[CloudFailure], bool] = lambda failure: failure.passing,
) -> T:
    """Make a call; where it fails in passing, a few times. By itself only for calls that change nothing.

    Raises: CloudFailure.
    """
    for attempt in range(_REPEATS):
        try:
            return call()
        except CloudFailure as failure:
            if not may_repeat(failure):
                raise
            pause_s = max(failure.pause_s, _FIRST_PAUSE_S * 2**attempt)
        run.wait(pause_s)
    return call()


def _now(sighting: Sighting) -> str:
    if sighting.failure is not None:
        return f"; the last look failed: {sighting.failure.detail}"
    return ", now gone" if sighting.body is None else f", now {state(sighting.body)}"
