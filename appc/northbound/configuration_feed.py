"""The configuration topic: external configuration stores hear what runs (guide, "Configure", "Audit", "Sync")."""

from appc.lcm.ports.bus import Bus
from appc.lcm.ports.configurations import StoredConfiguration
from appc.wire.configuration_message import configuration_message


class ConfigurationTopic:
    """Port ConfigurationFeed on a topic of the bus."""

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus = bus
        self._topic = topic

    def publish(self, configuration: StoredConfiguration, current: bool) -> None:
        """See ConfigurationFeed."""
        self._bus.publish([configuration_message(self._topic, configuration, current)])
