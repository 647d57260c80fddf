"""The ports of the bus: durable topics, read by a group or without one.

Whatever cannot be reached raises `Unavailable`; the callers wait and try again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appc.lcm.record import Position


@dataclass(frozen=True)
class Message:
    """What is published. Messages of one `key` keep their order; None: no order asked for."""

    topic: str
    key: str | None
    value: bytes


@dataclass(frozen=True)
class Delivery:
    """What was read: a message, where it stood and when the bus took it."""

    position: Position
    key: str | None
    value: bytes
    received_at: datetime


class Refused(Exception):
    """The bus will never take these `messages`, however often they are published: each is larger than its topic allows.

    All others of the call are durable.
    """

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = tuple(messages)
        sizes = ", ".join(f"{len(message.value)} bytes for {message.topic}" for message in messages)
        super().__init__(f"larger than their topics allow: {sizes}")


#: The next offset to read, by partition.
Offsets = Mapping[int, int]


class Consumer(Protocol):
    """One member of a group. Not for several threads."""

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        """The next messages of the member's partitions, in the order they were published; [] at the time-out.

        Each is delivered once to this member; after a crash or a hand-over those behind the last
        commit are delivered again. Raises Unavailable.
        """

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        """Everything up to these is done with, for the group. Raises Unavailable."""

    def pause(self) -> None:
        """Deliver nothing until `resume`; go on polling, so that membership is kept."""

    def resume(self) -> None:
        """Deliver again."""

    def close(self) -> None:
        """Leave the group at once: others take the partitions over without waiting for a time-out."""


class Bus(Protocol):
    """Durable topics, shared by all processes that name the same bus."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Durable when it returns, all or (Unavailable) an unknown part; order as given for each key.

        Raises Unavailable; Refused where topics have limits that cannot be told before.
        """

    def consumer(self, topic: str, group: str, member: str | None = None) -> Consumer:
        """Join the group; the first member of a new group fixes where it starts, before this returns.

        `member`: a name that outlives restarts. Who joins under the name of a member that is still on the
        list is its next life, and takes its partitions at once. Raises Unavailable.
        """

    def committed(self, topic: str, group: str) -> Offsets:
        """The group's committed offsets; partitions without a commit are absent."""

    def close(self) -> None:
        """Release everything; idempotent."""


class TopicReader(Protocol):
    """Reading a topic without a group: what stands behind Message Router's own groups."""

    def end(self, topic: str) -> Offsets:
        """The offsets after the last message, for every partition."""

    def read(self, topic: str, offsets: Offsets, limit: int) -> list[Delivery]:
        """Up to `limit` messages from these offsets on, in the order they were published. Never waits."""

    def watch(self, topic: str, notify: Callable[[], None]) -> Callable[[], None]:
        """Call `notify`, from any thread, when messages have come to the topic; returns what ends it."""
