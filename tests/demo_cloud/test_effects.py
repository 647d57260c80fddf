"""The effect log: what really happened, before anyone can see it."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openstack.connection import Connection
from openstack.exceptions import ConflictException

from appc.demo.cloud import DemoCloud

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")

Until = Callable[[Callable[[], bool]], None]
Effects = Callable[[], list[dict[str, object]]]


def test_an_effect_names_server_operation_and_request(
    cloud: DemoCloud, connection: Connection, until: Until, effects: Effects
) -> None:
    """The request is the caller's own id, as keystoneauth sends it; null where there is none."""
    first, second = cloud.servers()
    with connection.global_request("req-5f9e4d2e-1d0f-5d4e-9f0a-111111111111"):
        connection.compute.stop_server(first.id)
    connection.compute.reboot_server(second.id, "HARD")
    until(lambda: len(effects()) == 2)
    stop, reboot = effects()
    assert stop.keys() == {"at", "server", "operation", "request"}
    assert (stop["server"], stop["operation"]) == (first.id, "os-stop")
    assert (reboot["server"], reboot["operation"], reboot["request"]) == (second.id, "reboot", None)
    assert datetime.fromisoformat(str(stop["at"])) <= datetime.fromisoformat(str(reboot["at"]))


def test_the_request_is_the_header_of_the_call(
    cloud: DemoCloud, connection: Connection, until: Until, effects: Effects
) -> None:
    """Whatever the caller put there."""
    path = f"/servers/{cloud.servers()[0].id}/action"
    connection.compute.post(path, json={"pause": None}, headers={"X-OpenStack-Request-ID": "req-mine"})
    until(lambda: [effect["request"] for effect in effects()] == ["req-mine"])


def test_an_effect_is_logged_even_if_nobody_looks(
    cloud: DemoCloud, connection: Connection, until: Until, effects: Effects
) -> None:
    """Only the file is read here, never the cloud."""
    connection.compute.pause_server(cloud.servers()[0].id)
    until(lambda: [effect["operation"] for effect in effects()] == ["pause"])


def test_the_line_is_there_when_the_new_state_is(cloud: DemoCloud, connection: Connection, effects: Effects) -> None:
    """At every look: the state is read first, the log after it."""
    server_id = cloud.servers()[0].id
    rounds = (("stop_server", "SHUTOFF"), ("start_server", "ACTIVE")) * 5
    for number, (action, status) in enumerate(rounds, 1):
        getattr(connection.compute, action)(server_id)
        while True:
            server = connection.compute.get_server(server_id)
            logged = len(effects())
            if server.task_state is None and server.status == status:
                break
        assert logged == number


def test_what_was_refused_is_not_logged(
    cloud: DemoCloud, connection: Connection, until: Until, effects: Effects
) -> None:
    """Nor what was ended from outside."""
    first, second = cloud.servers()
    connection.compute.stop_server(first.id)
    with pytest.raises(ConflictException):
        connection.compute.stop_server(first.id)
    connection.compute.stop_server(second.id)
    cloud.put(second.id, "ERROR")
    until(lambda: cloud.server(first.id).status == "SHUTOFF")
    assert [effect["server"] for effect in effects()] == [first.id]


def test_the_log_goes_on_where_it_ended(effect_log: Path) -> None:
    """Lines of an earlier run stay."""
    earlier = json.dumps({"operation": "earlier"}) + "\n"
    effect_log.write_text(earlier)
    with DemoCloud(0, effects=effect_log):
        pass
    assert effect_log.read_text() == earlier


def test_a_log_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    """Before anything happens unlogged."""
    with pytest.raises(FileNotFoundError):
        DemoCloud(effects=tmp_path / "no" / "such" / "folder")
