"""What hostile clients send to both doors of a controller as users start it; afterwards others are answered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.conftest import PATIENCE_S, Client, Served, Start, commands
from tests.pairs import TopicNames

RPC = "/restconf/operations/appc-provider-lcm:"
VM = "8f4a9ea2-5f0c-4a9c-8f0b-3c0d0f3f8c11"


@dataclass
class Site:
    """A controller, its log, and a client of both of its doors."""

    start: Start
    log: Path
    http: httpx.Client

    def serve(self) -> "Client":
        """One more life of the controller; the client turns to it."""
        self.served: Served = self.start("serve", log_level="info", log_format="text")
        self.client = Client(self.served.url, self.http, TopicNames())
        return self.client

    def call(self, body: dict[str, Any] | bytes, rpc_name: str = "restart") -> httpx.Response:
        """By RESTCONF."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post(RPC + rpc_name, content=content, headers={"Content-Type": "application/json"})

    def dead_letters(self) -> list[dict[str, Any]]:
        """What was put aside since the last look."""
        return self.client.read(0, "APPC-LCM-DLQ")

    def still_answers(self) -> None:
        """Whatever came before, by both doors."""
        request_id = str(uuid4())
        assert code(self.call(body("CheckLock", request_id=request_id), "check-lock")) == 400
        envelope = {"version": "2.0", "rpc-name": "check-lock", "body": body("CheckLock", request_id=request_id)}
        self.client.publish(envelope)
        assert len(self.client.final(f"{request_id}-1")) == 1


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One controller for all attacks, with everything in its log."""
    folder = tmp_path_factory.mktemp("attacked")
    with commands(folder, folder / "log") as start, httpx.Client(timeout=PATIENCE_S) as http:
        site = Site(start, folder / "log", http)
        site.serve()
        site.dead_letters()
        yield site


def body(action: str = "Restart", *, request_id: str = "", at: datetime | None = None, **more: Any) -> dict[str, Any]:
    """A body; its ids are fresh, unless given."""
    header = {
        "timestamp": f"{at or datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
        "api-ver": "2.00",
        "originator-id": "attacker",
        "request-id": request_id or str(uuid4()),
        "sub-request-id": "1",
        "flags": {"ttl": 600},
    }
    ids = {"vnf-id": "vnf-1", **({"vserver-id": VM} if action == "Restart" else {})}
    return {"input": {"common-header": header, "action": action, "action-identifiers": ids, **more}}


def code(answer: httpx.Response) -> int:
    """The status code of an output."""
    assert answer.status_code == 200, answer.text
    return int(answer.json()["output"]["status"]["code"])


def spoilt(old: str, new: str, encoding: str = "utf-8") -> bytes:
    """A good body with something in the place of something."""
    text = json.dumps(body("CheckLock"))
    assert old in text
    return text.replace(old, new, 1).encode(encoding)


BOMBS = {
    "100 000 objects inside each other": lambda: spoilt('"CheckLock"', '{"a":' * 100_000 + "1" + "}" * 100_000),
    "100 000 arrays that never end": lambda: spoilt('"CheckLock"', "[" * 100_000),
    "a number of 100 000 digits": lambda: spoilt('"ttl": 600', '"ttl": ' + "9" * 100_000),
    "a number too large for floats": lambda: spoilt('"ttl": 600', '"ttl": 1e9999'),
    "NaN": lambda: spoilt('"ttl": 600', '"ttl": NaN'),
    "two actions": lambda: spoilt('"action":', '"action": "Stop", "action":'),
    "two inputs": lambda: spoilt('"input":', '"appc-provider-lcm:input": {}, "input":'),
    "half a surrogate pair": lambda: spoilt('"attacker"', '"\\ud800"'),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + spoilt("attacker", "attacker"),
    "UTF-16": lambda: spoilt("attacker", "attacker", "utf-16"),
    "a NUL": lambda: spoilt('"attacker"', '"atta\x00cker"'),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_s10_a_json_bomb_is_refused_by_both_doors(site: Site, bomb: str) -> None:
    """400 at the one; a dead letter behind the other, where nobody could be told."""
    content = BOMBS[bomb]()
    answer = site.call(content, "check-lock")
    assert answer.status_code == 400
    assert answer.json()["errors"]["error"][0]["error-tag"] == "malformed-message"
    site.client.publish(
        b'{"version": "2.0", "rpc-name": "check-lock", "body": ' + content + b"}", "application/octet-stream"
    )
    site.still_answers()
    assert [each["code"] // 100 for each in site.dead_letters()] == [3]


def test_s10_a_string_of_16_mib_is_not_read_to_its_end(site: Site) -> None:
    """413 by both."""
    content = spoilt("attacker", "x" * 16 * 1024 * 1024)
    assert site.call(content).status_code == 413
    assert site.client.publish(content).status_code == 413
    site.still_answers()


def test_s10_members_that_nobody_knows_are_counted_out(site: Site) -> None:
    """40 000 of them mean nothing: the request is answered, and the log names a few."""
    many = ",".join(f'"unknown-{number}":0' for number in range(40_000))
    assert code(site.call(spoilt('"input"', f'{many},"input"'), "check-lock")) == 400
    assert "unknown-39999" not in site.log.read_text()


def test_s10_a_payload_is_a_bomb_of_its_own(site: Site) -> None:
    """Judged as what it is: text that holds no JSON object."""
    for text in ("[" * 50_000, '{"a":' * 50_000, '{"a":1,"a":2}', '{"a":' + "9" * 50_000 + "}", "{" * 10):
        assert code(site.call(body(payload=text))) in (100, 301, 303)
    site.still_answers()


class TestS13Replay:
    """A request counts once, also after a restart."""

    def test_a_copy_is_a_duplicate(self, site: Site) -> None:
        """By whichever door, on whichever VNF, and after the controller was started again."""
        original = body(request_id="replayed")
        assert code(site.call(original)) == 100
        elsewhere = json.loads(json.dumps(original).replace("vnf-1", "vnf-2"))
        assert [code(site.call(each)) for each in (original, elsewhere)] == [312, 312]
        assert site.served.stop() == 0
        site.serve()
        assert [code(site.call(each)) for each in (original, elsewhere)] == [312, 312]
        site.client.publish({"version": "2.0", "rpc-name": "restart", "correlation-id": "copy", "body": original})
        (answer,) = site.client.final("copy")
        assert answer["body"]["output"]["status"]["code"] == 312

    @pytest.mark.parametrize(
        ("age_s", "expected"),
        [pytest.param(601, 311, id="older than its TTL"), pytest.param(-60, 301, id="of the future")],
    )
    def test_a_time_that_is_not_now_is_refused(self, site: Site, age_s: int, expected: int) -> None:
        """An old recording, or one for later."""
        assert code(site.call(body(at=datetime.now(UTC) - timedelta(seconds=age_s)))) == expected


class TestS14Confusion:
    """Answers that are none, and texts that look like something else."""

    @pytest.mark.parametrize("kind", ["response", "error"])
    def test_a_forged_answer_is_put_aside(self, site: Site, kind: str) -> None:
        """Nobody is answered; it is dead-lettered and counted."""
        site.dead_letters()
        forged = {"version": "2.0", "type": kind, "correlation-id": "forged", "rpc-name": "restart", "body": {}}
        site.client.publish(forged)
        site.still_answers()
        assert "forged" not in [each["correlation-id"] for each in site.client.seen]
        (letter,) = site.dead_letters()
        assert letter["code"] is None
        metrics = site.http.get("/metrics").text
        assert 'appc_dead_letters_total{code=""}' in metrics

    def test_only_the_controller_writes_answers(self, site: Site) -> None:
        """Nobody can publish to the topics of others' answers."""
        for topic in ("APPC-LCM-WRITE", "APPC-LCM-DLQ", "APPC-CONFIGURATION"):
            assert site.http.post(f"/events/{topic}", content=b"{}").status_code == 403

    def test_ids_cannot_forge_lines_of_the_log(self, site: Site) -> None:
        """Line ends and terminal codes are echoed to the client, and escaped in the log."""
        evil = "x\r\n\x1b[31m2026 ERROR forged\u2028line\x85"
        content = body("CheckLock", request_id="x\n\x1b[2Jforged")
        request = {"version": "2.0", "rpc-name": "check-lock", "correlation-id": evil, "body": content}
        site.client.publish(request)
        assert len(site.client.final(evil)) == 1
        malformed = {**request, "rpc-name": "", "correlation-id": evil + "2"}
        site.client.publish(malformed)
        assert len(site.client.final(evil + "2")) == 1
        text = site.log.read_bytes().decode()
        assert "forged" in text
        assert not any(sign in text for sign in ("\x1b", "\r", "\u2028", "\x85"))
        assert not any(line.startswith(("forged", "2026 ERROR")) for line in text.splitlines())


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param(RPC + "lock", {"Origin": "http://evil.example"}, id="a foreign page"),
        pytest.param(RPC + "lock", {"Sec-Fetch-Site": "cross-site"}, id="another site"),
        pytest.param(RPC + "lock", {"Host": "evil.example"}, id="a name that was bound anew"),
        pytest.param("/events/APPC-LCM-READ", {"Origin": "null"}, id="a sandboxed frame"),
    ],
)
def test_s25_no_web_page_commands_vms(site: Site, path: str, headers: dict[str, str]) -> None:
    """403 before anything is read, whatever the media type."""
    for content_type in ("application/json", "text/plain"):
        sent = {"Content-Type": content_type, **headers}
        assert site.http.post(path, content=json.dumps(body("Lock")), headers=sent).status_code == 403
