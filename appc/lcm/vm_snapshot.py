"""Snapshots of VMs, and what is made from them, as they are remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import TypeAdapter

from appc.lcm.record import VmPlace

#: Longest name of an image, a volume or a snapshot, in characters.
LONGEST_NAME = 255


class Condition(StrEnum):
    """Where a snapshot, or something else that is made step by step, stands."""

    CREATING = "creating"
    ACTIVE = "active"
    FAILED = "failed"
    DELETING = "deleting"


@dataclass(frozen=True)
class VolumeSnapshot:
    """The snapshot of one volume of a VM. `boots`: the VM boots from the volume; `size_gib`: the volume's."""

    id: str
    volume_id: str
    device: str
    size_gib: int
    boots: bool = False


@dataclass(frozen=True)
class VmSnapshot:
    """What is remembered of a snapshot of one VM.

    `id` is ours, a UUID; `name` the image's, "snapshot for <name>" that of each volume's snapshot (seed 002). `labels`
    are the door's: by them it finds its snapshots again. `message`: why it failed, in one sentence.
    """

    id: str
    name: str
    vm: VmPlace
    vm_name: str
    started_at: datetime
    condition: Condition = Condition.CREATING
    message: str = ""
    image_id: str | None = None
    volumes: tuple[VolumeSnapshot, ...] = ()
    finished_at: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def boot_volume(self) -> VolumeSnapshot | None:
        """The snapshot of the volume that the VM boots from; None where it boots from an image."""
        return next((volume for volume in self.volumes if volume.boots), None)

    def ended(self, condition: Condition, message: str, now: datetime) -> Self:
        """With this end."""
        return replace(self, condition=condition, message=message, finished_at=now)


@dataclass(frozen=True)
class VolumeMade:
    """A volume that was made from a volume's snapshot; it is nobody's but the one's who asked for it."""

    id: str
    name: str
    size_gib: int
    type: str | None
    snapshot_id: str


class UnknownSnapshot(LookupError):
    """No snapshot has this id or name, or several have the name; the text says which."""


_AS_JSON = TypeAdapter(VmSnapshot)


def as_document(snapshot: VmSnapshot) -> dict[str, Any]:
    """As JSON."""
    document: dict[str, Any] = _AS_JSON.dump_python(snapshot, mode="json")
    return document


def from_document(document: Mapping[str, Any]) -> VmSnapshot:
    """The inverse of `as_document`."""
    return _AS_JSON.validate_python(document)
