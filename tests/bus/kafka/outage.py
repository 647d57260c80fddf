"""A Kafka that goes away in the middle of the work, and comes back: what publishers and members go through."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from appc.bus.kafka.bus import KafkaBus
from appc.lcm.ports.bus import Consumer, Message
from appc.lcm.ports.failures import Unavailable
from tests.contracts.bus_contract import LIMIT_S

KEYS = [f"vnf-{number}" for number in range(8)]


@dataclass
class Traffic:
    """A publisher that tries each batch until it is out, as the controller does, and a member that takes all."""

    bus: KafkaBus
    topic: str
    sent: int = 0
    unavailable: int = 0
    longest_s: float = 0.0
    got: list[tuple[str | None, int]] = field(default_factory=list)

    def publish(self, stop: threading.Event) -> None:
        """Numbered batches, one message for each key."""
        while not stop.is_set():
            batch = [Message(self.topic, key, b"%d" % self.sent) for key in KEYS]
            while not self._published(batch):
                time.sleep(0.1)
            self.sent += 1
            time.sleep(0.01)

    def take(self, stop: threading.Event) -> None:
        """Whatever comes, until all that was sent is there."""
        member = self._joined()
        while not (stop.is_set() and len(set(self.got)) >= self.sent * len(KEYS)):
            try:
                deliveries = member.poll(50, 0.2)
                self.got += [(each.key, int(each.value)) for each in deliveries]
                member.commit(deliveries)
            except Unavailable:
                time.sleep(0.1)
        member.close()

    def _joined(self) -> Consumer:
        """A member of the group, as soon as the broker lets it join, as a controller does it."""
        while True:
            try:
                return self.bus.consumer(self.topic, f"group-{self.topic}", "controller-1")
            except Unavailable:
                time.sleep(0.1)

    def _published(self, batch: list[Message]) -> bool:
        begun = time.monotonic()
        try:
            self.bus.publish(batch)
        except Unavailable:
            self.unavailable += 1
            return False
        finally:
            self.longest_s = max(self.longest_s, time.monotonic() - begun)
        return True


def run_through(traffic: Traffic, outage: Callable[[], None]) -> None:
    """Let an outage happen under traffic; what was sent must have come: all of it, in order for each key."""
    stop_publishing, stop_taking = threading.Event(), threading.Event()
    publisher = threading.Thread(target=traffic.publish, args=(stop_publishing,), daemon=True)
    taker = threading.Thread(target=traffic.take, args=(stop_taking,), daemon=True)
    taker.start()
    publisher.start()
    wait_until(lambda: traffic.sent >= 20 and bool(traffic.got), "nothing comes through at first")
    outage()
    back = traffic.sent
    wait_until(lambda: traffic.sent >= back + 20, "nothing is published any more")
    stop_publishing.set()
    publisher.join(LIMIT_S)
    stop_taking.set()
    taker.join(LIMIT_S)
    assert not taker.is_alive(), f"{len(set(traffic.got))} of {traffic.sent * len(KEYS)} messages have come"
    for key in KEYS:
        mine = [number for each, number in traffic.got if each == key]
        assert list(dict.fromkeys(mine)) == list(range(traffic.sent)), f"{key} is out of order"


def wait_until(reached: Callable[[], bool], otherwise: str) -> None:
    """Poll a condition."""
    deadline = time.monotonic() + 2 * LIMIT_S
    while not reached():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)
