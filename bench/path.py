"""Requests per second through the whole path with an executor that does nothing, next to a bare loop on the same bus.

The baseline reads each message and publishes two for it, in the same batches, on the same kind of bus, with the same
durability: what any consumer must do at the least. Rounds of both alternate, so that a machine that gets slower
slows both. Run it with `make bench`, or `python bench/path.py [REQUESTS] [ROUNDS]`.
"""

import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from appc.bootstrap.application import Replacements, build
from appc.bus.embedded import EmbeddedBus
from appc.lcm.actions import DeviceProtocol
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import Payload
from appc.lcm.ports.bus import Message
from appc.lcm.ports.execution import Run
from appc.lcm.record import Task, VmPlace
from appc.lcm.request import CommonHeader, Flags, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.settings import load_settings
from appc.system_clock import SystemClock
from appc.telemetry.logs import configure_logging
from appc.wire.envelope import build_request

VNFS = 100
CLOUDS = 4
BATCH = 200


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


def messages(count: int) -> list[Message]:
    """Stop requests of many VNFs, each with fresh ids."""
    now = datetime.now(UTC)
    text = now.isoformat().replace("+00:00", "Z")
    made = []
    for number in range(count):
        header = CommonHeader(text, "2.00", "bench", str(uuid4()), str(uuid4()), None, Flags(ttl_s=3600))
        ids = ActionIdentifiers(f"vnf-{number % VNFS}", str(uuid4()))
        request = Request(header, "Stop", ids, ReplyTo(header.key.correlation_id, "stop"), now)
        made.append(Message("APPC-LCM-READ", ids.vnf_id, build_request(request)))
    return made


def publish(bus: EmbeddedBus, made: list[Message]) -> None:
    """All of them, in batches."""
    for begin in range(0, len(made), BATCH):
        bus.publish(made[begin : begin + BATCH])


def whole_path(count: int) -> float:
    """Seconds from the first poll to the last final answer."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(None, {"APPC_STATE_DIR": folder, "APPC_HTTP_PORT": "0"})
        with closing(EmbeddedBus(Path(folder) / "bus.sqlite3", SystemClock())) as bus:
            publish(bus, messages(count))
            application = build(settings, Replacements(executors={DeviceProtocol.OPENSTACK: NoOp()}))
            begun = time.perf_counter()
            application.start()
            while sum(bus.end("APPC-LCM-WRITE").values()) < 2 * count:
                time.sleep(0.01)
            took_s = time.perf_counter() - begun
            application.stop()
            return took_s


def bare_loop(count: int) -> float:
    """Seconds for reading each message and publishing two."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(EmbeddedBus(Path(folder) / "bus.sqlite3", SystemClock())) as bus,
    ):
        publish(bus, messages(count))
        consumer = bus.consumer("APPC-LCM-READ", "bench")
        begun = time.perf_counter()
        seen = 0
        while seen < count:
            deliveries = consumer.poll(BATCH, 1)
            bus.publish([Message("APPC-LCM-WRITE", each.key, each.value) for each in deliveries for _ in range(2)])
            consumer.commit(deliveries)
            seen += len(deliveries)
        took_s = time.perf_counter() - begun
        consumer.close()
        return took_s


def main() -> None:
    """Alternate rounds, print each and the medians."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    configure_logging("json", "warning", sys.stderr)
    whole_path(200)  # imports and caches
    rates: dict[str, list[float]] = {"whole path": [], "bare loop": []}
    for _ in range(rounds):
        rates["whole path"].append(count / whole_path(count))
        rates["bare loop"].append(count / bare_loop(count))
    for name, measured in rates.items():
        shown = " ".join(f"{rate:.0f}" for rate in measured)
        print(f"{name:10}  median {statistics.median(measured):6.0f} requests/s   ({shown})")
    ratios = [bare / path for path, bare in zip(*rates.values(), strict=True)]
    print(f"the bare loop is {statistics.median(ratios):.1f} times as fast (median of {rounds} pairs)")


if __name__ == "__main__":
    main()
