"""Contract section 4, checks 2 to 7: their order, and what each of them says."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.errors import LcmError
from appc.lcm.planning import Surroundings, plan
from appc.lcm.ports.inventory import Inventory, Vm, Vnf
from appc.lcm.record import Task, VmPlace
from appc.lcm.request import Request
from appc.lcm.target import Scope, Target
from tests.fakes.clock import START
from tests.fakes.device import ports_of
from tests.fakes.executor import FakeExecutor
from tests.fakes.inventory import FakeInventory
from tests.fakes.requests import VM_A, VM_B, a_request, ids

VOLUME = '{"volumeId": "v", "device": "/dev/vdb"}'
NORTH = "http://north.example:5000/v3"


def refusal(
    request: Request,
    inventory: Inventory | None = None,
    executor: FakeExecutor | None = None,
    after_s: float = 0,
) -> tuple[int, str]:
    """How the request is refused, so many seconds after it was sent; (100, "") if it is not."""
    try:
        planned(request, inventory, executor, after_s)
    except LcmError as error:
        return error.code, error.message
    return 100, ""


def planned(
    request: Request,
    inventory: Inventory | None = None,
    executor: FakeExecutor | None = None,
    after_s: float = 0,
) -> Task:
    """The task, planned so many seconds after the request was sent."""
    around = Surroundings(ports_of(executor or FakeExecutor(), inventory))
    return plan(request, around, request.sent_at + timedelta(seconds=after_s))


# ------------------------------------------------------------ the order

#: check, code, a word of the message
FAULTS = {
    "2 rpc-name": (301, "rpc-name"),
    "3 scope": (301, "vf-module-id"),
    "4 payload": (302, "volumeId"),
    "5 time": (311, "EXPIRED"),
    "6 VNF": (306, "VNF NOT FOUND"),
    "7 workflow": (308, "WORKFLOW NOT FOUND"),
}
COMBINATIONS = [
    pytest.param(chosen, id=", ".join(chosen) or "none")
    for size in range(len(FAULTS) + 1)
    for chosen in itertools.combinations(FAULTS, size)
]


@pytest.mark.parametrize("faults", COMBINATIONS)
def test_the_first_check_that_fails_decides(faults: tuple[str, ...]) -> None:
    """Every combination of faults gives the code of the first one."""
    request = a_request(
        "AttachVolume",
        ids(vf_module_id="m") if "3 scope" in faults else ids(vserver_id=VM_A),
        payload="{}" if "4 payload" in faults else VOLUME,
        rpc_name="restart" if "2 rpc-name" in faults else None,
        ttl_s=10,
    )
    code, text = refusal(
        request,
        FakeInventory([] if "6 VNF" in faults else [Vnf("vnf-1", "vFW", vms=(Vm(VM_A),))]),
        FakeExecutor(actions=() if "7 workflow" in faults else ("AttachVolume",)),
        after_s=10 if "5 time" in faults else 9,
    )
    expected_code, word = FAULTS[faults[0]] if faults else (100, "")
    assert (code, word in text) == (expected_code, True)


def test_a_vnf_without_vms_comes_before_a_missing_workflow() -> None:
    """The target is check 6, the workflow check 7."""
    empty = FakeInventory([Vnf("vnf-1", "vFW", vms=())])
    assert refusal(a_request("Start"), empty, FakeExecutor(actions=()))[0] == 313


# ------------------------------------------------------------ 2: rpc-name


@pytest.mark.parametrize(
    ("action", "rpc_name", "code"),
    [
        pytest.param("CheckLock", "check-lock", 100, id="the action's"),
        pytest.param("CheckLock", "checklock", 100, id="without dashes"),
        pytest.param("CheckLock", "lock", 301, id="another action's"),
        pytest.param("CheckLock", "CheckLock", 301, id="the action itself"),
        pytest.param("CheckLock", "check_lock", 301, id="underscore"),
        pytest.param("CheckLock", "", 301, id="empty"),
    ],
)
def test_the_rpc_name_must_be_the_actions(action: str, rpc_name: str, code: int) -> None:
    """Check 2: 301 that names both."""
    given, text = refusal(a_request(action, rpc_name=rpc_name))
    assert given == code
    assert code == 100 or ("check-lock" in text and repr(rpc_name) in text)


# ------------------------------------------------------------ 4: payload


@pytest.mark.parametrize(
    ("top_level", "inside", "code"),
    [
        pytest.param(NORTH, None, 100, id="at the top level only"),
        pytest.param(None, NORTH, 100, id="in the payload only"),
        pytest.param(NORTH, NORTH, 100, id="at both, the same"),
        pytest.param(NORTH, "http://south.example:5000/v3", 301, id="at both, different"),
        pytest.param("http://elsewhere.example", None, 301, id="unmatched at the top level"),
        pytest.param(None, "http://elsewhere.example", 301, id="unmatched in the payload"),
    ],
)
def test_identity_urls_must_agree_and_be_known(top_level: str | None, inside: str | None, code: int) -> None:
    """For Snapshot the top-level member of the YANG model must agree with the payload's (301)."""
    clouds = {NORTH: "north", "http://south.example:5000/v3": "south"}
    payload = f'{{"identity-url": "{inside}"}}' if inside else None
    request = a_request("Snapshot", ids(vserver_id=VM_A), payload=payload, identity_url=top_level)
    executor = FakeExecutor(clouds=clouds)
    assert refusal(request, executor=executor)[0] == code
    if code == 100:
        assert planned(request, executor=executor).vms == (VmPlace(VM_A, "north"),)


def test_an_unmatched_identity_url_comes_before_the_time() -> None:
    """It is check 4."""
    request = a_request("Restart", ids(vserver_id=VM_A), payload='{"identity-url": "http://elsewhere.example"}')
    assert refusal(request, after_s=3600)[0] == 301


# ------------------------------------------------------------ 5: time


@pytest.mark.parametrize(
    ("ttl_s", "after_s", "code"),
    [
        pytest.param(None, 29.999, 100, id="just within the default"),
        pytest.param(None, 30, 311, id="at the default to the instant"),
        pytest.param(0, 29.999, 100, id="0 is the default"),
        pytest.param(0, 30, 311, id="0 is the default, at its end"),
        pytest.param(1, 0.999, 100, id="within its own"),
        pytest.param(1, 1, 311, id="now >= timestamp + TTL"),
        pytest.param(65535, 65534.999, 100, id="within the longest"),
        pytest.param(65535, 65535, 311, id="at the longest"),
        pytest.param(60, -1, 100, id="ahead by the skew"),
        pytest.param(60, -1.001, 301, id="ahead by more than the skew"),
        pytest.param(60, -3600, 301, id="far ahead"),
    ],
)
@pytest.mark.parametrize("action", ["Restart", "Lock", "CheckLock", "ActionStatus"])
def test_a_request_lives_from_its_timestamp_for_its_ttl(
    action: str, ttl_s: int | None, after_s: float, code: int
) -> None:
    """Check 5, for controller actions too: 301 for the future, 311 for the past."""
    identifiers = ids(vserver_id=VM_A) if action == "Restart" else ids()
    payload = '{"request-id": "r"}' if action == "ActionStatus" else None
    assert refusal(a_request(action, identifiers, ttl_s=ttl_s, payload=payload), after_s=after_s)[0] == code


def test_default_ttl_and_skew_are_settings() -> None:
    """In seconds."""
    around = Surroundings(ports_of(FakeExecutor()), default_ttl_s=5, clock_skew_s=60)
    request = a_request("Lock")
    assert plan(request, around, START - timedelta(seconds=60))
    assert plan(request, around, START + timedelta(seconds=4.9))
    with pytest.raises(LcmError, match="EXPIRED REQUEST"):
        plan(request, around, START + timedelta(seconds=5))


# ------------------------------------------------------------ 6: VNF


@pytest.mark.parametrize(
    ("action", "vnf", "code", "text"),
    [
        pytest.param("Restart", None, 306, "VNF NOT FOUND - VNF with ID vnf-1 was not found", id="unknown"),
        pytest.param("Lock", None, 306, "VNF NOT FOUND - VNF with ID vnf-1 was not found", id="unknown to Lock"),
        pytest.param("Unlock", None, 306, "VNF NOT FOUND", id="unknown to Unlock"),
        pytest.param("CheckLock", None, 306, "VNF NOT FOUND", id="unknown to CheckLock"),
        pytest.param(
            "Configure",
            Vnf("vnf-1", None, vms=()),
            313,
            "MISSING VNF DATA IN A&AI - vnf-type not found for VNF ID = vnf-1",
            id="of unknown type",
        ),
        pytest.param("Lock", Vnf("vnf-1", None, vms=()), 313, "vnf-type", id="of unknown type, Lock"),
        pytest.param("Configure", Vnf("vnf-1", "", vms=()), 313, "vnf-type", id="of empty type"),
    ],
)
def test_the_vnf_must_be_known_and_have_a_type(action: str, vnf: Vnf | None, code: int, text: str) -> None:
    """Check 6."""
    given, message = refusal(a_request(action), FakeInventory([vnf] if vnf else []))
    assert (given, text in message) == (code, True)


def test_action_status_does_not_ask_the_inventory() -> None:
    """It skips check 6."""
    request = a_request("ActionStatus", payload='{"request-id": "r"}')
    assert planned(request, FakeInventory()).target == Target("vnf-1")


def test_without_an_inventory_any_vnf_is_of_type_default() -> None:
    """Contract section 2, INVENTORY_FILE."""
    assert planned(a_request("Configure", "anything")).lane == "type:default"


# ------------------------------------------------------------ 7: workflow


@pytest.mark.parametrize("action", [pytest.param("Restart", id="OpenStack"), pytest.param("Audit", id="self-service")])
@pytest.mark.parametrize("others", [pytest.param((), id="nothing"), pytest.param(("Configure",), id="not this action")])
def test_an_action_nobody_carries_out_is_308(action: str, others: tuple[str, ...]) -> None:
    """No workflow for VNF type and action."""
    request = a_request(action, payload='{"publish-config": "Y"}')
    inventory = FakeInventory([Vnf("vnf-1", "vFW", vms=(Vm(VM_A),))])
    code, message = refusal(request, inventory, FakeExecutor(actions=others))
    assert (code, message) == (308, f"WORKFLOW NOT FOUND - No workflow found for VNF type vFW and {action} action")


@pytest.mark.parametrize("action", ["Lock", "Unlock", "CheckLock"])
def test_controller_actions_need_no_workflow(action: str) -> None:
    """Check 7 is not for them."""
    assert planned(a_request(action), executor=FakeExecutor(actions=())).protocol is DeviceProtocol.CONTROLLER


def test_a_vm_whose_cloud_cannot_be_told_is_301() -> None:
    """The executor says so when it places the VM."""
    request = a_request("Restart", ids(vserver_id=VM_A))
    assert refusal(request, executor=FakeExecutor(default_cloud=None))[0] == 301


# ------------------------------------------------------------ the task


def test_a_vm_task_knows_each_vm_its_cloud_and_its_lane() -> None:
    """Workers are shared out by cloud."""
    vms = (Vm(VM_A, cloud="north"), Vm(VM_B))
    task = planned(a_request("Stop"), FakeInventory([Vnf("vnf-1", "vFW", vms=vms)]))
    assert task.vms == (VmPlace(VM_A, "north"), VmPlace(VM_B, "lab"))
    assert task.lane == "openstack:north"
    assert task.protocol is DeviceProtocol.OPENSTACK


def test_a_self_service_task_goes_by_the_vnf_type() -> None:
    """Workers are shared out by VNF type."""
    task = planned(a_request("Configure"), FakeInventory([Vnf("vnf-1", "vFW", vms=(Vm(VM_A),))]))
    assert (task.lane, task.vms, task.protocol) == ("type:vFW", (), DeviceProtocol.SELF_SERVICE)
    assert task.target == Target("vnf-1", Scope.VNF)


def test_planning_leaves_the_request_as_it_was() -> None:
    """The task carries the very request."""
    request = replace(a_request("Configure"), payload='{"x": 1}')
    assert planned(request).request is request
