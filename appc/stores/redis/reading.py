"""What must be read before a batch of changes is decided."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from appc.lcm.ports.bus import Message
from appc.lcm.ports.store import Change, Search
from appc.lcm.record import Position, RequestRecord
from appc.lcm.request import RequestKey
from appc.lcm.vnf import VnfState
from appc.stores.redis.indexes import DECISION_US, SKEW_US, Moment, ask_moment, moment_of
from appc.stores.redis.keys import AnswerId, VnfKeys
from appc.stores.redis.rounds import Command, Round, Server
from appc.stores.redis.scripts import CLAIM, RELEASE
from appc.stores.redis.values import Judgement, OpenRecord, answer_of, matches, searched
from appc.stores.serialisation import record_from_json, vnf_from_json

#: How many records with different ids ActionStatus looks at, at the most: two are already "several".
SEARCH_LIMIT = 2
#: How long three ids are held at the most while they are decided on, in microseconds: longer than a decision may take.
_HOLD_US = DECISION_US + 2 * SKEW_US

Answers = tuple[tuple[int, Message], ...]


@dataclass
class VnfReading:
    """What was read of a VNF, and elsewhere for its changes.

    `users`: records of any VNF by the key they use. `found`: ids of this VNF's records, newest first.
    `answers`: of messages that were judged before.
    """

    vnf_id: str
    keys: VnfKeys
    version: str = ""
    state: VnfState | None = None
    open: dict[str, OpenRecord] = field(default_factory=dict)
    records: dict[str, RequestRecord] = field(default_factory=dict)
    users: dict[RequestKey, list[RequestRecord]] = field(default_factory=dict)
    found: dict[Search, list[str]] = field(default_factory=dict)
    answers: dict[Position, Answers] = field(default_factory=dict)

    def ask(self, round: Round) -> Callable[[], None]:
        """Ask for the VNF; what is returned takes the reply in."""
        reply = round.ask(("HGETALL", self.keys.vnf))

        def take() -> None:
            fields: dict[bytes, bytes] = reply()
            self.version = fields.get(b"version", b"").decode()
            self.state = vnf_from_json(fields[b"state"].decode()) if b"state" in fields else None
            for name, text in fields.items():
                if name.startswith(b"open "):
                    self.open[name[5:].decode()] = OpenRecord.of(text)

        return take

    def ask_record(self, round: Round, record_id: str) -> Callable[[], None]:
        """Ask for a record; what is returned takes the reply in."""
        reply = round.ask(("HGET", self.keys.records, record_id))

        def take() -> None:
            if document := reply():
                self.records[record_id] = record_from_json(document.decode())

        return take

    def ask_search(self, round: Round, search: Search) -> Callable[[], None]:
        """Ask for the ids of what a search may find; what is returned takes the reply in."""
        reply = round.ask(("ZREVRANGE", self.keys.request(search.request_id), 0, -1))

        def take() -> None:
            newest: dict[RequestKey, str] = {}
            for key, record_id in map(searched, reply()):
                if matches(search, key):
                    newest.setdefault(key, record_id)
            self.found[search] = list(newest.values())[:SEARCH_LIMIT]

        return take


class BatchReading:
    """The VNFs of a batch and what its changes ask for. The keys of the changes are held from `read` to `releases`.

    `holder` tells who holds them.
    """

    def __init__(self, server: Server, holder: str) -> None:
        self._server = server
        self._holder = holder
        self.vnfs: dict[str, VnfReading] = {}
        #: the records that use a key, and the tags of their VNFs; None where another holds the key
        self._users: dict[RequestKey, dict[str, str] | None] = {}
        self._outdated: dict[RequestKey, list[str]] = {}
        #: the tags of VNFs on which a position may have been judged
        self._judged: dict[Position, set[str]] = {}

    def read(self, changes: Sequence[Change]) -> Moment:
        """Read VNFs, records and indexes, and hold the keys. Raises: Unavailable."""
        round = Round(self._server)
        moment = round.ask(ask_moment(self._server))
        takes: list[Callable[[], None]] = []
        for change in changes:
            if change.vnf_id not in self.vnfs:
                vnf = self.vnfs[change.vnf_id] = VnfReading(change.vnf_id, self._server.keys.vnf(change.vnf_id))
                takes.append(vnf.ask(round))
            if change.record_id:
                takes.append(self.vnfs[change.vnf_id].ask_record(round, change.record_id))
            if change.search:
                takes.append(self.vnfs[change.vnf_id].ask_search(round, change.search))
            if change.key and change.key not in self._users:
                takes.append(self._ask_key(round, change.key))
        takes += self._ask_judged(round, [change.position for change in changes if change.position])
        round.run()
        for take in takes:
            take()
        return moment_of(self._server, moment())

    def _ask_key(self, round: Round, key: RequestKey) -> Callable[[], None]:
        self._users[key] = None
        names = self._server.keys.claim(key)
        reply = round.ask(CLAIM.call(names, self._server.clock.argument, self._holder, _HOLD_US))

        def take() -> None:
            if (found := reply()) is not None:
                texts = [text.decode() for text in found]
                self._users[key] = dict(zip(texts[::2], texts[1::2], strict=True))

        return take

    def _ask_judged(self, round: Round, positions: Iterable[Position]) -> Iterable[Callable[[], None]]:
        """One question for each partition: what was judged between the lowest and the highest offset."""
        asked: dict[tuple[str, int], dict[int, Position]] = {}
        for position in positions:
            asked.setdefault((position.topic, position.partition), {})[position.offset] = position
        for partition, by_offset in asked.items():
            key = self._server.keys.judged(*partition)
            yield self._taking_judged(round.ask(("ZRANGEBYSCORE", key, min(by_offset), max(by_offset))), by_offset)

    def _taking_judged(self, reply: Callable[[], list[bytes]], by_offset: dict[int, Position]) -> Callable[[], None]:
        def take() -> None:
            for member in reply():
                judgement = Judgement.of(member)
                if position := by_offset.get(judgement.offset):
                    self._judged.setdefault(position, set()).add(judgement.tag)

        return take

    def free(self, change: Change, earlier: set[str]) -> bool:
        """Whether the change can be decided now: its key is held, and not used by a VNF that is written just now.

        `earlier`: ids of the VNFs with changes before this one.
        """
        users = self._users[change.key] if change.key else {}
        if not users:
            return users is not None
        written = {self.vnfs[vnf_id].keys.tag for vnf_id in earlier if vnf_id != change.vnf_id}
        return written.isdisjoint(users.values())

    def read_closer(self, changes: Sequence[Change], now: datetime) -> None:
        """What the first reading points to; nothing is asked where it points to nothing. Raises: Unavailable."""
        round = Round(self._server)
        takes: list[Callable[[], None]] = []
        for change in changes:
            vnf = self.vnfs[change.vnf_id]
            if change.search:
                found = (record_id for record_id in vnf.found[change.search] if record_id not in vnf.records)
                takes += [vnf.ask_record(round, record_id) for record_id in found]
            if change.key and change.key not in vnf.users:
                vnf.users[change.key] = []
                takes += self._ask_users(round, change.key, vnf.users[change.key], now)
        round.run()
        for take in takes:
            take()
        self._read_answers({(change.vnf_id, change.position) for change in changes if change.position})

    def _ask_users(
        self, round: Round, key: RequestKey, users: list[RequestRecord], now: datetime
    ) -> Iterable[Callable[[], None]]:
        for record_id, tag in (self._users[key] or {}).items():
            reply = round.ask(("HGET", self._server.keys.tagged(tag).records, record_id))

            def take(reply: Callable[[], bytes | None] = reply, record_id: str = record_id) -> None:
                document = reply()
                record = record_from_json(document.decode()) if document else None
                if record and (not record.phase.ended or now < record.expires_at):
                    users.append(record)
                else:  # never written after all, or finished long enough ago, or forgotten
                    self._outdated.setdefault(key, []).append(record_id)

            yield take

    def _read_answers(self, wanted: Iterable[tuple[str, Position]]) -> None:
        """The answers to messages that were judged before: rare, so they may cost two more round trips."""
        names = Round(self._server)
        judged = [
            (vnf_id, position, keys, names.ask(("LRANGE", keys.judgement(position), 0, -1)))
            for vnf_id, position in wanted
            for keys in map(self._server.keys.tagged, self._judged.get(position, ()))
        ]
        names.run()
        kept = Round(self._server)
        answers = [
            (vnf_id, position, AnswerId.named(name.decode(), keys.tag), kept.ask(("HGET", keys.answers, name)))
            for vnf_id, position, keys, reply in judged
            for name in reply()
        ]
        kept.run()
        for vnf_id, position, id, reply in answers:
            if text := reply():  # else it was forgotten a moment ago
                before = self.vnfs[vnf_id].answers.get(position, ())
                self.vnfs[vnf_id].answers[position] = (*before, (int(id), answer_of(text)))

    def releases(self, entered: Iterable[str]) -> list[Command]:
        """What gives the keys back. `entered`: ids of records that use them from now on."""
        return [
            RELEASE.call(
                self._server.keys.claim(key),
                self._holder,
                *(record_id for record_id in self._outdated.get(key, ()) if record_id not in entered),
            )
            for key, users in self._users.items()
            if users is not None
        ]
