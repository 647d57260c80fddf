"""Stop and Start of many servers at once: the executor next to openstacksdk and to raw HTTP, on the same cloud.

Each of three ways does the same work with as many threads as there are servers: look at the server, tell it to stop,
wait until it is off, and the same for start. The plain ways wait as scripts do, by looking at their own server again
and again. The cloud (a process of its own) takes 200 ms for each change and counts calls.

At the least an operation takes two calls, a look and the change, and all of a wave share one list at its end. Rounds of
the ways alternate, so that a machine that gets slower slows all. Run it with `make bench`, or
`python bench/openstack.py [SERVERS] [ROUNDS]`.
"""

import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from uuid import uuid4

# Python looks first where the script is, and would take this file for openstacksdk.
if __name__ == "__main__":
    sys.path.pop(0)

import openstack
import requests
import yaml

from appc.demo.cloud import DemoCloud
from appc.lcm.actions import DeviceProtocol
from appc.lcm.record import Task, VmPlace
from appc.lcm.request import CommonHeader, Flags, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers, Scope, Target
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.executor import OpenStackExecutor
from appc.system_clock import SystemClock
from tests.fakes.run import UnwatchedRun

DELAY_S = 0.2
#: What an operation may take, in seconds.
LIMIT_S = 600.0
#: The plain ways look again after this, in seconds; then each time half as long again, up to the longest.
FIRST_S, FACTOR, LONGEST_S = 0.1, 1.5, 2.0
#: What becomes of a server, by the action.
WAVES = {"Stop": ("os-stop", "SHUTOFF"), "Start": ("os-start", "ACTIVE")}

#: Does an action on a server and returns when it is done.
Way = Callable[[str, str], None]


@dataclass(frozen=True)
class Cloud:
    """The demonstration cloud in another process."""

    clouds_yaml: str
    servers: list[str]
    pipe: Pipe

    def calls(self) -> int:
        """How many it has been asked."""
        self.pipe.send("calls")
        return int(self.pipe.recv())


def serve(count: int, pipe: Pipe) -> None:
    """The cloud's process."""
    with DemoCloud(DELAY_S, servers=count) as cloud:
        pipe.send((cloud.clouds_yaml(), [server.id for server in cloud.servers()]))
        while pipe.recv() == "calls":
            pipe.send(cloud.calls)


@contextmanager
def demo_cloud(count: int) -> Iterator[Cloud]:
    """A cloud with so many servers."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(count, theirs), daemon=True)
    process.start()
    clouds_yaml, servers = ours.recv()
    yield Cloud(clouds_yaml, servers, ours)
    ours.send("stop")
    process.join()


def by_executor(cloud: Cloud, folder: Path) -> Way:
    """What a worker does, without a journal."""
    file = folder / "clouds.yaml"
    file.write_text(cloud.clouds_yaml)
    executor = OpenStackExecutor(Clouds(file, None, {}), SystemClock())

    def act(action: str, server: str) -> None:
        now = datetime.now(UTC)
        header = CommonHeader(now.isoformat(), "2.00", "bench", str(uuid4()), None, None, Flags())
        ids = ActionIdentifiers("vnf", server)
        request = Request(header, action, ids, ReplyTo(header.key.correlation_id, action.lower()), now)
        place = VmPlace(server, "demo")
        task = Task(request, Target("vnf", Scope.VM, server), DeviceProtocol.OPENSTACK, "demo", (place,))
        outcome = executor.execute(task, UnwatchedRun(LIMIT_S))
        assert outcome.code == 400, outcome

    return act


def by_sdk(cloud: Cloud, folder: Path) -> Way:
    """A script with openstacksdk."""
    settings = yaml.safe_load(cloud.clouds_yaml)["clouds"]["demo"]
    compute = openstack.connect(load_yaml_config=False, load_envvars=False, **settings).compute

    def act(action: str, server: str) -> None:
        found = compute.get_server(server)
        (compute.stop_server if action == "Stop" else compute.start_server)(found)
        wanted = WAVES[action][1]
        until(lambda: compute.get_server(server).status == wanted)

    return act


def by_http(cloud: Cloud, folder: Path) -> Way:
    """A script that knows the addresses."""
    auth = yaml.safe_load(cloud.clouds_yaml)["clouds"]["demo"]["auth"]
    password: Any = {"user": {"name": auth["username"], "domain": {"name": "Default"}, "password": auth["password"]}}
    scope = {"project": {"name": auth["project_name"], "domain": {"name": "Default"}}}
    body: Any = {"auth": {"identity": {"methods": ["password"], "password": password}, "scope": scope}}
    answer = requests.post(f"{auth['auth_url']}/auth/tokens", json=body, timeout=10)
    catalogue = answer.json()["token"]["catalog"]
    nova = next(service["endpoints"][0]["url"] for service in catalogue if service["type"] == "compute")
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=256))
    session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]

    def status(server: str) -> str:
        return str(session.get(f"{nova}/servers/{server}", timeout=60).json()["server"]["status"])

    def act(action: str, server: str) -> None:
        operation, wanted = WAVES[action]
        status(server)
        session.post(f"{nova}/servers/{server}/action", json={operation: None}, timeout=60).raise_for_status()
        until(lambda: status(server) == wanted)

    return act


def until(done: Callable[[], bool]) -> None:
    """Look again and again."""
    pause_s = FIRST_S
    time.sleep(pause_s)
    while not done():
        pause_s = min(pause_s * FACTOR, LONGEST_S)
        time.sleep(pause_s)


@dataclass(frozen=True)
class Measured:
    """One round of one way, by operation."""

    per_second: float
    calls: float
    cpu_ms: float


def measure(cloud: Cloud, act: Way) -> Measured:
    """Stop all servers at once, then start all."""
    calls, cpu_s, begun = cloud.calls(), time.process_time(), time.perf_counter()
    for action in WAVES:
        with ThreadPoolExecutor(len(cloud.servers)) as threads:
            list(threads.map(act, [action] * len(cloud.servers), cloud.servers))
    took_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu_s
    count = len(WAVES) * len(cloud.servers)
    return Measured(count / took_s, (cloud.calls() - calls) / count, 1000 * cpu_s / count)


def main() -> None:
    """Alternate rounds, then the medians."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    warnings.simplefilter("ignore")  # openstacksdk warns of its own use of itself
    threading.stack_size(512 * 1024)
    with demo_cloud(count) as cloud, tempfile.TemporaryDirectory() as folder:
        makers = {"executor": by_executor, "openstacksdk": by_sdk, "raw HTTP": by_http}
        ways = {name: make(cloud, Path(folder)) for name, make in makers.items()}
        for way in ways.values():  # tokens, discovery and imports are no part of it
            for action in WAVES:
                way(action, cloud.servers[0])
        rows: dict[str, list[Measured]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                rows[name].append(measure(cloud, way))
    least = 2 + 1 / count
    print(f"{count} servers at once, Stop then Start, {DELAY_S} s each, {rounds} rounds; medians by operation:")
    for name, measured in rows.items():
        rate, calls, cpu_ms = (
            statistics.median(getattr(one, member) for one in measured) for member in ("per_second", "calls", "cpu_ms")
        )
        print(
            f"{name:12}  {rate:5.0f} operations/s   {calls:4.2f} calls ({calls / least:.2f} times the least,"
            f" {least:.2f})   {cpu_ms:5.1f} ms of CPU"
        )


if __name__ == "__main__":
    main()
