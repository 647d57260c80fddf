"""Volumes at servers: Nova shows an attachment as soon as it is reserved, Cinder when it is there.

Source: Nova, `nova/compute/api.py`, `attach_volume` and `detach_volume`, for the refusals.
"""

import uuid
from dataclasses import replace
from string import ascii_lowercase

from appc.demo.cloud.actions import Order
from appc.demo.cloud.block_storage import BlockStorage
from appc.demo.cloud.refusals import InUse, Invalid, NotFound
from appc.demo.cloud.values import Attachment, Server, Volume

#: Where a server has the volume that it boots from.
ROOT = "/dev/vda"


class NotAttached(NotFound):
    """The volume is not at this server."""


class Attachments:
    """Attaches and detaches; each in two parts, when it is accepted and when it is done."""

    def __init__(self, block: BlockStorage) -> None:
        self._block = block

    def reserve(self, server: Server, order: Order, now: float) -> Server:
        """Raises: NotFound, Invalid."""
        volume = self._block.volume(order.volume or "")
        if volume.attachment is not None:
            raise Invalid(
                f"Invalid volume: volume {volume.id} is already attached to instances: {volume.attachment.server}"
            )
        if volume.status != "available":
            raise Invalid(
                f"Invalid volume: status must be 'available'. Volume {volume.id} is in '{volume.status}' status"
            )
        device = order.device or self._next_device(server)
        if device in self._devices(server):
            raise InUse(f"The supplied device path ({device}) is in use.")
        self._place(volume, server, device, "reserved", now)
        return replace(server, volumes=(*server.volumes, volume.id))

    def attached(self, order: Order, now: float) -> None:
        """The reserved attachment is there."""
        volume = self._block.volume(order.volume or "")
        self._block.put(replace(volume, status="in-use"), now)

    def release(self, server: Server, order: Order, now: float) -> None:
        """Raises: NotFound, Invalid."""
        volume = self._block.volume(order.volume or "")
        if volume.id not in server.volumes or volume.attachment is None:
            raise NotAttached(f"Instance {server.id} is not attached to volume {volume.id}")
        if volume.attachment.device == ROOT:
            raise Invalid("Cannot detach a root device volume")
        if volume.status != "in-use":
            raise Invalid(
                f"Invalid volume: Invalid input received: Invalid volume: Unable to detach volume. Volume status must "
                f"be 'in-use' and attach_status must be 'attached' to detach. Volume is {volume.status}"
            )
        self._block.put(replace(volume, status="detaching"), now)

    def detached(self, server: Server, order: Order, now: float) -> Server:
        """The volume is free."""
        volume = self._block.volume(order.volume or "")
        self._block.put(replace(volume, status="available", attachment=None), now)
        return replace(server, volumes=tuple(one for one in server.volumes if one != volume.id))

    def failed(self, server: Server, order: Order, now: float) -> Server:
        """What was begun is as it was before."""
        volume = self._block.volume(order.volume or "")
        if volume.status == "reserved":
            return self.detached(server, order, now)
        self._block.put(replace(volume, status="in-use"), now)
        return server

    def root(self, server: Server, now: float) -> Volume:
        """A bootable volume, in use at the server's first device."""
        volume = Volume(str(uuid.uuid4()), "", 1, now, bootable=True)
        return self._place(volume, server, ROOT, "in-use", now)

    def _place(self, volume: Volume, server: Server, device: str, status: str, now: float) -> Volume:
        attachment = Attachment(str(uuid.uuid4()), server.id, device, server.host, now)
        placed = replace(volume, status=status, attachment=attachment)
        self._block.put(placed, now)
        return placed

    def _devices(self, server: Server) -> set[str]:
        attachments = (self._block.volumes[one].attachment for one in server.volumes)
        return {ROOT} | {attachment.device for attachment in attachments if attachment}

    def _next_device(self, server: Server) -> str:
        taken = self._devices(server)
        return next(name for letter in ascii_lowercase if (name := f"/dev/vd{letter}") not in taken)
