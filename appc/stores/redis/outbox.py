"""Outbox on Redis: answers stand in the slots of their VNFs; indexes tell whose and for which messages."""

from collections.abc import Iterable, Sequence

from appc.lcm.ports.bus import Message, Offsets
from appc.lcm.record import Position
from appc.stores.redis.indexes import Scored, ask_moment, drop, moment_of, run_all, scored
from appc.stores.redis.keys import AnswerId
from appc.stores.redis.rounds import Command, Server, merged
from appc.stores.redis.scripts import FORGET, PUBLISHED
from appc.stores.redis.values import Judgement, answer_of

#: VNFs whose answers are marked, and judgements that are forgotten, in one round trip.
_BATCH = 500


class RedisOutbox:
    """Marks and reads answers."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def unpublished(self, owners: Sequence[str]) -> list[tuple[int, Message]]:
        """See Outbox."""
        keys = [self._server.keys.unpublished(owner) for owner in owners]
        now, *indexes = run_all(
            self._server, [ask_moment(self._server), *(("ZRANGE", key, 0, -1, "WITHSCORES") for key in keys)]
        )
        at = moment_of(self._server, now)
        found: list[tuple[int, Message]] = []
        for key, index in zip(keys, indexes, strict=True):
            members = scored(index)
            answers = self._unpublished(members)
            found += (each for each in answers if each)
            stale = [member for member, each in zip(members, answers, strict=True) if not each and at.over(member[1])]
            drop(self._server, key, stale)
        return sorted(found, key=lambda each: each[0])

    def _unpublished(self, members: Sequence[Scored]) -> list[tuple[int, Message] | None]:
        ids = [int(member, 16) for member, _ in members]
        questions: list[Command] = []
        for id in map(AnswerId.of, ids):
            vnf = self._server.keys.tagged(id.tag)
            questions += [("HGET", vnf.answers, id.name), ("HEXISTS", vnf.unpublished, id.name)]
        replies = iter(run_all(self._server, questions))
        return [
            (id, answer_of(kept)) if kept and open else None
            for id, (kept, open) in zip(ids, zip(replies, replies, strict=True), strict=True)
        ]

    def published(self, answer_ids: Sequence[int]) -> None:
        """See Outbox."""
        by_vnf: dict[str, list[AnswerId]] = {}
        for id in map(AnswerId.of, answer_ids):
            if id.time:  # else no store has given it out
                by_vnf.setdefault(id.tag, []).append(id)
        vnfs = [(self._server.keys.tagged(tag), ids) for tag, ids in by_vnf.items()]
        marks = [PUBLISHED.call([vnf.vnf, vnf.answers, vnf.unpublished], *(id.name for id in ids)) for vnf, ids in vnfs]
        tidying: list[Command] = []
        for (_, ids), owners in zip(vnfs, run_all(self._server, marks, _BATCH), strict=True):
            tidying += [
                ("ZREM", self._server.keys.unpublished(owner.decode()), f"{int(id):x}")
                for id, owner in zip(ids, owners, strict=True)
                if owner
            ]
        self._server.later(merged(tidying))

    def forget(self, topic: str, committed: Offsets) -> None:
        """See Outbox."""
        for partition, offset in committed.items():
            self._forget(topic, partition, offset)

    def _forget(self, topic: str, partition: int, committed: int) -> None:
        index = self._server.keys.judged(topic, partition)
        kept = 0
        while True:
            page: Command = ("ZRANGEBYSCORE", index, "-inf", f"({committed}", "LIMIT", kept, _BATCH)
            now, members = self._server.run([ask_moment(self._server), page]).stages[0]
            if not members:
                return
            at = moment_of(self._server, now)
            judgements = [Judgement.of(member) for member in members]
            left = self._forget_answers({(each.tag, Position(topic, partition, each.offset)) for each in judgements})
            # an answer that is being written now has entered itself here already, and is looked for again
            done = [each for each in judgements if at.over(each.written_by_us) and not left[each.tag, each.offset]]
            self._server.later(merged(("ZREM", index, each.text()) for each in done))
            kept += len(members) - len(done)

    def _forget_answers(self, judgements: Iterable[tuple[str, Position]]) -> dict[tuple[str, int], int]:
        """Forget those that are published; how many are left of each, by the VNF's tag and the offset."""
        by_vnf: dict[str, list[Position]] = {}
        for tag, position in judgements:
            by_vnf.setdefault(tag, []).append(position)
        questions: list[Command] = []
        for tag, positions in by_vnf.items():
            vnf = self._server.keys.tagged(tag)
            questions.append(FORGET.call([vnf.answers, vnf.unpublished, *map(vnf.judgement, positions)]))
        left: dict[tuple[str, int], int] = {}
        for (tag, positions), numbers in zip(by_vnf.items(), run_all(self._server, questions), strict=True):
            left |= {(tag, position.offset): number for position, number in zip(positions, numbers, strict=True)}
        return left
