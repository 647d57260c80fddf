"""Controllers in this process: lives that share a store, a bus, a clock and a cloud, and may die at any point."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from appc.controller.backlog import Backlog
from appc.controller.controller import Controller, Submission, Unreadable
from appc.controller.core import Core
from appc.controller.decisions import Rules, beginning
from appc.controller.finisher import Finisher
from appc.controller.observers import Observers
from appc.controller.ownership import Ownership
from appc.controller.recovery import Recovery
from appc.controller.replies import Replies
from appc.controller.workers import WorkerPool
from appc.lcm.events import LcmEvent
from appc.lcm.planning import Surroundings
from appc.lcm.policy import DEFAULT_POLICY, ParallelPolicy
from appc.lcm.ports.bus import Message
from appc.lcm.ports.execution import Executor
from appc.lcm.ports.inventory import Inventory
from appc.lcm.ports.outside import Ports
from appc.lcm.ports.reporting import AnswerFormat
from appc.lcm.ports.store import Change, Decision, Search, View
from appc.lcm.record import Position, RequestRecord
from appc.lcm.request import Request
from appc.lcm.vnf import VnfState
from appc.northbound.bus import BusListener, MessageReader, MessageTopics
from appc.stores.sqlite import SqliteStore
from appc.wire.envelope import build_request
from appc.wire.schemas import installed_schemas
from tests.fakes.answers import TOPIC, PlainAnswers
from tests.fakes.clock import FakeClock
from tests.fakes.device import ports_of
from tests.fakes.executor import FakeExecutor
from tests.fakes.faulty import Faults, faulty
from tests.fakes.inventory import NoInventory
from tests.fakes.memory_bus import MemoryBus
from tests.fakes.requests import VM_A, a_request, ids

REQUESTS, DEAD_LETTERS, GROUP = "requests", "dead-letters", "appc"
LEASE_S = 10.0
#: How long anything may take before a test gives up, in seconds.
PATIENCE_S = 20.0


class World:
    """What outlives a controller."""

    def __init__(self, inventory: Inventory | None = None, path: Path | None = None) -> None:
        self.clock = FakeClock()
        self.store = SqliteStore(path, self.clock)
        self.bus = MemoryBus(self.clock)
        self.bus.longest_wait_s = 0.02  # a stop is noticed after a poll
        self.executor = FakeExecutor()
        self.inventory = inventory or NoInventory()
        self._lives: list[Life] = []

    def life(self, controller_id: str = "first", **settings: Any) -> "Life":
        """One more life of a controller; it is stopped with the world."""
        life = Life(self, controller_id, **settings)
        self._lives.append(life)
        return life

    def close(self) -> None:
        """Stop whoever still lives."""
        self.executor.release()
        for life in self._lives:
            life.stop(drain_s=0.0)
        self.store.close()

    def request(self, vm_id: str | None = VM_A, vnf_id: str = "vnf-1", action: str = "Restart", **more: Any) -> Request:
        """A request for one VM (None: for the VNF), sent now."""
        return a_request(action, ids(vnf_id, vm_id), sent_at=self.clock.now(), **more)

    # ------------------------------------------------------------ the bus

    def send(self, *requests: Request) -> None:
        """Publish them as a client does."""
        self.bus.publish([Message(REQUESTS, each.vnf_id, build_request(each)) for each in requests])

    def answers(self, *requests: Request) -> list[bytes]:
        """What was published in answer to them (to all, if none is named), in order."""
        wanted = {each.key.request_id for each in requests}
        values = [value for _, value in self.bus.messages(TOPIC)]
        return [value for value in values if not wanted or json.loads(value)["request-id"] in wanted]

    def codes(self, *requests: Request) -> list[int]:
        """Their codes, in order."""
        return [json.loads(value)["code"] for value in self.answers(*requests)]

    def final(self, request: Request, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """The final answer, as soon as there is one."""

        def there() -> bool:
            return any(code // 100 not in (1, 5) for code in self.codes(request))

        self.wait_until(there, f"final of {request}", patience_s)
        final: dict[str, Any] = json.loads(self.answers(request)[-1])
        return final

    def wait_until(
        self, condition: Callable[[], bool], what: str = "the condition", patience_s: float = PATIENCE_S
    ) -> None:
        """Look again whenever an answer is published. Raises: TimeoutError."""
        published = threading.Event()
        end = self.bus.watch(TOPIC, published.set)
        ends_at = time.monotonic() + patience_s
        try:
            while not condition():
                if not published.wait(ends_at - time.monotonic()):
                    raise TimeoutError(f"{what}: not within {patience_s} s")
                published.clear()
        finally:
            end()

    # ------------------------------------------------------------ the store

    def vnf(self, vnf_id: str = "vnf-1") -> VnfState:
        """What is known of the VNF."""
        return self._view(vnf_id).vnf

    def record_of(self, request: Request) -> RequestRecord:
        """What is remembered of an accepted request."""
        (record,) = self._view(request.vnf_id, Search(*_ids(request))).found
        return record

    def status(self, request: Request) -> tuple[str, str]:
        """ActionStatus' word and reason."""
        record = self.record_of(request)
        return record.status_word, record.status_reason(self.clock.now())

    def _view(self, vnf_id: str, search: Search | None = None) -> View:
        seen: list[View] = []

        def look(view: View) -> Decision:
            seen.append(view)
            return Decision(view.vnf)

        self.store.update_many([Change(vnf_id, look, search=search)], "nobody#0")
        return seen[0]


class Life:
    """One life of a controller, all threads of the path included. `events`: what its observer heard.

    Its store and its bus fail and die by `faults`. Nothing renews its lease but the test.
    """

    def __init__(
        self,
        world: World,
        controller_id: str = "first",
        *,
        workers: int = 4,
        lease_s: float = LEASE_S,
        queue_size: int = 1000,
        policy: ParallelPolicy = DEFAULT_POLICY,
        answers: AnswerFormat | None = None,
        executor: Executor | None = None,
        ports: Ports | None = None,
    ) -> None:
        """`executor`, `ports`: in place of the world's."""
        self.world = world
        self.faults = Faults()
        self.store = faulty(world.store, self.faults)
        self.bus = faulty(world.bus, self.faults)
        self.events: list[LcmEvent] = []
        self.dead_letter_codes: list[int | None] = []
        self.ownership = Ownership(self.store, controller_id, timedelta(seconds=lease_s), world.clock)
        rules = Rules(answers or PlainAnswers(), policy=policy)
        self.core = Core(self.store, self.ownership, rules, Observers([self]), world.clock)
        self.stopping = threading.Event()
        self.replies = Replies(self.bus, self.store, self.stopping)
        self.finisher = Finisher(self.core, self.replies)
        ports = ports or ports_of(executor or world.executor, world.inventory)
        self.workers = WorkerPool(self.core, ports, self.finisher, workers)
        self.recovery = Recovery(self.store, self.core, self.finisher, self.replies)
        around = Surroundings(ports)
        self.controller = Controller(self.core, around, self.replies, self.workers.wake)
        self._backlog = Backlog(self.store, queue_size)
        self._listener: BusListener | None = None
        self._working = self._recovering = False

    def notify(self, event: LcmEvent) -> None:
        """Port Observer."""
        self.events.append(event)

    def heard(self) -> list[str]:
        """The names of the events."""
        return [type(event).__name__ for event in self.events]

    # ------------------------------------------------------------ its threads

    def start(self) -> "Life":
        """Work off the queue."""
        self.finisher.start()
        self.workers.start()
        self._working = True
        return self

    def recover(self) -> "Life":
        """Answer for the dead, then go on watching."""
        self.recovery.start()
        self._recovering = True
        return self

    def listen(self, reader: MessageReader | None = None) -> "Life":
        """Read the bus."""
        self._listener = BusListener(
            lambda: self.bus.consumer(REQUESTS, GROUP),
            self.controller,
            reader or MessageReader(installed_schemas(), MessageTopics(TOPIC, DEAD_LETTERS), 10_000),
            self._backlog,
            self.dead_letter_codes.append,
        )
        self._listener.start()
        return self

    def stop(self, drain_s: float = PATIENCE_S, cancel_s: float = PATIENCE_S) -> None:
        """As an orderly stop does. Nothing happens where it has died, or was stopped before."""
        if self.faults.died.is_set() or self.stopping.is_set():
            return
        self.stopping.set()
        if self._listener:
            self._listener.stop()
        if self._working:
            self.workers.stop(drain_s, cancel_s)
            self.finisher.stop(PATIENCE_S)
        if self._recovering:
            self.recovery.stop()
        self.store.leave(self.ownership.owner)

    # ------------------------------------------------------------ what a test does with it

    def submit(self, *requests: Request) -> list[int]:
        """Judge them, as messages of no bus; the codes of their answers."""
        before = len(self.world.answers())
        self.controller.submit_many([Submission(each) for each in requests])
        return self.world.codes()[before:]

    def deliver(self, batch: Sequence[Request | tuple[Message, ...]], offset: int = 0) -> bool:
        """Judge them as the messages from this offset on; messages in place of a request: it is unreadable."""
        positions = [Position(REQUESTS, 0, offset + number) for number in range(len(batch))]
        return self.controller.submit_many(
            [
                Submission(each, at) if isinstance(each, Request) else Unreadable(at, each)
                for each, at in zip(batch, positions, strict=True)
            ]
        )

    def begin(self, request: Request) -> RequestRecord:
        """Submit it and take it, without a worker."""
        assert self.submit(request) == [100]
        owner = self.ownership.owner
        change = beginning(self.world.record_of(request).id, request.vnf_id, owner)
        (stored,) = self.store.update_many([change], owner)
        assert stored.record
        return stored.record

    def let_pass(self) -> None:
        """Wait until the dispatcher has looked at the queue twice: what it wanted to begin has begun."""
        for _ in range(2):
            looks = self.faults.passed("before expired")
            self.workers.wake()
            self.faults.wait_for("before expired", looks + 1)


def _ids(request: Request) -> tuple[str, str | None, str]:
    return request.key.request_id, request.key.sub_request_id, request.key.originator_id
