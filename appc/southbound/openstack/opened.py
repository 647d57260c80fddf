"""The configured clouds as the workflows on them know them: port Clouds, by Nova, Glance and Cinder."""

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.execution import Run
from appc.southbound.openstack.cloud_work import CloudWork, repeated
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.machines import CloudMachines
from appc.southbound.openstack.storage import CloudStorage


class OpenedCloud(CloudStorage, CloudMachines):
    """Port Cloud: one cloud, on behalf of one run."""


class OpenStackClouds:
    """Port Clouds."""

    def __init__(self, clouds: Clouds, clock: Clock) -> None:
        self._clouds = clouds
        self._clock = clock

    def open(self, name: str | None, run: Run, request_id: str) -> OpenedCloud:
        """See Clouds."""
        reached = repeated(lambda: self._clouds.reach(name), run)
        return OpenedCloud(CloudWork(reached=reached, run=run, clock=self._clock, request_id=request_id))
