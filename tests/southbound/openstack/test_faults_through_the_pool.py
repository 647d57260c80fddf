"""Faults of a cloud, seen from the bus: every request ends, none has its effect twice, no other cloud suffers."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.ports.inventory import Vm, Vnf
from appc.southbound.openstack.executor import OpenStackExecutor
from tests.fakes.canary import Canary
from tests.fakes.faulty_cloud import FaultyCloud, Silence, answering, lost_after, lost_before
from tests.fakes.inventory import FakeInventory
from tests.fakes.lives import World
from tests.southbound.openstack.conftest import DELAY_S, edited

#: `make faults` asks for more.
REQUESTS = int(os.environ.get("APPC_TEST_REQUESTS", "60"))
#: Twice the calls that are known to be needed: nothing else can have happened.
ACTIONS = ("Stop", "Restart", "Reboot", "Snapshot")
#: How long a call may take in these tests, in seconds.
API_TIMEOUT_S = 0.3

#: What became of a server that was running, and by which of Nova's actions, once each.
ENDS = {
    "Stop": ("SHUTOFF", ["os-stop"]),
    "Restart": ("ACTIVE", ["os-start", "os-stop"]),
    "Reboot": ("ACTIVE", ["reboot"]),
    "Snapshot": ("ACTIVE", ["createImage"]),
}


@pytest.fixture
def cloud(effect_log: Path) -> Iterator[DemoCloud]:
    """A cloud with a server for each request."""
    with DemoCloud(DELAY_S, servers=REQUESTS, effects=effect_log) as running:
        yield running


@pytest.fixture
def silence() -> Iterator[Silence]:
    """Connections that stay open and silent until the test is over."""
    silence = Silence()
    yield silence
    silence.end()


@pytest.fixture
def world(cloud: DemoCloud) -> Iterator[World]:
    """VNF `<n>` has the cloud's server n, VNF `west` one in another cloud."""
    vnfs = [Vnf(str(n), "default", vms=(Vm(one.id, cloud="demo"),)) for n, one in enumerate(cloud.servers())]
    lost = Vnf("west", "default", vms=tuple(Vm(f"aaaaaaaa-0000-4000-8000-{n:012}", cloud="west") for n in range(9)))
    world = World(FakeInventory([*vnfs, lost]))
    yield world
    world.close()


@pytest.mark.timeout(900)
def test_with_a_tenth_of_the_answers_spoiled_every_request_ends_as_documented(
    world: World,
    cloud: DemoCloud,
    through_proxy: FaultyCloud,
    clouds_file: Path,
    executor: OpenStackExecutor,
    silence: Silence,
    effect_log: Path,
) -> None:
    """500, 429, cut and half-open connections, before and after the cloud has acted; nothing happens twice."""
    edited(clouds_file, lambda entry: entry.update(api_timeout=API_TIMEOUT_S))
    fates = [answering(500), answering(429), lost_before, lost_after, silence.before, silence.after]
    through_proxy.spoil_some(0.1, fates)
    life = world.life(workers=32, executor=executor).start()
    requests = [world.request(None, str(n), ACTIONS[n % len(ACTIONS)], ttl_s=60000) for n in range(REQUESTS)]
    assert life.submit(*requests) == [100] * REQUESTS
    finals = [world.final(request) for request in requests]

    assert through_proxy.spoiled >= REQUESTS / 4
    assert {final["code"] for final in finals} <= {400, 401}
    assert Counter(final["code"] for final in finals)[400] > REQUESTS / 2
    done = effects_by_request(effect_log)
    assert all(count == 1 for effects in done.values() for count in effects.values())
    for number, (request, final) in enumerate(zip(requests, finals, strict=True)):
        if final["code"] == 400:
            status, operations = ENDS[request.action]
            assert cloud.server(cloud.servers()[number].id).status == status
            assert sorted(done[request.key.openstack_request_id]) == operations
    assert password(clouds_file) not in json.dumps(finals)


def test_a_cloud_that_is_down_keeps_no_request_for_another_waiting(
    world: World, clouds_file: Path, executor: OpenStackExecutor
) -> None:
    """It takes connections and answers nothing; half of the workers wait for it, the others serve the other cloud."""
    with Canary() as silent:
        add_cloud(clouds_file, "west", f"http://127.0.0.1:{silent.port}/v3")
        life = world.life(workers=4, executor=executor).start()
        down = [world.request(f"aaaaaaaa-0000-4000-8000-{n:012}", "west", "Stop", ttl_s=3600) for n in range(9)]
        up = [world.request(None, str(n), "Stop", ttl_s=3600) for n in range(9)]
        assert life.submit(*down, *up) == [100] * 18
        assert [world.final(request)["code"] for request in up] == [400] * 9
        assert not any(world.codes(request)[1:] for request in down)
        assert silent.visitors > 0
    final = world.final(down[0])
    assert final["code"] == 401
    assert "DG FAILURE - cloud west is out of reach" in final["message"]


def effects_by_request(effect_log: Path) -> dict[str, Counter[str]]:
    """What really happened, by OpenStack's id of the request."""
    found: dict[str, Counter[str]] = {}
    for line in effect_log.read_text().splitlines():
        effect = json.loads(line)
        found.setdefault(effect["request"], Counter())[effect["operation"]] += 1
    return found


def add_cloud(file: Path, name: str, auth_url: str) -> None:
    """One more entry in clouds.yaml."""
    contents = json.loads(file.read_text())
    entry = json.loads(json.dumps(contents["clouds"]["demo"]))
    entry["auth"]["auth_url"] = auth_url
    contents["clouds"][name] = entry
    file.write_text(json.dumps(contents))


def password(file: Path) -> str:
    """The secret of clouds.yaml."""
    return str(json.loads(file.read_text())["clouds"]["demo"]["auth"]["password"])
