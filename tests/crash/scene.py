"""A fleet of controllers, the cloud they command, the topics they answer on; and what befalls them."""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from appc.demo.cloud import DemoCloud
from appc.lcm.request import Request
from tests.crash.fleet import ControllerProcess, Fleet, wait_until
from tests.crash.judge import effects, judge
from tests.crash.topics import Topics, code_of, request
from tests.pairs import Pair

#: How long a silent controller keeps what it executes, in seconds.
LEASE_S = 2.0
#: The longest random time between two deaths, in seconds.
_MOMENT_S = 0.8
#: With a cloud that takes this long for a change, in seconds, work is under way at the end of every such time.
UNDER_WAY_S = 1.0


@dataclass(frozen=True)
class Scene:
    """Everything that a test of crashes needs."""

    fleet: Fleet
    topics: Topics
    cloud: DemoCloud
    effect_log: Path

    def effects(self) -> list[dict[str, Any]]:
        """What really happened in the cloud, in order."""
        return effects(self.effect_log)

    def vms(self) -> list[str]:
        """The cloud's servers, each as a VM of a VNF of its own."""
        return [server.id for server in self.cloud.servers()]

    def wait_until_all_answered(self, patience_s: float = 90.0) -> None:
        """Every request has its final answer."""
        wait_until(self.topics.all_answered, "every request answered", patience_s)

    def seconds_until_orphans_are_answered(self) -> float:
        """From now, when a controller died, to the last answer of what it had begun; 0 where that was nothing."""
        died_at = time.time()
        unanswered = self.topics.unanswered()
        self.wait_until_all_answered()
        answers = [each for one in unanswered for each in self.topics.deliveries()[one.reply_to.correlation_id]]
        aborted = [each for each in answers if code_of(each.value) == 405]
        return max((each.received_at.timestamp() - died_at for each in aborted), default=0.0)

    def end(self, *controllers: ControllerProcess) -> Counter[int]:
        """Stop them in order, and hold what they did against the promises; how many finals had which code."""
        assert [controller.terminate() for controller in controllers] == [0] * len(controllers)
        verdict = judge(self.topics, self.effect_log)
        print(f"{len(self.topics.sent)} requests, finals {dict(verdict.codes)}, {len(self.effects())} effects")
        assert verdict.broken == {}
        return verdict.codes


@contextmanager
def open_scene(folder: Path, pair: Pair, servers: int = 40, delay_s: float = 0.1) -> Iterator[Scene]:
    """A scene on this pair of bus and store; the cloud outlives the controllers."""
    log = folder / "effects.jsonl"
    with DemoCloud(delay_s=delay_s, servers=servers, effects=log) as cloud:
        clouds_file = folder / "clouds.yaml"
        clouds_file.write_text(cloud.clouds_yaml())
        settings = {"clouds_file": str(clouds_file), "lease_s": str(LEASE_S), "log_format": "json", **pair.settings}
        fleet = Fleet(folder, settings, pair.one_machine)
        bus = pair.open_bus(fleet.state_dir())
        yield Scene(fleet, Topics(bus, pair.topics), cloud, log)
        bus.close()


def vnf_of(vm: str) -> str:
    """The VNF that the VM belongs to."""
    return f"vnf-{vm[:6]}"


def seeded() -> random.Random:
    """Chance, and what to repeat it with."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    return random.Random(seed)


def random_requests(scene: Scene, chance: random.Random, count: int) -> list[Request]:
    """Stop, Start and Restart of random VMs."""
    vms = [chance.choice(scene.vms()) for _ in range(count)]
    return [request(chance.choice(("Stop", "Start", "Restart")), vnf_of(vm), vm) for vm in vms]


def random_moment(scene: Scene, chance: random.Random, answers: int) -> None:
    """Wait until so many more requests have answers, or a random time has passed."""
    before = len(scene.topics.deliveries())
    wanted = before + chance.randrange(answers + 1)
    with suppress(AssertionError):
        wait_until(lambda: len(scene.topics.deliveries()) >= wanted, "a moment", chance.uniform(0.0, _MOMENT_S))


def kill_two_controllers_at_random(scene: Scene, chance: random.Random, requests: int, kills: int) -> list[float]:
    """kill -9 one of two controllers, again and again, while requests run.

    Most of the dead are started again at once, the other one dies perhaps before they are ready; each fifth stays
    away until the living one has answered everything. Returns how long that took from the death to the last
    orphan's answer, each time, in seconds.
    """
    controllers = [scene.fleet.controller(number) for number in range(2)]
    took_s = []
    for kill in range(kills):
        victim, other = chance.sample((0, 1), 2)
        if chance.random() < 0.7:
            controllers[victim].ready()
        scene.topics.send(random_requests(scene, chance, -(-requests // kills)))
        random_moment(scene, chance, requests // kills)
        controllers[victim].kill()
        if kill % 5 == 0:
            controllers[other].ready()
            took_s.append(scene.seconds_until_orphans_are_answered())
        controllers[victim] = scene.fleet.controller(victim)
    for controller in controllers:
        controller.ready()
    scene.wait_until_all_answered()
    scene.end(*controllers)
    return took_s


def conflict(scene: Scene, controllers: int, requests: int) -> Counter[int]:
    """Restarts of one VM, many at once and scattered over so many controllers; every one of them judges some."""
    vm = scene.vms()[0]
    fleet = [scene.fleet.controller(number) for number in range(controllers)]
    urls = [controller.ready() for controller in fleet]
    wait_until(lambda: _all_take_part(scene, urls), "every controller reads")
    for count in (requests // 2, *[10] * (requests // 20)):  # half of them at once, then as soon as the VM is free
        scene.topics.send([request("Restart", "vnf-a", vm) for _ in range(count)], scattered=True)
        scene.wait_until_all_answered()
    judged = [_judged(url, "Restart") for url in urls]
    print(f"judged by each controller: {judged}")
    assert all(judged)
    codes = scene.end(*fleet)
    done = [effect["request"] for effect in scene.effects()]
    assert done[0::2] == done[1::2], "a Restart is a stop and a start, with nothing of another request between"
    assert len(done) == 2 * sum(400 in scene.topics.codes(each) for each in scene.topics.sent if each.vnf_id == "vnf-a")
    return codes


def _all_take_part(scene: Scene, urls: Sequence[str]) -> bool:
    """Whether each has answered one of many small questions; they are asked again until it has."""
    scene.topics.send([request("CheckLock", "vnf-b") for _ in range(20)], scattered=True)
    scene.wait_until_all_answered()
    return all(_judged(url, "CheckLock") for url in urls)


def _judged(url: str, action: str) -> int:
    """How many requests of the action this controller has answered, by its metrics."""
    counts = re.findall(rf'^appc_requests_total{{action="{action}".*}} (.+)$', httpx.get(f"{url}/metrics").text, re.M)
    return int(sum(map(float, counts)))


class Server(Protocol):
    """What stands behind the controllers."""

    def start(self) -> None:
        """Start it, again on its data."""


@dataclass(frozen=True)
class Outages:
    """How often a server goes away, how, and for how long at the most, in seconds."""

    server: Server
    leave: Callable[[], None]
    times: int
    away_s: float


def go_through(scene: Scene, chance: random.Random, outages: Outages) -> None:
    """A server behind two controllers goes away and comes back, again and again, while requests run."""
    controllers = [scene.fleet.controller(number) for number in range(2)]
    for controller in controllers:
        controller.ready()
    unanswered = []
    for _ in range(outages.times):
        scene.topics.send(random_requests(scene, chance, 40))
        _wait_until_work_goes_on(scene)
        random_moment(scene, chance, 10)
        unanswered.append(len(scene.topics.unanswered()))
        outages.leave()
        time.sleep(chance.uniform(0.0, outages.away_s))
        outages.server.start()
        wait_until(scene.topics.reachable, "the bus is back")
    print(f"requests without their final answer when it went away: {unanswered}")
    scene.wait_until_all_answered(180)
    scene.end(*controllers)
    assert any(unanswered)


def _wait_until_work_goes_on(scene: Scene) -> None:
    """One more request has its final answer."""
    before = len(scene.topics.unanswered())
    wait_until(lambda: len(scene.topics.unanswered()) < before, "work goes on")
