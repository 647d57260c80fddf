"""Ports: all that requests are judged against and carried out with."""

from collections.abc import Mapping
from dataclasses import dataclass

from appc.lcm.actions import DeviceProtocol
from appc.lcm.ports.artifacts import Artifacts
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.configurations import ConfigurationFeed, Configurations
from appc.lcm.ports.credentials import Credentials
from appc.lcm.ports.device import DeviceExecutor
from appc.lcm.ports.execution import Executor
from appc.lcm.ports.inventory import Inventory, VnfcRecords


@dataclass(frozen=True)
class Ports:
    """The outside, as planning and workflows meet it.

    `executors`: by the protocol of an action's row. `devices`: those of the self-service actions, by the
    protocol of the artifact.
    """

    inventory: Inventory
    executors: Mapping[DeviceProtocol, Executor]
    artifacts: Artifacts
    devices: Mapping[DeviceProtocol, DeviceExecutor]
    configurations: Configurations
    feed: ConfigurationFeed
    vnfc_records: VnfcRecords
    clock: Clock
    credentials: Credentials
