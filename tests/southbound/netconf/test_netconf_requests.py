"""A VNF type with a real NETCONF device, onboarded by files alone: requests, answers, and what was stored."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ncclient import manager
from ncclient.manager import Manager

from appc.bootstrap.application import build
from appc.client.actions import (
    Audit,
    ConfigModify,
    ConfigRestore,
    ConfigScaleOut,
    Configure,
    DistributeTraffic,
    Sync,
)
from appc.client.connecting import connect
from appc.client.lcm_client import LcmClient
from appc.client.typed_action import TypedAction
from appc.settings import load_settings
from appc.wire.answers import Answer
from tests.fakes.requests import VM_A, VM_B
from tests.servers.netconf_server import MODEL, NetconfServer

TEMPLATE = f'<streams xmlns="{MODEL}"><limit>${{limit}}</limit><stream><id>${{id}}</id></stream></streams>'
INVENTORY = f"""
vnfs:
  - id: vnf-1
    type: vStreams
    address: 127.0.0.1
    modules: [{{id: out}}]
    vms:
      - {{id: {VM_A}, name: streams-1}}
      - {{id: {VM_B}, name: streams-2, module: out, addresses: [192.0.2.2]}}
    vnfcs: [{{name: head, vm: streams-1}}]
"""


@pytest.fixture
def environ(candidate: NetconfServer, tmp_path: Path) -> dict[str, str]:
    """An installation with that VNF type and one VNF of it, on the device that has a candidate."""
    actions = ("Configure", "ConfigModify", "ConfigScaleOut", "Audit", "Sync")
    device = {**candidate.device, "filter": f'<streams xmlns="{MODEL}"/>'}
    rows: list[dict[str, Any]] = [{"action": action, "protocol": "netconf", "device": device} for action in actions]
    for row in rows[:3]:
        row["template"] = "streams.xml"
    stored = {"template": "stored.txt", "parameters": [{"name": "running", "source": "stored"}]}
    rows.append({"action": "ConfigRestore", "protocol": "netconf", "device": device, **stored})
    folder = tmp_path / "templates" / "vStreams"
    folder.mkdir(parents=True)
    (folder / "vnf-type.yaml").write_text(json.dumps({"vnf-type": "vStreams", "artifacts": rows}))
    (folder / "streams.xml").write_text(TEMPLATE)
    (folder / "stored.txt").write_text("${running}")
    (tmp_path / "inventory.yaml").write_text(INVENTORY)
    return {
        "APPC_STATE_DIR": str(tmp_path / "var"),
        "APPC_HTTP_PORT": "0",
        "APPC_INVENTORY_FILE": str(tmp_path / "inventory.yaml"),
        "APPC_TEMPLATES_DIR": str(tmp_path / "templates"),
        "APPC_CREDENTIALS_DIR": str(candidate.folder),
        "APPC_DRAIN_S": "0",
    }


@pytest.fixture
def client(environ: dict[str, str]) -> Iterator[LcmClient]:
    """Somebody who talks to a controller of that installation."""
    application = build(load_settings(None, environ))
    assert application.start()
    with connect(application.url) as client:
        yield client
    application.stop()


def codes(client: LcmClient, action: TypedAction) -> tuple[list[int], Answer]:
    """All answers' codes, and the last answer."""
    before: list[int] = []
    final = client.call(action, timeout_s=60, on_answer=lambda answer: before.append(answer.code))
    return [*before, final.code], final


@pytest.fixture
def somebody(candidate: NetconfServer) -> Iterator[Manager]:
    """Who configures the device by hand."""
    device = manager.connect(
        host="127.0.0.1",
        port=candidate.port,
        username=candidate.device["user"],
        key_filename=str(candidate.folder / "key"),
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
    )
    yield device
    device.close_session()


def change_behind_the_back(device: Manager, inside: str) -> None:
    """Merge this into the streams."""
    base = "urn:ietf:params:xml:ns:netconf:base:1.0"
    config = f'<config xmlns="{base}"><streams xmlns="{MODEL}">{inside}</streams></config>'
    device.edit_config(config, target="candidate")
    device.commit()


def test_a_configuration_goes_its_whole_way(client: LcmClient, somebody: Manager) -> None:
    """Configured and stored; audited as equal; changed by hand, audited as different; synchronised; equal again."""
    configure = Configure(vnf_id="vnf-1", configuration_parameters={"limit": "12", "id": "a<b & ü"})
    answered, final = codes(client, configure)
    assert answered == [100, 400], final.message
    assert "upload_config_id" in json.loads(final.members["payload"])
    assert codes(client, Audit(vnf_id="vnf-1", publish_config="N"))[0] == [100, 400]
    change_behind_the_back(somebody, "<limit>99</limit>")
    answered, final = codes(client, Audit(vnf_id="vnf-1", publish_config="N"))
    assert answered == [100, 401]
    assert "The configurations do not match" in final.message
    assert codes(client, Sync(vnf_id="vnf-1", publish_config="N"))[0] == [100, 400]
    assert codes(client, Audit(vnf_id="vnf-1", publish_config="N"))[0] == [100, 400]


def test_what_is_stored_is_restored(client: LcmClient, somebody: Manager) -> None:
    """By a template of one line: what was added by hand is gone from the device, and the audit is content again."""
    configure = Configure(vnf_id="vnf-1", configuration_parameters={"limit": "12", "id": "a"})
    assert codes(client, configure)[0] == [100, 400]
    change_behind_the_back(somebody, "<stream><id>foreign</id></stream>")
    assert codes(client, Audit(vnf_id="vnf-1", publish_config="N"))[0] == [100, 401]
    answered, final = codes(client, ConfigRestore(vnf_id="vnf-1"))
    assert answered == [100, 400], final.message
    assert "foreign" not in str(somebody.get_config("running"))
    assert codes(client, Audit(vnf_id="vnf-1", publish_config="N"))[0] == [100, 400]


def test_a_scaled_out_vm_gets_a_vnfc(client: LcmClient) -> None:
    """Recorded as CONFIGURED: from then on a request may name it (313 before; for want of an artifact 308 then)."""
    assert codes(client, DistributeTraffic(vnf_id="vnf-1", vnfc_name="streams-2"))[0] == [313]
    scale_out = ConfigScaleOut(
        vnf_id="vnf-1",
        request_parameters={"vf-module-id": "out", "vnf-host-ip-address": "127.0.0.1"},
        configuration_parameters={"limit": "13", "id": "b"},
    )
    answered, final = codes(client, scale_out)
    assert answered == [100, 400], final.message
    assert codes(client, DistributeTraffic(vnf_id="vnf-1", vnfc_name="streams-2"))[0] == [308]


@pytest.mark.parametrize(
    ("action", "expected", "said"),
    [
        pytest.param(
            ConfigModify(vnf_id="vnf-1", configuration_parameters={"limit": "101", "id": "c"}),
            [100, 401],
            r"DG FAILURE - invalid-value: value not in range, at ",
            id="refused by the device",
        ),
        pytest.param(
            ConfigModify(vnf_id="vnf-1", configuration_parameters={"limit": "14"}),
            [301],
            "id",
            id="a parameter that is missing",
        ),
        pytest.param(
            ConfigModify(
                vnf_id="vnf-1",
                request_parameters={"vnf-host-ip-address": "169.254.169.254"},
                configuration_parameters={"limit": "14", "id": "d"},
            ),
            [301],
            "the inventory lists no address 169.254.169.254 for VNF vnf-1",
            id="a foreign host",
        ),
        pytest.param(
            ConfigModify(
                vnf_id="vnf-1", configuration_parameters={"limit": "14</limit><!-- ", "id": '</id></stream><x a="'}
            ),
            [100, 401],
            "DG FAILURE - bad-element: invalid number, at ",
            id="XML in a value is text",
        ),
    ],
)
def test_what_cannot_be_done_is_answered(
    client: LcmClient, action: TypedAction, expected: list[int], said: str
) -> None:
    """Before 100 where it can be told, else 401 with the device's words."""
    answered, final = codes(client, action)
    assert answered == expected, final.message
    assert said in final.message
