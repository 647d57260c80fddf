"""Actions on servers, through the SDK and as plain HTTP."""

from collections.abc import Callable

import httpx
import pytest
from openstack.connection import Connection
from openstack.exceptions import ConflictException

from appc.demo.cloud import DemoCloud

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")

Act = Callable[[object], httpx.Response]


@pytest.fixture
def server_id(cloud: DemoCloud) -> str:
    """The id of vfw-1."""
    return cloud.servers()[0].id


@pytest.fixture
def act(api: httpx.Client, server_id: str) -> Act:
    """Posts an action on vfw-1."""
    return lambda body: api.post(f"/compute/v2.1/servers/{server_id}/action", json=body)


def _reaches(connection: Connection, server_id: str, status: str) -> bool:
    server = connection.compute.get_server(server_id)
    return (server.status, server.task_state) == (status, None)


@pytest.mark.parametrize(
    ("first", "action", "last"),
    [
        pytest.param("ACTIVE", "stop_server", "SHUTOFF", id="stop"),
        pytest.param("SHUTOFF", "start_server", "ACTIVE", id="start"),
        pytest.param("ACTIVE", "pause_server", "PAUSED", id="pause"),
        pytest.param("PAUSED", "unpause_server", "ACTIVE", id="unpause"),
        pytest.param("ACTIVE", "suspend_server", "SUSPENDED", id="suspend"),
        pytest.param("SUSPENDED", "resume_server", "ACTIVE", id="resume"),
    ],
)
def test_the_sdk_changes_a_server(
    cloud: DemoCloud,
    connection: Connection,
    until: Callable[[Callable[[], bool]], None],
    server_id: str,
    first: str,
    action: str,
    last: str,
) -> None:
    """And sees it change."""
    cloud.put(server_id, first)
    getattr(connection.compute, action)(server_id)
    until(lambda: _reaches(connection, server_id, last))


@pytest.mark.parametrize(("kind", "meanwhile"), [("SOFT", "REBOOT"), ("HARD", "HARD_REBOOT")])
def test_a_reboot_is_seen_as_one(connection: Connection, server_id: str, kind: str, meanwhile: str) -> None:
    """The SDK waits for its end."""
    connection.compute.reboot_server(server_id, kind)
    server = connection.compute.get_server(server_id)
    assert server.status == meanwhile
    assert connection.compute.wait_for_server(server, "ACTIVE", interval=0.01, wait=5).task_state is None


def test_an_action_from_the_wrong_state_is_a_conflict(cloud: DemoCloud, connection: Connection, server_id: str) -> None:
    """In Nova's words."""
    cloud.put(server_id, "SHUTOFF")
    words = f"Cannot 'stop' instance {server_id} while it is in vm_state stopped"
    with pytest.raises(ConflictException, match=words):
        connection.compute.stop_server(server_id)


def test_a_second_action_meanwhile_is_a_conflict(act: Act, server_id: str) -> None:
    """202 without a body for the first, 409 for the second."""
    first = act({"os-stop": None})
    assert (first.status_code, first.content) == (202, b"")
    second = act({"pause": None})
    message = f"Cannot 'pause' instance {server_id} while it is in task_state powering-off"
    assert second.status_code == 409
    assert second.json() == {"conflictingRequest": {"code": 409, "message": message}}


def test_a_server_that_never_ran_takes_no_hard_reboot(cloud: DemoCloud, act: Act, server_id: str) -> None:
    """A server in BUILD is refused by its vm_state."""
    cloud.put(server_id, "BUILD")
    message = f"Cannot 'reboot' instance {server_id} while it is in vm_state building"
    assert act({"reboot": {"type": "HARD"}}).json()["conflictingRequest"]["message"] == message
