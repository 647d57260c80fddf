"""Check 7 for NETCONF artifacts: what is missing is told before anything is begun."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from appc.lcm.errors import DgWorkflowNotFound, InvalidInputParameter
from appc.southbound.netconf.executor import NetconfExecutor
from appc.stores.credentials import CredentialsFolder
from appc.system_clock import SystemClock
from tests.southbound.netconf.conftest import Job

DEVICE = {"user": "operator", "key-file": "key"}


@pytest.fixture
def executor(tmp_path: Path) -> NetconfExecutor:
    """With one credential."""
    (tmp_path / "key").write_text("canary")
    return NetconfExecutor(CredentialsFolder(tmp_path), SystemClock())


def test_a_job_that_lacks_nothing_passes(executor: NetconfExecutor, job: Job) -> None:
    """Nothing is asked of the device for that."""
    rpc = {**DEVICE, "operation": "rpc"}
    for made in (job(DEVICE, "<a/>"), job(DEVICE, "", "Audit"), job(rpc, "<a/>", "QuiesceTraffic")):
        executor.find_parts(made.artifact)
        executor.examine(made)


@pytest.mark.parametrize(
    ("device", "action", "said"),
    [
        pytest.param({}, "Configure", "the artifact's device.user: is missing", id="no user"),
        pytest.param({**DEVICE, "colour": "red"}, "Configure", r"device\.colour: is unknown", id="unknown setting"),
        pytest.param({**DEVICE, "port": "65536"}, "Configure", r"device\.port: must be less", id="port"),
        pytest.param({**DEVICE, "target": "startup"}, "Configure", r"device\.target: ", id="datastore"),
        pytest.param({**DEVICE, "filter": "<a>"}, "Audit", r"device\.filter: is no XML", id="filter"),
        pytest.param(
            DEVICE, "QuiesceTraffic", "NETCONF has no operation of its own for QuiesceTraffic", id="operation"
        ),
        pytest.param(
            {**DEVICE, "filter": "<a><b/></a>"},
            "ConfigRestore",
            "device.default-operation: is missing: the filter selects parts of an element",
            id="what is restored",
        ),
        pytest.param(
            {**DEVICE, "password-file": "no"}, "Audit", "credential no: there is no such file", id="credential"
        ),
    ],
)
def test_a_part_that_is_missing_is_307(
    executor: NetconfExecutor, job: Job, device: Mapping[str, str], action: str, said: str
) -> None:
    """It is named, without the values of others."""
    made = job(device, "<a/>", action)
    with pytest.raises(DgWorkflowNotFound, match=said) as refused:
        executor.find_parts(made.artifact)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("<a>", id="cut off"),
        pytest.param('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', id="with an entity"),
    ],
)
def test_a_template_that_fills_to_no_xml_is_301(executor: NetconfExecutor, job: Job, content: str) -> None:
    """Before the request is accepted."""
    with pytest.raises(InvalidInputParameter, match="the filled template "):
        executor.examine(job(DEVICE, content))


def test_a_foreign_host_is_301(executor: NetconfExecutor, job: Job) -> None:
    """Only the inventory says where a VNF's devices are."""
    with pytest.raises(InvalidInputParameter, match=r"the inventory lists no address 192\.0\.2\.66 for VNF vnf-1"):
        executor.examine(job(DEVICE, "<a/>", vnf_host_ip_address="192.0.2.66"))
