"""Contract section 6: payload keys, and check 4 of section 4."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm.actions import ACTIONS
from appc.lcm.errors import InvalidInputParameter, MissingMandatoryParameter, Rejected, RequestParsingFailed
from appc.lcm.payloads import ConfigScaleOutPayload, EvacuatePayload, Payload, VmPayload

VERSIONS = {"existing-software-version": "3.1", "new-software-version": "3.2"}

#: action, a required key, a payload that has all of them.
REQUIRED = [
    ("ActionStatus", "request-id", {"request-id": "r1"}),
    ("AttachVolume", "volumeId", {"volumeId": "v", "device": "/dev/vdb"}),
    ("AttachVolume", "device", {"volumeId": "v", "device": "/dev/vdb"}),
    ("DetachVolume", "volumeId", {"volumeId": "v"}),
    ("Audit", "publish-config", {"publish-config": "Y"}),
    ("Sync", "publish-config", {"publish-config": "Y"}),
    ("ConfigScaleOut", "request-parameters", {"request-parameters": {"vf-module-id": "m"}}),
    ("QuiesceTraffic", "operations-timeout", {"operations-timeout": "60"}),
    *(
        (action, key, VERSIONS)
        for action in ("UpgradePreCheck", "UpgradePostCheck", "UpgradeSoftware", "UpgradeBackup", "UpgradeBackout")
        for key in VERSIONS
    ),
]
REQUIRED_ROWS = [pytest.param(*row, id=f"{row[0]}-{row[1]}") for row in REQUIRED]
WITHOUT_REQUIRED = sorted(ACTIONS.keys() - {row[0] for row in REQUIRED})


def parsed(action: str, members: object) -> Payload:
    """The payload of an action, from its members."""
    return ACTIONS[action].payload.parse(json.dumps(members))


def underscored(value: object) -> object:
    """The same with `_` for every `-` in the names."""
    if isinstance(value, dict):
        return {name.replace("-", "_"): underscored(inner) for name, inner in value.items()}
    return value


@pytest.mark.parametrize(("action", "key", "full"), REQUIRED_ROWS)
def test_a_required_key_may_stand_at_the_top_level(action: str, key: str, full: dict[str, Any]) -> None:
    """The guide's place."""
    assert parsed(action, full)


@pytest.mark.parametrize(("action", "key", "full"), REQUIRED_ROWS)
def test_a_required_key_may_stand_inside_configuration_parameters(action: str, key: str, full: dict[str, Any]) -> None:
    """Where vFWDT puts it; the rest may stay outside."""
    outside = {name: value for name, value in full.items() if name != key}
    inside = {"configuration-parameters": {key: full[key], "other": 1}}
    assert parsed(action, {**outside, **inside}).model_dump(exclude={"configuration_parameters"}) == parsed(
        action, full
    ).model_dump(exclude={"configuration_parameters"})


@pytest.mark.parametrize(("action", "key", "full"), REQUIRED_ROWS)
def test_keys_may_be_written_with_underscores(action: str, key: str, full: dict[str, Any]) -> None:
    """With `-` or `_`, at either place."""
    assert parsed(action, underscored(full)) == parsed(action, full)
    assert parsed(action, underscored({"configuration-parameters": full}))


@pytest.mark.parametrize(("action", "key", "full"), REQUIRED_ROWS)
@pytest.mark.parametrize("absent", [pytest.param(v, id=i) for v, i in (({}, "absent"), (None, "null"), ("", "empty"))])
def test_a_required_key_that_is_absent_is_302(action: str, key: str, full: dict[str, Any], absent: object) -> None:
    """302 names the key; null and "" count as absent."""
    rest = {name: value for name, value in full.items() if name != key}
    given = rest if absent == {} else {**rest, key: absent}
    with pytest.raises(MissingMandatoryParameter) as caught:
        parsed(action, given)
    assert f"Parameter {key} is missing" in caught.value.message


@pytest.mark.parametrize("action", [pytest.param(row, id=row) for row in sorted({row[0] for row in REQUIRED})])
@pytest.mark.parametrize("text", [pytest.param(None, id="absent"), pytest.param("{}", id="empty object")])
def test_without_a_payload_required_keys_are_302(action: str, text: str | None) -> None:
    """An absent payload is an empty object."""
    with pytest.raises(MissingMandatoryParameter):
        ACTIONS[action].payload.parse(text)


def test_a_required_key_of_an_object_is_named_by_its_path() -> None:
    """ConfigScaleOut requires `request-parameters.vf-module-id`."""
    with pytest.raises(MissingMandatoryParameter, match=r"Parameter request-parameters\.vf-module-id is missing"):
        parsed("ConfigScaleOut", {"request-parameters": {"vnf-id": "v"}})


@pytest.mark.parametrize("action", [pytest.param(action, id=action) for action in WITHOUT_REQUIRED])
@pytest.mark.parametrize("text", [pytest.param(None, id="absent"), pytest.param('{"own": [1]}', id="unknown keys")])
def test_other_actions_need_no_payload_and_take_any_key(action: str, text: str | None) -> None:
    """Unknown keys are passed on to templates; the guide's required vm-id and tenant-id are not required."""
    assert ACTIONS[action].payload.parse(text)


@pytest.mark.parametrize("action", [pytest.param(action, id=action) for action in ACTIONS])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{", id="cut off"),
        pytest.param("", id="empty"),
        pytest.param("[]", id="array"),
        pytest.param('"text"', id="string"),
        pytest.param("7", id="number"),
        pytest.param("null", id="null"),
        pytest.param('{"a": NaN}', id="NaN"),
        pytest.param('{"a": 1, "a": 2}', id="member twice"),
        pytest.param("[" * 100_000, id="nesting too deep"),
    ],
)
def test_a_payload_that_is_no_json_object_is_303(action: str, text: str) -> None:
    """For every action, also those that read nothing."""
    with pytest.raises(RequestParsingFailed):
        ACTIONS[action].payload.parse(text)


@pytest.mark.parametrize(
    ("action", "members", "named"),
    [
        pytest.param("Reboot", {"type": "hard"}, "payload.type", id="reboot type in lower case"),
        pytest.param("Reboot", {"type": "COLD"}, "payload.type", id="reboot type unknown"),
        pytest.param("Audit", {"publish-config": "yes"}, "payload.publish-config", id="publish-config word"),
        pytest.param("Sync", {"publish-config": True}, "payload.publish-config", id="publish-config boolean"),
        pytest.param("QuiesceTraffic", {"operations-timeout": 0}, "operations-timeout", id="timeout zero"),
        pytest.param("QuiesceTraffic", {"operations-timeout": "0"}, "operations-timeout", id="timeout zero digits"),
        pytest.param("QuiesceTraffic", {"operations-timeout": -5}, "operations-timeout", id="timeout negative"),
        pytest.param("QuiesceTraffic", {"operations-timeout": 1.5}, "operations-timeout", id="timeout fraction"),
        pytest.param("QuiesceTraffic", {"operations-timeout": "1.5"}, "operations-timeout", id="timeout no digits"),
        pytest.param("QuiesceTraffic", {"operations-timeout": True}, "operations-timeout", id="timeout boolean"),
        pytest.param("QuiesceTraffic", {"operations-timeout": [60]}, "operations-timeout", id="timeout list"),
        pytest.param("UpgradeSoftware", {**VERSIONS, "new-software-version": {}}, "new-software-version", id="version"),
        pytest.param("UpgradeBackup", {**VERSIONS, "new-software-version": True}, "new-software", id="version boolean"),
        pytest.param("ConfigScaleOut", {"request-parameters": "m"}, "request-parameters", id="scale out text"),
        pytest.param("ConfigScaleOut", {"request-parameters": ["m"]}, "request-parameters", id="scale out list"),
        pytest.param("ConfigScaleOut", {"request-parameters": 7}, "request-parameters", id="scale out number"),
        pytest.param(
            "ConfigScaleOut", {"request-parameters": {"vf-module-id": 7}}, "vf-module-id", id="scale out module"
        ),
        pytest.param("Configure", {"request-parameters": "x"}, "payload.request-parameters", id="request-parameters"),
        pytest.param("Configure", {"configuration-parameters": []}, "configuration-parameters", id="config-parameters"),
        pytest.param("AttachVolume", {"volumeId": 7, "device": "/dev/vdb"}, "payload.volumeId", id="volume"),
        pytest.param("Evacuate", {"rebuild-vm": "maybe"}, "payload.rebuild-vm", id="rebuild-vm"),
        pytest.param("Start", {"vm-id": 7}, "payload.vm-id", id="vm-id number"),
        pytest.param("Start", {"identity-url": "h" * 2049}, "payload.identity-url", id="identity-url too long"),
        pytest.param("Migrate", {"tenant-id": {}}, "payload.tenant-id", id="tenant-id"),
        pytest.param("Unlock", {"request-id": []}, "payload.request-id", id="unlock"),
    ],
)
def test_a_wrong_value_is_301_and_named(action: str, members: dict[str, Any], named: str) -> None:
    """301 names the field by its path in the payload."""
    with pytest.raises(InvalidInputParameter) as caught:
        parsed(action, members)
    assert named in caught.value.message


def test_an_absent_key_weighs_more_than_a_wrong_value() -> None:
    """302 comes before 301 in check 4."""
    with pytest.raises(MissingMandatoryParameter, match="volumeId"):
        parsed("AttachVolume", {"device": 7})


@pytest.mark.parametrize(
    ("action", "members", "field", "value"),
    [
        pytest.param("Reboot", {}, "type", "SOFT", id="reboot is SOFT by default"),
        pytest.param("Reboot", {"type": "HARD"}, "type", "HARD", id="reboot HARD"),
        pytest.param("Evacuate", {}, "rebuild_vm", True, id="evacuate rebuilds by default"),
        pytest.param("Evacuate", {"rebuild-vm": "false"}, "rebuild_vm", False, id="rebuild-vm as the guide writes it"),
        pytest.param("Evacuate", {"rebuild-vm": False}, "rebuild_vm", False, id="rebuild-vm boolean"),
        pytest.param("Audit", {"publish-config": "y"}, "publish_config", "Y", id="publish-config in any case"),
        pytest.param("QuiesceTraffic", {"operations-timeout": "3600"}, "operations_timeout", 3600, id="digits"),
        pytest.param("QuiesceTraffic", {"operations-timeout": 3600}, "operations_timeout", 3600, id="number"),
        pytest.param("QuiesceTraffic", {"operations-timeout": 3600.0}, "operations_timeout", 3600, id="whole 3600.0"),
        pytest.param(
            "UpgradeSoftware",
            {**VERSIONS, "new-software-version": 2.0},
            "new_software_version",
            "2.0",
            id="version 2.0",
        ),
        pytest.param(
            "UpgradeSoftware", {**VERSIONS, "new-software-version": 2}, "new_software_version", "2", id="version 2"
        ),
        pytest.param("Rebuild", {"snapshot-id": "s"}, "snapshot_id", "s", id="snapshot-id"),
        pytest.param("Start", {"tenant-id": None}, "tenant_id", None, id="null is absent"),
    ],
)
def test_a_value_is_read_as_the_contract_says(action: str, members: dict[str, Any], field: str, value: object) -> None:
    """Defaults, letter case, numbers for strings and strings for numbers."""
    assert getattr(parsed(action, members), field) == value


def test_the_top_level_wins_over_configuration_parameters() -> None:
    """A key at both places is the top level's; configuration-parameters stay whole for the template."""
    payload = parsed("QuiesceTraffic", {"operations-timeout": 1, "configuration-parameters": {"operations-timeout": 2}})
    assert payload.model_dump() == {
        "operations_timeout": 1,
        "request_parameters": {},
        "configuration_parameters": {"operations-timeout": 2},
    }


def test_an_empty_top_level_key_does_not_hide_the_inner_one() -> None:
    """Null at the top level is absent, so the one inside counts."""
    payload = EvacuatePayload.parse('{"vm-id": null, "configuration-parameters": {"vm-id": "inner"}}')
    assert payload.vm_id == "inner"


def test_scale_out_parameters_may_come_as_vfwdt_sends_them() -> None:
    """request-parameters inside configuration-parameters."""
    payload = ConfigScaleOutPayload.parse(
        '{"configuration-parameters": {"request_parameters": {"vf_module_id": "m"}, "ip": "10.0.0.1"}}'
    )
    assert payload.request_parameters.vf_module_id == "m"


@pytest.mark.parametrize("text", [pytest.param("not-a-uuid", id="word"), pytest.param("ftp://h/servers/x", id="link")])
def test_a_vm_id_that_names_no_vm_is_301(text: str) -> None:
    """Reading the VM out of the payload says what is wrong."""
    with pytest.raises(InvalidInputParameter):
        _ = VmPayload.parse(json.dumps({"vm-id": text})).vm


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    sorted(
        {field.alias or name for action in ACTIONS.values() for name, field in action.payload.model_fields.items()}
        | {"configuration_parameters", "request_parameters", "vf_module_id", "vf-module-id", "vm_id"}
    )
)
_MEMBERS = st.dictionaries(_KEYS | st.text(max_size=4), _JSON | st.dictionaries(_KEYS, _JSON, max_size=3), max_size=4)


@given(action=st.sampled_from(sorted(ACTIONS)), members=_MEMBERS)
def test_whatever_members_a_payload_has_it_is_read_or_rejected(action: str, members: dict[str, Any]) -> None:
    """Bad input never stops the controller: nothing but a Rejected comes out."""
    try:
        payload = parsed(action, members)
        if isinstance(payload, VmPayload):
            _ = payload.vm
    except Rejected as rejection:
        assert rejection.code in (301, 302, 303)


@given(action=st.sampled_from(sorted(ACTIONS)), text=st.text() | st.text('{}[]":, \\u0123eE+-.naN').map(str))
def test_whatever_text_a_payload_is_it_is_read_or_rejected(action: str, text: str) -> None:
    """Texts that are hardly JSON."""
    try:
        ACTIONS[action].payload.parse(text)
    except Rejected as rejection:
        assert rejection.code in (301, 302, 303)
