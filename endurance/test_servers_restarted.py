"""Contract section 7: Kafka and Redis go away and come back, five times each, while two controllers work."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.crash.scene import UNDER_WAY_S, Outages, Scene, go_through, open_scene, seeded
from tests.pairs import kafka_pair
from tests.servers.kafka_server import KafkaServer, fails_or_skips
from tests.servers.redis_server import RedisServer, redis_server

#: How often each goes away, and for how long at the most, in seconds: longer than a lease.
TIMES = 5
AWAY_S = 4.0

pytestmark = pytest.mark.timeout(1800)

Server = KafkaServer | RedisServer


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[dict[str, Server]]:
    """A Kafka and a Redis of this test's own, which synchronises its file at every write."""
    with ExitStack() as stack, fails_or_skips():
        kafka = stack.enter_context(KafkaServer(tmp_path / "kafka"))
        yield {"kafka": kafka, "redis": stack.enter_context(redis_server(tmp_path / "redis"))}


@pytest.fixture
def scene(tmp_path: Path, servers: dict[str, Server]) -> Iterator[Scene]:
    """Two machines' worth of controllers on them."""
    kafka, redis = servers["kafka"], servers["redis"]
    assert isinstance(kafka, KafkaServer) and isinstance(redis, RedisServer)
    with open_scene(tmp_path, kafka_pair(kafka.addresses.plain, redis.url()), delay_s=UNDER_WAY_S) as scene:
        yield scene


@pytest.mark.parametrize("leave", ["kill", "stop"])
@pytest.mark.parametrize("name", ["kafka", "redis"])
def test_nothing_is_lost_and_nothing_happens_twice(
    scene: Scene, servers: dict[str, Server], name: str, leave: str
) -> None:
    """Killed or stopped in order, it is started again on its data."""
    server = servers[name]
    leave_now = server.kill if leave == "kill" else server.stop
    go_through(scene, seeded(), Outages(server, leave_now, TIMES, AWAY_S))
