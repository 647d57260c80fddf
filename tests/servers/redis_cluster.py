"""A Redis Cluster on loopback, for tests: some servers that share the slots."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.servers.redis_server import START_S, redis_server

#: All slots of a cluster.
SLOTS = 16384


@contextmanager
def redis_cluster(folder: Path, size: int = 2) -> Iterator[str]:
    """The URL of one of its servers; without Redis, tests fail under CI and skip on a laptop."""
    with ExitStack() as stack:
        options = {"cluster_enabled": "yes", "databases": "1"}
        servers = [stack.enter_context(redis_server(folder / str(number), **options)) for number in range(size)]
        clients = [stack.enter_context(redis.Redis(port=server.port)) for server in servers]
        for number, client in enumerate(clients):
            first, after = SLOTS * number // size, SLOTS * (number + 1) // size
            client.execute_command("CLUSTER ADDSLOTSRANGE", first, after - 1)
            client.execute_command("CLUSTER MEET", "127.0.0.1", servers[0].port)
        deadline = time.monotonic() + START_S
        while not all(_knows(client, size) for client in clients):
            assert time.monotonic() < deadline, "the cluster does not come together"
            time.sleep(0.02)
        yield servers[0].url()


def _knows(client: redis.Redis, size: int) -> bool:
    told: Any = client.cluster("INFO")
    return told["cluster_state"] == "ok" and int(told["cluster_size"]) == size
