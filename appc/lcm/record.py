"""RequestRecord: the remembered request and where it stands."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from appc.lcm.actions import ACTIONS, Action, DeviceProtocol
from appc.lcm.artifact import ArtifactVersion
from appc.lcm.errors import ExpiredRequestFailure
from appc.lcm.outcome import Outcome
from appc.lcm.phases import UNKNOWN, Phase, next_phase
from appc.lcm.redaction import redacted_json
from appc.lcm.request import Request
from appc.lcm.target import Target


@dataclass(frozen=True)
class Position:
    """Where a message stood on the bus."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True)
class VmPlace:
    """A VM to act on: its UUID, its cloud by the name in clouds.yaml, its project where the message names one."""

    vm_id: str
    cloud: str | None = None
    project: str | None = None


@dataclass(frozen=True)
class Task:
    """What is to be done, decided before admission: the request, its target and who does it.

    `lane` is what workers are shared out by: one cloud, or one VNF type. `artifact`: what a self-service action
    goes by. `limit_s`: seconds that artifact or payload leave it; None leaves the action's own limit.
    """

    request: Request
    target: Target
    protocol: DeviceProtocol
    lane: str
    vms: tuple[VmPlace, ...] = ()
    first_state: str = UNKNOWN
    artifact: ArtifactVersion | None = None
    limit_s: int | None = None

    @property
    def action(self) -> Action:
        """The row of the action."""
        return ACTIONS[self.request.action]

    @property
    def time_limit_s(self) -> int:
        """How long it may take once it has begun, in seconds."""
        return min(self.action.time_limit_s, self.limit_s or self.action.time_limit_s)


@dataclass(frozen=True)
class Step:
    """One outward step of the journal: written before it is taken, and again when it is done."""

    name: str
    begun_at: datetime
    done_at: datetime | None = None
    percent: int | None = None

    def __str__(self) -> str:
        return self.name if self.percent is None else f"{self.name} ({self.percent} %)"


@dataclass(frozen=True)
class RequestRecord:
    """A request that was accepted (or a Lock or Unlock that was done), until RETENTION_H after its end.

    `owner` is the controller that executes it, by its lease; None until it is begun.
    `position` is where its message stood on the bus, None where it came by another door.
    """

    id: str
    task: Task
    phase: Phase
    accepted_at: datetime
    expires_at: datetime
    position: Position | None = None
    owner: str | None = None
    steps: tuple[Step, ...] = ()
    outcome: Outcome | None = None
    finished_at: datetime | None = None

    @property
    def request(self) -> Request:
        """The request as it came; its payload is redacted once the final answer is stored."""
        return self.task.request

    def begun(self, owner: str) -> Self | None:
        """Owned and begun; None: it is too late for that."""
        phase = next_phase(self.phase, "begin")
        return replace(self, phase=phase, owner=owner) if phase else None

    def stepped(self, step: Step) -> Self:
        """With this step in the journal; a step of the same name and begin is replaced."""
        mark = (step.name, step.begun_at)
        others = tuple(each for each in self.steps if (each.name, each.begun_at) != mark)
        return replace(self, steps=(*others, step))

    def finished(self, outcome: Outcome, now: datetime) -> Self | None:
        """Ended with this outcome, and without secrets; None: it has ended already, or 404 comes too late for it."""
        expired = outcome.code == ExpiredRequestFailure.code
        phase = next_phase(self.phase, "abort" if outcome.aborted else "expire" if expired else "finish")
        if phase is None:
            return None
        kept = replace(self.request, payload=self.request.payload and redacted_json(self.request.payload))
        result = replace(outcome, payload=outcome.payload and redacted_json(outcome.payload))
        task = replace(self.task, request=kept)
        return replace(self, task=task, phase=phase, outcome=result, finished_at=now)

    @property
    def status_word(self) -> str:
        """ActionStatus' word (guide, "ActionStatus")."""
        if not self.phase.ended:
            return "IN_PROGRESS"
        if self.phase is Phase.ABORTED:
            return "ABORTED"
        return "SUCCESSFUL" if self.outcome and self.outcome.succeeded else "FAILED"

    def status_reason(self, now: datetime) -> str:
        """While running the step, its percent and how long it has taken; afterwards the final message."""
        if self.outcome:
            return self.outcome.message
        if self.phase is Phase.ACCEPTED:
            return "accepted, waiting for a worker"
        if not self.steps:
            return "begun"
        last = self.steps[-1]
        took_s = int((now - last.begun_at).total_seconds())
        return f"{last}, {took_s} s so far" if last.done_at is None and took_s > 0 else str(last)
