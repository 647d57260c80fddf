"""RESTCONF of a controller as users start it, on the pairs of bus and store that differ most (contract section 5.1)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from appc.demo.cloud import DemoCloud
from tests.e2e.conftest import Client, Connect, Start, code
from tests.e2e.test_serve import message, vm


def call(client: Client, action: str, rpc_name: str, request_id: str, **more: Any) -> dict[str, Any]:
    """One call: its output."""
    body = message(action, rpc_name, request_id, **more)["body"]
    answer: httpx.Response = client.http.post(f"/restconf/operations/appc-provider-lcm:{rpc_name}/", json=body)
    assert answer.status_code == 200, answer.text
    output: dict[str, Any] = answer.json()["output"]
    assert output["common-header"] == body["input"]["common-header"]
    return output


@pytest.fixture
def cloud() -> Iterator[DemoCloud]:
    """A cloud whose state changes take a moment."""
    with DemoCloud(delay_s=0.2) as cloud:
        yield cloud


@pytest.fixture
def clouds_file(tmp_path: Path, cloud: DemoCloud) -> str:
    """The clouds.yaml of that cloud."""
    file = tmp_path / "clouds.yaml"
    file.write_text(cloud.clouds_yaml())
    return str(file)


@pytest.mark.parametrize("pair", ["kafka-redis"], indirect=True)
def test_a_vm_is_stopped_and_the_final_answer_is_on_the_topic(
    serve: Start, connect: Connect, cloud: DemoCloud, clouds_file: str
) -> None:
    """100 here, 400 there, under `<request-id>` and the rpc-name; the 100 and single answers are the caller's alone."""
    client, request_id = connect(serve(clouds_file=clouds_file).url), str(uuid4())
    server = cloud.servers()[0].id
    assert call(client, "CheckLock", "check-lock", "lock-1")["locked"] == "FALSE"
    assert call(client, "Stop", "stop", request_id, **vm(server))["status"]["code"] == 100
    (final,) = client.final(request_id)
    assert (code(final), final["rpc-name"], final["type"]) == (400, "stop", "response")
    assert cloud.server(server).status == "SHUTOFF"
    asked = call(client, "ActionStatus", "action-status", "ask-1", payload=json.dumps({"request-id": request_id}))
    assert json.loads(asked["payload"])["status"] == "SUCCESSFUL"
    assert {each["correlation-id"] for each in client.seen} == {request_id}


@pytest.mark.parametrize("pair", ["embedded-sqlite", "kafka-redis"], indirect=True)
def test_what_was_answered_100_has_its_final_answer_after_a_kill(
    serve: Start, connect: Connect, cloud: DemoCloud, clouds_file: str
) -> None:
    """Killed the moment the 100 is here: the next life ends what was begun, and begins what was not."""
    served = serve(clouds_file=clouds_file, workers="1", lease_s="1")
    client = connect(served.url)
    ids = [str(uuid4()) for _ in range(3)]
    for number, request_id in enumerate(ids):
        target = {"action-identifiers": {"vnf-id": f"vnf-{number}", "vserver-id": cloud.servers()[number % 2].id}}
        assert call(client, "Restart", "restart", request_id, **target)["status"]["code"] == 100
    served.process.kill()
    served.process.wait()
    client.turn_to(serve(clouds_file=clouds_file, workers="1", lease_s="1").url)
    finals = [client.final(request_id)[-1] for request_id in ids]
    assert {code(each) for each in finals} <= {400, 405}
    assert len([each for each in client.seen if code(each) // 100 == 4]) == len(ids)
