"""RequestQueue on Redis: an index of what was accepted; whether it still waits says its VNF."""

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter

from appc.lcm.phases import Phase
from appc.lcm.ports.store import Waiting
from appc.stores.redis.indexes import Moment, ask_moment, moment_of, run_all
from appc.stores.redis.rounds import Command, Server
from appc.stores.redis.scripts import EXPIRED, HEADS, LEAVE_QUEUE
from appc.stores.redis.values import OpenRecord, QueueEntry


class Queue:
    """Reads the queue."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def waiting(self, per_lane: int) -> list[Waiting]:
        """See RequestQueue."""
        keys = self._server.keys
        asked = per_lane
        while True:
            heads = self._entries(HEADS.call([keys.lanes, keys.lane_prefix, keys.entries], asked))
            waiting = self._waiting(*heads)
            seen = Counter(entry.lane for entry in heads[1])
            found = Counter(entry.lane for entry in waiting)
            if all(found[lane] >= per_lane or number < asked for lane, number in seen.items()):
                return _shown(waiting, per_lane)
            asked *= 4  # what leads a lane has not had its 100, or is a remnant

    def expired(self) -> list[Waiting]:
        """See RequestQueue."""
        keys = self._server.keys
        return _shown(
            self._waiting(*self._entries(EXPIRED.call([keys.expiring, keys.entries], self._server.clock.argument)))
        )

    def length(self) -> int:
        """See RequestQueue. What others began a moment ago may be among it."""
        return int(self._server.run([("ZCARD", self._server.keys.expiring)]).stages[0][0])

    def _entries(self, question: Command) -> tuple[Moment, list[QueueEntry]]:
        now, texts = self._server.run([ask_moment(self._server), question]).stages[0]
        return moment_of(self._server, now), [QueueEntry.of(text) for text in texts]

    def _waiting(self, at: Moment, entries: Sequence[QueueEntry]) -> list[QueueEntry]:
        """Those that wait and have had their 100. Remnants are cleared away."""
        keys = self._server.keys
        replies = run_all(
            self._server,
            [
                ("HMGET", keys.vnf(entry.vnf_id).vnf, f"open {entry.record_id}", f"ready {entry.record_id}")
                for entry in entries
            ],
        )
        found = []
        for entry, (opened, ready) in zip(entries, replies, strict=True):
            if opened and OpenRecord.of(opened).phase is Phase.ACCEPTED:
                found += [entry] if ready else []
            elif at.over(entry.written_by_us):
                names = [keys.entries, keys.expiring, keys.lane(entry.lane)]
                self._server.later([LEAVE_QUEUE.call(names, entry.record_id, entry.text())])
        return found


def _shown(entries: Sequence[QueueEntry], per_lane: int | None = None) -> list[Waiting]:
    shown: list[Waiting] = []
    by_lane: Counter[str] = Counter()
    for entry in sorted(entries, key=attrgetter("sequence", "record_id")):
        by_lane[entry.lane] += 1
        if per_lane is None or by_lane[entry.lane] <= per_lane:
            shown.append(entry.waiting())
    return shown
