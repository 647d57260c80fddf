"""The bus as an outsider sees it: requests are put there, answers are read there."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from appc.bootstrap.opening import TopicBus
from appc.lcm.actions import ACTIONS
from appc.lcm.ports.bus import Delivery, Message
from appc.lcm.request import CommonHeader, Flags, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.wire.envelope import build_request
from tests.pairs import TopicNames


def request(action: str, vnf_id: str, vserver_id: str | None = None, originator_id: str = "crash-test") -> Request:
    """A request with fresh ids and a TTL that outlasts the test."""
    now = datetime.now(UTC)
    header = CommonHeader(
        now.isoformat().replace("+00:00", "Z"),
        "2.00",
        originator_id,
        str(uuid4()),
        str(uuid4()),
        None,
        Flags(ttl_s=3600),
    )
    reply_to = ReplyTo(header.key.correlation_id, ACTIONS[action].rpc_name)
    return Request(header, action, ActionIdentifiers(vnf_id, vserver_id), reply_to, now)


def code_of(answer: bytes) -> int:
    """The status code of an answer."""
    return int(json.loads(answer)["body"]["output"]["status"]["code"])


def is_final(answer: bytes) -> bool:
    """Whether nothing comes after it."""
    return code_of(answer) // 100 not in (1, 5)


@dataclass
class Topics:
    """Requests that were sent, and every answer there is."""

    bus: TopicBus
    names: TopicNames
    sent: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._offsets: dict[int, int] = {}
        self._found: defaultdict[str, list[Delivery]] = defaultdict(list)

    def send(self, requests: Iterable[Request], scattered: bool = False) -> None:
        """Publish them, in one call; `scattered` over the partitions, not kept together by their VNF."""
        batch = list(requests)
        self.bus.publish(
            [
                Message(self.names.request, each.header.request_id if scattered else each.vnf_id, build_request(each))
                for each in batch
            ]
        )
        self.sent += batch  # else it was refused

    def reachable(self) -> bool:
        """True. Raises: Unavailable."""
        return bool(self.bus.end(self.names.request))

    def deliveries(self) -> dict[str, list[Delivery]]:
        """Every answer there is, by correlation-id, in order. Raises: Unavailable."""
        offsets = dict.fromkeys(self.bus.end(self.names.response), 0) | self._offsets
        while deliveries := self.bus.read(self.names.response, offsets, 10_000):
            for delivery in deliveries:
                self._found[json.loads(delivery.value)["correlation-id"]].append(delivery)
                offsets[delivery.position.partition] = delivery.position.offset + 1
            self._offsets = offsets
        return self._found

    def answers(self, request: Request) -> list[bytes]:
        """The answers of a request, in order."""
        return [delivery.value for delivery in self.deliveries()[request.reply_to.correlation_id]]

    def codes(self, request: Request) -> list[int]:
        """Their codes without repetitions, in order."""
        return list(dict.fromkeys(code_of(answer) for answer in self.answers(request)))

    def unanswered(self) -> list[Request]:
        """What has no final answer."""
        found = self.deliveries()
        return [
            each for each in self.sent if not any(is_final(one.value) for one in found[each.reply_to.correlation_id])
        ]

    def all_answered(self) -> bool:
        """Whether every request has a final answer."""
        return not self.unanswered()
