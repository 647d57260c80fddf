"""Contract section 5.3: /healthz, /readyz, /metrics."""

import threading
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.northbound.http.site import READ, Site


def test_alive_is_alive_whatever_else_is_not(site: Site, client: TestClient) -> None:
    """It asks nobody."""
    site.bus.down = site.documents.down = True
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_ready_is_when_bus_and_store_are_reachable(client: TestClient) -> None:
    """One entry for each of them."""
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ready", "dependencies": {"bus": "ready", "store": "ready"}},
    )
    assert answer.headers["cache-control"] == "no-store"


def test_not_ready_says_who_is_not(site: Site, client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """503; why stands in the log only, because anybody may ask. It passes with its cause."""
    site.documents.down = True
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "not ready", "dependencies": {"bus": "ready", "store": "unavailable"}},
    )
    assert "store is not ready: the store is down" in caplog.text
    site.documents.down = False
    assert client.get("/readyz").status_code == 200


def test_a_dependency_that_hangs_is_asked_once(site: Site) -> None:
    """However often the probe comes meanwhile: no thread is left behind for each."""
    asked, may_end = threading.Semaphore(0), threading.Event()

    def hang() -> None:
        asked.release()
        may_end.wait()

    site.checks["cloud"] = hang
    with site.client() as client:
        answers: list[int] = []
        probes = [threading.Thread(target=_probe, args=(client, answers.append)) for _ in range(3)]
        for probe in probes:
            probe.start()
        assert asked.acquire(timeout=10)
        assert not asked.acquire(timeout=0.2)
        may_end.set()
        for probe in probes:
            probe.join(10)
    assert answers == [200, 200, 200]


def _probe(client: TestClient, note: Callable[[int], None]) -> None:
    note(client.get("/readyz").status_code)


def test_a_controller_without_dependencies_is_ready(site: Site) -> None:
    """There is nothing to wait for."""
    site.checks.clear()
    with site.client() as client:
        assert client.get("/readyz").json() == {"status": "ready", "dependencies": {}}


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param("*/*", "text/plain", id="Prometheus' text"),
        pytest.param("application/openmetrics-text; version=1.0.0", "application/openmetrics-text", id="OpenMetrics"),
    ],
)
def test_metrics_are_those_of_the_registry(client: TestClient, accept: str, content_type: str) -> None:
    """In the format that is asked for."""
    answer = client.get("/metrics", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert "appc_requests_total 1.0" in answer.text


def test_publishing_needs_no_readiness(site: Site, client: TestClient) -> None:
    """Readiness is for others to act on."""
    site.documents.down = True
    assert client.get("/readyz").status_code == 503
    assert client.post(f"/events/{READ}", content=b"x").status_code == 200
