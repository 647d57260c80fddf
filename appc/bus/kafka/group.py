"""A consumer group of Kafka, as each of its members keeps it: where it starts, hand-overs, commits."""

import logging
import re
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from kafka import ConsumerRebalanceListener, OffsetAndMetadata, TopicPartition
from kafka.errors import (
    CommitFailedError,
    FencedInstanceIdError,
    IllegalGenerationError,
    InvalidSessionTimeoutError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from appc.bus.kafka.clients import KafkaConfig, consumer, said, unavailable
from appc.bus.kafka.library import Assignor, Records, fenced, hold_joins, poll, rejoin
from appc.bus.kafka.records import deliveries
from appc.bus.kafka.topics import Topics, places
from appc.lcm.ports.bus import Delivery
from appc.lcm.ports.failures import Unavailable

#: The longest single wait, in seconds: how late a close from another thread is noticed.
_SLICE_S = 0.25

#: How long a partition that changes hands is left alone before it is looked at again, in seconds.
_HAND_OVER_S = 0.05

#: What the name of a static member may consist of.
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GroupName:
    """A group, as a member of it sees it. `member`: a name that outlives restarts; None for one that has none."""

    topic: str
    group: str
    member: str | None = None

    @property
    def instance(self) -> str | None:
        """The member's name in Kafka's alphabet, still one of its own; on another topic it is another one."""
        if not self.member:
            return None
        exact = sha256(f"{self.topic}/{self.member}".encode(errors="surrogatepass")).hexdigest()
        return f"{_NO_NAME.sub('-', self.member)[:200]}-{exact[:12]}"


class GroupMember(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """One member of a group: the port Consumer.

    Partitions change hands one by one ("cooperative"): what stays is read on. One that goes while work from it is in
    flight goes when that is committed: until then this member does not join the next round, and nobody gets it.
    A member that died is succeeded after `session_s`, one that does not poll after `poll_s`; what it still commits
    is dropped. Under the name of a static member that is still on the list, the next life takes its partitions at
    once, and the former is fenced off by its next commit.
    """

    def __init__(self, config: KafkaConfig, topics: Topics, name: GroupName) -> None:
        self._config = config
        self._topics = topics
        self._name = name
        self._lock = threading.RLock()
        self._paused = self._closed = self._fenced = False
        self._life = ""  # the member's id while it is one
        self._next: dict[int, int] = {}  # what is delivered next, by partition
        self._done: dict[int, int] = {}  # what is committed
        self._owed: dict[int, int] = {}  # commits that the brokers have not taken yet
        self._fresh: set[int] = set()  # assigned, and where to start is not known yet
        self._leaving: set[int] = set()  # taken away, with work in flight
        self._look_at = 0.0  # when it is looked next whether somebody has each partition
        self._assignor = Assignor()
        self._client = consumer(
            config,
            group_id=name.group,
            group_instance_id=name.instance,
            session_timeout_ms=int(config.session_s * 1000),
            heartbeat_interval_ms=int(min(config.heartbeat_s, config.session_s / 4) * 1000),
            max_poll_interval_ms=int(config.poll_s * 1000),
            partition_assignment_strategy=[self._assignor],
        )
        hold_joins(self._client, lambda: bool(self._leaving))
        try:
            with unavailable(config):
                self._subscribe()
        except Unavailable:
            self._client.close(autocommit=False)
            raise

    def _subscribe(self) -> None:
        self._client.subscribe([self._name.topic], listener=self)
        # Who deals out the partitions must know them: the library would deal out none, or do it twice.
        deadline = time.monotonic() + self._config.answer_s
        while not (self._name.topic in self._client.topics() and self._client.partitions_for_topic(self._name.topic)):
            if time.monotonic() > deadline:
                raise Unavailable(f"not all brokers of {self._config.shown} know topic {self._name.topic} yet")
            time.sleep(_HAND_OVER_S)

    def fix_start(self) -> None:
        """Return when it is committed where the group starts. Raises: Unavailable."""
        deadline = time.monotonic() + max(self._config.session_s, self._config.answer_s) * 3
        self.pause()
        while not self._topics.committed(self._name.topic, self._name.group):
            if time.monotonic() > deadline:
                raise Unavailable(f"group {self._name.group}: another member does not fix where the group starts")
            self.poll(1, _HAND_OVER_S)
        self.resume()

    # ------------------------------------------------------------ the port

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        """See the port."""
        deadline = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, deadline - time.monotonic())
            with self._lock:
                found = self._turn(limit, min(left_s, _SLICE_S))
            if found or left_s == 0:
                return found

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        """See the port. What was delivered before a partition was lost is not committed, for others have it now."""
        with self._lock:
            if self._closed:
                return
            self._note_loss()
            for position in (delivery.position for delivery in deliveries):
                partition = position.partition
                offset = min(position.offset + 1, self._next.get(partition, 0))
                if offset > max(self._done.get(partition, offset), self._owed.get(partition, 0)):
                    self._owed[partition] = offset
            with unavailable(self._config):
                self._pay()

    def pause(self) -> None:
        """See the port."""
        with self._lock:
            self._paused = True
            self._client.pause(*self._client.assignment())

    def resume(self) -> None:
        """See the port."""
        with self._lock:
            self._paused = False
            self._client.resume(*[place for place in self._client.assignment() if place.partition not in self._fresh])

    def close(self) -> None:
        """See the port; idempotent. Where no broker can be reached, the session runs out instead."""
        if self._closed:
            return
        self._closed = True  # before the lock: a poll that waits gives way
        with self._lock:
            life = self._client.group_metadata().member_id
            try:
                with unavailable(self._config):
                    self._client.close(autocommit=False, timeout_ms=int(self._config.answer_s * 500))
                if self._name.instance and life and not self._fenced:
                    self._topics.leave(self._name.group, life, self._name.instance)  # static ones do not by themselves
            except Unavailable as error:
                logger.warning("group %s is not left in order: %s", self._name.group, error)

    # ------------------------------------------------------------ what the library tells, while it polls

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """They stay paused until it is known where to start."""
        self._client.pause(*assigned)
        self._fresh |= {place.partition for place in assigned}

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """They go to others; nobody has them before this member joins the next round."""
        for partition in {place.partition for place in revoked}:
            if self._next.get(partition, 0) > self._done.get(partition, 0):
                self._leaving.add(partition)
            else:
                self._forget(partition)

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        """Others have them already."""
        for partition in {place.partition for place in lost}:
            self._forget(partition)

    # ------------------------------------------------------------ a turn

    def _turn(self, limit: int, wait_s: float) -> list[Delivery]:
        if self._closed:
            raise Unavailable("this consumer is closed")
        if self._fenced:
            raise Unavailable(f"another controller has joined group {self._name.group} as {self._name.member}")
        with unavailable(self._config):
            self._note_loss()
            self._pay()
            self._settle()
            self._look()
            if self._leaving:
                time.sleep(min(wait_s, _HAND_OVER_S))
                return []
            found = self._polled(limit, wait_s)
        if self._note_loss() or self._fenced:
            return []
        for place, records in found.items():
            self._next[place.partition] = records[-1].offset + 1
            # lower only where the topic was deleted and began anew
            self._done[place.partition] = min(self._done[place.partition], records[0].offset)
        return deliveries(found)

    def _polled(self, limit: int, wait_s: float) -> Records:
        try:
            found = poll(self._client, limit, _HAND_OVER_S if self._fresh else wait_s)
            self._fenced = fenced(self._client)
            return found
        except FencedInstanceIdError:
            self._fenced = True
            return {}
        except InvalidSessionTimeoutError as error:
            session = f"a session of {self._config.session_s:g} s"
            why = f"{session} is not what the brokers allow (group.min.session.timeout.ms)"
            raise Unavailable(f"group {self._name.group} cannot be joined: {why}") from error

    def _note_loss(self) -> bool:
        """Whether this life as a member has ended. What was in flight is not this member's any more then."""
        state = self._client.group_metadata()
        life = state.member_id if state.generation_id >= 0 else ""
        ended = bool(self._life) and life != self._life
        self._life = life
        self._assignor.lost = not life
        if ended:
            for partition in list(self._next):
                self._forget(partition)
            # Whatever it reads next, it reads from the commits on.
            self.on_partitions_assigned(self._client.assignment())
        return ended

    def _forget(self, partition: int) -> None:
        for kept in (self._next, self._done, self._owed):
            kept.pop(partition, None)
        self._fresh.discard(partition)
        self._leaving.discard(partition)

    # ------------------------------------------------------------ commits

    def _pay(self) -> None:
        """Commit what is owed. Raises: KafkaError; then it is owed on."""
        if not self._owed or not self._committed(self._owed):
            return
        self._done |= self._owed
        self._owed.clear()
        for partition in [each for each in self._leaving if self._next[each] <= self._done[each]]:
            self._forget(partition)

    def _committed(self, offsets: dict[int, int]) -> bool:
        """Whether the brokers took it. Not while partitions change hands, nor from who was struck off."""
        topic = self._name.topic
        commit = {TopicPartition(topic, each): OffsetAndMetadata(offset, "", -1) for each, offset in offsets.items()}
        try:
            self._client.commit(commit, timeout_ms=int(self._config.answer_s * 1000))
        except FencedInstanceIdError:
            self._fenced = True
            return False
        except (CommitFailedError, RebalanceInProgressError, UnknownMemberIdError, IllegalGenerationError) as error:
            logger.info("group %s does not take a commit: %s", self._name.group, said(error))
            self._note_loss()
            return False
        return True

    # ------------------------------------------------------------ where to start

    def _settle(self) -> None:
        """Begin to read what was assigned: from the commits on.

        A new group has none: whoever has the first partition commits the start of all, at once, so that no member
        ever sees a part of it. A partition without a commit beside others that have one was added later, and is
        read from its beginning. Raises: KafkaError, Unavailable.
        """
        if not self._fresh or not self._life:
            return
        committed = dict(self._topics.committed(self._name.topic, self._name.group))
        if not committed:
            if min(self._topics.partitions(self._name.topic)) not in self._fresh:
                return
            committed = self._topics.start(self._name.topic, self._config.group_start)
            if not self._committed(committed):
                return
            logger.info("group %s starts at %s of topic %s", self._name.group, committed, self._name.topic)
        if added := self._fresh - committed.keys():
            beginnings = self._topics.beginnings(self._name.topic)
            start = {partition: beginnings.get(partition, 0) for partition in added}
            if not self._committed(start):
                return
            committed |= start
        self._begin({partition: committed[partition] for partition in self._fresh})

    def _look(self) -> None:
        """Whoever has a partition has committed something for it: see to it that somebody has each."""
        if not self._life or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + self._config.metadata_s
        committed = self._topics.committed(self._name.topic, self._name.group)
        if committed and set(self._topics.partitions(self._name.topic)) - committed.keys():
            rejoin(self._client)

    def _begin(self, offsets: dict[int, int]) -> None:
        for place in places(self._name.topic, offsets):
            self._client.seek(place, offsets[place.partition])
        self._next |= offsets
        self._done |= offsets
        self._fresh.clear()
        if not self._paused:
            self._client.resume(*places(self._name.topic, offsets))
