"""A store that takes its time holds up the calls that need it, and nobody else; on a server that listens."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from appc.controller.backlog import Backlog
from appc.northbound.http.application import HttpApplication
from appc.northbound.http.server import HttpServer
from appc.northbound.restconf.door import Restconf
from appc.wire.lcm_json import input_members
from appc.wire.schemas import installed_schemas
from tests.fakes.answers import TOPIC
from tests.fakes.lives import Life, World
from tests.northbound.http.site import WRITE, Site
from tests.northbound.restconf.conftest import MAX_BYTES, path_of

PATIENCE_S = 30.0
CALLS = 20


@pytest.fixture
def server(world: World, life: Life) -> Iterator[HttpServer]:
    """RESTCONF beside Message Router and the operators' routes, which have a store of their own."""
    site = Site(world.clock)
    backlog = Backlog(life.store, 1000)
    restconf = Restconf(life.controller, backlog, lambda: life.bus.end(TOPIC), installed_schemas(), MAX_BYTES)
    server = HttpServer(HttpApplication([restconf.door(), *site.doors()]), "127.0.0.1", 0)
    server.start()
    yield server
    server.stop(5)


def test_a_store_that_hangs_delays_neither_polls_nor_probes(world: World, life: Life, server: HttpServer) -> None:
    """However many calls wait for it; each of them is answered in the end, and no more than a few take a thread."""
    arrived, may_go_on, inside = threading.Semaphore(0), threading.Event(), [0]

    def hang(*_: object) -> None:
        inside[0] += 1
        arrived.release()
        assert may_go_on.wait(PATIENCE_S)

    life.faults.listen("before update_many", hang)
    bodies = [{"input": input_members(world.request(vnf_id=f"vnf-{number}"))} for number in range(CALLS)]
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http, ThreadPoolExecutor(CALLS) as pool:
        calls = [pool.submit(http.post, path_of("restart"), json=body) for body in bodies]
        assert arrived.acquire(timeout=PATIENCE_S)
        assert http.get("/healthz").status_code == 200
        assert http.get(f"/events/{WRITE}/g/1?timeout=0").json() == []
        assert inside[0] < CALLS
        may_go_on.set()
        answers = [call.result(PATIENCE_S) for call in calls]
    assert [answer.json()["output"]["status"]["code"] for answer in answers] == [100] * CALLS
    life.faults.wait_for("after published", CALLS)  # each enters the queue once its answer is out
    assert len(world.store.waiting(CALLS)) == CALLS
