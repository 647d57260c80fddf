"""Where kafka-python, left alone, would break a promise of the port: each place where its inside is touched, and why.

Tests notice when another version of it has an inside of another kind.
"""

import logging
import socket
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.net.inet import KafkaNetSocket

#: The library's records, by partition.
Records = Mapping[TopicPartition, Sequence[Any]]

logger = logging.getLogger(__name__)


def keep_quiet() -> None:
    """Keep the library's log to warnings, whatever LOG_LEVEL says: below that it shows passwords.

    What it says of each try to connect, many times a second, is left out: `Unavailable` says it once.
    """
    for name in ("kafka", "kafka.coordinator.consumer", "kafka.coordinator.heartbeat"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for noisy in ("kafka.net", "kafka.cluster", "kafka.coordinator"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


#: The "proxy" that connections go by: none, in the way below.
DIRECT = "direct://"


class _Direct(KafkaNetSocket):  # type: ignore[misc]  # the library has no types
    """Connects, as the library does, and closes what did not connect.

    The library leaves that to the garbage collector: a controller would run out of file descriptors in a long outage.
    """

    SCHEMES = ("direct",)

    async def sock_connect(self, net: object, sock: socket.socket, *address: object, **options: object) -> object:
        """The connected socket."""
        try:
            return await super().sock_connect(net, sock, *address, **options)
        except BaseException:
            sock.close()
            raise


class Assignor(CooperativeStickyAssignor):  # type: ignore[misc]  # the library has no types
    """Claims what a member has. The library would claim what it has lost as well, and get it from under its heir."""

    lost = True

    def metadata(self, topics: object) -> object:
        """What is said of the member when it joins."""
        if self.lost:
            self.member_assignment = None
        return super().metadata(topics)


class _Join:
    """A join that is under way, or done between two polls.

    Where it is done, the library would forget it at the next poll and begin another one, and with it all members:
    several that poll in turns would do nothing else.
    """

    is_done = False

    def __init__(self, task: Any) -> None:  # noqa: ANN401 - the library has no types
        self._task = task

    def __getattr__(self, name: str) -> object:
        return getattr(self._task, name)

    def __await__(self) -> object:
        return self._task.__await__()


def poll(client: KafkaConsumer, limit: int, wait_s: float) -> Records:
    """The next records. One that the library cannot read is skipped, and said so: the next one is handled."""
    join = client._coordinator._join_task
    if join is not None and not isinstance(join, _Join):
        client._coordinator._join_task = _Join(join)
    try:
        found: Records = client.poll(timeout_ms=max(0, int(wait_s * 1000)), max_records=limit)
    except Exception as error:
        # For instance the name of a header that is no UTF-8, or bytes behind compressed ones: brokers take both. The
        # library would look at what it has fetched for ever. It is fetched again, from behind this message on.
        place = _unreadable(error)
        if place is None:
            raise
        client._fetcher._next_partition_records.drain()
        offset = client.position(place)
        where = f"{place.topic}, partition {place.partition}, offset {offset}"
        logger.error("the message at %s cannot be read and is skipped: %s: %s", where, type(error).__name__, error)
        client.seek(place, offset + 1)
        return {}
    return found


def _unreadable(error: Exception) -> TopicPartition | None:
    """The partition whose records the library was unpacking when this happened; it does not say it itself."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "_unpack_records":
            return frame.f_locals["tp"]
    return None


def fenced(client: KafkaConsumer) -> bool:
    """Whether the brokers have told this static member that it has a next life. The library only falls silent."""
    coordinator = client._coordinator
    silent = coordinator.stable() and not coordinator._heartbeat_enabled
    return bool(silent and not coordinator.rejoining)


def hold_joins(client: KafkaConsumer, held: Callable[[], bool]) -> None:
    """Join no round while `held`. The library would join the one in which partitions go to others at once, in the
    same poll that has told that they go.
    """
    needed = client._coordinator.need_rejoin
    client._coordinator.need_rejoin = lambda: not held() and needed()


def rejoin(client: KafkaConsumer) -> None:
    """Have the partitions dealt out anew, at the next poll.

    The leader of a group does it by itself when a topic gets more of them. But a static member that was the leader
    in its former life is not told that it still is.
    """
    client._coordinator.request_rejoin()


def force(client: KafkaProducer) -> None:
    """Drop what is not sent. `close` would first try to send it, and where that fails would close nothing."""
    client._sender.force_close()
