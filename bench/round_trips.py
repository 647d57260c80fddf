"""Round trips through each transport of the client library: requests from many threads over one client.

Every thread sends CheckLock requests one after the other; each names a VNF of its own, so that a lost or crossed
answer is seen. The controller is a process of its own. Run it with `make bench`, or
`python bench/round_trips.py [REQUESTS] [THREADS]`; Kafka is the tests' own (tests/servers) or the one that
APPC_TEST_KAFKA names.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from appc.client import CheckLock, LcmClient, Topics, connect
from tests.pairs import Brokers
from tests.servers.kafka_jars import NoKafka


@dataclass(frozen=True)
class Trips:
    """What came back. `wrong`: requests whose answer was not theirs; `seconds`: how long each took."""

    wrong: int
    seconds: tuple[float, ...]
    took_s: float

    def __str__(self) -> str:
        ordered = sorted(self.seconds)
        p99 = ordered[len(ordered) * 99 // 100]
        return (
            f"{len(ordered)} round trips in {self.took_s:.2f} s = {len(ordered) / self.took_s:.0f}/s, "
            f"median {statistics.median(ordered) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, {self.wrong} wrong"
        )


def round_trips(client: LcmClient, requests: int, threads: int) -> Trips:
    """All of them; raises what the client does if an answer is lost."""

    def trip(number: int) -> tuple[bool, float]:
        action = CheckLock(vnf_id=f"vnf-{number}")
        begun = time.perf_counter()
        answer = client.call(action, timeout_s=60)
        own = answer.correlation_id == action.correlation_id and answer.request_id == action.request_id
        return own and answer.members["locked"] == "FALSE", time.perf_counter() - begun

    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        came = list(pool.map(trip, range(requests)))
    return Trips(sum(not right for right, _ in came), tuple(took for _, took in came), time.perf_counter() - begun)


@contextmanager
def controller(state_dir: str, **settings: str) -> Iterator[str]:
    """A controller in a process of its own; yields its URL."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("APPC_", "OS_"))}
    environ |= {"APPC_STATE_DIR": state_dir, "APPC_HTTP_PORT": "0", "APPC_LOG_LEVEL": "error"}
    environ |= {f"APPC_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "appc", "serve"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


def measured(name: str, url: str, topics: Topics, requests: int, threads: int) -> None:
    """Measure one transport and print it."""
    with connect(url, topics=topics) as client:
        round_trips(client, threads, threads)  # every connection is open now
        print(f"{name:15} {round_trips(client, requests, threads)}", flush=True)


def main(requests: int, threads: int) -> None:
    """Each transport, one after the other."""
    with tempfile.TemporaryDirectory() as folder, controller(folder) as url:
        measured("Message Router", url, Topics(), requests, threads)
        measured("embedded bus", f"embedded:{folder}", Topics(), requests, threads)
    brokers = Brokers()
    try:
        kafka = f"kafka://{brokers.servers()}"
        topics = Topics("BENCH-READ", "BENCH-WRITE")
        names: Mapping[str, str] = {"request_topic": topics.request, "response_topic": topics.response}
        with tempfile.TemporaryDirectory() as folder, controller(folder, bus_url=kafka, **names):
            measured("Kafka", kafka, topics, requests, threads)
    except NoKafka as reason:
        print(f"Kafka           not measured: {reason}")
    finally:
        brokers.close()


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [1000, 16][len(arguments) :]))
