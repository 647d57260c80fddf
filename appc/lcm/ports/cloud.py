"""Port Clouds: what the clouds of VMs can do beyond the VM actions of the LCM API.

What makes something is given a `Mark`: what carries it is taken instead of being made a second time, so a caller that
does not know whether it was made just asks again. What removes something is content where it is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from appc.lcm.ports.execution import Run
from appc.lcm.record import VmPlace
from appc.lcm.vm_snapshot import VolumeMade, VolumeSnapshot


class Kind(StrEnum):
    """What is made and removed."""

    IMAGE = "image"
    VOLUME = "volume"
    VOLUME_SNAPSHOT = "volume snapshot"


@dataclass(frozen=True)
class Mark:
    """The name of what is made, and the id by which it is found again. A volume's snapshot is "snapshot for <name>"."""

    id: str
    name: str


@dataclass(frozen=True)
class VmVolume:
    """A volume of a VM. `boots`: the VM boots from it."""

    id: str
    name: str
    device: str
    size_gib: int
    type: str | None = None
    boots: bool = False


@dataclass(frozen=True)
class Machine:
    """A VM as its cloud shows it. `flavor`: the name, or the id where the cloud tells no more; `host`: where told."""

    name: str
    status: str
    flavor: str
    host: str | None = None

    @property
    def undecided(self) -> bool:
        """It was resized or moved, and waits for a confirmation or a revert."""
        return self.status == "VERIFY_RESIZE"


@dataclass(frozen=True)
class VolumeOrder:
    """A volume to be made from a snapshot. `type` None: the cloud's default."""

    snapshot_id: str
    type: str | None = None
    multiattach: bool = False


@dataclass(frozen=True)
class Route:
    """How a VM is to be moved. `host` None: the scheduler chooses; `block`: disks are copied, None: if need be."""

    live: bool
    host: str | None = None
    block: bool | None = None


class Storage(Protocol):
    """Images, volumes and their snapshots of one cloud.

    Every method may block, is a step of the run where it changes something, and raises DgFailure (401) and what the
    run raises.
    """

    def volumes(self, vm: VmPlace) -> Sequence[VmVolume]:
        """The volumes of a VM, the one that it boots from first."""

    def make_image(self, vm: VmPlace, mark: Mark) -> str:
        """Begin an image of a VM; its id."""

    def referred(self, image_id: str) -> Sequence[VolumeSnapshot]:
        """The snapshots that the image of a VM that boots from a volume refers to; none otherwise, or if it is gone."""

    def make_volume_snapshot(self, volume: VmVolume, mark: Mark) -> VolumeSnapshot:
        """Begin a snapshot of a volume, in use or not."""

    def make_volume(self, order: VolumeOrder, mark: Mark) -> VolumeMade:
        """Begin a volume from a snapshot."""

    def set_bootable(self, volume_id: str, bootable: bool) -> None:
        """Say whether VMs may boot from a volume."""

    def make_image_of_volume(self, volume_id: str, mark: Mark) -> str:
        """Begin to copy a free volume into an image; its id."""

    def await_made(self, kind: Kind, id: str) -> None:
        """Wait until it can be used."""

    def marked(self, mark: Mark) -> Sequence[tuple[Kind, str]]:
        """Everything in the cloud that carries the mark."""

    def remove(self, kind: Kind, id: str) -> None:
        """Remove it, and wait until it is gone."""


class Machines(Protocol):
    """VMs of one cloud. As Storage; what a VM is already is not done again."""

    def look(self, vm: VmPlace) -> Machine:
        """The VM as it is now, as soon as the cloud is not at work on it."""

    def resize(self, vm: VmPlace, flavor: str) -> Machine:
        """Give it another flavor, by name or id; afterwards it is undecided."""

    def move(self, vm: VmPlace, route: Route) -> Machine:
        """Move it to another host; after a cold move it is undecided."""

    def confirm(self, vm: VmPlace) -> Machine:
        """Keep a resize or a cold move; the VM is in the state that it was in before."""

    def revert(self, vm: VmPlace) -> Machine:
        """Undo a resize or a cold move; the VM is where, as and in the state that it was before."""

    def restore(self, vm: VmPlace, image_id: str) -> Machine:
        """Write an image over the volume that the VM boots from."""

    def exchange(self, vm: VmPlace, device: str, old_id: str, new_id: str) -> None:
        """Take a volume that it does not boot from off the VM, and put another in its place."""


class Cloud(Storage, Machines, Protocol):
    """One cloud, on behalf of one run."""


class Clouds(Protocol):
    """The configured clouds. Called by many threads."""

    def open(self, name: str | None, run: Run, request_id: str) -> Cloud:
        """The way to this cloud (None: no cloud is named); every call tells OpenStack the request id.

        Raises: DgFailure (401).
        """
