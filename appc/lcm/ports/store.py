"""The ports of the store: states and records, the queue, the outbox, leases and documents.

Whatever cannot be reached raises `Unavailable`; the callers wait and try again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from appc.lcm.admission import Claim
from appc.lcm.ports.bus import Message, Offsets
from appc.lcm.record import Position, RequestRecord
from appc.lcm.request import RequestKey
from appc.lcm.vnf import VnfState


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
    `orphans`: record ids in progress on the VNF whose owner's lease has lapsed. `alive`: the lease of who asks holds.
    """

    vnf: VnfState
    now: datetime
    claims: tuple[Claim, ...] = ()
    record: RequestRecord | None = None
    found: tuple[RequestRecord, ...] = ()
    orphans: frozenset[str] = frozenset()
    alive: bool = True


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
