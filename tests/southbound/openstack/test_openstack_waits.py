"""Waiting: one thread for each cloud looks for all, a list serves several, and a failed look is no failed action."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import Aborted, DgFailure
from appc.southbound.openstack import looks
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.looks import IMAGES, SERVERS, VOLUME_SNAPSHOTS, VOLUMES
from appc.southbound.openstack.waiting import Poller, Watch
from tests.fakes.faulty_cloud import Fate, FaultyCloud, answering, as_admin, lost_before
from tests.fakes.run import FakeRun
from tests.southbound.openstack.conftest import Perform, Until

SLOW_S = 0.5


@pytest.fixture
def cloud(effect_log: Path) -> Iterator[DemoCloud]:
    """A cloud with eight servers, whose changes take some looks."""
    with DemoCloud(SLOW_S, servers=8, effects=effect_log) as running:
        yield running


def pollers() -> set[threading.Thread]:
    """The threads that wait for clouds, those of earlier tests included until they have been idle for long enough."""
    return {thread for thread in threading.enumerate() if thread.name == "waits-demo"}


def test_one_thread_and_one_list_serve_all_who_wait(
    cloud: DemoCloud, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """Eight waits cost few calls more than one."""
    before = pollers()
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda server: perform("Stop", server.id), cloud.servers()))
    assert {outcome.code for outcome in outcomes} == {400}
    lists = through_proxy.calls_of("GET", r"/servers/detail\?changes-since=")
    looks = through_proxy.calls_of("GET", r"/servers/[0-9a-f-]{36}$")
    assert 1 <= len(lists) <= 10
    # Each server is looked at once before it is told to stop; hardly any wait needs a look of its own.
    assert len(looks) <= 2 * len(outcomes)
    assert len(pollers() - before) == 1


def test_one_who_waits_alone_asks_for_the_server_itself(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """No list is needed for one."""
    perform("Stop", vm)
    assert through_proxy.calls_of("GET", "/servers/detail") == []


def test_looks_become_rarer(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """Quick changes are seen quickly, slow ones cost little: half a second takes no more than five looks."""
    perform("Stop", vm)
    assert len(through_proxy.calls_of("GET", f"/servers/{vm}$")) <= 1 + 5


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(answering(500, "broken"), id="500"),
        pytest.param(answering(503), id="503"),
        pytest.param(answering(429), id="429"),
        pytest.param(answering(200, "<html>proxy</html>"), id="no JSON"),
        pytest.param(lost_before, id="connection lost"),
    ],
)
def test_a_look_that_fails_is_repeated(fate: object, vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """Before the call and while waiting: the cloud only has to be there again within the time limit."""
    through_proxy.spoil("GET", f"/servers/{vm}$", fate, times=2)  # type: ignore[arg-type]
    stop = perform.later("Stop", vm)
    assert stop.result().code == 400


def test_a_list_that_fails_does_not_fail_those_who_wait(
    cloud: DemoCloud, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """A cloud without lists is one that is asked for each server."""
    through_proxy.spoil("GET", "/servers/detail", answering(403), times=100)
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda server: perform("Stop", server.id), cloud.servers()[:4]))
    assert {outcome.code for outcome in outcomes} == {400}


def test_a_server_that_the_list_does_not_show_is_asked_for_by_itself(
    cloud: DemoCloud, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """The list may have more pages, or the cloud's clocks differ: no wait hangs on that."""
    empty = answering(200, '{"servers": []}', content_type="application/json")
    through_proxy.spoil("GET", "/servers/detail", empty, times=100)
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda server: perform("Stop", server.id), cloud.servers()[:4]))
    assert {outcome.code for outcome in outcomes} == {400}
    assert through_proxy.calls_of("GET", "/servers/detail")


def test_a_look_that_is_refused_ends_the_wait(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """Credentials that were withdrawn do not come back by waiting."""
    perform("Start", vm)
    reached_once = len(through_proxy.calls_of("GET", f"/servers/{vm}$"))
    assert reached_once == 1
    stop = perform.later("Stop", vm)
    forbidden = answering(403, '{"forbidden": {"message": "Policy"}}', content_type="application/json")
    through_proxy.spoil("GET", f"/servers/{vm}$", forbidden, times=100)
    with pytest.raises(DgFailure, match="DG FAILURE - forbidden: Policy"):
        stop.result()


def test_a_wait_tells_what_it_waits_for(vm: str, perform: Perform) -> None:
    """ActionStatus shows the status that the cloud told last."""
    perform("Stop", vm)
    assert (
        f"waiting for server vfw-1 ({vm}) to become SHUTOFF, now ACTIVE (powering-off)",
        None,
    ) in perform.run.reports


def test_a_wait_ends_when_the_run_is_cancelled(cloud: DemoCloud, vm: str, perform: Perform, until: Until) -> None:
    """What the run raises goes up; nobody looks for the server any more."""
    cloud.put(vm, "BUILD")
    start = perform.later("Start", vm)
    until(lambda: perform.run.reports)
    perform.run.cancel()
    with pytest.raises(Aborted):
        start.result()


def test_a_wait_ends_with_the_time_limit(cloud: DemoCloud, vm: str, perform: Perform, until: Until) -> None:
    """The failure tells what was waited for, or that the limit is over."""
    cloud.put(vm, "BUILD")
    run = FakeRun(perform.clock, time_limit_s=60)
    start = perform.later("Start", vm, run=run)
    until(lambda: run.reports)
    perform.clock.advance(61)
    with pytest.raises(DgFailure, match="the time limit is over"):
        start.result()


def test_a_run_that_is_over_takes_no_step(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """A server may have settled just then: nothing is begun any more."""
    perform.run.cancel()
    with pytest.raises(Aborted):
        perform("Stop", vm)
    assert cloud.server(vm).task_state is None


def test_the_thread_ends_when_nobody_waits(clouds: Clouds, vm: str, until: Until) -> None:
    """And the next one who waits gets a new one."""
    before = pollers()
    poller = Poller(clouds.reach("demo").connection, idle_s=0.01)
    for _ in range(2):
        with poller.watch(Watch(SERVERS, vm, "req-1")) as watch:
            sighting = watch.news(5)
            assert sighting is not None and sighting.body is not None and sighting.body["status"] == "ACTIVE"
        until(lambda: pollers() <= before)


def test_waits_of_many_threads_begin_and_end_at_any_time(clouds: Clouds, cloud: DemoCloud, until: Until) -> None:
    """However the thread's end and a new wait meet, every wait is served."""
    before = pollers()
    poller = Poller(clouds.reach("demo").connection, idle_s=0.0)

    def waits(server_id: str) -> bool:
        with poller.watch(Watch(SERVERS, server_id, "req-1", due=time.monotonic())) as watch:
            return watch.news(5) is not None

    with ThreadPoolExecutor(8) as threads:
        served = list(threads.map(waits, [server.id for server in cloud.servers()] * 20))
    assert all(served)
    until(lambda: pollers() <= before)


def listing(member: str, things: list[dict[str, object]]) -> Fate:
    """A list of the cloud."""
    return answering(200, json.dumps({member: things}), content_type="application/json")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        pytest.param(IMAGES, r"/images\?limit=100&id=in:[0-9a-f-]{36},[0-9a-f-]{36}$", id="images"),
        pytest.param(VOLUMES, r"/volumes/detail\?sort=updated_at:desc", id="volumes"),
        pytest.param(VOLUME_SNAPSHOTS, r"/snapshots/detail\?sort=updated_at:desc", id="snapshots of volumes"),
    ],
)
def test_whatever_is_waited_for_a_list_serves_several(
    kind: str, path: str, clouds: Clouds, through_proxy: FaultyCloud
) -> None:
    """Two who wait cost one call."""
    ids = [str(uuid4()), str(uuid4())]
    through_proxy.spoil("GET", path, listing(kind, [{"id": id, "status": "queued"} for id in ids]))
    poller = Poller(clouds.reach("demo").connection, idle_s=0.01)
    due = time.monotonic() + 0.2
    with poller.watch(Watch(kind, ids[0], "req-1", due=due)) as one, poller.watch(Watch(kind, ids[1], "r", due=due)):
        sighting = one.news(5)
    assert sighting is not None and sighting.body == {"id": ids[0], "status": "queued"}
    assert len(through_proxy.calls_of("GET", path)) == 1
    assert through_proxy.calls_of("GET", rf"/{kind}/[0-9a-f-]{{36}}") == []


def test_an_administrator_lists_the_servers_of_each_project(
    clouds: Clouds, cloud: DemoCloud, through_proxy: FaultyCloud
) -> None:
    """Migrate and Evacuate need one, and Nova's list shows only the user's own project unless it is asked."""
    through_proxy.spoil("POST", "/auth/tokens", as_admin)
    poller = Poller(clouds.reach("demo").connection, idle_s=0.01)
    due, foreign = time.monotonic() + 0.2, "f" * 32
    ids = [server.id for server in cloud.servers()[:2]]
    one, two = (Watch(SERVERS, id, "req-1", 0.0, foreign, due) for id in ids)
    with poller.watch(one), poller.watch(two):
        assert one.news(5) and two.news(5)
    (call,) = through_proxy.calls_of("GET", "/servers/detail")
    assert call.path.endswith(f"&all_tenants=1&project_id={foreign}")


@pytest.mark.parametrize(
    ("body", "state", "percent"),
    [
        pytest.param(
            {"status": "MIGRATING", "OS-EXT-STS:task_state": "migrating", "progress": 30},
            "MIGRATING (migrating)",
            30,
            id="a server",
        ),
        pytest.param({"status": "ACTIVE", "progress": 100}, "ACTIVE", None, id="a server that is not at it"),
        pytest.param({"status": "BUILD", "progress": 0}, "BUILD", None, id="a server of which nothing is known"),
        pytest.param(
            {"status": "creating", "os-extended-snapshot-attributes:progress": "40%"}, "creating", 40, id="a snapshot"
        ),
        pytest.param({"status": "saving"}, "saving", None, id="an image"),
    ],
)
def test_progress_is_what_the_cloud_tells(body: dict[str, object], state: str, percent: int | None) -> None:
    """The state always, the percent where the cloud says one."""
    assert (looks.state(body), looks.percent(body)) == (state, percent)
