"""Lists of servers, and one server."""

from collections.abc import Iterator

import httpx
import pytest
from openstack.connection import Connection
from openstack.exceptions import NotFoundException

from appc.demo.cloud import DemoCloud
from appc.demo.cloud.isotime import seconds

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")


@pytest.fixture
def cloud() -> Iterator[DemoCloud]:
    """A cloud with five servers, vfw-1 to vfw-5."""
    with DemoCloud(servers=5) as running:
        yield running


def _names(api: httpx.Client, **query: str) -> list[str]:
    answer = api.get("/compute/v2.1/servers/detail", params=query).json()
    return [server["name"] for server in answer["servers"]]


def test_the_servers_are_active_and_have_an_image(connection: Connection) -> None:
    """The image is there, too."""
    server = connection.compute.find_server("vfw-1", ignore_missing=False)
    shown = connection.compute.get_server(server.id)
    assert (shown.status, shown.vm_state, shown.task_state, shown.power_state) == ("ACTIVE", "active", None, 1)
    assert connection.image.get_image(shown.image.id).status == "active"
    assert [port["version"] for port in shown.addresses["private"]] == [4]


def test_an_unknown_server_is_not_found(connection: Connection) -> None:
    """In Nova's words."""
    with pytest.raises(NotFoundException, match="Instance no-such could not be found"):
        connection.compute.get_server("no-such")


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_the_sdk_pages_through_all_servers(connection: Connection, limit: int) -> None:
    """Each once, in Nova's order, with details and without."""
    names = [f"vfw-{number}" for number in range(1, 6)]
    assert [server.name for server in connection.compute.servers(limit=limit)] == names
    assert [server.name for server in connection.compute.servers(details=False, limit=limit)] == names


def test_a_full_page_has_a_next_one(cloud: DemoCloud, api: httpx.Client) -> None:
    """Its address keeps the rest of the query."""
    answer = api.get("/compute/v2.1/servers", params={"limit": "2", "status": "ACTIVE"}).json()
    (link,) = answer["servers_links"]
    assert httpx.URL(link["href"]).params["status"] == "ACTIVE"
    rest = api.get(link["href"]).json()["servers"]
    assert [server["name"] for server in rest] == ["vfw-3", "vfw-4"]
    assert "servers_links" not in api.get("/compute/v2.1/servers").json()


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"limit": "-1"}, id="limit"),
        pytest.param({"marker": "no-such"}, id="marker"),
        pytest.param({"changes-since": "yesterday"}, id="changes-since"),
        pytest.param({"name": "("}, id="name"),
    ],
)
def test_a_query_that_makes_no_sense_is_a_bad_request(api: httpx.Client, query: dict[str, str]) -> None:
    """The message names what is wrong with it."""
    answer = api.get("/compute/v2.1/servers", params=query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["badRequest"]["message"]


def test_a_name_is_a_pattern(api: httpx.Client) -> None:
    """That may match anywhere in the name."""
    assert _names(api, name="^vfw-2$") == ["vfw-2"]
    assert len(_names(api, name="fw")) == 5


def test_a_status_is_that_of_the_vm_state(cloud: DemoCloud, api: httpx.Client) -> None:
    """Servers with a task under way are still among those of their vm_state, as in Nova."""
    first, second = cloud.servers()[:2]
    cloud.put(first.id, "ACTIVE", task_state="powering-off")
    cloud.put(second.id, "ERROR", fault="no room")
    assert _names(api, status="error") == ["vfw-2"]
    assert _names(api, status="ACTIVE") == ["vfw-1", "vfw-3", "vfw-4", "vfw-5"]
    assert _names(api, status="REBOOT") == []


def test_an_unknown_status_is_refused_from_2_38(api: httpx.Client) -> None:
    """Before, no server has it."""
    assert _names(api, status="NONSENSE") == []
    headers = {"OpenStack-API-Version": "compute 2.38"}
    answer = api.get("/compute/v2.1/servers", params={"status": "NONSENSE"}, headers=headers)
    assert answer.json()["badRequest"]["message"] == "Invalid status value"


def test_changes_since_shows_what_changed_and_what_is_gone(cloud: DemoCloud, api: httpx.Client) -> None:
    """It is the only list with deleted servers."""
    first, second = cloud.servers()[:2]
    gone = cloud.put(first.id, "DELETED")
    cloud.put(second.id, "PAUSED")
    assert _names(api, **{"changes-since": seconds(gone.updated)}) == ["vfw-1", "vfw-2"]
    assert "vfw-1" not in _names(api)
    assert api.get(f"/compute/v2.1/servers/{first.id}").status_code == 404


def test_a_server_in_error_shows_its_fault(cloud: DemoCloud, connection: Connection) -> None:
    """With the message that it was given."""
    cloud.put(cloud.servers()[0].id, "ERROR", fault="No valid host was found")
    shown = connection.compute.get_server(cloud.servers()[0].id)
    assert (shown.status, shown.fault["message"]) == ("ERROR", "No valid host was found")


def test_a_server_that_is_being_built_has_no_address_yet(cloud: DemoCloud, connection: Connection) -> None:
    """And was never launched."""
    cloud.put(cloud.servers()[0].id, "BUILD")
    shown = connection.compute.get_server(cloud.servers()[0].id)
    assert (shown.status, shown.task_state, shown.addresses, shown.launched_at) == ("BUILD", "spawning", {}, None)
