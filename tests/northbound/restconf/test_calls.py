"""Contract section 5.1: what is called is judged as on the bus, and answered once."""

import json
from typing import Any

import pytest

from appc.lcm.actions import ACTIONS, Action
from tests.fakes.lives import Life, World
from tests.fakes.requests import VM_A, VM_B
from tests.northbound.restconf.conftest import Caller, path_of


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.name)
def test_each_of_the_33_can_be_called(caller: Caller, action: Action) -> None:
    """By its rpc-name or that without dashes, with or without a slash behind; the header comes back as it was sent."""
    code = 400 if action.synchronous else 100
    for number, name in enumerate((action.rpc_name, action.rpc_name.replace("-", ""))):
        for slash in ("", "/"):
            body = caller.body(action.name, vnf_id=f"vnf-{number}{slash}")
            answer = caller.post(path_of(name) + slash, body)
            assert caller.codes(answer) == [code]
            assert answer.json()["output"]["common-header"] == body["input"]["common-header"]


def test_what_is_accepted_has_its_final_answer_on_the_bus(caller: Caller, world: World, life: Life) -> None:
    """The 100 is the caller's alone."""
    answer = caller.call()
    assert answer.json()["output"]["status"] == {"code": 100, "message": "ACCEPTED - request accepted"}
    assert world.answers() == []
    life.start()
    world.wait_until(lambda: bool(world.answers()))
    assert world.codes() == [400]


def test_an_answer_that_nothing_follows_is_not_on_the_bus(caller: Caller, world: World) -> None:
    """Of synchronous actions and of rejections."""
    answers = [
        caller.call("Lock"),
        caller.call("CheckLock"),
        caller.call("Restart"),
        caller.call("Migrate", vm_id=None),
    ]
    assert caller.codes(*answers) == [400, 400, 310, 302]
    assert answers[1].json()["output"]["locked"] == "TRUE"
    assert world.answers() == []
    assert world.store.dead() == []


def test_nothing_is_begun_before_its_100_is_out(caller: Caller, world: World, life: Life) -> None:
    """It enters the queue once the caller has its answer, so no final overtakes it."""
    waiting: list[int] = []
    life.faults.listen("after update_many", lambda *_: waiting.append(len(world.store.waiting(9))))
    life.faults.listen("before published", lambda *_: waiting.append(len(world.store.waiting(9))))
    caller.call()
    assert (waiting, len(world.store.waiting(9))) == ([0, 0], 1)


def test_a_store_that_is_away_when_the_100_is_out_delays_only_the_beginning(
    caller: Caller, world: World, life: Life
) -> None:
    """It is marked as soon as the store is back."""
    life.faults.fail("before published", 2)
    assert caller.codes(caller.call()) == [100]
    assert len(world.store.waiting(9)) == 1


def test_the_bus_and_the_door_see_the_same_requests(caller: Caller, world: World, life: Life) -> None:
    """Duplicates, overlaps and ActionStatus do not care by which door something came."""
    request = world.request(VM_A)
    assert life.submit(request) == [100]
    assert caller.codes(caller.call(vm_id=VM_A), caller.call(vm_id=VM_B)) == [316, 100]
    key = request.key
    again = caller.call(vm_id=VM_A, request_id=key.request_id, sub_request_id=key.sub_request_id)
    assert caller.codes(again) == [312]
    status = caller.call("ActionStatus", payload=json.dumps({"request-id": key.request_id}))
    assert json.loads(status.json()["output"]["payload"])["status"] == "IN_PROGRESS"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/yang-data+json", "Application/JSON; charset=UTF-8"],
)
@pytest.mark.parametrize("member", ["input", "appc-provider-lcm:input"])
def test_both_media_types_and_both_names_of_the_input_are_read(caller: Caller, content_type: str, member: str) -> None:
    """RFC 8040 and what ONAP's clients send."""
    content = json.dumps({member: caller.body()["input"]})
    answer = caller.http.post(path_of("restart"), content=content, headers={"Content-Type": content_type})
    assert caller.codes(answer) == [100]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        pytest.param("*/*", "application/json", id="anything"),
        pytest.param("application/yang-data+json", "application/yang-data+json", id="YANG"),
        pytest.param("application/yang-data+json, application/json;q=0.9", "application/json", id="either"),
        pytest.param("application/xml", "application/json", id="what is not written"),
    ],
)
def test_the_answer_has_the_media_type_that_is_accepted(caller: Caller, accept: str, media_type: str) -> None:
    """JSON unless only the YANG's is wanted."""
    answer = caller.post(path_of("restart"), caller.body(), headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


@pytest.mark.parametrize(
    ("given", "echoed"),
    [
        pytest.param({"force": "true", "mode": "Normal", "ttl": "36000"}, ("TRUE", "NORMAL", 36000), id="spellings"),
        pytest.param({"force": True, "mode": "EXCLUSIVE", "ttl": 65000}, ("TRUE", "EXCLUSIVE", 65000), id="values"),
        pytest.param({"force": "N", "mode": None, "ttl": 0}, ("FALSE", None, 0), id="nulls"),
        pytest.param({}, (None, None, None), id="none"),
    ],
)
def test_flags_are_read_as_real_clients_write_them(
    caller: Caller, given: dict[str, Any], echoed: tuple[str | None, str | None, int | None]
) -> None:
    """The answer repeats them in the YANG's words."""
    body = caller.body()
    body["input"]["common-header"]["flags"] = given
    answer = caller.post(path_of("restart"), body)
    assert caller.codes(answer) == [100]
    flags = answer.json()["output"]["common-header"]["flags"]
    assert tuple(flags.get(name) for name in ("force", "mode", "ttl")) == echoed


def test_an_rpc_of_another_action_is_a_rejection(caller: Caller) -> None:
    """Check 2 of section 4: 301, not malformed."""
    answer = caller.post(path_of("stop"), caller.body("Start"))
    assert caller.codes(answer) == [301]
    assert "'stop'" in answer.json()["output"]["status"]["message"]
