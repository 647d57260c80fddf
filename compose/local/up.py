"""What compose.yaml starts, on loopback and without containers: Kafka, Redis, the demo cloud, two controllers.

Run it from the root of the checkout with `make local`; everything ends with Ctrl-C, and its data with it.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from appc.commands.configuration import settings_or_exit
from tests.servers.kafka_server import KafkaServer
from tests.servers.redis_server import RedisServer


@contextmanager
def appc(name: str, settings: Mapping[str, str], *arguments: str) -> Iterator[str]:
    """An `appc` command as a process of its own; its first line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "appc", *arguments],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for this program, which stops everything in order
    )
    assert process.stdout
    try:
        line = process.stdout.readline().strip()
        print(f"{name:12}  {line or 'did not start'}", flush=True)
        if not line:
            raise SystemExit(1)
        yield line
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def ports(first: int) -> tuple[int, int]:
    """Where the controllers listen: HTTP_PORT is the first one's and the next the second's; 0 is any for both."""
    return first, first + 1 if first else 0


def main() -> None:
    """Start everything, say where it is, wait for Ctrl-C or SIGTERM."""
    first_port = settings_or_exit(None).http_port
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: ended.set())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="appc-local-")))
        print("Kafka         starting (its jars are fetched by Maven the first time)", flush=True)
        kafka = stack.enter_context(KafkaServer(folder / "kafka"))
        print(f"Kafka         {kafka.addresses.plain}", flush=True)
        (folder / "redis").mkdir()
        redis = stack.enter_context(RedisServer(folder / "redis"))
        print(f"Redis         {redis.url()}", flush=True)
        stack.enter_context(appc("demo cloud", {"APPC_STATE_DIR": str(folder)}, "demo-cloud"))
        settings = {
            "APPC_BUS_URL": f"kafka://{kafka.addresses.plain}",
            "APPC_STORE_URL": redis.url(),
            "APPC_CLOUDS_FILE": str(folder / "demo-clouds.yaml"),
            "APPC_LOG_LEVEL": "warning",
        }
        for number, port in enumerate(ports(first_port), start=1):
            own = {"APPC_STATE_DIR": str(folder / f"controller-{number}"), "APPC_HTTP_PORT": str(port)}
            stack.enter_context(appc(f"controller {number}", settings | own, "serve"))
        print("Everything runs; Ctrl-C ends it.", flush=True)
        while not ended.wait(3600):
            pass


if __name__ == "__main__":
    main()
