"""The ports of an execution: who carries a task out, and how it touches the outside."""

from contextlib import AbstractContextManager
from typing import Protocol

from appc.lcm.outcome import Outcome
from appc.lcm.payloads import Payload
from appc.lcm.record import Task, VmPlace


class Run(Protocol):
    """One execution, as its executor sees it: the only way to touch the outside."""

    def step(self, name: str) -> AbstractContextManager[None]:
        """Take an outward step: journalled before and after.

        Raises, before the step is taken: Aborted if the controller is stopping, has lost its lease,
        or the step cannot be journalled; DgFailure (401) if the time limit is over.
        """

    def progress(self, what: str, percent: int | None = None) -> None:
        """What is going on, for ActionStatus; raises as `step` does, is cheap to call often."""

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than the time limit or a cancellation; raises as `step` does."""

    def remaining_s(self) -> float:
        """Seconds until the time limit."""


class Executor(Protocol):
    """Carries actions out by one device protocol. Called by many threads at once."""

    @property
    def actions(self) -> frozenset[str]:
        """The names of the actions it can carry out."""

    def check(self, payload: Payload) -> None:
        """Check 4: what the payload names must be known. Raises: InvalidInputParameter (301). No I/O."""

    def place(self, payload: Payload, vm_id: str, inventory_cloud: str | None) -> VmPlace:
        """Where the VM is (contract section 8). Raises: InvalidInputParameter (301). No I/O."""

    def execute(self, task: Task, run: Run) -> Outcome:
        """Do it and wait for the result. Raises: Failed (4xx)."""
