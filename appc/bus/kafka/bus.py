"""The Kafka bus: topics of a Kafka cluster, for controllers on any machine."""

import threading
from collections.abc import Callable, Sequence

from appc.bus.kafka.clients import KafkaConfig
from appc.bus.kafka.group import GroupMember, GroupName
from appc.bus.kafka.library import keep_quiet
from appc.bus.kafka.publisher import Publisher
from appc.bus.kafka.reading import TopicLog, TopicWatch
from appc.bus.kafka.topics import Topics
from appc.lcm.ports.bus import Consumer, Delivery, Message, Offsets
from appc.lcm.ports.failures import Unavailable


class KafkaBus:
    """The ports Bus and TopicReader on a Kafka cluster. For many threads.

    Topics that do not exist are created where they are first used, if the configuration says so; else that raises
    NoTopic. Raises: Unavailable, within `answer_s`, if no broker can be reached.
    """

    def __init__(self, config: KafkaConfig) -> None:
        keep_quiet()
        self._config = config
        self._topics = Topics(config)
        self._publisher = Publisher(config, self._topics)
        self._lock = threading.Lock()
        self._watching = threading.Lock()
        self._members: list[GroupMember] = []
        self._logs: dict[str, TopicLog] = {}
        self._watches: dict[str, TopicWatch] = {}
        self._closed = False

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port. Raises: Unavailable; Refused for what is larger than its topic allows."""
        self._publisher.publish(messages)

    def consumer(self, topic: str, group: str, member: str | None = None) -> Consumer:
        """See the port. A new group starts at `group_start`; the commits say so before this returns."""
        self._topics.ensure(topic, for_requests=True)
        joined = GroupMember(self._config, self._topics, GroupName(topic, group, member))
        with self._lock:
            self._members.append(joined)
        try:
            joined.fix_start()
        except BaseException:
            joined.close()
            raise
        return joined

    def committed(self, topic: str, group: str) -> Offsets:
        """See the port."""
        return self._topics.committed(topic, group)

    def end(self, topic: str) -> Offsets:
        """See the port."""
        return self._topics.ends(topic)

    def read(self, topic: str, offsets: Offsets, limit: int) -> list[Delivery]:
        """See the port. Partitions without an offset are left out; a pruned offset stands for the first one kept."""
        with self._lock:
            self._check_open()
            log = self._logs.setdefault(topic, TopicLog(self._config, self._topics, topic))
        return log.read(offsets, limit)

    def watch(self, topic: str, notify: Callable[[], None]) -> Callable[[], None]:
        """See the port: messages that come after this call; `notify` may be called once more while it is ended."""
        with self._watching:
            self._check_open()
            if topic not in self._watches:
                self._watches[topic] = TopicWatch(self._config, self._topics, topic)
            return self._watches[topic].add(notify)

    def close(self) -> None:
        """See the port: members leave their groups, watches end, a poll that waits raises Unavailable."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for watch in self._watches.values():
            watch.stop()
        for member in self._members:
            member.close()
        for log in self._logs.values():
            log.close()
        for watch in self._watches.values():
            watch.join()
        self._publisher.close()
        self._topics.close()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable(f"the bus {self._config.shown} is closed")
