"""The indexes that span VNFs: what is entered before a VNF is written, and what is cleared away after it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from appc.lcm.record import Position, RequestRecord
from appc.stores.redis.keys import AnswerId, Keys, VnfKeys
from appc.stores.redis.rounds import Command, Replies, Server
from appc.stores.redis.scripts import DROP, MOMENT
from appc.stores.redis.time import microseconds
from appc.stores.redis.values import Judgement, QueueEntry

#: A decision is stored within this time after its VNF was read, or made again, in microseconds. A controller that dies
#: in between is waited for by those who have the same three ids, for little more than this: less than a lease takes.
DECISION_US = 5_000_000
#: How far the clocks of a cluster's servers may lie apart, in microseconds.
SKEW_US = 1_000_000


class Entries:
    """Which entries a decision needs. `written_by_us`: by then the VNF is written, or never by this decision."""

    def __init__(self, keys: Keys, vnf: VnfKeys, written_by_us: int) -> None:
        self._keys = keys
        self._vnf = vnf
        self._by = written_by_us
        self.before: list[Command] = []
        self.after: list[Command] = []

    def claim(self, record: RequestRecord) -> None:
        """The record uses its three ids."""
        self.before.append(("HSET", self._keys.claim(record.request.key)[1], record.id, self._vnf.tag))

    def wait(self, record: RequestRecord, vnf_id: str, sequence: int) -> None:
        """The record waits in the queue."""
        lane, expires_us = record.task.lane, microseconds(record.expires_at)
        entry = QueueEntry(record.id, vnf_id, lane, expires_us, sequence, self._by)
        self.before += [
            ("HSET", self._keys.entries, record.id, entry.text()),
            ("SADD", self._keys.lanes, self._keys.lane(lane).removeprefix(self._keys.lane_prefix)),
            ("ZADD", self._keys.lane(lane), sequence, record.id),
            ("ZADD", self._keys.expiring, expires_us, record.id),
        ]

    def wait_no_more(self, record: RequestRecord) -> None:
        """The record was begun, or has ended."""
        self.after += [
            ("ZREM", self._keys.lane(record.task.lane), record.id),
            ("ZREM", self._keys.expiring, record.id),
            ("HDEL", self._keys.entries, record.id),
        ]

    def begin(self, record_id: str, owner: str) -> None:
        """The owner has begun the record."""
        self.before += [self._owns(owner), ("ZADD", self._keys.begun(owner), self._by, self._member(record_id))]

    def begun_no_more(self, record_id: str, owner: str) -> None:
        """The record has ended, or is another's."""
        self.after.append(("ZREM", self._keys.begun(owner), self._member(record_id)))

    def end(self, record: RequestRecord) -> None:
        """The record has ended."""
        finished_us = microseconds(record.finished_at) if record.finished_at else 0
        self.before.append(("ZADD", self._keys.finished, finished_us, self._member(record.id)))

    def answer(self, answer: AnswerId, owner: str, position: Position | None) -> None:
        """The owner has to publish this."""
        self.before += [self._owns(owner), ("ZADD", self._keys.unpublished(owner), self._by, f"{int(answer):x}")]
        if position:
            member = Judgement(position.offset, self._vnf.tag, self._by).text()
            self.before.append(("ZADD", self._keys.judged(position.topic, position.partition), position.offset, member))

    def _owns(self, owner: str) -> Command:
        return ("ZADD", self._keys.owners, self._by, owner)

    def _member(self, record_id: str) -> str:
        return f"{self._vnf.tag} {record_id}"


#: A member of an index, and its score.
Scored = tuple[bytes, float]


def scored(reply: Sequence[bytes]) -> list[Scored]:
    """The members that Redis has sent with their scores."""
    return [(member, float(score)) for member, score in zip(reply[::2], reply[1::2], strict=True)]


@dataclass(frozen=True)
class Moment:
    """Redis' own time, the store's time, and who is alive."""

    server_us: int
    now_us: int
    alive: frozenset[str]

    def over(self, written_by_us: float) -> bool:
        """Whether what was to be written by then will not be written any more."""
        return written_by_us + SKEW_US < self.now_us


def ask_moment(server: Server) -> Command:
    """The question for the moment."""
    return MOMENT.call([server.keys.leases], server.clock.argument)


def moment_of(server: Server, reply: list[Any]) -> Moment:
    """The answer to it."""
    seconds, micros, *alive = reply
    server_us = int(seconds) * 1_000_000 + int(micros)
    return Moment(server_us, server.clock.now(server_us), frozenset(owner.decode() for owner in alive))


def drop(server: Server, key: str, members: Iterable[Scored]) -> None:
    """Clear these members, with their scores as seen, out of an index."""
    flat = [part for member, score in members for part in (member, f"{score:.0f}")]
    if flat:
        server.later([DROP.call([key], *flat)])


def run_all(server: Server, commands: list[Command], at_once: int = 1000) -> list[Any]:
    """Any number of commands, in as many round trips as it takes."""
    replies: list[Any] = []
    for begin in range(0, len(commands), at_once):
        done: Replies = server.run(commands[begin : begin + at_once])
        replies += done.stages[0]
    return replies
