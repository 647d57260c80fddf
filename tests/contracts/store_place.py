"""What a back end of the store brings along, and the few steps of a request's way that its contract is written in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

from appc.controller.decisions import Rules, beginning, finishing
from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.lcm.outcome import Outcome
from appc.lcm.phases import Phase
from appc.lcm.ports.bus import Message
from appc.lcm.ports.store import (
    Answer,
    Change,
    Decision,
    Documents,
    Leases,
    Ledger,
    Outbox,
    RequestQueue,
    Search,
    Stored,
    View,
)
from appc.lcm.record import Position, RequestRecord, Task
from appc.lcm.request import Request, RequestKey
from appc.lcm.target import Target
from appc.lcm.vnf import InProgress
from tests.fakes.answers import TOPIC, PlainAnswers, code_of
from tests.fakes.clock import FakeClock
from tests.fakes.requests import a_request

LEASE = timedelta(seconds=10)
RULES = Rules(PlainAnswers())
SUCCESS = Outcome.success()

#: Where requests come from.
READ = "requests"


class Store(Ledger, RequestQueue, Outbox, Leases, Documents, Protocol):
    """All ports of the store in one handle."""

    def close(self) -> None:
        """Release it; idempotent."""


class StorePlace(Protocol):
    """An empty store, for one test. The store's clock is `clock`, for all handles of this process."""

    @property
    def clock(self) -> FakeClock:
        """The store's clock."""

    @property
    def opener(self) -> Callable[[], Store]:
        """Opens a handle in any process, on a clock of its own: can be pickled. Who calls it closes the handle."""

    def open(self) -> Store:
        """One more handle, as another controller would have it; closed after the test."""


def a_record(request: Request | None = None, lane: str = "lane", default_ttl_s: int = 30) -> RequestRecord:
    """An accepted request, as admission makes it. Accepted when it was sent."""
    request = request or a_request("Configure")
    action = ACTIONS[request.action]
    protocol = DeviceProtocol.OPENSTACK if action.protocol is DeviceProtocol.OPENSTACK else DeviceProtocol.SELF_SERVICE
    task = Task(request, Target(request.vnf_id), protocol, lane)
    return RequestRecord(str(uuid4()), task, Phase.ACCEPTED, request.sent_at, request.expires_at(default_ttl_s))


def offset(number: int, partition: int = 0, topic: str = READ) -> Position:
    """A place on the bus."""
    return Position(topic, partition, number)


def accepting(record: RequestRecord, position: Position | None = None) -> Change:
    """The change that lets the request in, whatever else goes on."""

    def decide(view: View) -> Decision:
        request = record.request
        entry = InProgress(record.id, request.key, request.action, record.task.target, request.mode, view.now)
        answer = RULES.answer(request, Outcome.accepted(), readies=record.id)
        return Decision(view.vnf.with_request(entry), record, (answer,))

    return Change(record.request.vnf_id, decide, position, record.request.key)


def answering(text: str, position: Position | None = None, vnf_id: str = "vnf-1") -> Change:
    """The change that only answers, as a rejection does."""
    return Change(vnf_id, lambda view: Decision(view.vnf, answers=(Answer(a_message(text)),)), position)


def a_message(text: str) -> Message:
    """An answer."""
    return Message(TOPIC, "vnf-1", text.encode())


def texts(stored: Stored) -> list[str]:
    """The answers of a change."""
    return [message.value.decode() for _, message in stored.answers]


def codes(stored: Stored) -> list[int]:
    """The codes of the answers of a change."""
    return [code_of(message) for _, message in stored.answers]


def store_one(store: Store, owner: str, change: Change) -> Stored:
    """Make one decision."""
    (stored,) = store.update_many([change], owner)
    return stored


def publish(store: Store, stored: Stored) -> None:
    """Mark its answers as published."""
    store.published([answer_id for answer_id, _ in stored.answers])


def accept(store: Store, owner: str, record: RequestRecord) -> RequestRecord:
    """Let the request in and publish its 100."""
    publish(store, store_one(store, owner, accepting(record, record.position)))
    return record


def begin(store: Store, owner: str, record: RequestRecord) -> RequestRecord | None:
    """Take the request; None where it is too late."""
    return store_one(store, owner, beginning(record.id, record.request.vnf_id, owner)).record


def begun(store: Store, owner: str, record: RequestRecord) -> RequestRecord:
    """Accept and take the request."""
    taken = begin(store, owner, accept(store, owner, record))
    assert taken
    return taken


def finish(store: Store, owner: str, record: RequestRecord, outcome: Outcome = SUCCESS) -> Stored:
    """End the request, without publishing the answer."""
    return store_one(store, owner, finishing(record.id, record.request.vnf_id, outcome, RULES))


def finished(store: Store, owner: str, record: RequestRecord, outcome: Outcome = SUCCESS) -> RequestRecord:
    """Accept, take and end the request, everything published."""
    stored = finish(store, owner, begun(store, owner, record), outcome)
    publish(store, stored)
    assert stored.record
    return stored.record


def view(
    store: Store,
    vnf_id: str = "vnf-1",
    *,
    key: RequestKey | None = None,
    record: RequestRecord | None = None,
    search: Search | None = None,
) -> View:
    """What a change sees now; nothing is changed."""
    views: list[View] = []

    def look(view: View) -> Decision:
        views.append(view)
        return Decision(view.vnf)

    store.update_many([Change(vnf_id, look, None, key, record.id if record else None, search)], "looker#1")
    return views[-1]
