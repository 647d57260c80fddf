"""Snapshots of servers as images, and the volume."""

from collections.abc import Callable

import httpx
import pytest
from openstack.connection import Connection
from openstack.exceptions import NotFoundException

from appc.demo.cloud import DemoCloud

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")

Until = Callable[[Callable[[], bool]], None]


def test_the_sdk_makes_a_snapshot(cloud: DemoCloud, connection: Connection, until: Until) -> None:
    """It becomes active, and says from which server it is."""
    server = cloud.servers()[0]
    connection.compute.create_server_image(server.id, "before the upgrade", metadata={"reason": "upgrade"}, wait=False)
    assert cloud.server(server.id).task_state is not None
    found = connection.image.find_image("before the upgrade", ignore_missing=False)
    assert (found.status, found.size) == ("queued", None)
    until(lambda: bool(connection.image.get_image(found.id).status == "active"))
    image = connection.image.get_image(found.id)
    assert (image.instance_uuid, image.properties["image_type"]) == (server.id, "snapshot")
    assert image.properties["reason"] == "upgrade"
    assert cloud.server(server.id).task_state is None


def test_a_snapshot_is_named_in_the_location_before_2_45(cloud: DemoCloud, api: httpx.Client) -> None:
    """The header leads to the image."""
    path = f"/compute/v2.1/servers/{cloud.servers()[0].id}/action"
    answer = api.post(path, json={"createImage": {"name": "old"}}, headers={"OpenStack-API-Version": "compute 2.44"})
    assert (answer.status_code, answer.content) == (202, b"")
    assert api.get(answer.headers["Location"]).json()["name"] == "old"


def test_a_snapshot_is_named_in_the_body_from_2_45(cloud: DemoCloud, api: httpx.Client) -> None:
    """There is no Location header any more."""
    path = f"/compute/v2.1/servers/{cloud.servers()[0].id}/action"
    answer = api.post(path, json={"createImage": {"name": "new"}}, headers={"OpenStack-API-Version": "compute 2.45"})
    assert "Location" not in answer.headers
    assert api.get(f"/image/v2/images/{answer.json()['image_id']}").json()["name"] == "new"


def test_images_can_be_found_by_their_members(
    cloud: DemoCloud, connection: Connection, api: httpx.Client, until: Until
) -> None:
    """By their own and by their properties (the SDK does not pass on those that it does not know)."""
    first, second = cloud.servers()
    for server in (first, second):
        connection.compute.create_server_image(server.id, f"of {server.name}", wait=False)
    until(lambda: len(list(connection.image.images(status="active"))) == 3)
    assert [image.name for image in connection.image.images(instance_uuid=second.id)] == ["of vfw-2"]
    snapshots = api.get("/image/v2/images", params={"image_type": "snapshot"}).json()["images"]
    assert [image["name"] for image in snapshots] == ["of vfw-2", "of vfw-1"]
    assert [image.name for image in connection.image.images(visibility="public")] == ["vfw-image"]


def test_the_sdk_pages_through_the_images(cloud: DemoCloud, connection: Connection) -> None:
    """Each once, the newest first."""
    for server in cloud.servers():
        connection.compute.create_server_image(server.id, f"of {server.name}", wait=False)
    names = [image.name for image in connection.image.images(limit=1)]
    assert names == ["of vfw-2", "of vfw-1", "vfw-image"]


def test_an_unknown_image_is_not_found(connection: Connection) -> None:
    """In Glance's words."""
    with pytest.raises(NotFoundException, match="No image found with ID no-such"):
        connection.image.get_image("no-such")


def test_there_is_one_free_volume(connection: Connection) -> None:
    """In the list, by its name and by its id."""
    (volume,) = connection.block_storage.volumes()
    assert (volume.status, volume.size, volume.attachments) == ("available", 1, [])
    assert connection.block_storage.find_volume(volume.name, ignore_missing=False).id == volume.id
    assert connection.block_storage.get_volume(volume.id).name == "vfw-data"
    assert list(connection.block_storage.volumes(status="in-use")) == []
    assert [found.id for found in connection.block_storage.volumes(details=False, limit=1)] == [volume.id]


def test_an_unknown_volume_is_not_found(connection: Connection) -> None:
    """In Cinder's words."""
    with pytest.raises(NotFoundException, match=r"Volume no-such could not be found"):
        connection.block_storage.get_volume("no-such")
