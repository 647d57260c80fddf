"""Requests per second through the whole path with an executor that does nothing, next to a bare loop on the same bus.

The baseline reads each message and publishes two for it, in the same batches, by the same client on the same broker and
with the same durability: what any consumer must do at the least. Rounds of both alternate, so that a machine that gets
slower slows both; what counts is the ratio, and the time on the processor. Run it with `make bench`, or
`python bench/path.py [REQUESTS] [ROUNDS] [PAIR]` where PAIR is embedded-sqlite or kafka-redis, else both.
Where the time goes: `py-spy record --gil --format raw --output stacks.txt -- python bench/path.py 5000 1 kafka-redis`.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

from appc.bootstrap.application import Replacements, build
from appc.bootstrap.opening import TopicBus
from appc.lcm.actions import DeviceProtocol
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import Payload
from appc.lcm.ports.bus import Message
from appc.lcm.ports.execution import Run
from appc.lcm.record import Task, VmPlace
from appc.lcm.request import CommonHeader, Flags, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.settings import load_settings
from appc.telemetry.logs import configure_logging
from appc.wire.envelope import build_request
from tests.pairs import Pair, TopicNames, embedded_pair, kafka_pair
from tests.servers.kafka_jars import NoKafka
from tests.servers.kafka_server import KafkaServer
from tests.servers.redis_server import NoRedis, RedisServer

VNFS = 100
CLOUDS = 4
BATCH = 200
PAIRS = ("embedded-sqlite", "kafka-redis")


class NoOp:
    """Port Executor: everything succeeds at once. The VMs are spread over a few clouds."""

    actions = frozenset({"Stop"})

    def check(self, payload: Payload) -> None:
        """Anything goes."""

    def place(self, payload: Payload, vm_id: str, inventory_cloud: str | None) -> VmPlace:
        """Some cloud, always the same for a VM."""
        return VmPlace(vm_id, f"cloud-{int(vm_id[:2], 16) % CLOUDS}")

    def execute(self, task: Task, run: Run) -> Outcome:
        """Nothing."""
        return Outcome.success()


@dataclass(frozen=True)
class Site:
    """One round's bus and store, empty but for the requests."""

    bus: TopicBus
    topics: TopicNames
    settings: dict[str, str]


@dataclass(frozen=True)
class Measured:
    """What one round came to: requests a second, and milliseconds of processor time for each."""

    per_s: float
    cpu_ms: float


@contextmanager
def site(pair: Pair, count: int) -> Iterator[Site]:
    """A site with so many Stop requests of many VNFs, each with fresh ids."""
    with tempfile.TemporaryDirectory() as folder, closing(pair.open_bus(Path(folder))) as bus:
        settings = {"state_dir": folder, "http_port": "0", **pair.settings}
        now = datetime.now(UTC)
        text = now.isoformat().replace("+00:00", "Z")
        made = []
        for number in range(count):
            header = CommonHeader(text, "2.00", "bench", str(uuid4()), str(uuid4()), None, Flags(ttl_s=3600))
            ids = ActionIdentifiers(f"vnf-{number % VNFS}", str(uuid4()))
            request = Request(header, "Stop", ids, ReplyTo(header.key.correlation_id, "stop"), now)
            made.append(Message(pair.topics.request, ids.vnf_id, build_request(request)))
        for begin in range(0, len(made), BATCH):
            bus.publish(made[begin : begin + BATCH])
        bus.end(pair.topics.response)  # it is there
        yield Site(bus, pair.topics, {f"APPC_{name.upper()}": value for name, value in settings.items()})


class Watch:
    """Begins with the first answer, so that no start is measured."""

    def __init__(self, before: int) -> None:
        self._before = before
        self._at, self._cpu = time.perf_counter(), time.process_time()

    def stop(self, answers: int) -> Measured:
        """What there was since then."""
        requests = (answers - self._before) / 2
        took_s, cpu_s = time.perf_counter() - self._at, time.process_time() - self._cpu
        return Measured(requests / took_s, 1000 * cpu_s / requests)


def whole_path(at: Site, count: int) -> Measured:
    """The controller, from its first answer to its last."""
    application = build(load_settings(None, at.settings), Replacements(executors={DeviceProtocol.OPENSTACK: NoOp()}))
    application.start()

    def answers(wanted: int) -> int:
        while (found := sum(at.bus.end(at.topics.response).values())) < wanted:
            time.sleep(0.01)
        return found

    watch = Watch(answers(1))
    measured = watch.stop(answers(2 * count))
    application.stop()
    return measured


def bare_loop(at: Site, count: int) -> Measured:
    """Reading each message and publishing two."""
    with closing(at.bus.consumer(at.topics.request, "bench")) as consumer:
        seen, watch = 0, None
        while seen < count:
            deliveries = consumer.poll(BATCH, 1)
            at.bus.publish([Message(at.topics.response, each.key, each.value) for each in deliveries for _ in range(2)])
            consumer.commit(deliveries)
            seen += len(deliveries)
            watch = watch or Watch(2 * seen)
        assert watch
        return watch.stop(2 * seen)


def compare(name: str, open_pair: Callable[[], Pair], count: int, rounds: int) -> None:
    """Alternate rounds on pairs that `open_pair` gives, print each and the medians."""
    loops: dict[str, Callable[[Site, int], Measured]] = {"whole path": whole_path, "bare loop": bare_loop}
    found: dict[str, list[Measured]] = {loop: [] for loop in loops}
    for number in range(rounds + 1):
        for loop, run in loops.items():
            with site(open_pair(), count if number else 2 * BATCH) as at:
                measured = run(at, count if number else 2 * BATCH)
            if number:  # the first one is for imports and caches
                found[loop].append(measured)
    print(f"{name}, {count} requests a round")
    for loop, each in found.items():
        rate, cpu_ms = (statistics.median(values) for values in zip(*map(_values, each), strict=True))
        shown = " ".join(f"{one.per_s:.0f}" for one in each)
        print(f"  {loop:10}  median {rate:6.0f} requests/s ({shown}), {cpu_ms:.2f} ms of processor time each")
    pairs = list(zip(*found.values(), strict=True))
    faster = statistics.median(bare.per_s / path.per_s for path, bare in pairs)
    cheaper = statistics.median(path.cpu_ms / bare.cpu_ms for path, bare in pairs)
    print(f"  the bare loop is {faster:.1f} times as fast, by processor time {cheaper:.1f}")


def _values(measured: Measured) -> tuple[float, float]:
    return measured.per_s, measured.cpu_ms


@contextmanager
def servers(name: str) -> Iterator[Callable[[], Pair]]:
    """What opens a fresh pair of this name. Raises: NoKafka, NoRedis."""
    if name == "embedded-sqlite":
        yield embedded_pair
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kafka = stack.enter_context(KafkaServer(folder / "kafka"))
        redis = stack.enter_context(RedisServer(folder / "redis"))
        databases = iter(range(64))
        yield lambda: kafka_pair(kafka.addresses.plain, redis.url(next(databases)))


def main() -> None:
    """Both pairs, or the one asked for."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    configure_logging("json", "warning", sys.stderr)
    for name in sys.argv[3:] or PAIRS:
        try:
            with servers(name) as open_pair:
                compare(name, open_pair, count, rounds)
        except (NoKafka, NoRedis) as error:
            print(f"{name} is left out: {error}")


if __name__ == "__main__":
    main()
