"""Volumes and their snapshots. Pure: time comes in as an argument.

Source: Cinder, `cinder/volume/api.py`: from which statuses, and how a refusal is worded.
"""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from appc.demo.cloud.refusals import Invalid, NotFound
from appc.demo.cloud.schedule import Schedule
from appc.demo.cloud.values import Volume, VolumeSnapshot

T = TypeVar("T")

_DELETABLE = (
    "Invalid volume: Volume status must be available or error or error_restoring or error_extending or "
    "error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, "
    "or be disassociated from snapshots after volume transfer."
)


class BlockStorage:
    """What Cinder holds, oldest first."""

    def __init__(self, volumes: Iterable[Volume], schedule: Schedule, delay_s: float) -> None:
        self.volumes = {volume.id: volume for volume in volumes}
        self.snapshots: dict[str, VolumeSnapshot] = {}
        self._schedule = schedule
        self._delay_s = delay_s

    def volume(self, volume_id: str) -> Volume:
        """Raises: NotFound."""
        if volume_id not in self.volumes:
            raise NotFound(volume_id)
        return self.volumes[volume_id]

    def snapshot(self, snapshot_id: str) -> VolumeSnapshot:
        """Raises: NotFound."""
        if snapshot_id not in self.snapshots:
            raise NotFound(snapshot_id)
        return self.snapshots[snapshot_id]

    def create(self, asked: Volume, now: float) -> Volume:
        """Take a volume in that becomes available; one from a snapshot is no smaller. Raises: NotFound, Invalid."""
        if asked.snapshot_id is not None:
            snapshot = self.snapshot(asked.snapshot_id)
            if snapshot.status != "available":
                allowed = "Invalid snapshot: Originating snapshot status must be one of 'available' values"
                raise Invalid(allowed)
            bootable = self.volumes[snapshot.volume_id].bootable
            asked = replace(asked, size=max(asked.size, snapshot.size), bootable=bootable)
        return self._change(replace(asked, status="creating"), "available", now)

    def delete(self, volume_id: str, now: float) -> None:
        """Raises: NotFound, Invalid."""
        volume = self.volume(volume_id)
        kept = any(snapshot.volume_id == volume_id for snapshot in self.snapshots.values())
        if not volume.status.startswith(("available", "error")) or kept:
            raise Invalid(_DELETABLE)
        self._store(replace(volume, status="deleting"), now)
        self._schedule.at(now + self._delay_s, partial(_forget, self.volumes, volume_id))

    def take_snapshot(self, asked: VolumeSnapshot, force: bool, now: float) -> VolumeSnapshot:
        """A snapshot that becomes available; of a volume in use only by `force`. Raises: NotFound, Invalid."""
        volume = self.volume(asked.volume_id)
        if volume.status != "available" and not (force and volume.status == "in-use"):
            raise Invalid(
                f"Invalid volume: Volume {volume.id} status must be available, but current status is: {volume.status}."
            )
        taken = replace(asked, id=asked.id or str(uuid.uuid4()), size=volume.size)
        self.snapshots[taken.id] = taken

        def done() -> None:
            if taken.id in self.snapshots:
                self.snapshots[taken.id] = replace(taken, status="available", updated=now + self._delay_s)

        self._schedule.at(now + self._delay_s, done)
        return taken

    def delete_snapshot(self, snapshot_id: str, now: float) -> None:
        """Raises: NotFound, Invalid."""
        snapshot = self.snapshot(snapshot_id)
        if snapshot.status not in ("available", "error"):
            raise Invalid("Invalid snapshot: Snapshot status must be available or error")
        self.snapshots[snapshot_id] = replace(snapshot, status="deleting", updated=now)
        self._schedule.at(now + self._delay_s, partial(_forget, self.snapshots, snapshot_id))

    def revert(self, volume_id: str, snapshot_id: str, now: float) -> None:
        """Put a free volume back to its latest snapshot. Raises: NotFound, Invalid."""
        volume, snapshot = self.volume(volume_id), self.snapshot(snapshot_id)
        latest = [one for one in self.snapshots.values() if one.volume_id == volume_id][-1:]
        if [snapshot] != latest:
            raise Invalid(
                f"Invalid input received: Reverting volume to a snapshot that is not its latest is not supported: "
                f"{snapshot_id}"
            )
        if volume.status != "available":
            raise Invalid(
                f"Invalid volume: Can't revert volume {volume_id} to its latest snapshot {snapshot_id}. "
                "Volume must be available."
            )
        self._change(replace(volume, status="reverting"), "available", now)

    def set_bootable(self, volume_id: str, bootable: bool, now: float) -> None:
        """Raises: NotFound."""
        self._store(replace(self.volume(volume_id), bootable=bootable), now)

    def upload(self, volume_id: str, now: float) -> None:
        """A free volume is copied to an image. Raises: NotFound, Invalid."""
        volume = self.volume(volume_id)
        if volume.status != "available":
            raise Invalid("Invalid volume: Volume status must be available")
        self._change(replace(volume, status="uploading"), "available", now)

    def put(self, volume: Volume, now: float) -> None:
        """Take the place of the volume as it was."""
        self._store(volume, now)

    def _change(self, volume: Volume, status: str, now: float) -> Volume:
        self._store(volume, now)
        at = now + self._delay_s

        def done() -> None:
            known = self.volumes.get(volume.id)
            if known is not None and known.status == volume.status:
                self._store(replace(known, status=status), at)

        self._schedule.at(at, done)
        return volume

    def _store(self, volume: Volume, now: float) -> None:
        self.volumes[volume.id] = replace(volume, updated=now)


def _forget(things: dict[str, T], thing_id: str) -> None:
    things.pop(thing_id, None)
