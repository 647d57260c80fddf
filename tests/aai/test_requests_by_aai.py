"""A controller whose inventory is an A&AI: 306 and 313 come from it, and while it is away nothing is judged."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from appc.bootstrap.application import build
from appc.settings import load_settings
from tests.servers.aai_server import AaiServer, aai_server
from tests.servers.web_service import Reply

PLACE = "/network/generic-vnfs/generic-vnf"


@pytest.fixture
def aai() -> Iterator[AaiServer]:
    """With one VNF that has a type, and one that has none."""
    with aai_server() as server:
        server.add(f"{PLACE}/vnf-1", vnf_id="vnf-1", vnf_type="vFW")
        server.add(f"{PLACE}/bare", vnf_id="bare")
        yield server


@pytest.fixture
def url(aai: AaiServer, tmp_path: Path) -> Iterator[str]:
    """Where a controller with that inventory listens."""
    environ = {
        "APPC_STATE_DIR": str(tmp_path / "var"),
        "APPC_HTTP_PORT": "0",
        "APPC_INVENTORY_URL": aai.url,
        "APPC_DRAIN_S": "0",
    }
    application = build(load_settings(None, environ))
    assert application.start()
    yield application.url
    application.stop()


def checked(url: str, vnf_id: str) -> httpx.Response:
    """CheckLock of a VNF by RESTCONF."""
    header = {
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "api-ver": "2.00",
        "originator-id": "tester",
        "request-id": str(uuid4()),
    }
    body = {"common-header": header, "action": "CheckLock", "action-identifiers": {"vnf-id": vnf_id}}
    return httpx.post(f"{url}/restconf/operations/appc-provider-lcm:check-lock", json={"input": body}, timeout=10)


def status(response: httpx.Response) -> tuple[int, str]:
    """Code and message of the answer."""
    said = json.loads(response.text)["output"]["status"]
    return said["code"], said["message"]


def test_vnfs_are_those_of_aai(url: str) -> None:
    """Known, unknown, and without what is needed of it."""
    assert status(checked(url, "vnf-1"))[0] == 400
    assert status(checked(url, "nobody")) == (306, "VNF NOT FOUND - VNF with ID nobody was not found")
    assert status(checked(url, "bare")) == (313, "MISSING VNF DATA IN A&AI - vnf-type not found for VNF ID = bare")


def test_while_aai_is_away_nothing_is_judged(url: str, aai: AaiServer) -> None:
    """503, come again; then it is judged as always."""
    aai.failing = Reply(503)
    response = checked(url, "vnf-1")
    assert (response.status_code, "retry-after" in response.headers) == (503, True)
    assert "the inventory is out of reach for now; try again" in response.text
    aai.failing = None
    assert status(checked(url, "vnf-1"))[0] == 400
