"""The ports: what the core asks of the outside. Small protocols; an implementation inherits nothing.

Whatever cannot be reached raises `Unavailable`; the callers wait and try again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from appc.lcm.admission import Claim
from appc.lcm.events import LcmEvent
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import Payload
from appc.lcm.record import Position, RequestRecord, Task, VmPlace
from appc.lcm.request import Request, RequestKey
from appc.lcm.vnf import VnfState


class Unavailable(Exception):
    """A bus or a store is out of reach for now; nothing is known of what was under way."""


class Misconfigured(Exception):
    """Settings or a file of the installation are wrong: nothing is started, the command ends with 2.

    `faults`: all of them, one line each, each with the name or the file and the field it is about.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class Clock(Protocol):
    """Time, so that tests own it."""

    def now(self) -> datetime:
        """The wall clock, in UTC, with time zone."""

    def monotonic(self) -> float:
        """Seconds that never jump."""


# ---------------------------------------------------------------- the bus


@dataclass(frozen=True)
class Message:
    """What is published. Messages of one `key` keep their order; None: no order asked for."""

    topic: str
    key: str | None
    value: bytes


@dataclass(frozen=True)
class Delivery:
    """What was read: a message, where it stood and when the bus took it."""

    position: Position
    key: str | None
    value: bytes
    received_at: datetime


class Refused(Exception):
    """The bus will never take these `messages`, however often they are published: each is larger than its topic allows.

    All others of the call are durable.
    """

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = tuple(messages)
        sizes = ", ".join(f"{len(message.value)} bytes for {message.topic}" for message in messages)
        super().__init__(f"larger than their topics allow: {sizes}")


#: The next offset to read, by partition.
Offsets = Mapping[int, int]


class Consumer(Protocol):
    """One member of a group. Not for several threads."""

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        """The next messages of the member's partitions, in the order they were published; [] at the time-out.

        Each is delivered once to this member; after a crash or a hand-over those behind the last
        commit are delivered again. Raises Unavailable.
        """

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Everything up to these is done with, for the group. Raises Unavailable."""

    def pause(self) -> None:
        """Deliver nothing until `resume`; go on polling, so that membership is kept."""

    def resume(self) -> None:
        """Deliver again."""

    def close(self) -> None:
        """Leave the group at once: others take the partitions over without waiting for a time-out."""


class Bus(Protocol):
    """Durable topics, shared by all processes that name the same bus."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Durable when it returns, all or (Unavailable) an unknown part; order as given for each key.

        Raises Unavailable; Refused where topics have limits that cannot be told before.
        """

    def consumer(self, topic: str, group: str, member: str | None = None) -> Consumer:
        """Join the group; the first member of a new group fixes where it starts, before this returns.

        `member`: a name that outlives restarts. Who joins under the name of a member that is still on the
        list is its next life, and takes its partitions at once. Raises Unavailable.
        """

    def committed(self, topic: str, group: str) -> Offsets:
        """The group's committed offsets; partitions without a commit are absent."""

    def close(self) -> None:
        """Release everything; idempotent."""


class TopicReader(Protocol):
    """Reading a topic without a group: what stands behind Message Router's own groups."""

    def end(self, topic: str) -> Offsets:
        """The offsets after the last message, for every partition."""

    def read(self, topic: str, offsets: Offsets, limit: int) -> list[Delivery]:
        """Up to `limit` messages from these offsets on, in the order they were published. Never waits."""

    def watch(self, topic: str, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify`, from any thread, when messages have come to the topic; returns what ends it."""


# ---------------------------------------------------------------- the store


@dataclass(frozen=True)
class Answer:
    """A message of the outbox. `readies`: the record that may be executed once this (the 100) is out."""

    message: Message
    readies: str | None = None


@dataclass(frozen=True)
class View:
    """What a change may look at, as of one moment of the store's clock.

    `vnf`: the state of the change's VNF. `claims`: requests that hold the change's key.
    `record`: the record the change names. `found`: records of the VNF that match its search, newest
    first; of several with the same three ids the newest is enough, and two with different ids are.
    `orphans`: record ids in progress on the VNF whose owner's lease has lapsed.
    """

    vnf: VnfState
    now: datetime
    claims: tuple[Claim, ...] = ()
    record: RequestRecord | None = None
    found: tuple[RequestRecord, ...] = ()
    orphans: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decision:
    """What a change does: all of it, or nothing. An unchanged `vnf` is not written."""

    vnf: VnfState
    record: RequestRecord | None = None
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Search:
    """ActionStatus' criteria; None matches any."""

    request_id: str
    sub_request_id: str | None = None
    originator_id: str | None = None


@dataclass(frozen=True)
class Change:
    """A decision to be made atomically for one VNF.

    `decide` is pure and may be called again after a conflict; it sees the effect of earlier changes
    of the same call. `position`: the message that is judged; one that was judged before is not judged
    again. `key`: the ids whose claims are looked up, held from then on if the decision saves a record.
    """

    vnf_id: str
    decide: Callable[[View], Decision]
    position: Position | None = None
    key: RequestKey | None = None
    record_id: str | None = None
    search: Search | None = None


@dataclass(frozen=True)
class Stored:
    """What became of a change. `answers`: ids of the outbox and their messages, in order.

    `redelivered`: the position was known; the answers are those of its first judgement.
    """

    answers: tuple[tuple[int, Message], ...]
    record: RequestRecord | None = None
    redelivered: bool = False


@dataclass(frozen=True)
class Waiting:
    """A request in the queue: accepted, its 100 is out, nobody has begun it."""

    record_id: str
    vnf_id: str
    lane: str
    expires_at: datetime


class Ledger(Protocol):
    """VNF states and request records."""

    def update_many(self, changes: Sequence[Change], owner: str) -> list[Stored]:
        """Make each decision and store it: state, record, claim and answers, atomically per VNF, in order.

        `owner` (of Leases.join) is who publishes the answers. Durable when it returns. Raises Unavailable.
        """

    def begun_by(self, owners: Sequence[str]) -> list[RequestRecord]:
        """What these owners have begun and not finished. Raises Unavailable."""

    def prune(self, finished_before: datetime) -> int:
        """Forget records that finished before then and whose TTL is over; returns how many. Raises Unavailable."""


class RequestQueue(Protocol):
    """The durable queue: requests that are accepted and not begun, shared by all controllers of the store."""

    def waiting(self, per_lane: int) -> list[Waiting]:
        """The heads: the oldest `per_lane` requests of each lane whose 100 is out, oldest first. Raises Unavailable."""

    def expired(self) -> list[Waiting]:
        """Those whose TTL has run out by the store's clock, whatever their place. Raises Unavailable."""

    def length(self) -> int:
        """How many there are. Raises Unavailable."""


class Outbox(Protocol):
    """Answers that are stored and perhaps not yet published."""

    def unpublished(self, owners: Sequence[str]) -> list[tuple[int, Message]]:
        """Answers that these controllers stored and nobody published, in the order stored. Raises Unavailable."""

    def published(self, answer_ids: Sequence[int]) -> None:
        """These are on the bus; requests whose 100 is among them enter the queue. Raises Unavailable."""

    def forget(self, topic: str, committed: Offsets) -> None:
        """Judgements below the committed offsets are not asked for again. Raises Unavailable."""


class Leases(Protocol):
    """Who is alive. An owner is one life of one controller: `<controller id>#<incarnation>`."""

    def join(self, controller_id: str, lease: timedelta) -> str:
        """Begin a new life of this controller and return its owner name; its former lives are over at once."""

    def renew(self, owner: str, lease: timedelta) -> bool:
        """Prolong the lease; False: it had lapsed, this life is over. Raises Unavailable."""

    def leave(self, owner: str) -> None:
        """End this life in order: what it still owns may be taken over at once."""

    def dead(self) -> list[str]:
        """Owners whose lease has lapsed and that still own a begun request or an unpublished answer."""


class Documents(Protocol):
    """Small JSON documents by kind and id, with versions: what the rest of the controller remembers."""

    def get(self, kind: str, id: str) -> tuple[dict[str, Any], int] | None:
        """The document and its version, or None. Raises Unavailable."""

    def put(self, kind: str, id: str, document: Mapping[str, Any], expected: int | None = None) -> int | None:
        """Store it and return the new version (1, 2, …).

        `expected`: only if that is the present version (0: only if there is none); else nothing is
        written and None returned. Raises Unavailable.
        """

    def delete(self, kind: str, id: str) -> None:
        """Forget it; nothing happens if there is none. Raises Unavailable."""

    def ids(self, kind: str, untouched_since: datetime | None = None) -> list[str]:
        """Ids of this kind, in order; with a time, only those last put before it. Raises Unavailable."""


# ---------------------------------------------------------------- inventory and executors


@dataclass(frozen=True)
class Vm:
    """A VM of the inventory. `cloud` is a name of clouds.yaml; `state` a stable state of the target's machine."""

    vm_id: str
    name: str | None = None
    cloud: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class Vnf:
    """A VNF of the inventory. `vms` is None where nobody keeps an inventory; `vnfcs` maps each VNFC to its VM's id."""

    vnf_id: str
    type: str | None
    state: str | None = None
    vms: tuple[Vm, ...] | None = None
    vnfcs: Mapping[str, str | None] = field(default_factory=dict)


class Inventory(Protocol):
    """What is known of VNFs."""

    def vnf(self, vnf_id: str) -> Vnf | None:
        """The VNF, or None if the inventory does not know it."""


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


class Observer(Protocol):
    """Hears what happens; must not block and is never fatal."""

    def notify(self, event: LcmEvent) -> None:
        """Something happened."""


class AnswerFormat(Protocol):
    """Builds the message that carries an outcome to where the request's answers go."""

    def answer(self, request: Request, outcome: Outcome) -> Message:
        """The answer of `request`; the same arguments give the same bytes."""
