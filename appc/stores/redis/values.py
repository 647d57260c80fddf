"""Values as they are kept in Redis."""

import json
from dataclasses import dataclass

from appc.lcm.phases import Phase
from appc.lcm.ports.bus import Message
from appc.lcm.ports.store import Search, Waiting
from appc.lcm.record import RequestRecord
from appc.lcm.request import RequestKey
from appc.stores.redis.time import moment


@dataclass(frozen=True)
class OpenRecord:
    """A record that is accepted or begun, as its VNF knows it."""

    phase: Phase
    sequence: int
    owner: str

    def text(self) -> str:
        """As it is kept."""
        return f"{self.phase.value} {self.sequence} {self.owner}"

    @classmethod
    def of(cls, text: bytes) -> "OpenRecord":
        """What was kept."""
        phase, sequence, owner = text.decode().split(" ", 2)
        return cls(Phase(phase), int(sequence), owner)


@dataclass(frozen=True)
class QueueEntry:
    """A request in the queue. `written_by`: if its VNF does not know the record then, it never will."""

    record_id: str
    vnf_id: str
    lane: str
    expires_us: int
    sequence: int
    written_by_us: int

    def text(self) -> str:
        """As it is kept."""
        place = (self.record_id, self.vnf_id, self.lane)
        return json.dumps([*place, self.expires_us, self.sequence, self.written_by_us])

    @classmethod
    def of(cls, text: bytes) -> "QueueEntry":
        """The entry that was kept."""
        return cls(*json.loads(text))

    def waiting(self) -> Waiting:
        """As the port shows it."""
        return Waiting(self.record_id, self.vnf_id, self.lane, moment(self.expires_us))


@dataclass(frozen=True)
class Judgement:
    """That a message of a partition was judged on a VNF. `written_by_us`: as for a QueueEntry."""

    offset: int
    tag: str
    written_by_us: int

    def text(self) -> str:
        """As it is kept."""
        return f"{self.offset} {self.tag} {self.written_by_us}"

    @classmethod
    def of(cls, text: bytes) -> "Judgement":
        """What was kept."""
        offset, tag, written_by_us = text.decode().split(" ")
        return cls(int(offset), tag, int(written_by_us))


def search_member(record: RequestRecord) -> str:
    """How a search finds the record among those of its request-id."""
    key = record.request.key
    return json.dumps([key.originator_id, key.request_id, key.sub_request_id, record.id])


def searched(member: bytes) -> tuple[RequestKey, str]:
    """The ids of a request, and its record."""
    *ids, record_id = json.loads(member)
    return RequestKey(*ids), record_id


def matches(search: Search, key: RequestKey) -> bool:
    """Whether the search asks for a request with these ids."""
    return (
        search.request_id == key.request_id
        and search.sub_request_id in (None, key.sub_request_id)
        and search.originator_id in (None, key.originator_id)
    )


def answer_bytes(message: Message) -> bytes:
    """An answer as it is kept: a line of JSON, then its bytes."""
    return json.dumps([message.topic, message.key]).encode() + b"\n" + message.value


def answer_of(kept: bytes) -> Message:
    """The answer that was kept."""
    head, _, value = kept.partition(b"\n")
    topic, key = json.loads(head)
    return Message(topic, key, value)
