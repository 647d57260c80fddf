"""The names of keys. What comes from outside (vnf-ids, owners, lanes, …) stands in them as a digest, never as it is.

So no brace, glob, newline or length of an id can move a key to another slot or make it another's.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from appc.lcm.record import Position
from appc.lcm.request import RequestKey

_TAG_BITS = 128
_HANDLE_BITS = 64


def digest(*parts: str | int | None) -> str:
    """128 bits that stand for these, as hexadecimal digits."""
    # with their lengths, so that no two lists of parts make the same text
    text = "".join(f"{len(part)}:{part}" if isinstance(part, str) else f"{part};" for part in parts)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=_TAG_BITS // 8).hexdigest()


class VnfKeys:
    """The keys of one VNF. All stand in one slot, and so change in one step. `tag` stands for the vnf-id.

    `vnf`: a hash of `version` (of the last write), `state`, `open <record>` for what is accepted or begun,
    `ready <record>` where its 100 is out. `records`, `answers`: documents by id. `unpublished`: notes on answers.
    """

    def __init__(self, prefix: str, tag: str) -> None:
        self.tag = tag
        self._slot = f"{prefix}:{{{tag}}}"
        self.vnf = f"{self._slot}:vnf"
        self.records = f"{self._slot}:records"
        self.answers = f"{self._slot}:answers"
        self.unpublished = f"{self._slot}:unpublished"

    def request(self, request_id: str) -> str:
        """What ActionStatus searches: the records of a request-id, by when they were accepted."""
        return f"{self._slot}:request:{digest(request_id)}"

    def judgement(self, position: Position) -> str:
        """The names of the answers to the message at this position, in order."""
        return f"{self._slot}:judgement:{digest(position.topic, position.partition, position.offset)}"


class Keys:
    """All keys of a store: `prefix` keeps stores on one server apart.

    Besides VNFs there are indexes of what spans VNFs, each in a slot of its own. They may hold too much,
    never too little: an entry is written before what it stands for, and cleared away after it.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        #: for what occurs again and again, and comes from settings: never for ids of requests
        self._known_digest = lru_cache(maxsize=256)(digest)
        self.format = f"{prefix}:format"
        self.leases = f"{prefix}:leases"
        self.owners = f"{prefix}:owners"
        self.finished = f"{prefix}:finished"
        self.lanes = f"{prefix}:{{queue}}:lanes"
        self.lane_prefix = f"{prefix}:{{queue}}:lane:"
        self.entries = f"{prefix}:{{queue}}:entries"
        self.expiring = f"{prefix}:{{queue}}:expiring"

    def vnf(self, vnf_id: str) -> VnfKeys:
        """The keys of the VNF."""
        return self.tagged(digest(vnf_id))

    def tagged(self, tag: str) -> VnfKeys:
        """The keys of the VNF that this tag stands for."""
        return VnfKeys(self._prefix, tag)

    def lane(self, lane: str) -> str:
        """What waits in a lane, by when it was accepted."""
        return self.lane_prefix + self._known_digest(lane)

    def begun(self, owner: str) -> str:
        """What an owner has begun."""
        return f"{self._prefix}:begun:{self._known_digest(owner)}"

    def unpublished(self, owner: str) -> str:
        """The answers that an owner has stored and that may not be published."""
        return f"{self._prefix}:unpublished:{self._known_digest(owner)}"

    def claim(self, key: RequestKey) -> tuple[str, str]:
        """Who holds the three ids for the moment; the records that use them."""
        slot = f"{self._prefix}:{{{digest(key.originator_id, key.request_id, key.sub_request_id)}}}"
        return f"{slot}:held", f"{slot}:claims"

    def judged(self, topic: str, partition: int) -> str:
        """Which offsets of a partition were judged, and on which VNF."""
        return f"{self._prefix}:judged:{self._known_digest(topic, partition)}"

    def documents(self, kind: str) -> tuple[str, str]:
        """Documents of a kind; when each was put."""
        slot = f"{self._prefix}:{{{digest(kind)}}}"
        return f"{slot}:documents", f"{slot}:put"


@dataclass(frozen=True)
class AnswerId:
    """What the id of an answer holds: when it was stored, by which handle, and the VNF whose slot it is in.

    `time`: unique for the handle, rising, about the microsecond. Ids rise with it.
    """

    time: int
    handle: int
    tag: str

    def __int__(self) -> int:
        return ((self.time << _HANDLE_BITS | self.handle) << _TAG_BITS) | int(self.tag, 16)

    @property
    def name(self) -> str:
        """The answer's name within its VNF."""
        return f"{self.time:x}-{self.handle:x}"

    @classmethod
    def of(cls, number: int) -> "AnswerId":
        """The parts of an id."""
        rest, tag = divmod(number, 1 << _TAG_BITS)
        return cls(*divmod(rest, 1 << _HANDLE_BITS), f"{tag:0{_TAG_BITS // 4}x}")

    @classmethod
    def named(cls, name: str, tag: str) -> "AnswerId":
        """The answer of this name in this VNF."""
        time, _, handle = name.partition("-")
        return cls(int(time, 16), int(handle, 16), tag)
