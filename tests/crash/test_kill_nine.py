"""Contract section 7: what holds when controllers are killed, and when several work on one VNF."""

from pathlib import Path

import pytest

from tests.crash.fleet import wait_until
from tests.crash.scene import (
    LEASE_S,
    UNDER_WAY_S,
    Outages,
    Scene,
    conflict,
    go_through,
    kill_two_controllers_at_random,
    open_scene,
    seeded,
    vnf_of,
)
from tests.crash.topics import request
from tests.pairs import Brokers, Pair, kafka_pair
from tests.servers.redis_server import quick_folder, redis_server

pytestmark = pytest.mark.timeout(300)


def test_killed_again_and_again_two_controllers_lose_nothing_and_do_nothing_twice(scene: Scene) -> None:
    """kill -9 at random moments while requests run; the next lives and the other one answer for the dead."""
    kill_two_controllers_at_random(scene, seeded(), requests=120, kills=12)


def test_what_a_dead_controller_had_begun_is_answered_by_a_living_one_after_its_lease(
    tmp_path: Path, pair: Pair
) -> None:
    """The one that executes is killed and does not come back; the other answers 405 for it, and soon."""
    with open_scene(tmp_path, pair, servers=16, delay_s=3.0) as scene:
        first = scene.fleet.controller(0)
        first.ready()
        scene.topics.send(request("Restart", vnf_of(vm), vm) for vm in scene.vms())
        wait_until(lambda: all(server.task_state for server in scene.cloud.servers()), "all Restarts are under way")
        second = scene.fleet.controller(1)
        second.ready()
        first.kill()
        took_s = scene.seconds_until_orphans_are_answered()
        print(f"from the death to the last orphan's answer: {took_s:.1f} s")
        assert took_s < LEASE_S + 10
        assert scene.end(second) == {405: 16}


def test_of_conflicting_requests_at_two_controllers_one_is_accepted_at_a_time(scene: Scene) -> None:
    """Restarts of one VM, sent at once: never two under way, all answered."""
    assert set(conflict(scene, controllers=2, requests=100)) <= {316, 400}


def test_a_redis_that_is_killed_under_load_loses_nothing(tmp_path: Path, brokers: Brokers) -> None:
    """It is started again on its append-only file; nothing happens twice either."""
    with (
        quick_folder() as folder,
        redis_server(folder) as redis,
        open_scene(tmp_path, kafka_pair(brokers.servers(), redis.url()), delay_s=UNDER_WAY_S) as scene,
    ):
        go_through(scene, seeded(), Outages(redis, redis.kill, times=2, away_s=0.5))
