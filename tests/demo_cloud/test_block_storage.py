"""Volumes, their snapshots and their attachments, by the SDK; as real Cinder and Nova answer them."""

import json
from typing import Any

import pytest
from openstack.connection import Connection
from openstack.exceptions import BadRequestException, ConflictException, NotFoundException

from appc.demo.cloud import DemoCloud
from appc.demo.cloud.values import Volume
from tests.demo_cloud.conftest import Until

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")


@pytest.fixture
def vm(cloud: DemoCloud) -> str:
    """The id of vfw-1."""
    return cloud.servers()[0].id


@pytest.fixture
def volume(cloud: DemoCloud) -> Volume:
    """The free volume."""
    return cloud.volumes()[0]


def is_(cloud: DemoCloud, volume: Volume, status: str) -> bool:
    """Whether the volume is in this status."""
    return next(one.status for one in cloud.volumes() if one.id == volume.id) == status


def test_nova_shows_an_attachment_before_it_is_there(
    cloud: DemoCloud, connection: Connection, vm: str, volume: Volume, until: Until
) -> None:
    """Cinder shows it when it is."""
    compute, storage = connection.compute, connection.block_storage
    compute.create_volume_attachment(vm, volume_id=volume.id, device="/dev/vdb")
    assert [one.device for one in compute.volume_attachments(vm)] == ["/dev/vdb"]
    assert (storage.get_volume(volume.id).status, storage.get_volume(volume.id).attachments) == ("reserved", [])
    until(lambda: is_(cloud, volume, "in-use"))
    (shown,) = storage.get_volume(volume.id).attachments
    assert (shown["server_id"], shown["device"]) == (vm, "/dev/vdb")
    assert [one.id for one in compute.get_server(vm).attached_volumes] == [volume.id]


def test_a_detached_volume_is_free_again(
    cloud: DemoCloud, connection: Connection, vm: str, volume: Volume, until: Until
) -> None:
    """After a while."""
    connection.compute.create_volume_attachment(vm, volume_id=volume.id)
    until(lambda: is_(cloud, volume, "in-use"))
    connection.compute.delete_volume_attachment(vm, volume.id)
    assert is_(cloud, volume, "detaching")
    until(lambda: is_(cloud, volume, "available"))
    assert list(connection.compute.volume_attachments(vm)) == []
    with pytest.raises(NotFoundException, match="is not attached to volume"):
        connection.compute.delete_volume_attachment(vm, volume.id, ignore_missing=False)


@pytest.mark.parametrize("status", ["SUSPENDED", "ERROR"])
def test_a_suspended_or_broken_server_takes_no_volume(
    status: str, cloud: DemoCloud, connection: Connection, vm: str, volume: Volume
) -> None:
    """It is a conflict, and the volume stays free."""
    cloud.put(vm, status)
    with pytest.raises(ConflictException, match="Cannot 'attach_volume' instance"):
        connection.compute.create_volume_attachment(vm, volume_id=volume.id)
    assert is_(cloud, volume, "available")


def test_an_attached_volume_cannot_be_attached_again(
    cloud: DemoCloud, connection: Connection, vm: str, volume: Volume
) -> None:
    """Nova names the server that has it."""
    connection.compute.create_volume_attachment(vm, volume_id=volume.id)
    other = cloud.servers()[1].id
    with pytest.raises(BadRequestException, match=f"is already attached to instances: {vm}"):
        connection.compute.create_volume_attachment(other, volume_id=volume.id)


def test_a_root_volume_stays(cloud: DemoCloud, connection: Connection, vm: str) -> None:
    """A server cannot do without it."""
    root = cloud.put_on_volume(vm)
    with pytest.raises(BadRequestException, match="Cannot detach a root device volume"):
        connection.compute.delete_volume_attachment(vm, root.id)


def test_a_volume_is_made_from_a_snapshot_of_another(
    cloud: DemoCloud, connection: Connection, volume: Volume, until: Until
) -> None:
    """One that is snapshot is kept; one with all its snapshots gone may be deleted."""
    storage: Any = connection.block_storage
    snapshot = storage.create_snapshot(volume_id=volume.id, name="before")
    until(lambda: bool(storage.get_snapshot(snapshot.id).status == "available"))
    made = storage.create_volume(name="copy", snapshot_id=snapshot.id, size=2)
    until(lambda: bool(storage.get_volume(made.id).status == "available"))
    storage.revert_volume_to_snapshot(volume.id, snapshot.id)
    until(lambda: is_(cloud, volume, "available"))
    with pytest.raises(BadRequestException, match="have snapshots"):
        storage.delete_volume(volume.id)
    storage.delete_snapshot(snapshot.id)
    until(lambda: not list(storage.snapshots()))
    storage.delete_volume(volume.id)
    until(lambda: [one.name for one in cloud.volumes()] == ["copy"])


def test_the_snapshot_of_a_server_on_a_volume_refers_to_snapshots(
    cloud: DemoCloud, connection: Connection, vm: str, until: Until
) -> None:
    """Its image is active at once, and what it refers to is not yet."""
    root = cloud.put_on_volume(vm)
    image = connection.compute.create_server_image(vm, "snap", wait=False)
    shown = connection.image.get_image(image.id)
    (reference,) = json.loads(shown.properties["block_device_mapping"])
    assert (shown.status, shown.size) == ("active", 0)
    snapshot = connection.block_storage.get_snapshot(reference["snapshot_id"])
    assert (snapshot.name, snapshot.volume_id, snapshot.status) == ("snapshot for snap", root.id, "creating")
    until(lambda: bool(connection.block_storage.get_snapshot(snapshot.id).status == "available"))


def test_an_attachment_that_fails_leaves_the_volume_free(
    cloud: DemoCloud, connection: Connection, vm: str, volume: Volume, until: Until
) -> None:
    """The server runs on."""
    cloud.fail("attach_volume", "no path to the volume")
    connection.compute.create_volume_attachment(vm, volume_id=volume.id)
    until(lambda: is_(cloud, volume, "available"))
    assert (cloud.server(vm).status, cloud.server(vm).volumes) == ("ACTIVE", ())
