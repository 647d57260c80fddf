"""Contract section 7: what holds when controllers are killed, and when several work on one VNF."""

import json
import os
import random
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from appc.demo.cloud import DemoCloud
from appc.wire.envelope import build_request
from tests.crash.harness import Fleet, Topics, effects, judge, request, wait_until

KILLS = int(os.environ.get("APPC_TEST_KILLS", "20"))
REQUESTS = int(os.environ.get("APPC_TEST_REQUESTS", "200"))

pytestmark = pytest.mark.timeout(300)


def assert_promises_kept(topics: Topics, effect_log: Path) -> None:
    """Every request has its answer, every accepted one exactly one distinct final; nothing happened twice."""
    verdict = judge(topics, effect_log)
    print(f"final codes: {dict(verdict.codes)}; effects: {len(effects(effect_log))}")
    assert verdict.unanswered == []
    assert verdict.several_finals == []
    assert verdict.final_before_100 == []
    assert verdict.effect_twice == []
    assert verdict.effect_without_100 == []


def test_killed_again_and_again_it_loses_nothing_and_does_nothing_twice(
    topics: Topics, fleet: Fleet, cloud: DemoCloud, effect_log: Path
) -> None:
    """kill -9 at random moments while requests run; the restarted controller answers for its former lives."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    servers = [server.id for server in cloud.servers()]
    per_life = -(-REQUESTS // KILLS)
    for life in range(KILLS):
        controller = fleet.controller()
        chosen = [chance.choice(servers) for _ in range(per_life)]
        topics.send(request(chance.choice(("Stop", "Start", "Restart")), f"vnf-{id[:4]}", id) for id in chosen)
        if life % 4:  # every fourth is killed wherever it is, perhaps before it is ready
            controller.ready()
        wait_for_answers(topics, len(topics.answers()) + chance.randrange(per_life + 1), chance.uniform(0.0, 0.8))
        controller.kill()
    controller = fleet.controller()
    controller.ready()
    wait_until(topics.all_answered, "every request answered")
    assert controller.terminate() == 0
    assert_promises_kept(topics, effect_log)


def wait_for_answers(topics: Topics, count: int, seconds: float) -> None:
    """Wait until so many requests have answers, but no longer than that: a random moment to kill at."""
    with suppress(AssertionError):
        wait_until(lambda: len(topics.answers()) >= count, "moment", seconds)


def test_what_a_dead_controller_had_begun_is_answered_by_a_living_one_after_its_lease(
    topics: Topics, fleet: Fleet, cloud: DemoCloud, effect_log: Path
) -> None:
    """Two controllers share a state directory; the one that executes is killed, the other answers 405."""
    first, second = (fleet.controller() for _ in range(2))
    for controller in (first, second):
        controller.ready()
    topics.send(request("Restart", f"vnf-{server.id[:4]}", server.id) for server in cloud.servers())
    wait_until(lambda: len(effects(effect_log)) > 0, "the first effect")
    first.kill()
    wait_until(topics.all_answered, "the orphans' answers")
    assert second.terminate() == 0
    assert_promises_kept(topics, effect_log)


def test_of_conflicting_requests_at_two_controllers_one_is_accepted_at_a_time(
    topics: Topics, fleet: Fleet, cloud: DemoCloud, effect_log: Path
) -> None:
    """200 Restarts of one VM, sent at once to two controllers by HTTP: never two under way, all answered."""
    server = cloud.servers()[0].id
    controllers = [fleet.controller() for _ in range(2)]
    urls = [controller.ready() for controller in controllers]
    topics.sent += [request("Restart", "vnf-a", server) for _ in range(REQUESTS)]
    for number, each in enumerate(topics.sent):
        httpx.post(
            f"{urls[number % 2]}/events/{topics.names.request}?partitionKey={number}",
            content=without_partition(build_request(each)),
            headers={"Content-Type": "application/json"},
        ).raise_for_status()
    wait_until(topics.all_answered, "every request answered")
    assert [controller.terminate() for controller in controllers] == [0, 0]
    assert_promises_kept(topics, effect_log)
    done = [effect["request"] for effect in effects(effect_log)]
    assert done[0::2] == done[1::2], "a Restart is a stop and a start, with nothing of another request between"
    assert set(judge(topics, effect_log).codes) <= {316, 400}


def without_partition(message: bytes) -> bytes:
    """The same message, spread over the topic's partitions by the query's partitionKey."""
    envelope = json.loads(message)
    del envelope["cambria.partition"]
    return json.dumps(envelope).encode()
