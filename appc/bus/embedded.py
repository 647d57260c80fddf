"""The embedded bus: durable topics in one SQLite file, for the processes of one machine."""

import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zlib import crc32

from appc.bus.changes import Changes
from appc.bus.membership import GroupMember, GroupName
from appc.bus.topic_file import PARTITIONS, SCHEMA, committed_of, end_of, messages_from
from appc.lcm.ports.bus import Consumer, Delivery, Message, Offsets
from appc.lcm.ports.clock import Clock
from appc.sqlite_file import SqliteFile

#: How many messages one transaction of `prune` looks at: publishers get their turn in between.
_PRUNE_STEP = 1000

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class _Watch:
    topic: str
    notify: Callable[[], None]
    seen: Offsets


class EmbeddedBus:
    """The ports Bus and TopicReader on one file. For many threads; several processes may open the same file.

    `session_s`: a member of a group that does not poll for longer is taken for dead. `busy_s`: how long
    a writer of another process is waited for. Raises: Unavailable.
    """

    def __init__(self, path: Path, clock: Clock, session_s: float = 10.0, busy_s: float = 5.0) -> None:
        self._clock = clock
        self._session_s = session_s
        self._file = SqliteFile(path, SCHEMA, busy_s)
        self._changes = Changes(self._file.data_version, self._tell)
        self._members: list[GroupMember] = []
        self._watches: list[_Watch] = []
        self._calls = itertools.count()

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port: one transaction, so all or nothing. Messages without a key share one partition."""
        received_at = self._clock.now().timestamp()
        keyless = next(self._calls) % PARTITIONS
        ends: dict[tuple[str, int], int] = {}
        rows = []
        with self._file.writing() as db:
            for message in messages:
                partition = keyless if message.key is None else crc32(message.key.encode()) % PARTITIONS
                place = message.topic, partition
                if place not in ends:
                    ends[place] = end_of(db, *place)
                rows.append((*place, ends[place], received_at, message.key, message.value))
                ends[place] += 1
            db.executemany("INSERT INTO message VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows)
            db.executemany(
                "INSERT OR REPLACE INTO topic_end VALUES (?, ?, ?)", [(*place, end) for place, end in ends.items()]
            )
        self._changes.announce()

    def consumer(self, topic: str, group: str, member: str | None = None) -> Consumer:
        """See the port. A new group starts at the beginning of what is kept."""
        self._changes.start()
        name = GroupName(topic, group, member)
        joined = GroupMember(self._file, self._changes, self._clock, name, self._session_s)
        self._members.append(joined)
        return joined

    def committed(self, topic: str, group: str) -> Offsets:
        """See the port."""
        with self._file.reading() as db:
            return committed_of(db, topic, group)

    def end(self, topic: str) -> Offsets:
        """See the port."""
        with self._file.reading() as db:
            return {partition: end_of(db, topic, partition) for partition in range(PARTITIONS)}

    def read(self, topic: str, offsets: Offsets, limit: int) -> list[Delivery]:
        """See the port. Partitions without an offset are left out; a pruned offset stands for the first one kept."""
        with self._file.reading() as db:
            return messages_from(db, topic, offsets, limit)

    def watch(self, topic: str, notify: Callable[[], None]) -> Callable[[], None]:
        """See the port: messages that come after this call; `notify` may be called once more while it is ended."""
        self._changes.start()
        watch = _Watch(topic, notify, self.end(topic))
        self._watches.append(watch)

        def end() -> None:
            if watch in self._watches:
                self._watches.remove(watch)

        return end

    def prune(self, before: datetime) -> int:
        """Delete messages that came before then, read or not; returns how many. Offsets go on. Raises: Unavailable."""
        sql = "DELETE FROM message WHERE seq IN (SELECT seq FROM message ORDER BY seq LIMIT ?) AND received_at < ?"
        pruned = 0
        while True:
            with self._file.writing() as db:
                step = db.execute(sql, (_PRUNE_STEP, before.timestamp())).rowcount
            pruned += step
            if step < _PRUNE_STEP:
                return pruned

    def close(self) -> None:
        """See the port: members leave their groups, watches end, a poll that waits raises Unavailable."""
        for member in self._members:
            member.close()
        self._changes.stop()
        self._file.close()

    def _tell(self) -> None:
        watches = list(self._watches)
        ends = {topic: self.end(topic) for topic in {watch.topic for watch in watches}}
        for watch in watches:
            if watch.seen != ends[watch.topic]:
                watch.seen = ends[watch.topic]
                try:
                    watch.notify()
                except Exception:
                    logger.exception("the watch on topic %s failed", watch.topic)
