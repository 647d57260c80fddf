"""The cloud as an object: start, stop, its clouds.yaml, and the look inside."""

import signal
import socket
from collections.abc import Callable

import httpx
import pytest
import yaml

from appc.demo.cloud import DemoCloud

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")


def test_its_clouds_yaml_has_exactly_one_cloud(cloud: DemoCloud) -> None:
    """With all that a client needs."""
    (name,) = clouds = yaml.safe_load(cloud.clouds_yaml())["clouds"]
    assert name == "demo"
    assert clouds[name].keys() == {"auth", "region_name", "identity_api_version"}
    assert clouds[name]["auth"].pop("password")
    assert clouds[name]["auth"] == {
        "auth_url": cloud.url,
        "username": "demo",
        "project_name": "demo",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }


def test_each_cloud_has_a_password_of_its_own() -> None:
    """And the same servers."""
    one, other = DemoCloud(), DemoCloud()
    assert one.clouds_yaml() != other.clouds_yaml()
    assert [server.id for server in one.servers()] == [server.id for server in other.servers()]
    assert [server.name for server in one.servers()] == ["vfw-1", "vfw-2"]


def test_it_takes_the_port_that_it_is_given() -> None:
    """And says so when the port is taken."""
    with DemoCloud() as first:
        port = int(first.url.removesuffix("/v3").rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            DemoCloud(port=port).start()
    with DemoCloud(port=port) as second:
        assert second.url == first.url
        assert httpx.get(second.url).status_code == 200


def test_it_can_be_stopped_and_started_again(cloud: DemoCloud) -> None:
    """In between it cannot be reached; what it holds stays."""
    server_id = cloud.servers()[0].id
    cloud.put(server_id, "SUSPENDED")
    cloud.stop()
    cloud.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(cloud.url)
    assert cloud.server(server_id).status == "SUSPENDED"
    cloud.start()
    assert httpx.get(cloud.url).status_code == 200
    assert cloud.server(server_id).status == "SUSPENDED"


def test_it_is_not_started_twice(cloud: DemoCloud) -> None:
    """The first start goes on."""
    with pytest.raises(RuntimeError, match="running"):
        cloud.start()
    assert httpx.get(cloud.url).status_code == 200


def test_it_leaves_the_signal_handlers_alone() -> None:
    """They belong to the process that it runs in."""
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with DemoCloud():
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_it_listens_on_loopback_only(cloud: DemoCloud) -> None:
    """Whatever other addresses the machine has."""
    port = int(cloud.url.removesuffix("/v3").rpartition(":")[2])
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=1):
        pass


def test_what_was_under_way_at_a_stop_happens_after_the_next_start(
    cloud: DemoCloud, api: httpx.Client, until: Callable[[Callable[[], bool]], None]
) -> None:
    """Tokens stay good, too."""
    server_id = cloud.servers()[0].id
    api.post(f"/compute/v2.1/servers/{server_id}/action", json={"os-stop": None})
    cloud.stop()
    cloud.start()
    path = f"/compute/v2.1/servers/{server_id}"
    until(lambda: bool(api.get(path).json()["server"]["status"] == "SHUTOFF"))


@pytest.mark.parametrize(
    ("server_id", "status", "error"), [("no-such", "ERROR", KeyError), (None, "BORED", ValueError)]
)
def test_a_server_or_a_status_that_is_not_there_cannot_be_put(
    cloud: DemoCloud, server_id: str | None, status: str, error: type[Exception]
) -> None:
    """The caller is told which."""
    with pytest.raises(error):
        cloud.put(server_id or cloud.servers()[0].id, status)


def test_two_hundred_servers_are_listed_at_once() -> None:
    """For load tests."""
    assert len({server.id for server in DemoCloud(servers=200).servers()}) == 200


def test_it_counts_calls() -> None:
    """The refused ones too."""
    with DemoCloud() as cloud:
        for path in ("", "/nothing"):
            httpx.get(cloud.url + path)
        assert cloud.calls == 2
