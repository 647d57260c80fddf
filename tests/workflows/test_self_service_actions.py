"""What most self-service actions come to (contract section 6)."""

from typing import Any

import pytest

from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.lcm.artifact import Parameter, Source
from appc.lcm.catalogue import Catalogue
from appc.lcm.errors import DgFailure, LcmError
from appc.lcm.ports.device import DeviceResult
from appc.workflows.tables import WORKFLOWS
from tests.fakes.artifacts import an_artifact
from tests.fakes.inventory import FakeInventory
from tests.fakes.run import FakeRun
from tests.workflows.self_service import SelfService, payload_of

PLAIN = [name for name, action in ACTIONS.items() if action.workflow == "self_service"]
SELF_SERVICE = [name for name, action in ACTIONS.items() if action.protocol is DeviceProtocol.SELF_SERVICE]


@pytest.mark.parametrize("action", PLAIN)
def test_what_the_device_says_is_the_payload(action: str) -> None:
    """And its message explains the success."""
    outcome = SelfService(DeviceResult({"fw-1": "done"}, "all is well")).done(action)
    assert (outcome.code, outcome.message) == (
        400,
        "SUCCESS - request has been processed successfully: all is well",
    )
    assert payload_of(outcome) == {"fw-1": "done"}


@pytest.mark.parametrize("action", SELF_SERVICE)
def test_a_failure_of_the_device_is_401(action: str) -> None:
    """With its message."""
    with pytest.raises(DgFailure):
        SelfService(DgFailure("fw-1: no route")).done(action)


def test_secrets_that_were_given_do_not_come_back() -> None:
    """Whatever the protocol, and however the device quotes what it was sent."""
    payload = {"configuration-parameters": {"password": 'Plain"77'}}
    outcome = SelfService(DeviceResult({"said": 'it is Plain"77', "token": 1})).done("ConfigBackup", payload)
    assert payload_of(outcome) == {"said": "it is ***", "token": "***"}
    with pytest.raises(DgFailure, match=r"^DG FAILURE - bad <p>\*\*\*</p>$"):
        SelfService(DgFailure("bad <p>Plain&quot;77</p>")).done("ConfigBackup", payload)


def test_the_executor_gets_the_template_filled_from_every_source() -> None:
    """Given, inventory, default; and the configuration parameters no template names."""
    artifact = an_artifact(
        template='{"a": "${peer}", "b": "${oam}", "c": ${port}, "d": "${module}", "e": "${x.y[1]}", "f": ${size_x.y}}',
        parameters=(
            Parameter("oam", Source.INVENTORY, "address"),
            Parameter("port", Source.DEFAULT, default="830"),
            Parameter("module", Source.GIVEN, "request-parameters.vf-module-id", required=False),
        ),
    )
    site = SelfService(artifacts=[artifact])
    payload = {"configuration-parameters": {"peer": 'a"b', "x": {"y": [1, "two"]}, "other": 7}}
    site.done("Configure", payload)
    (job,) = site.device.jobs
    assert job.content == '{"a": "a\\"b", "b": "192.0.2.7", "c": 830, "d": "", "e": "two", "f": 2}'
    assert (job.parameters["peer"], job.parameters["oam"], job.parameters["other"]) == ('a"b', "192.0.2.7", 7)
    assert (job.artifact, job.vnf.vnf_id) == (artifact, "vnf-1")


def test_a_task_goes_by_the_version_it_was_judged_by() -> None:
    """A newer one may have come meanwhile."""
    old, new = an_artifact(template="old"), an_artifact(version=2, template="new")
    site = SelfService(artifacts=[old])
    task = site.planned("Configure")
    site.without(artifacts=Catalogue([old, new]))
    WORKFLOWS["configure"](task, site.ports, FakeRun())
    assert [job.content for job in site.device.jobs] == ["old"]


def test_what_is_gone_when_the_task_begins_is_401() -> None:
    """Artifact, executor or VNF were there when it was accepted."""
    site = SelfService()
    task = site.planned("StopApplication")
    absent: list[dict[str, Any]] = [{"artifacts": Catalogue()}, {"devices": {}}, {"inventory": FakeInventory()}]
    for gone in absent:
        left = SelfService()
        left.without(**gone)
        with pytest.raises(LcmError) as failed:
            WORKFLOWS["self_service"](task, left.ports, FakeRun())
        assert failed.value.code == 401
