"""The port of the client: a way to publish requests and to read topics. A bus has it, and a Message Router."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from appc.lcm.ports.bus import Message


@dataclass(frozen=True)
class Topics:
    """As in ONAP: clients write what the controller reads."""

    request: str = "APPC-LCM-READ"
    response: str = "APPC-LCM-WRITE"


class Subscription(Protocol):
    """One topic, from the moment of subscribing on. `interrupt` is for any thread, all else for the one that reads."""

    def read(self, timeout_s: float) -> list[bytes]:
        """The next messages; [] if none comes in time, and at once after `interrupt`. Raises: Unavailable."""

    def interrupt(self) -> None:
        """Let a read that waits return; no read waits from now on."""

    def close(self) -> None:
        """Release everything; idempotent."""


class Transport(Protocol):
    """For many threads. Raises: Unavailable from each method but `close`."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Durable when it returns. Raises: Refused for what is too large, when all others are durable."""

    def subscribe(self, topic: str) -> Subscription:
        """Whatever is published once this has returned will be read."""

    def close(self) -> None:
        """Release everything; idempotent."""
