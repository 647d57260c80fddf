"""Rebuilds, migrations, resizes and evacuations, by the SDK; as real Nova answers them."""

from collections.abc import Callable

import httpx
import pytest
from openstack.connection import Connection
from openstack.exceptions import BadRequestException, ConflictException

from appc.demo.cloud import DemoCloud
from tests.demo_cloud.conftest import Until

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")

Settles = Callable[[str], None]


@pytest.fixture
def vm(cloud: DemoCloud) -> str:
    """The id of vfw-1."""
    return cloud.servers()[0].id


@pytest.fixture
def settles(cloud: DemoCloud, vm: str, until: Until) -> Settles:
    """Waits until the server is in a status, and nothing is under way."""

    def wait(status: str) -> None:
        until(lambda: (cloud.server(vm).status, cloud.server(vm).task_state) == (status, None))

    return wait


def image_of(cloud: DemoCloud, vm: str) -> str:
    """The id of the image that the server was made from."""
    return cloud.server(vm).image_id or ""


def migrations(connection: Connection, vm: str) -> list[tuple[str, str]]:
    """Kind and status of each, the newest first."""
    found = connection.compute.migrations(instance_uuid=vm)
    return [(one.migration_type, one.status) for one in found]


@pytest.mark.parametrize("status", ["ACTIVE", "SHUTOFF"])
def test_a_cold_migration_waits_for_its_confirmation(
    status: str, cloud: DemoCloud, connection: Connection, vm: str, settles: Settles
) -> None:
    """The server is on another host then, and in the state it was in."""
    cloud.put(vm, status)
    connection.compute.migrate_server(vm)
    assert cloud.server(vm).status == "RESIZE"
    settles("VERIFY_RESIZE")
    connection.compute.confirm_server_resize(vm)
    settles(status)
    assert cloud.server(vm).host == "demo-host-2"
    assert migrations(connection, vm) == [("migration", "confirmed")]


def test_a_confirmation_shows_no_task(cloud: DemoCloud, connection: Connection, vm: str, settles: Settles) -> None:
    """The server is in VERIFY_RESIZE until it is done, and a second one is refused."""
    connection.compute.migrate_server(vm)
    settles("VERIFY_RESIZE")
    connection.compute.confirm_server_resize(vm)
    assert (cloud.server(vm).status, cloud.server(vm).task_state) == ("VERIFY_RESIZE", None)
    with pytest.raises(BadRequestException, match="Instance has not been resized"):
        connection.compute.confirm_server_resize(vm)


def test_a_resize_can_be_reverted(cloud: DemoCloud, connection: Connection, vm: str, settles: Settles) -> None:
    """Host and flavor are what they were."""
    connection.compute.resize_server(vm, "2")
    settles("VERIFY_RESIZE")
    assert (cloud.server(vm).flavor, cloud.server(vm).host) == ("2", "demo-host-2")
    connection.compute.revert_server_resize(vm)
    settles("ACTIVE")
    assert (cloud.server(vm).flavor, cloud.server(vm).host) == ("1", "demo-host-1")


def test_a_live_migration_needs_no_confirmation(
    cloud: DemoCloud, connection: Connection, vm: str, settles: Settles
) -> None:
    """To the host that is named."""
    connection.compute.live_migrate_server(vm, host="demo-host-3", block_migration="auto")
    assert cloud.server(vm).status == "MIGRATING"
    settles("ACTIVE")
    assert cloud.server(vm).host == "demo-host-3"


def test_without_another_host_a_migration_is_rolled_back(
    cloud: DemoCloud, connection: Connection, api: httpx.Client, vm: str, settles: Settles
) -> None:
    """It was accepted; why it failed is in the server's history only."""
    for name in ("demo-host-2", "demo-host-3"):
        cloud.set_host(name, enabled=False)
    connection.compute.migrate_server(vm)
    settles("ACTIVE")
    assert migrations(connection, vm) == [("migration", "error")]
    path, version = f"/compute/v2.1/servers/{vm}/os-instance-actions", {"OpenStack-API-Version": "compute 2.84"}
    (entry,) = api.get(path).json()["instanceActions"]
    (event,) = api.get(f"{path}/{entry['request_id']}", headers=version).json()["instanceAction"]["events"]
    assert (entry["message"], event["details"]) == (
        "Error",
        "No valid host was found. No valid host found for cold migrate",
    )


def test_a_server_is_evacuated_only_when_its_host_is_down(
    cloud: DemoCloud, connection: Connection, vm: str, settles: Settles
) -> None:
    """From microversion 2.95 on it arrives stopped."""
    with pytest.raises(BadRequestException, match="Compute service of demo-host-1 is still in use"):
        connection.compute.evacuate_server(vm)
    cloud.set_host("demo-host-1", up=False)
    answer = connection.compute.post(f"/servers/{vm}/action", json={"evacuate": {}}, microversion="2.95")
    assert answer.status_code == 200
    settles("SHUTOFF")
    assert cloud.server(vm).host == "demo-host-2"
    assert migrations(connection, vm) == [("evacuation", "done")]


def test_a_rebuild_takes_another_image(cloud: DemoCloud, connection: Connection, vm: str, settles: Settles) -> None:
    """The server is in the state it was in."""
    snapshot = connection.compute.create_server_image(vm, "snap", wait=False)
    settles("ACTIVE")
    cloud.put(vm, "SHUTOFF")
    connection.compute.rebuild_server(vm, image=snapshot.id)
    assert cloud.server(vm).status == "REBUILD"
    settles("SHUTOFF")
    assert cloud.server(vm).image_id == snapshot.id


@pytest.mark.parametrize("status", ["PAUSED", "SUSPENDED", "VERIFY_RESIZE"])
def test_a_rebuild_needs_a_server_that_runs_or_is_off(
    status: str, cloud: DemoCloud, connection: Connection, vm: str
) -> None:
    """Otherwise it is a conflict."""
    cloud.put(vm, status)
    with pytest.raises(ConflictException, match="Cannot 'rebuild' instance"):
        connection.compute.rebuild_server(vm, image=image_of(cloud, vm))


def test_a_failure_can_be_ordered(cloud: DemoCloud, connection: Connection, vm: str, settles: Settles) -> None:
    """Of the next call of one operation: it leaves the server in ERROR, with its message."""
    cloud.fail("rebuild", "disk full")
    connection.compute.rebuild_server(vm, image=image_of(cloud, vm))
    settles("ERROR")
    assert connection.compute.get_server(vm).fault["message"] == "disk full"
    connection.compute.rebuild_server(vm, image=image_of(cloud, vm))
    settles("ACTIVE")


def test_hosts_and_services_say_what_they_are(cloud: DemoCloud, connection: Connection) -> None:
    """Up or down, enabled or disabled; a service can be forced down."""
    cloud.set_host("demo-host-3", up=False)
    services = {one.host: one for one in connection.compute.services()}
    connection.compute.disable_service(services["demo-host-2"].id, disabled_reason="work")
    shown = {one.name: (one.state, one.status) for one in connection.compute.hypervisors(details=True)}
    assert shown == {
        "demo-host-1": ("up", "enabled"),
        "demo-host-2": ("up", "disabled"),
        "demo-host-3": ("down", "enabled"),
    }
