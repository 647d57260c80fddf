"""What the bus contract needs of Kafka."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from uuid import uuid4

from kafka import KafkaAdminClient
from kafka.admin import MemberToRemove

from appc.bus.kafka.bus import KafkaBus
from appc.bus.kafka.clients import KafkaConfig
from appc.bus.kafka.group import GroupMember
from appc.lcm.ports.bus import Consumer, Offsets


class OwnGroups(KafkaBus):
    """All tests share a broker, and in Kafka a group spans topics: here each topic has groups of its own."""

    def consumer(self, topic: str, group: str, member: str | None = None) -> Consumer:
        return super().consumer(topic, f"{group}-{topic}", member)

    def committed(self, topic: str, group: str) -> Offsets:
        return super().committed(topic, f"{group}-{topic}")


def config(servers: str) -> KafkaConfig:
    """New groups start at the beginning; hand-overs are noticed soon."""
    return KafkaConfig((servers,), group_start="beginning", heartbeat_s=0.1)


class KafkaHarness:
    """Handles on one broker."""

    turn_s = 0.1

    def __init__(self, servers: str) -> None:
        self.servers = servers
        self.config = config(servers)
        self.opener: Callable[[], KafkaBus] = partial(OwnGroups, self.config)
        self._opened: list[KafkaBus] = []

    def open(self, **changed: object) -> KafkaBus:
        """A handle; with another configuration if some of it is `changed`."""
        bus = OwnGroups(replace(self.config, **changed))  # type: ignore[arg-type]  # its own fields
        self._opened.append(bus)
        return bus

    def topic(self) -> str:
        return f"test-{uuid4().hex[:16]}"

    def lapse(self, sleeper: Consumer) -> None:
        """The broker strikes it off, as it does when a session ends; that itself would take six seconds."""
        assert isinstance(sleeper, GroupMember)
        state = sleeper._client.group_metadata()
        with self.admin() as admin:
            admin.remove_group_members(state.group_id, [MemberToRemove(member_id=state.member_id)])

    def admin(self) -> KafkaAdminClient:
        """A client to change what the bus does not."""
        return KafkaAdminClient(bootstrap_servers=self.servers)

    def close(self) -> None:
        """Close every handle."""
        for bus in self._opened:
            with suppress(RuntimeError):
                bus.close()
