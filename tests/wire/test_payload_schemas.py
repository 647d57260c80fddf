"""The published schemas of the payload families (contract section 6) say what check 4 says."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm.actions import ACTIONS
from appc.lcm.errors import Rejected
from appc.lcm.payloads import (
    ActionStatusPayload,
    AttachVolumePayload,
    ConfigScaleOutPayload,
    ConfigurationPayload,
    DetachVolumePayload,
    EvacuatePayload,
    NoPayload,
    Payload,
    PublishConfigPayload,
    QuiesceTrafficPayload,
    RebootPayload,
    RebuildPayload,
    UnlockPayload,
    UpgradePayload,
    VmPayload,
)
from appc.wire.schemas import installed_schemas
from tests.wire.referee import DOCUMENTS, conforms

SCHEMA_OF: dict[type[Payload], str] = {
    NoPayload: "payload-none",
    ActionStatusPayload: "payload-action-status",
    UnlockPayload: "payload-unlock",
    VmPayload: "payload-vm",
    RebootPayload: "payload-reboot",
    RebuildPayload: "payload-rebuild",
    EvacuatePayload: "payload-evacuate",
    DetachVolumePayload: "payload-detach-volume",
    AttachVolumePayload: "payload-attach-volume",
    PublishConfigPayload: "payload-publish-config",
    ConfigurationPayload: "payload-configuration",
    ConfigScaleOutPayload: "payload-config-scale-out",
    QuiesceTrafficPayload: "payload-quiesce-traffic",
    UpgradePayload: "payload-upgrade",
}

CP = "configuration-parameters"
VERSIONS = {"existing-software-version": "1", "new-software-version": "2"}

GOOD: list[tuple[type[Payload], list[dict[str, Any]]]] = [
    (NoPayload, [{}, {"anything": [1]}]),
    (ActionStatusPayload, [{"request-id": "R"}, {"request_id": "R", "sub-request-id": "1", "originator_id": "O"}]),
    (
        ActionStatusPayload,
        [{CP: {"request-id": "R"}}, {"request-id": "R", "sub-request-id": None, "originator-id": ""}],
    ),
    (UnlockPayload, [{}, {"request-id": "R"}, {"request-id": None}, {"request-id": ""}]),
    (VmPayload, [{}, {"vm-id": "x", "identity-url": "u", "tenant-id": "t"}, {"vm_id": "x"}, {CP: {"vm_id": "x"}}]),
    (VmPayload, [{"vm-id": None, "identity-url": ""}, {"vm-id": "v" * 2048}, {CP: "text"}, {"other": {"deep": 1}}]),
    (RebootPayload, [{}, {"type": "HARD"}, {"type": "SOFT", "vm-id": "x"}, {"type": None}, {CP: {"type": "HARD"}}]),
    (RebuildPayload, [{}, {"snapshot-id": "s"}, {"snapshot_id": None}]),
    (EvacuatePayload, [{}, {"rebuild-vm": False}, {"rebuild_vm": "False", "targethost-id": "h"}, {"rebuild-vm": ""}]),
    (DetachVolumePayload, [{"volumeId": "v"}, {"volumeId": "v", "device": "/dev/vdb"}, {CP: {"volumeId": "v"}}]),
    (AttachVolumePayload, [{"volumeId": "v", "device": "/dev/vdb"}, {"volumeId": "v", CP: {"device": "/dev/vdb"}}]),
    (PublishConfigPayload, [{"publish-config": word} for word in ("Y", "N", "y", "n")]),
    (
        PublishConfigPayload,
        [{"publish_config": "Y"}, {CP: {"publish-config": "N"}}, {"publish-config": "", CP: {"publish-config": "N"}}],
    ),
    (ConfigurationPayload, [{}, {"request-parameters": {"a": 1}, CP: {"b": [2]}}, {"configuration_parameters": {}}]),
    (ConfigurationPayload, [{"request-parameters": None, CP: ""}, {"file": "x"}]),
    (
        ConfigScaleOutPayload,
        [{"request-parameters": {"vf-module-id": "m"}}, {"request_parameters": {"vf_module_id": "m"}, CP: {}}],
    ),
    (ConfigScaleOutPayload, [{CP: {"request-parameters": {"vf-module-id": "m"}}}]),
    (QuiesceTrafficPayload, [{"operations-timeout": value} for value in (1, 30, 30.0, "1", "030", "999999999")]),
    (QuiesceTrafficPayload, [{CP: {"operations_timeout": "30"}}]),
    (UpgradePayload, [VERSIONS, {CP: VERSIONS}, {"existing_software_version": 1.0, "new_software_version": 2}]),
]

BAD: list[tuple[type[Payload], int, list[dict[str, Any]]]] = [
    (ActionStatusPayload, 302, [{}, {"request-id": ""}, {"request-id": None}, {CP: {"request-id": None}}, {CP: []}]),
    (ActionStatusPayload, 301, [{"request-id": 5}, {"request-id": "R", "sub-request-id": 1}, {"request-id": ["R"]}]),
    (UnlockPayload, 301, [{"request-id": 5}, {"request_id": True}]),
    (VmPayload, 301, [{"vm-id": 5}, {"identity-url": {}}, {"tenant-id": True}, {"vm-id": "v" * 2049}]),
    (VmPayload, 301, [{CP: {"vm-id": 5}}]),
    (RebootPayload, 301, [{"type": "soft"}, {"type": "COLD"}, {"type": 1}]),
    (RebuildPayload, 301, [{"snapshot-id": 5}]),
    (EvacuatePayload, 301, [{"rebuild-vm": "yes"}, {"rebuild-vm": 1}, {"rebuild-vm": "true\n"}, {"targethost-id": []}]),
    (DetachVolumePayload, 302, [{}, {"volumeId": ""}, {"device": "/dev/vdb"}, {"volume-id": "v"}]),
    (DetachVolumePayload, 301, [{"volumeId": 5}]),
    (AttachVolumePayload, 302, [{}, {"volumeId": "v"}, {"device": "/dev/vdb"}, {"volumeId": "v", "device": None}]),
    (PublishConfigPayload, 302, [{}, {"publish-config": ""}, {"publish-config": None}]),
    (PublishConfigPayload, 301, [{"publish-config": word} for word in ("yes", "YN", True, 1, "Y\n")]),
    (ConfigurationPayload, 301, [{"request-parameters": "x"}, {CP: "x"}, {CP: [1]}, {"request_parameters": 0}]),
    (ConfigScaleOutPayload, 302, [{}, {"request-parameters": {}}, {"vf-module-id": "m"}, {CP: {"vf-module-id": "m"}}]),
    (ConfigScaleOutPayload, 302, [{"request-parameters": {"vf-module-id": ""}}]),
    (ConfigScaleOutPayload, 301, [{"request-parameters": {"vf-module-id": 5}}, {"request-parameters": "m"}]),
    (QuiesceTrafficPayload, 302, [{}, {"operations-timeout": ""}, {"operations-timeout": None}]),
    (QuiesceTrafficPayload, 301, [{"operations-timeout": number} for number in (0, -1, 1.5, True)]),
    (QuiesceTrafficPayload, 301, [{"operations-timeout": text} for text in ("0", "-1", "1.5", "x", "9" * 10, "30\n")]),
    (UpgradePayload, 302, [{}, {"existing-software-version": "1"}, {CP: {"new-software-version": 2}}]),
    (UpgradePayload, 301, [VERSIONS | {"new-software-version": True}, VERSIONS | {"existing-software-version": [1]}]),
]  # fmt: skip


def verdicts(family: type[Payload], members: object) -> tuple[bool, bool, int | None]:
    """Of the schema, of the referee, and the code of check 4."""
    name = SCHEMA_OF[family]
    try:
        family.parse(json.dumps(members))
        code = None
    except Rejected as error:
        code = error.code
    return not installed_schemas().faults(name, members), conforms(name, members), code


def _named(family: type[Payload], members: object, code: int | None = None) -> Any:  # noqa: ANN401  # a pytest row
    return pytest.param(family, members, code, id=f"{family.__name__}: {json.dumps(members)[:60]}")


@pytest.mark.parametrize(
    ("family", "members", "code"),
    [_named(family, members) for family, rows in GOOD for members in rows],
)
def test_a_good_payload_is_good_for_all(family: type[Payload], members: object, code: None) -> None:
    """Schema, referee and check 4."""
    assert verdicts(family, members) == (True, True, code)


@pytest.mark.parametrize(
    ("family", "members", "code"),
    [_named(family, members, code) for family, code, rows in BAD for members in rows],
)
def test_a_bad_payload_is_bad_for_all(family: type[Payload], members: object, code: int) -> None:
    """Schema, referee and check 4, which says the code."""
    assert verdicts(family, members) == (False, False, code)


KEYS = (
    st.sampled_from(["vm_id", "identity-url", "tenant-id", "type", "snapshot-id", "rebuild-vm", "volumeId"])
    | st.sampled_from(["targethost-id", "device", "publish-config", "request-id", "sub-request-id", "originator-id"])
    | st.sampled_from(["operations-timeout", "existing-software-version", "new_software_version", "x"])
)
VALUES: st.SearchStrategy[object] = st.sampled_from(
    [None, "", "x", "Y", "SOFT", "TRUE", "30", 0, 1, 2.0, 1.5, -1, True, False, [], {}]
)
PLACES = st.sampled_from([CP, "configuration_parameters"])


@given(st.sampled_from(list(SCHEMA_OF)), st.dictionaries(KEYS, VALUES, max_size=4), st.booleans(), PLACES)
def test_any_payload_is_judged_alike(family: type[Payload], keys: dict[str, Any], inside: bool, place: str) -> None:
    """The same keys, each given once, here or inside configuration-parameters."""
    schema, referee, code = verdicts(family, {place: keys} if inside else keys)
    assert (schema, referee) == (code is None, code is None)


@given(st.sampled_from(list(SCHEMA_OF)), st.text() | st.binary().map(repr))
def test_any_payload_text_gets_a_verdict(family: type[Payload], text: str) -> None:
    """Nothing is raised but a Rejected."""
    try:
        family.parse(text)
    except Rejected as error:
        assert error.code in (301, 302, 303)


def test_every_family_has_a_schema_and_every_schema_a_family() -> None:
    """In both directions."""
    assert {action.payload for action in ACTIONS.values()} == {*SCHEMA_OF}
    assert {*SCHEMA_OF.values()} == {name for name in DOCUMENTS if name.startswith("payload-")}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.name)
def test_each_schema_names_its_actions(action: Any) -> None:  # noqa: ANN401  # a row of ACTIONS
    """Its description says whose payload it is."""
    assert action.name in DOCUMENTS[SCHEMA_OF[action.payload]]["description"].replace(",", " ").split()
