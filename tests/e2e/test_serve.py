"""`appc serve` from outside: what is written, byte for byte, and how it stops (contract sections 1, 3.2, 7)."""

import ctypes
import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from appc.demo.cloud import DemoCloud
from tests.e2e.conftest import PATIENCE_S, Connect, Start, code

#: No text, no JSON, too deep, no object, no number, no request.
UNREADABLE = [b"\x00\xff\xfe", b"{", b"[" * 100_000, b"null", b'{"version": 1e999}', b'{"type": "response"}']


def message(action: str, rpc_name: str, request_id: str, **more: Any) -> dict[str, Any]:
    """A request as a client writes it by hand."""
    header = {
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "api-ver": "2.00",
        "originator-id": "e2e",
        "request-id": request_id,
        "flags": {"mode": "NORMAL", "force": "FALSE", "ttl": 600},
    }
    content = {"common-header": header, "action": action, "action-identifiers": {"vnf-id": "vnf-1"}, **more}
    return {
        "version": "2.0",
        "type": "request",
        "correlation-id": request_id,
        "rpc-name": rpc_name,
        "body": {"input": content},
    }


def vm(server: str) -> dict[str, Any]:
    """The identifiers of a VM request."""
    return {"action-identifiers": {"vnf-id": "vnf-1", "vserver-id": server}}


@pytest.fixture
def clouds_file(tmp_path: Path, cloud: DemoCloud) -> str:
    """The clouds.yaml of that cloud."""
    file = tmp_path / "clouds.yaml"
    file.write_text(cloud.clouds_yaml())
    return str(file)


@pytest.fixture
def cloud() -> Iterator[DemoCloud]:
    """A cloud whose state changes take a moment."""
    with DemoCloud(delay_s=0.3) as cloud:
        yield cloud


def test_with_no_settings_at_all_a_request_by_plain_http_is_answered_member_for_member(
    serve: Start, connect: Connect
) -> None:
    """POST /events/APPC-LCM-READ, and APPC-LCM-WRITE has exactly what contract section 3.2 says."""
    served = serve()
    assert served.first_line.startswith("ready http://127.0.0.1:")
    assert all(f" {name}=" in served.first_line for name in ("bus", "store", "state"))
    client = connect(served.url)
    request = message("CheckLock", "check-lock", "r-1")
    published = client.publish(request)
    assert published.status_code == 200 and published.json()["count"] == 1
    assert client.final("r-1") == [
        {
            "version": "2.0",
            "type": "response",
            "correlation-id": "r-1",
            "rpc-name": "check-lock",
            "cambria.partition": "MSO",
            "body": {
                "output": {
                    "common-header": request["body"]["input"]["common-header"],
                    "status": {"code": 400, "message": "SUCCESS - request has been processed successfully"},
                    "locked": "FALSE",
                }
            },
        }
    ]
    assert served.stop() == 0


def test_a_vm_is_stopped_and_each_answer_is_as_written(
    serve: Start, connect: Connect, cloud: DemoCloud, clouds_file: str
) -> None:
    """100 and 400, with the request's own header; and the VM is really stopped."""
    client = connect(serve(clouds_file=clouds_file).url)
    server = cloud.servers()[0].id
    request = message("Stop", "stop", "r-2", **vm(server))
    client.publish(request)
    header = request["body"]["input"]["common-header"]
    statuses = [
        {"code": 100, "message": "ACCEPTED - request accepted"},
        {"code": 400, "message": "SUCCESS - request has been processed successfully"},
    ]
    assert [answer["body"]["output"] for answer in client.final("r-2")] == [
        {"common-header": header, "status": status} for status in statuses
    ]
    assert cloud.server(server).status == "SHUTOFF"


def test_any_bytes_are_put_aside_and_the_next_message_is_handled(serve: Start, connect: Connect) -> None:
    """Bad input never stops the controller (contract section 7)."""
    client = connect(serve().url)
    client.read(0, client.topics.dead_letter)
    letters: list[dict[str, Any]] = []
    for number, content in enumerate(UNREADABLE):
        assert client.publish(content, "application/octet-stream").status_code == 200
        client.publish(message("CheckLock", "check-lock", f"next-{number}"))
        assert code(client.final(f"next-{number}")[-1]) == 400
        while len(letters) <= number:
            letters += client.read(5000, client.topics.dead_letter)
    assert len(letters) == len(UNREADABLE)
    for letter in letters:
        assert set(letter) == {"reason", "code", "topic", "partition", "offset", "received", "message", "encoding"}


def test_sigterm_gives_running_requests_time_and_leaves_the_rest_to_the_next(
    serve: Start, connect: Connect, cloud: DemoCloud, clouds_file: str
) -> None:
    """One worker: the first is done within DRAIN_S, the others are executed by the next controller."""
    served = serve(clouds_file=clouds_file, workers="1", drain_s="20")
    client = connect(served.url)
    servers = [server.id for server in cloud.servers()]
    requests = [message("Restart", "restart", f"r-{n}", **vm(server)) for n, server in enumerate(servers)]
    for each in requests:
        client.publish(each)
    client.answers("r-1", lambda mine: bool(mine))
    assert served.stop() == 0
    second = serve(clouds_file=clouds_file)
    client.turn_to(second.url)
    assert [[code(answer) for answer in client.final(f"r-{n}")] for n in range(2)] == [[100, 400], [100, 400]]


def test_what_does_not_end_within_the_drain_time_is_aborted(
    serve: Start, connect: Connect, cloud: DemoCloud, clouds_file: str
) -> None:
    """405 for the request, ABORTED for whoever asks afterwards, exit code 0."""
    server = cloud.servers()[0].id
    cloud.put(server, "ACTIVE", task_state="migrating")  # busy for ever
    served = serve(clouds_file=clouds_file, drain_s="0.2")
    client = connect(served.url)
    client.publish(message("Stop", "stop", "r-5", **vm(server)))
    client.answers("r-5", lambda mine: bool(mine))
    assert served.stop() == 0
    client.turn_to(serve(clouds_file=clouds_file).url)
    assert [code(answer) for answer in client.final("r-5")] == [100, 405]
    client.publish(message("ActionStatus", "action-status", "r-6", payload=json.dumps({"request-id": "r-5"})))
    (answer,) = client.final("r-6")
    assert json.loads(answer["body"]["output"]["payload"])["status"] == "ABORTED"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_heard_whichever_thread_the_kernel_interrupts(start: Start, number: signal.Signals) -> None:
    """The main thread only waits: a signal that another one gets must not wait with it."""
    process = start("serve").process
    others = [int(tid) for tid in os.listdir(f"/proc/{process.pid}/task") if int(tid) != process.pid]
    assert ctypes.CDLL(None).tgkill(process.pid, others[0], number) == 0
    assert process.wait(PATIENCE_S) == 0


def test_a_second_sigterm_ends_at_once_with_1(
    serve: Start, connect: Connect, cloud: DemoCloud, clouds_file: str
) -> None:
    """Whoever cannot wait for the drain does not have to."""
    server = cloud.servers()[0].id
    cloud.put(server, "ACTIVE", task_state="migrating")
    served = serve(clouds_file=clouds_file, drain_s="600")
    client = connect(served.url)
    client.publish(message("Stop", "stop", "r-7", **vm(server)))
    client.answers("r-7", lambda mine: bool(mine))
    served.process.send_signal(signal.SIGTERM)
    while client.http.get("/readyz").status_code == 200:  # stopping is seen from outside
        pass
    assert served.stop() == 1


def test_when_the_queue_is_full_it_stops_reading_and_forgets_nothing(
    serve: Start, connect: Connect, cloud: DemoCloud, clouds_file: str
) -> None:
    """QUEUE_SIZE 2, one worker: more requests than that wait on the bus, unjudged, until there is room."""
    client = connect(serve(clouds_file=clouds_file, workers="1", queue_size="2").url)
    ids = [str(uuid4()) for _ in range(8)]
    for number, each in enumerate(ids):
        request = message("Reboot", "reboot", each, **vm(cloud.servers()[number % 2].id))
        request["body"]["input"]["action-identifiers"]["vnf-id"] = f"vnf-{number}"
        client.publish(request)
    assert [[code(answer) for answer in client.final(each)] for each in ids] == [[100, 400]] * 8


def test_the_health_pages_say_alive_ready_and_what_is_counted(serve: Start, connect: Connect) -> None:
    """Contract section 5.3."""
    client = connect(serve().url)
    assert client.http.get("/healthz").status_code == 200
    assert client.http.get("/readyz").status_code == 200
    client.publish(message("CheckLock", "check-lock", "r-8"))
    client.final("r-8")
    assert 'appc_requests_total{action="CheckLock",code="400"} 1.0' in client.http.get("/metrics").text
