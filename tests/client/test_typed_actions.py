"""The typed actions and the table of actions agree, both ways; what is wrong is told before anything is sent."""

import inspect
import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import pytest

import appc.client as library
from appc.client import (
    ActionStatus,
    AttachVolume,
    CheckLock,
    ConfigModify,
    ConfigScaleOut,
    InvalidAction,
    QuiesceTraffic,
    Reboot,
    Restart,
    TypedAction,
    UpgradeSoftware,
    actions,
)
from appc.client.typed_action import payload_keys
from appc.lcm.actions import ACTIONS, Action, DeviceProtocol
from appc.lcm.target import Scope
from tests.fakes.clock import START
from tests.fakes.requests import VM_A

#: Unlock's request-id must be the header's: it is not asked for twice.
IMPLIED = {"Unlock": {"request-id"}}
IDS = {"vserver_id", "vnfc_name", "vf_module_id"}


def class_of(action: Action) -> type[TypedAction]:
    """The class of this name."""
    found: type[TypedAction] = getattr(library, action.name)
    return found


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_every_action_has_a_class_with_the_keys_of_its_payload(action: Action) -> None:
    """The same names, the same ones required; it says in a docstring what it does."""
    typed = class_of(action)
    keys = payload_keys(typed)
    model = {field.alias or name: field.is_required() for name, field in action.payload.model_fields.items()}
    required = {
        field.name: field.default is MISSING and field.default_factory is MISSING
        for field in fields(typed)
        if field.name in keys
    }
    given = {keys[name]: needed for name, needed in required.items()}
    assert given == {key: needed for key, needed in model.items() if key not in IMPLIED.get(action.name, ())}
    assert inspect.getdoc(typed)
    assert typed.__doc__ is not None


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_a_class_knows_the_identifiers_of_its_action(action: Action) -> None:
    """A VM action the VM and its VNFC; a self-service action all, to select targets; a controller action none."""
    known = {field.name for field in fields(class_of(action))} & IDS
    expected = {
        DeviceProtocol.CONTROLLER: set(),
        DeviceProtocol.OPENSTACK: {"vserver_id", "vnfc_name"},
        DeviceProtocol.SELF_SERVICE: IDS,
    }
    assert known == expected[action.protocol]
    assert Scope.VF_MODULE not in action.scopes


def test_every_class_is_an_action() -> None:
    """No class is left over."""
    assert sorted(actions.__all__) == sorted(ACTIONS)


def test_fields_are_given_by_name_only() -> None:
    """What a position means is nobody's to remember."""
    with pytest.raises(TypeError):
        Restart("vnf-1")  # type: ignore[call-arg]  # that is the point


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        pytest.param(CheckLock(vnf_id="v"), None, id="none"),
        pytest.param(Restart(vnf_id="v", vserver_id=VM_A), None, id="only identifiers"),
        pytest.param(Restart(vnf_id="v", vm_id=VM_A), {"vm-id": VM_A}, id="a key"),
        pytest.param(
            AttachVolume(vnf_id="v", vserver_id=VM_A, volume_id="x", device="/dev/vdb"),
            {"volumeId": "x", "device": "/dev/vdb"},
            id="the guide's spelling",
        ),
        pytest.param(
            ConfigModify(vnf_id="v", configuration_parameters={"a": 1}, more={"b": 2}),
            {"configuration-parameters": {"a": 1}, "b": 2},
            id="keys of templates",
        ),
        pytest.param(ActionStatus(vnf_id="v", asked_request_id="r"), {"request-id": "r"}, id="another's request-id"),
    ],
)
def test_a_payload_comes_of_the_fields(action: TypedAction, payload: dict[str, Any] | None) -> None:
    """What is not given is not sent."""
    text = action.request(START).payload
    assert (json.loads(text) if text else None) == payload


def test_flags_and_ids_go_into_the_header() -> None:
    """Fresh UUIDs unless given; flags only if one is given."""
    plain = Restart(vnf_id="v").request(START)
    assert plain.header.flags is None
    assert len(plain.key.request_id) == len(plain.key.sub_request_id or "") == 36
    full = Restart(vnf_id="v", request_id="r", sub_request_id="s", originator_id="o", mode="EXCLUSIVE", ttl_s=60)
    assert full.correlation_id == "r-s"
    assert str(full.request(START).key) == "o/r/s"
    assert full.request(START).mode == "EXCLUSIVE"


def test_again_is_another_action_of_the_same_request() -> None:
    """It has a sub-request-id of its own, and so a correlation-id."""
    first = Restart(vnf_id="v", request_id="r")
    second = first.again()
    assert (second.request_id, second.vnf_id) == ("r", "v")
    assert second.correlation_id != first.correlation_id


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda: Restart(vnf_id=""), "vnf-id", id="an empty vnf-id"),
        pytest.param(lambda: Restart(vnf_id="v", request_id="r" * 41), "request-id", id="an id too long"),
        pytest.param(lambda: Restart(vnf_id="v", vserver_id="no-uuid"), "vserver-id", id="no UUID"),
        pytest.param(lambda: Restart(vnf_id="v", ttl_s=70_000), "ttl", id="a TTL too long"),
        pytest.param(lambda: Restart(vnf_id="v", mode="GENTLE"), "GENTLE", id="no such mode"),  # type: ignore[arg-type]  # that is the point
        pytest.param(lambda: Reboot(vnf_id="v", type="COLD"), "type", id="no such reboot"),  # type: ignore[arg-type]  # that is the point
        pytest.param(
            lambda: QuiesceTraffic(vnf_id="v", operations_timeout=0), "operations-timeout", id="no time at all"
        ),
        pytest.param(lambda: ConfigScaleOut(vnf_id="v", request_parameters={}), "request-parameters", id="no module"),
        pytest.param(lambda: Restart(vnf_id="v\ud800"), r"vnf-id: a lone surrogate", id="half a character"),
        pytest.param(lambda: Restart(vnf_id="v", request_id="\ud800"), "request-id: a lone", id="half of an id"),
        pytest.param(lambda: ConfigModify(vnf_id="v", more={"a": "\ud800"}), "payload: a lone", id="half of a value"),
        pytest.param(lambda: ConfigModify(vnf_id="v", more={"a": object()}), "ConfigModify", id="no JSON"),
        pytest.param(
            lambda: UpgradeSoftware(vnf_id="v", existing_software_version="", new_software_version="2"),
            "existing-software-version",
            id="a required key that is empty",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_is_written(make: Callable[[], TypedAction], said: str) -> None:
    """InvalidAction names the class and the field; nothing is sent."""
    with pytest.raises(InvalidAction, match=said):
        make()
