"""What the brokers know of topics and groups: partitions, offsets, commits; and topics that do not exist yet."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal, TypeVar

from kafka import TopicPartition
from kafka.admin import MemberToRemove
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    InvalidReplicationFactorError,
    KafkaError,
    NotCoordinatorError,
    NotLeaderForPartitionError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from kafka.protocol.consumer import OffsetSpec

from appc.bus.kafka.clients import KafkaConfig, admin, said, unavailable
from appc.lcm.ports.bus import Offsets
from appc.lcm.ports.failures import NoTopic, Unavailable

#: Copies of a topic that is created here, where there are as many brokers.
_REPLICAS = 3

#: How much larger than its request a dead letter may be: a byte may become six characters of JSON.
_GROWTH = 6

#: What comes on top of a message: key, headers, the other members of a dead letter, in bytes.
_AROUND = 64 * 1024

#: What the brokers say of an offset that there is none.
_NONE = -1

#: Pauses while the brokers are about to know the answer, in seconds.
_SOON_S = 0.1

#: Errors that pass by themselves: a coordinator or a leader is just being chosen, a broker that has just started does
#: not count yet.
_PASSING = (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    InvalidReplicationFactorError,
    NotCoordinatorError,
    NotLeaderForPartitionError,
)

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Topics:
    """Asks and tells the brokers. For many threads. Everything raises Unavailable."""

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._admin = admin(config)
        self._known: dict[str, tuple[list[int], float]] = {}

    def ensure(self, topic: str, *, for_requests: bool = False) -> None:
        """Create the topic if it does not exist; asks the brokers once only.

        `for_requests`: it takes no more than a request. Otherwise it takes the dead letter of any of them.
        Raises: NoTopic if it does not exist and is not to be created.
        """
        if topic not in self._known:
            largest = (1 if for_requests else _GROWTH) * self._config.max_message_bytes + _AROUND
            found = self._described(topic)
            if not found and not self._config.creates_topics:
                raise NoTopic(
                    f"there is no topic {topic} at {self._config.shown}; a controller that uses it creates it"
                )
            self._known[topic] = found or self._created(topic, largest), self._until()

    def partitions(self, topic: str) -> list[int]:
        """The partitions of the topic, in order; as `ensure` if it does not exist."""
        self.ensure(topic)
        found, until = self._known[topic]
        if time.monotonic() >= until:
            # one that was deleted is not created again behind the back of whoever did it
            found = self._described(topic) or found
            self._known[topic] = found, self._until()
        return found

    def ends(self, topic: str) -> dict[int, int]:
        """The offsets after the last message, for every partition."""
        return self._offsets(topic, OffsetSpec.LATEST)

    def beginnings(self, topic: str) -> dict[int, int]:
        """The offsets of the first message kept, for every partition."""
        return self._offsets(topic, OffsetSpec.EARLIEST)

    def start(self, topic: str, start: datetime | Literal["end", "beginning"]) -> dict[int, int]:
        """Where a new group starts, for every partition; at a time: with the first message not older."""
        if isinstance(start, datetime):
            since = self._offsets(topic, int(start.timestamp() * 1000))
            ends = self.ends(topic)
            return {partition: ends[partition] if offset == _NONE else offset for partition, offset in since.items()}
        return self.beginnings(topic) if start == "beginning" else self.ends(topic)

    def committed(self, topic: str, group: str) -> Offsets:
        """The group's committed offsets; partitions without a commit are absent."""
        found = self._answer(lambda: self._admin.list_group_offsets(group))
        offsets = found.get(group, {}).items()
        return {place.partition: commit.offset for place, commit in offsets if place.topic == topic}

    def leave(self, group: str, member_id: str, instance: str) -> None:
        """Strike this life of a static member off; one that has a next life already is left alone."""
        leaver = MemberToRemove(member_id=member_id, group_instance_id=instance)
        self._answer(lambda: self._admin.remove_group_members(group, [leaver]))

    def close(self) -> None:
        """Release the connections."""
        self._admin.close()

    def _described(self, topic: str) -> list[int]:
        (described,) = self._answer(lambda: self._admin.describe_topics([topic]))
        if described["error_code"] == UnknownTopicOrPartitionError.errno:
            return []
        if not described["partitions"]:
            raise Unavailable(f"topic {topic}: {said(for_code(described['error_code'])())}")
        return sorted(each["partition_index"] for each in described["partitions"])

    def _created(self, topic: str, largest: int) -> list[int]:
        replicas = min(_REPLICAS, len(self._answer(self._admin.describe_cluster)["brokers"]))
        configs = {
            "message.timestamp.type": "LogAppendTime",  # when the bus took it, whatever the clock of who sent it
            "max.message.bytes": str(largest),
            "min.insync.replicas": str(max(1, replicas - 1)),
        }
        wanted = {"num_partitions": self._config.partitions, "replication_factor": replicas, "configs": configs}
        try:
            self._patiently(lambda: self._admin.create_topics({topic: wanted}))
            logger.info("created topic %s with %d partitions, %d copies", topic, self._config.partitions, replicas)
        except TopicAlreadyExistsError:
            pass  # another controller was faster
        except (KafkaError, OSError) as error:
            advice = f"create it, with as many partitions as controllers share it at the most; {said(error)}"
            raise Unavailable(f"topic {topic} does not exist and could not be created: {advice}") from error
        self._answer(lambda: self._admin.wait_for_topics([topic], timeout_ms=self._config.answer_s * 1000))
        if not (found := self._described(topic)):
            raise Unavailable(f"topic {topic} was created, and is not there")
        return found

    def _offsets(self, topic: str, spec: Any) -> dict[int, int]:  # noqa: ANN401 - the library has no types
        wanted = {place: spec for place in places(topic, self.partitions(topic))}
        found = self._answer(lambda: self._admin.list_partition_offsets(wanted))
        return {place.partition: found[place].offset for place in wanted}

    def _until(self) -> float:
        return time.monotonic() + self._config.metadata_s

    def _answer(self, ask: Callable[[], T]) -> T:
        with unavailable(self._config):
            return self._patiently(ask)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Raises: KafkaError, OSError."""
        deadline = time.monotonic() + self._config.answer_s
        while True:
            try:
                return ask()
            except _PASSING:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_SOON_S)


def places(topic: str, partitions: Iterable[int]) -> list[TopicPartition]:
    """The partitions in the library's words."""
    return [TopicPartition(topic, partition) for partition in partitions]
