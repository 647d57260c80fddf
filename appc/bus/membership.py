"""A consumer group of the embedded bus, as each of its members keeps it: leases, shares, hand-overs."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from appc.bus.changes import Changes
from appc.bus.topic_file import PARTITIONS, committed_of, messages_from
from appc.lcm.ports.bus import Delivery, Offsets
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Unavailable
from appc.sqlite_file import SqliteFile

_THIS_GROUP = "topic = :topic AND consumer_group = :group"


@dataclass(frozen=True)
class GroupName:
    """A group is one of a topic; the same name on another topic is another group.

    `member`: a member's name that outlives restarts; None for one that has none.
    """

    topic: str
    group: str
    member: str | None = None


@dataclass(frozen=True)
class Group:
    """A group at one moment: its members, elders first; who owns which partition; the committed offsets."""

    members: Sequence[str]
    owners: Mapping[int, str]
    committed: Offsets

    def owned(self, member: str) -> list[int]:
        """The member's partitions."""
        return [partition for partition, owner in self.owners.items() if owner == member]

    def surplus(self, member: str) -> int:
        """How many partitions the member owns beyond its share, below 0: is short of it. Elders get the remainder."""
        share, remainder = divmod(PARTITIONS, len(self.members))
        return len(self.owned(member)) - share - (self.members.index(member) < remainder)

    def leaving(self, member: str, ahead: Offsets) -> list[int]:
        """The member's surplus partitions: first those where it is not `ahead` of the commits."""
        order = sorted(self.owned(member), key=lambda partition: (self.in_flight(partition, ahead), -partition))
        return order[: max(self.surplus(member), 0)]

    def in_flight(self, partition: int, ahead: Offsets) -> bool:
        """Whether something was delivered from there that is not committed."""
        return ahead.get(partition, 0) > self.committed.get(partition, 0)

    def due(self, member: str) -> list[int]:
        """Partitions that nobody owns and the member is short of."""
        free = [partition for partition in range(PARTITIONS) if partition not in self.owners]
        return free[: max(-self.surplus(member), 0)]


class GroupMember:
    """One member of a group: the port Consumer.

    Partitions change hands by two rules. A living member gives up what is beyond its share at its own
    poll, once it has committed what it delivered from there. From a member that neither polled nor
    committed for `session_s` everything is taken at once; when it comes back it finds itself struck
    off, joins anew and starts from the commits.
    """

    def __init__(self, file: SqliteFile, changes: Changes, clock: Clock, name: GroupName, session_s: float) -> None:
        self._file = file
        self._changes = changes
        self._clock = clock
        self._name = name
        # Written at every fifth of the session at most; the lease is longer by that, so that `session_s` is kept.
        self._heartbeat_s = session_s / 5
        self._lease_s = session_s + self._heartbeat_s
        self._id = ""
        self._next: dict[int, int] = {}  # what is delivered next, by partition
        self._paused = self._closed = False
        with self._file.writing() as db:
            self._show_up(db)
        self._changes.announce()

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        """See the port. The wait is real time; leases go by the clock."""
        deadline = time.monotonic() + timeout_s
        while True:
            seen = self._changes.count
            if deliveries := self._turn(limit):
                self._next |= {found.position.partition: found.position.offset + 1 for found in deliveries}
                return deliveries
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return []
            self._changes.wait(seen, min(left_s, self._heartbeat_s))

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        """See the port. What was delivered before a partition was lost is not committed, for others have it now."""
        if not deliveries:
            return
        done: dict[int, int] = {}
        for position in (delivery.position for delivery in deliveries):
            done[position.partition] = max(done.get(position.partition, 0), position.offset + 1)
        with self._file.writing() as db:
            group = self._group(db)
            for partition in done.keys() & set(group.owned(self._id)):
                offset = min(done[partition], self._next.get(partition, 0))
                if offset > group.committed.get(partition, 0):
                    row = (self._name.topic, self._name.group, partition, offset)
                    db.execute("INSERT OR REPLACE INTO committed VALUES (?, ?, ?, ?)", row)
            db.execute("UPDATE member SET seen = :now WHERE id = :id", self._facts())

    def pause(self) -> None:
        """See the port."""
        self._paused = True

    def resume(self) -> None:
        """See the port."""
        self._paused = False

    def close(self) -> None:
        """See the port; idempotent. Where the file is out of reach, the lease runs out instead."""
        if self._closed:
            return
        self._closed = True
        with suppress(Unavailable), self._file.writing() as db:
            db.execute("DELETE FROM member WHERE id = :id", self._facts())
            db.execute("DELETE FROM owner WHERE member = :id", self._facts())
        self._changes.announce()

    def _turn(self, limit: int) -> list[Delivery]:
        """Read, if the group may stay as it is; else bring it in order and read."""
        with self._file.reading() as db:
            group = self._group(db)
            if not self._is_restless(db, group):
                return self._read(db, group, limit)
        with self._file.writing() as db:
            self._show_up(db)
            self._move(db)
            deliveries = self._read(db, self._group(db), limit)
        self._changes.announce()
        return deliveries

    def _is_restless(self, db: sqlite3.Connection, group: Group) -> bool:
        """Whether something must be written: a heartbeat, a death, a hand-over."""
        late = f"""SELECT 1 FROM member WHERE {_THIS_GROUP}
            AND abs(:now - seen) >= CASE id WHEN :id THEN :heartbeat_s ELSE lease_s END"""
        if self._id not in group.members or db.execute(late, self._facts()).fetchone():
            return True
        leaving = group.leaving(self._id, self._next)
        return bool(group.due(self._id)) or not all(group.in_flight(partition, self._next) for partition in leaving)

    def _show_up(self, db: sqlite3.Connection) -> None:
        """Say that this member lives, (re-)join if it is not on the list, strike off who is dead."""
        if self._closed:
            raise Unavailable("this consumer is closed")
        known = db.execute("UPDATE member SET seen = :now WHERE id = :id", self._facts()).rowcount
        # A difference in either direction: a clock that was set back must not keep the dead alive.
        db.execute(f"DELETE FROM member WHERE {_THIS_GROUP} AND abs(:now - seen) >= lease_s", self._facts())
        if not known:
            self._join(db)
        db.execute(f"DELETE FROM owner WHERE {_THIS_GROUP} AND member NOT IN (SELECT id FROM member)", self._facts())

    def _join(self, db: sqlite3.Connection) -> None:
        """Come on the list. A name has one life: a new one ends the former, which then stays away."""
        namesake = f"FROM member WHERE {_THIS_GROUP} AND name = :name"
        if self._id and db.execute(f"SELECT 1 {namesake}", self._facts()).fetchone():
            raise Unavailable(f"another consumer has joined as {self._name.member}")
        db.execute(f"DELETE {namesake}", self._facts())
        self._id = uuid4().hex
        db.execute("INSERT INTO member VALUES (NULL, :id, :name, :topic, :group, :now, :lease_s)", self._facts())

    def _move(self, db: sqlite3.Connection) -> None:
        """Give up what is surplus and committed; take what is due and free."""
        group = self._group(db)
        for partition in group.leaving(self._id, self._next):
            if not group.in_flight(partition, self._next):
                sql = f"DELETE FROM owner WHERE {_THIS_GROUP} AND partition = :partition"
                db.execute(sql, self._facts() | {"partition": partition})
        for partition in group.due(self._id):
            self._next.pop(partition, None)  # whatever it was in an earlier life: others may have come further
            sql = "INSERT INTO owner VALUES (:topic, :group, :partition, :id)"
            db.execute(sql, self._facts() | {"partition": partition})

    def _read(self, db: sqlite3.Connection, group: Group, limit: int) -> list[Delivery]:
        self._next = {
            partition: self._next.get(partition, group.committed.get(partition, 0))
            for partition in group.owned(self._id)
        }
        if self._paused:
            return []
        leaving = group.leaving(self._id, self._next)
        wanted = {partition: offset for partition, offset in self._next.items() if partition not in leaving}
        return messages_from(db, self._name.topic, wanted, limit)

    def _group(self, db: sqlite3.Connection) -> Group:
        members = db.execute(f"SELECT id FROM member WHERE {_THIS_GROUP} ORDER BY seniority", self._facts())
        owners = db.execute(f"SELECT partition, member FROM owner WHERE {_THIS_GROUP}", self._facts())
        committed = committed_of(db, self._name.topic, self._name.group)
        return Group([member for (member,) in members], dict(owners.fetchall()), committed)

    def _facts(self) -> dict[str, str | float | None]:
        return {
            "topic": self._name.topic,
            "group": self._name.group,
            "id": self._id,
            "name": self._name.member,
            "now": self._clock.now().timestamp(),
            "heartbeat_s": self._heartbeat_s,
            "lease_s": self._lease_s,
        }
