"""A controller without threads: each step of a request's way is one call, on a store in memory."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from appc.controller.decisions import Judgement, Rules, beginning, finishing
from appc.lcm.errors import Rejected
from appc.lcm.outcome import Outcome
from appc.lcm.planning import Surroundings, plan
from appc.lcm.policy import DEFAULT_POLICY, ParallelPolicy
from appc.lcm.ports.inventory import Inventory
from appc.lcm.ports.store import Change, Decision, Stored, View
from appc.lcm.record import Position, RequestRecord
from appc.lcm.request import Request, RequestKey
from appc.lcm.vnf import VnfState
from appc.stores.sqlite import SqliteStore
from tests.fakes.answers import PlainAnswers, read_answer
from tests.fakes.clock import FakeClock
from tests.fakes.device import ports_of
from tests.fakes.executor import FakeExecutor
from tests.fakes.inventory import NoInventory

LEASE = timedelta(seconds=10)


@dataclass(frozen=True)
class Circle:
    """What surrounds the desk: inventory, executor, policy, and the times in seconds."""

    inventory: Inventory = field(default_factory=NoInventory)
    executor: FakeExecutor = field(default_factory=FakeExecutor)
    policy: ParallelPolicy = DEFAULT_POLICY
    lock_ttl_s: int = 900
    default_ttl_s: int = 30


class Desk:
    """Requests are submitted, begun and finished by hand. Answers are plain JSON members.

    `owner` is this life of the controller; assign another one to play another controller.
    """

    def __init__(self, circle: Circle | None = None) -> None:
        circle = circle or Circle()
        self.clock = FakeClock()
        self.store = SqliteStore(None, self.clock)
        self.owner = self.store.join("first", LEASE)
        self._around = Surroundings(ports_of(circle.executor, circle.inventory), circle.default_ttl_s)
        self._rules = Rules(PlainAnswers(), circle.lock_ttl_s, circle.default_ttl_s, circle.policy)
        self._records: dict[RequestKey, tuple[str, str]] = {}

    def close(self) -> None:
        """Forget everything."""
        self.store.close()

    def submit(self, request: Request) -> dict[str, Any]:
        """Judge the request, checks 2 to 14: its only answer so far."""
        (answer,) = self.deliver(request)
        return answer

    def deliver(self, request: Request, position: Position | None = None) -> list[dict[str, Any]]:
        """Judge a message that stood at this position: its answers."""
        judgement = Judgement(request, position, self._rules)
        try:
            change = judgement.judged(plan(request, self._around, self.clock.now()))
        except Rejected as rejection:
            change = judgement.rejected(rejection)
        (stored,) = self.store.update_many([change], self.owner)
        if stored.record:
            self._records[request.key] = (stored.record.id, request.vnf_id)
        return self._published(stored)

    def begin(self, request: Request) -> RequestRecord | None:
        """Step 7: take the request; None where it is too late for that."""
        (stored,) = self.store.update_many([beginning(*self._records[request.key], self.owner)], self.owner)
        return stored.record

    def finish(self, request: Request, outcome: Outcome) -> list[dict[str, Any]]:
        """Step 9: end the request; its answers, none where it had ended already."""
        change = finishing(*self._records[request.key], outcome, self._rules)
        (stored,) = self.store.update_many([change], self.owner)
        return self._published(stored)

    def run(self, request: Request, outcome: Outcome | None = None) -> dict[str, Any]:
        """Submit, begin and finish; the final answer."""
        accepted = self.submit(request)
        if accepted["code"] != 100:
            return accepted
        self.begin(request)
        return self.finish(request, outcome or Outcome.success())[-1]

    def record_of(self, request: Request) -> RequestRecord:
        """What is remembered of the request."""
        record_id, vnf_id = self._records[request.key]
        record = self._look(vnf_id, record_id).record
        assert record
        return record

    def vnf(self, vnf_id: str) -> VnfState:
        """What is remembered of the VNF."""
        return self._look(vnf_id).vnf

    def _look(self, vnf_id: str, record_id: str | None = None) -> View:
        views: list[View] = []

        def decide(view: View) -> Decision:
            views.append(view)
            return Decision(view.vnf)

        self.store.update_many([Change(vnf_id, decide, record_id=record_id)], self.owner)
        return views[-1]

    def _published(self, stored: Stored) -> list[dict[str, Any]]:
        self.store.published([answer_id for answer_id, _ in stored.answers])
        return [read_answer(message) for _, message in stored.answers]
