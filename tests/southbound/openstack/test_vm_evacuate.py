"""Evacuate (guide; facts 6.4): from a host that is down to one that is up, and rebuilt from the latest snapshot."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from tests.fakes.faulty_cloud import FaultyCloud, Response, lost_after
from tests.southbound.openstack.conftest import Effects, Perform


@pytest.fixture
def down(cloud: DemoCloud) -> DemoCloud:
    """The same cloud, with the host of its servers down."""
    cloud.set_host("demo-host-1", up=False)
    return cloud


@pytest.mark.parametrize(
    ("status", "ends", "operations"),
    [
        pytest.param("ACTIVE", "ACTIVE", ["evacuate", "os-start"], id="running"),
        pytest.param("SHUTOFF", "SHUTOFF", ["evacuate"], id="stopped stays stopped"),
        pytest.param("ERROR", "ACTIVE", ["evacuate"], id="in error"),
    ],
)
def test_an_evacuated_server_is_in_the_state_it_was_in(
    status: str, ends: str, operations: list[str], down: DemoCloud, vm: str, perform: Perform, effects: Effects
) -> None:
    """Nova brings one that ran stopped, so it is started; one in ERROR runs."""
    down.put(vm, status)
    assert perform("Evacuate", vm).code == 400
    now = down.server(vm)
    assert (now.status, now.host, effects()) == (ends, "demo-host-2", operations)


@pytest.mark.parametrize("status", ["PAUSED", "SUSPENDED", "VERIFY_RESIZE", "BUILD"])
def test_other_states_are_refused(status: str, down: DemoCloud, vm: str, perform: Perform) -> None:
    """What a paused or suspended server had in memory is lost; Nova refuses it, too."""
    down.put(vm, status)
    with pytest.raises(DgFailure, match=f"Evacuate is not possible: .* is {status}"):
        perform("Evacuate", vm)
    assert perform.run.steps == []


def test_a_task_that_hangs_is_not_waited_for(down: DemoCloud, vm: str, perform: Perform) -> None:
    """The host went down while it was at work."""
    down.put(vm, "ACTIVE", task_state="powering-off")
    assert perform("Evacuate", vm).code == 400


def test_the_host_must_be_down(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """The failure says what to do instead."""
    with pytest.raises(DgFailure, match=r"host demo-host-1 .* is up: .* Migrate moves a VM from a living one"):
        perform("Evacuate", vm)
    assert perform.run.steps == []


def test_a_named_host_is_taken(down: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """By the name that Nova knows it by."""
    assert perform("Evacuate", vm, targethost_id="demo-host-3").code == 400
    assert down.server(vm).host == "demo-host-3"
    bodies = [json.loads(call.body) for call in through_proxy.calls_of("POST", "/action")]
    assert bodies[0] == {"evacuate": {"host": "demo-host-3"}}


@pytest.mark.parametrize(
    ("host", "up", "enabled", "why"),
    [
        pytest.param("demo-host-2", False, True, "is not UP/ENABLED: it is DOWN/ENABLED", id="down"),
        pytest.param("demo-host-2", True, False, "is not UP/ENABLED: it is UP/DISABLED", id="disabled"),
        pytest.param("demo-host-1", False, True, "is not UP/ENABLED", id="its own"),
        pytest.param("demo-host", True, True, "the cloud has no host demo-host; it has demo-host-1", id="unknown"),
    ],
)
def test_a_target_that_is_not_up_and_enabled_is_refused(
    host: str, up: bool, enabled: bool, why: str, down: DemoCloud, vm: str, perform: Perform
) -> None:
    """Nothing is tried."""
    if host.startswith("demo-host-"):
        down.set_host(host, up=up, enabled=enabled)
    with pytest.raises(DgFailure, match=why):
        perform("Evacuate", vm, targethost_id=host)
    assert perform.run.steps == []


def test_the_latest_snapshot_is_what_runs_afterwards(
    cloud: DemoCloud, vm: str, perform: Perform, effects: Effects
) -> None:
    """It is rebuilt before it is started."""
    snapshot_id = perform("Snapshot", vm).extra["snapshot-id"]
    cloud.set_host("demo-host-1", up=False)
    outcome = perform("Evacuate", vm)
    assert "rebuilt from image Snapshot of vfw-1" in outcome.message
    assert (cloud.server(vm).image_id, cloud.server(vm).status) == (snapshot_id, "ACTIVE")
    assert effects()[1:] == ["evacuate", "rebuild", "os-start"]


@pytest.mark.parametrize("word", [False, "false", "FALSE"])
def test_the_rebuild_can_be_switched_off(
    word: object, cloud: DemoCloud, vm: str, perform: Perform, effects: Effects
) -> None:
    """By `rebuild-vm`."""
    perform("Snapshot", vm)
    cloud.set_host("demo-host-1", up=False)
    perform("Evacuate", vm, rebuild_vm=word)
    assert effects()[1:] == ["evacuate", "os-start"]


def test_a_server_that_boots_from_a_volume_is_not_rebuilt(
    cloud: DemoCloud, vm: str, perform: Perform, effects: Effects
) -> None:
    """Its disk survived its host."""
    perform("Snapshot", vm)
    cloud.put_on_volume(vm)
    cloud.set_host("demo-host-1", up=False)
    assert perform("Evacuate", vm).code == 400
    assert effects()[1:] == ["evacuate", "os-start"]


def test_without_a_free_host_novas_reason_is_told(down: DemoCloud, vm: str, perform: Perform) -> None:
    """The server is in ERROR then."""
    for name in ("demo-host-2", "demo-host-3"):
        down.set_host(name, enabled=False)
    with pytest.raises(DgFailure, match="is ERROR: No valid host was found"):
        perform("Evacuate", vm)


def test_a_rebuild_that_fails_says_that_the_server_was_moved(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """Half of it was done."""
    perform("Snapshot", vm)
    cloud.set_host("demo-host-1", up=False)
    cloud.fail("rebuild", "disk full")
    with pytest.raises(DgFailure, match=r"was evacuated to host demo-host-2, but its rebuild failed: .* disk full"):
        perform("Evacuate", vm)


def test_a_lost_answer_is_no_failure(
    down: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects
) -> None:
    """That the server is made anew tells that Nova took it."""
    through_proxy.spoil("POST", "/action", lost_after)
    assert (perform("Evacuate", vm).code, effects()) == (400, ["evacuate", "os-start"])


@pytest.mark.parametrize(
    ("newest", "arguments", "operations"),
    [
        pytest.param("2.79", {}, ["evacuate"], id="before 2.95 it arrives running"),
        pytest.param("2.1", {"onSharedStorage": False}, ["evacuate"], id="before 2.14 one says whether disks survive"),
    ],
)
def test_an_older_nova_is_told_what_it_knows(
    newest: str,
    arguments: dict[str, object],
    operations: list[str],
    down: DemoCloud,
    vm: str,
    through_proxy: FaultyCloud,
    perform: Perform,
    effects: Effects,
) -> None:
    """By the newest microversion that it says it has."""

    def older(forward: Callable[[], Response]) -> Response:
        answer = forward()
        return replace(answer, body=answer.body.replace(b'"2.96"', f'"{newest}"'.encode()))

    through_proxy.spoil("GET", "/compute/v2.1/?$", older, times=10)
    assert (perform("Evacuate", vm).code, effects()) == (400, operations)
    bodies = [json.loads(call.body) for call in through_proxy.calls_of("POST", "/action")]
    assert bodies == [{"evacuate": arguments}]
