"""Contract section 5.1: what is malformed, and every other fault, has RESTCONF's form and leaves nothing behind."""

import gzip
import json

import httpx
import pytest
from starlette.testclient import TestClient

from appc.lcm.actions import ACTIONS
from tests.fakes.lives import Life, World
from tests.northbound.http.site import PASSWORD, USER, basic
from tests.northbound.restconf.conftest import MAX_BYTES, Caller, edge, path_of

JSON = {"Content-Type": "application/json"}
RESTART = path_of("restart")


def error_of(answer: httpx.Response) -> dict[str, str]:
    """The only error of an answer in RESTCONF's form."""
    assert answer.headers["content-type"] == "application/json"
    content = answer.json()
    (error,) = content["errors"]["error"]
    assert content == {"errors": {"error": [error]}}
    assert error.keys() == {"error-type", "error-tag", "error-message", "error-info"}
    found: dict[str, str] = error
    return found


def test_an_unknown_action_is_told_the_33(caller: Caller, world: World) -> None:
    """In the words of the guide's example."""
    body = caller.body()
    body["input"]["action"] = "Stopp"
    answer = caller.post(RESTART, body)
    assert answer.status_code == 400
    assert error_of(answer) == {
        "error-type": "protocol",
        "error-tag": "malformed-message",
        "error-message": "Error parsing input: Invalid value 'Stopp' for enum type. "
        f"Allowed values are: [{', '.join(ACTIONS)}]",
        "error-info": "305 ACTION NOT SUPPORTED - Stopp action is not supported: $.input.action",
    }
    assert world.answers() == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"{", "REQUEST PARSING FAILED - $ is no JSON", id="no JSON"),
        pytest.param(b"", "REQUEST PARSING FAILED - $ is no JSON", id="nothing"),
        pytest.param(b"\xff", "REQUEST PARSING FAILED - $ is not UTF-8", id="no text"),
        pytest.param(b"[1]", "REQUEST PARSING FAILED - $ is no JSON object", id="no object"),
        pytest.param(b"{}", "MISSING MANDATORY PARAMETER - Parameter input is missing: $.input", id="no input"),
        pytest.param(b'{"input": 5}', "INVALID INPUT PARAMETER - $.input must be an object, not 5", id="wrong value"),
        pytest.param(
            b'{"output": {}}', "MISSING MANDATORY PARAMETER - Parameter input is missing: $.input", id="output"
        ),
    ],
)
def test_a_malformed_body_is_400_with_the_place(caller: Caller, content: bytes, message: str) -> None:
    """`error-message` says the first fault as the bus would, `error-info` all of them."""
    answer = caller.http.post(RESTART, content=content, headers=JSON)
    error = error_of(answer)
    assert (answer.status_code, error["error-tag"]) == (400, "malformed-message")
    assert error["error-message"].startswith(f"Error parsing input: {message}")
    assert message in error["error-info"]


def test_all_that_is_wrong_is_told_at_once(caller: Caller) -> None:
    """In `error-info`, the one that decides first."""
    body = caller.body()
    body["input"]["common-header"] |= {"api-ver": "3.00", "request-id": ""}
    info = error_of(caller.post(RESTART, body))["error-info"]
    assert info.startswith("302 ") and "request-id" in info and "; 301 " in info and "api-ver" in info


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "tag"),
    [
        pytest.param("POST", path_of("fly"), JSON, 404, "invalid-value", id="unknown rpc"),
        pytest.param("GET", path_of("fly"), {}, 404, "invalid-value", id="unknown rpc, other method"),
        pytest.param("POST", path_of("Restart"), JSON, 404, "invalid-value", id="other letters"),
        pytest.param("POST", "/restconf/operations/other:restart", JSON, 404, "invalid-value", id="other module"),
        pytest.param("POST", "/restconf/operations/restart", JSON, 404, "invalid-value", id="no module"),
        pytest.param("POST", RESTART + "//", JSON, 404, "invalid-value", id="two slashes behind"),
        pytest.param(
            "POST", "/restconf//operations/appc-provider-lcm:restart", JSON, 404, "invalid-value", id="slashes"
        ),
        pytest.param("POST", "/restconf/operations/x/../appc-provider-lcm:fly", JSON, 404, "invalid-value", id="dots"),
        pytest.param("POST", RESTART + "%2Fx", JSON, 404, "invalid-value", id="escaped slash"),
        pytest.param("POST", RESTART + ";x=1", JSON, 404, "invalid-value", id="parameter"),
        pytest.param("GET", "/restconf", {}, 404, "invalid-value", id="the root"),
        pytest.param("GET", RESTART, {}, 405, "operation-not-supported", id="GET"),
        pytest.param("PUT", RESTART, JSON, 405, "operation-not-supported", id="PUT"),
        pytest.param("BREW", RESTART, JSON, 405, "operation-not-supported", id="a method nobody knows"),
        pytest.param("POST", RESTART, {"Content-Type": "application/xml"}, 415, "operation-not-supported", id="XML"),
        pytest.param("POST", RESTART, {}, 415, "operation-not-supported", id="no type"),
        pytest.param("POST", RESTART, JSON | {"Content-Encoding": "gzip"}, 415, "operation-not-supported", id="gzip"),
    ],
)
def test_a_fault_has_the_same_form(
    caller: Caller, world: World, method: str, path: str, headers: dict[str, str], status: int, tag: str
) -> None:
    """RFC 8040's tags; nothing is recorded on any of these paths."""
    content = json.dumps(caller.body()).encode()
    answer = caller.http.request(method, path, content=content, headers=headers)
    error = error_of(answer)
    assert (answer.status_code, error["error-tag"], error["error-type"]) == (status, tag, "protocol")
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)
    assert world.store.length() == 0


def test_a_large_body_is_413(caller: Caller, world: World) -> None:
    """Up to MAX_MESSAGE_BYTES it is read."""
    body = json.dumps(caller.body()).encode()
    fits, more = (
        caller.http.post(RESTART, content=body.ljust(size), headers=JSON) for size in (MAX_BYTES, MAX_BYTES + 1)
    )
    assert caller.codes(fits) == [100]
    assert (more.status_code, error_of(more)["error-tag"]) == (413, "too-big")


def test_a_gzip_bomb_is_not_unpacked(caller: Caller) -> None:
    """A compressed body is refused as such, not read (S20)."""
    bomb = gzip.compress(b" " * 1_000_000)
    answer = caller.http.post(RESTART, content=bomb, headers=JSON | {"Content-Encoding": "gzip"})
    assert answer.status_code == 415


def test_without_a_password_it_is_401(world: World, life: Life) -> None:
    """In the same form, and nothing is read of the body."""
    with TestClient(edge(life, users=True), "http://127.0.0.1:8181") as http:
        caller = Caller(http, world)
        refused = caller.call()
        assert (refused.status_code, error_of(refused)["error-tag"]) == (401, "access-denied")
        assert refused.headers["www-authenticate"].startswith("Basic ")
        http.headers.update(basic(USER, PASSWORD))
        assert caller.codes(caller.call()) == [100]


class TestItCannotBeServedNow:
    """503 with a time to come again, and nothing recorded."""

    def test_the_queue_is_full(self, world: World, life: Life) -> None:
        """For asynchronous actions; the others are answered."""
        with TestClient(edge(life, queue_size=1), "http://127.0.0.1:8181") as http:
            caller = Caller(http, world)
            assert caller.codes(caller.call(vnf_id="vnf-1")) == [100]
            full = caller.call(vnf_id="vnf-2")
            assert caller.codes(caller.call("CheckLock"), caller.call("Lock", vnf_id="vnf-3")) == [400, 400]
        assert (full.status_code, error_of(full)["error-tag"]) == (503, "resource-denied")
        assert int(full.headers["retry-after"]) > 0
        assert world.vnf("vnf-2").in_progress == ()

    @pytest.mark.parametrize("action", ["Restart", "Lock"])
    def test_the_store_is_away(self, caller: Caller, world: World, life: Life, action: str) -> None:
        """Afterwards the same call is taken."""
        life.faults.fail("before length" if action == "Restart" else "before update_many")
        body = caller.body(action)
        path = path_of(action.lower())
        answer = caller.post(path, body)
        assert (answer.status_code, error_of(answer)["error-type"]) == (503, "application")
        assert int(answer.headers["retry-after"]) > 0
        assert caller.codes(caller.post(path, body)) == [100 if action == "Restart" else 400]

    @pytest.mark.parametrize("action", ["Restart", "CheckLock"])
    def test_the_bus_is_away(self, caller: Caller, world: World, action: str) -> None:
        """The final answer would have nowhere to go."""
        world.bus.down = True
        answer = caller.call(action)
        world.bus.down = False
        assert answer.status_code == 503
        assert world.store.length() == 0
