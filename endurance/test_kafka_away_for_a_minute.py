"""A Kafka that is away for a minute, again and again, with traffic before, meanwhile and afterwards."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from appc.bus.kafka.bus import KafkaBus
from tests.bus.kafka.outage import Traffic, run_through
from tests.contracts.kafka_harness import config
from tests.servers.kafka_server import KafkaServer, fails_or_skips

pytestmark = [pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"), pytest.mark.timeout(900)]

#: How long it is away, in seconds, and how often.
AWAY_S = 60.0
TIMES = 3


@pytest.mark.parametrize("leave", [KafkaServer.kill, KafkaServer.stop], ids=["killed", "stopped in order"])
def test_nothing_is_lost_in_outages_of_a_minute(tmp_path: Path, leave: Callable[[KafkaServer], None]) -> None:
    """Each time publishing and reading go on afterwards; no outage costs file descriptors."""
    with fails_or_skips():
        server = KafkaServer(tmp_path / "kafka")

    def away() -> None:
        leave(server)
        time.sleep(AWAY_S)
        server.start()

    with server, closing(KafkaBus(replace(config(server.addresses.plain), answer_s=5.0))) as bus:
        open_files = []
        for turn in range(TIMES):
            traffic = Traffic(bus, f"minute-{turn}")
            run_through(traffic, away)
            assert traffic.unavailable
            open_files.append(len(os.listdir("/proc/self/fd")))
        assert open_files[-1] < open_files[0] + 30
