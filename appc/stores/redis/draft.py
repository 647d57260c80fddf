"""One VNF while it is decided on: what the decisions make of it, and the command that writes it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appc.lcm.admission import Claim
from appc.lcm.phases import Phase
from appc.lcm.ports.bus import Message
from appc.lcm.ports.store import Answer, Change, Decision, Search, Stored, View
from appc.lcm.record import Position, RequestRecord
from appc.lcm.request import RequestKey
from appc.lcm.vnf import VnfState
from appc.stores.redis.indexes import DECISION_US, Entries, Moment
from appc.stores.redis.keys import AnswerId, Keys
from appc.stores.redis.reading import SEARCH_LIMIT, Answers, VnfReading
from appc.stores.redis.rounds import Argument, Command
from appc.stores.redis.scripts import COMMIT
from appc.stores.redis.time import RisingNumbers, moment
from appc.stores.redis.values import OpenRecord, answer_bytes, matches, search_member
from appc.stores.serialisation import record_to_json, vnf_to_json

#: How long it is remembered that a VNF without a state was written, in milliseconds; far longer than a decision takes.
_VERSION_MS = 60_000


@dataclass(frozen=True)
class Writer:
    """Who decides, when, and what numbers its answers and records."""

    owner: str
    at: Moment
    numbers: RisingNumbers

    @property
    def until_us(self) -> int:
        """When it is too late to write what is decided now."""
        return self.at.now_us + DECISION_US

    def number(self) -> int:
        """The next number."""
        return self.numbers.next(self.at.server_us)


class VnfDraft:
    """A VNF as the decisions of one attempt leave it, before it is written."""

    def __init__(self, reading: VnfReading, keys: Keys, writer: Writer) -> None:
        self._was = reading
        self._keys = reading.keys
        self._writer = writer
        self._first_state = reading.state or VnfState(reading.vnf_id)
        self._state = self._first_state
        self._open = dict(reading.open)
        self._records = dict(reading.records)
        self._answers = dict(reading.answers)
        #: ids of records that were not known before
        self.entered: list[str] = []
        self._writes: list[Argument] = []
        self._key_numbers = {reading.keys.vnf: 1}
        self.entries = Entries(keys, reading.keys, writer.until_us)

    def apply(self, change: Change) -> Stored:
        """Decide, and note what is to be written."""
        if change.position and (answers := self._answers.get(change.position)):
            return Stored(answers, redelivered=True)
        view = self._view(change)
        decision = change.decide(view)
        if decision.vnf is not view.vnf:
            self._state = decision.vnf
        if decision.record:
            self._save(decision.record)
        return Stored(self._keep_answers(change, decision), decision.record)

    def commit(self, now: str, version: str) -> Command | None:
        """The command that writes it all if the VNF is unchanged; None where there is nothing to write.

        `now`: what scripts are told of the time. `version`: what tells this write from all others.
        """
        changed = self._state is not self._first_state
        if changed:
            self._write("HSET", self._keys.vnf, "state", vnf_to_json(self._state))
        if not self._writes:
            return None
        if changed or self._was.state or self._open:
            self._write("PERSIST", self._keys.vnf)
        else:  # whoever sends rejected requests for ever new vnf-ids leaves nothing behind
            self._write("PEXPIRE", self._keys.vnf, _VERSION_MS)
        return COMMIT.call(
            list(self._key_numbers), now, self._writer.until_us, self._was.version, version, *self._writes
        )

    # ------------------------------------------------------------ what a change sees

    def _view(self, change: Change) -> View:
        alive = self._writer.at.alive
        begun = ((id, record.owner) for id, record in self._open.items() if record.phase is Phase.BEGUN)
        return View(
            self._state,
            moment(self._writer.at.now_us),
            claims=tuple(self._claims(change.key)) if change.key else (),
            record=self._records.get(change.record_id) if change.record_id else None,
            found=tuple(self._found(change.search)) if change.search else (),
            orphans=frozenset(id for id, owner in begun if owner not in alive),
            alive=self._writer.owner in alive,
        )

    def _claims(self, key: RequestKey) -> Iterator[Claim]:
        users = {record.id: record for record in self._was.users.get(key, ())}
        # this VNF's own as earlier changes of the same call have left them
        users |= {record.id: record for record in self._records.values() if record.request.key == key}
        now = moment(self._writer.at.now_us)
        for record in users.values():
            if not record.phase.ended or now < record.expires_at:
                yield claim_of(record)

    def _found(self, search: Search) -> Iterable[RequestRecord]:
        newest: dict[RequestKey, RequestRecord] = {}
        for record_id in (*reversed(self.entered), *self._was.found[search]):
            record = self._records.get(record_id)  # None: forgotten a moment ago
            if record and matches(search, record.request.key):
                newest.setdefault(record.request.key, record)
        return list(newest.values())[:SEARCH_LIMIT]

    # ------------------------------------------------------------ what a decision writes

    def _save(self, record: RequestRecord) -> None:
        before = self._open.get(record.id)
        sequence = before.sequence if before else self._writer.number()
        if before is None and record.id not in self._records:
            self._enter(record, sequence)
        self._records[record.id] = record
        self._write("HSET", self._keys.records, record.id, record_to_json(record))
        if record.phase.ended:
            self._open.pop(record.id, None)
            self._write("HDEL", self._keys.vnf, f"open {record.id}", f"ready {record.id}")
            self.entries.end(record)
        else:
            self._open[record.id] = OpenRecord(record.phase, sequence, record.owner or "")
            self._write("HSET", self._keys.vnf, f"open {record.id}", self._open[record.id].text())
        self._move(record, before, self._open.get(record.id))

    def _enter(self, record: RequestRecord, sequence: int) -> None:
        self.entered.append(record.id)
        self.entries.claim(record)
        self._write("ZADD", self._keys.request(record.request.key.request_id), sequence, search_member(record))

    def _move(self, record: RequestRecord, before: OpenRecord | None, after: OpenRecord | None) -> None:
        waited, waits = (each is not None and each.phase is Phase.ACCEPTED for each in (before, after))
        if waits and after and not waited:
            self.entries.wait(record, self._was.vnf_id, after.sequence)
        elif waited and not waits:
            self.entries.wait_no_more(record)
        owned, owns = (each.owner if each and each.phase is Phase.BEGUN else None for each in (before, after))
        if owns is not None and owns != owned:
            self.entries.begin(record.id, owns)
        if owned is not None and owns != owned:
            self.entries.begun_no_more(record.id, owned)

    def _keep_answers(self, change: Change, decision: Decision) -> Answers:
        # A final answer is kept at the position of its request, so that a redelivery finds it too.
        position = change.position or (decision.record.position if decision.record else None)
        stored = tuple(self._keep(answer, position) for answer in decision.answers)
        if position and stored:
            self._answers[position] = (*self._answers.get(position, ()), *stored)
        return stored

    def _keep(self, answer: Answer, position: Position | None) -> tuple[int, Message]:
        id = AnswerId(self._writer.number(), self._writer.numbers.handle, self._keys.tag)
        note = [self._writer.owner, answer.readies or False, position is not None]
        self._write("HSET", self._keys.answers, id.name, answer_bytes(answer.message))
        self._write("HSET", self._keys.unpublished, id.name, json.dumps(note, ensure_ascii=False))
        if position:
            self._write("RPUSH", self._keys.judgement(position), id.name)
        self.entries.answer(id, self._writer.owner, position)
        return int(id), answer.message

    def _write(self, command: str, key: str, *values: Argument) -> None:
        number = self._key_numbers.setdefault(key, len(self._key_numbers) + 1)
        self._writes += (command, number, len(values), *values)


def claim_of(record: RequestRecord) -> Claim:
    """How the record holds its three ids."""
    request = record.request
    timestamp = request.header.timestamp
    times = (record.accepted_at, record.expires_at)
    return Claim(record.id, request.key, request.vnf_id, request.action, timestamp, record.phase, *times)
