"""Records by who has begun them, and by when they finished: the rest of Ledger on Redis."""

from collections.abc import Sequence
from datetime import datetime

from appc.lcm.phases import Phase
from appc.lcm.record import RequestRecord
from appc.stores.redis.indexes import DECISION_US, Moment, Scored, ask_moment, drop, moment_of, run_all, scored
from appc.stores.redis.keys import VnfKeys
from appc.stores.redis.rounds import Command, Server, merged
from appc.stores.redis.time import microseconds, moment
from appc.stores.redis.values import OpenRecord, search_member
from appc.stores.serialisation import record_from_json

#: A record that may be forgotten, and the keys of its VNF.
Old = tuple[VnfKeys, RequestRecord]

#: Finished records that are looked at together.
_BATCH = 500


class Records:
    """Reads the indexes of records, and what the VNFs say of them: only that counts."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def begun_by(self, owners: Sequence[str]) -> list[RequestRecord]:
        """See Ledger."""
        keys = [self._server.keys.begun(owner) for owner in owners]
        now, *indexes = run_all(
            self._server, [ask_moment(self._server), *(("ZRANGE", key, 0, -1, "WITHSCORES") for key in keys)]
        )
        at = moment_of(self._server, now)
        found: list[tuple[int, RequestRecord]] = []
        for owner, key, index in zip(owners, keys, indexes, strict=True):
            members = scored(index)
            begun = self._begun(owner, members)
            found += (each for each in begun if each)
            stale = [member for member, each in zip(members, begun, strict=True) if not each and at.over(member[1])]
            drop(self._server, key, stale)
        return [record for _, record in sorted(found, key=lambda each: each[0])]

    def _begun(self, owner: str, members: Sequence[Scored]) -> list[tuple[int, RequestRecord] | None]:
        """Each record with its place in the order of acceptance; None where the owner has not begun it."""
        questions: list[Command] = []
        for member, _ in members:
            vnf, record_id = self._place(member)
            questions += [("HGET", vnf.vnf, f"open {record_id}"), ("HGET", vnf.records, record_id)]
        replies = iter(run_all(self._server, questions))
        return [_begun_by(owner, opened, document) for opened, document in zip(replies, replies, strict=True)]

    def prune(self, finished_before: datetime) -> int:
        """See Ledger."""
        forgotten = kept = 0
        while True:
            at, members = self._finished(finished_before, kept)
            if not members:
                return forgotten
            old: list[Old] = []
            outdated: list[Scored] = []
            for member, record in zip(members, self._documents(members), strict=True):
                if record and _may_be_forgotten(record, finished_before, moment(at.now_us)):
                    old.append((self._place(member[0])[0], record))
                    outdated.append(member)
                elif record is None and at.over(member[1] + DECISION_US):
                    outdated.append(member)
            kept += len(members) - len(outdated)
            forgotten += self._forget(old)
            drop(self._server, self._server.keys.finished, outdated)  # last, so that a crash loses sight of nothing

    def _finished(self, before: datetime, skipped: int) -> tuple[Moment, list[Scored]]:
        page = ("-inf", f"({microseconds(before)}", "WITHSCORES", "LIMIT", skipped, _BATCH)
        question: Command = ("ZRANGEBYSCORE", self._server.keys.finished, *page)
        now, members = self._server.run([ask_moment(self._server), question]).stages[0]
        return moment_of(self._server, now), scored(members)

    def _documents(self, members: Sequence[Scored]) -> list[RequestRecord | None]:
        places = [self._place(member) for member, _ in members]
        documents = run_all(self._server, [("HGET", vnf.records, record_id) for vnf, record_id in places])
        return [record_from_json(document.decode()) if document else None for document in documents]

    def _forget(self, old: Sequence[Old]) -> int:
        documents: list[Command] = [("HDEL", vnf.records, record.id) for vnf, record in old]
        traces: list[Command] = []
        for vnf, record in old:
            key = record.request.key
            traces.append(("ZREM", vnf.request(key.request_id), search_member(record)))
            traces.append(("HDEL", self._server.keys.claim(key)[1], record.id))
        return sum(self._server.run(merged(documents), merged(traces)).stages[0])

    def _place(self, member: bytes) -> tuple[VnfKeys, str]:
        tag, _, record_id = member.decode().partition(" ")
        return self._server.keys.tagged(tag), record_id


def _begun_by(owner: str, opened: bytes | None, document: bytes | None) -> tuple[int, RequestRecord] | None:
    known = OpenRecord.of(opened) if opened else None
    if known and document and known.phase is Phase.BEGUN and known.owner == owner:
        return known.sequence, record_from_json(document.decode())
    return None


def _may_be_forgotten(record: RequestRecord, finished_before: datetime, now: datetime) -> bool:
    finished = record.finished_at is not None and record.finished_at < finished_before
    return finished and record.expires_at <= now  # within its TTL it still keeps copies of its message off
