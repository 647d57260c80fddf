"""Upgrade, traffic and health of the demonstration's VNF: negative results and idempotence (contract section 6)."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from appc.southbound.ansible.warm_player import WarmPlayer
from tests.self_service.rows import PAYLOADS, VERSIONS
from tests.self_service.stage import Stage

_numbers = count(1)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, warm_player: WarmPlayer) -> Iterator[Stage]:
    """One controller for all."""
    stage = Stage(tmp_path_factory.mktemp("upgrade"), warm_player)
    yield stage
    stage.close()


@pytest.fixture
def vnf(stage: Stage) -> str:
    """A VNF as delivered."""
    return stage.vnf(f"vfw-{next(_numbers)}")


def done(stage: Stage, vnf: str, action: str, payload: dict[str, Any] | None = None) -> tuple[int, str, dict[str, Any]]:
    """Code, message and payload of the final answer."""
    payload = PAYLOADS[action] if payload is None else payload
    final = stage.ask([stage.request(action, vnf, payload)])[vnf][-1]
    return final["code"], final["message"], json.loads(final.get("payload", "{}"))


def all_done(stage: Stage, vnf: str, *actions: str) -> None:
    """Each in turn, successfully."""
    for action in actions:
        code, message, _ = done(stage, vnf, action)
        assert code == 400, f"{action}: {message}"


def device(stage: Stage, vnf: str) -> dict[str, Any]:
    """What the device's own file says."""
    state: dict[str, Any] = json.loads((stage.data / f"{vnf}.json").read_text())
    return state


def test_an_upgrade_from_its_check_to_its_backout(stage: Stage, vnf: str) -> None:
    """Available, then Not Available; Failed before, Completed after, Failed again after the backout."""
    assert done(stage, vnf, "UpgradePreCheck")[::2] == (400, {"upgrade-status": "Available"})
    assert done(stage, vnf, "UpgradePostCheck")[::2] == (
        400,
        {"upgrade-status": "Failed", "message": "Version 3.2 is not running properly"},
    )
    all_done(stage, vnf, "UpgradeBackup", "QuiesceTraffic", "UpgradeSoftware")
    assert done(stage, vnf, "UpgradePostCheck")[::2] == (400, {"upgrade-status": "Completed"})
    assert done(stage, vnf, "UpgradePreCheck")[::2] == (
        400,
        {"upgrade-status": "Not Available", "message": "Current software version 3.2 cannot be upgraded to 3.2"},
    )
    all_done(stage, vnf, "ResumeTraffic")
    before = (stage.data / f"{vnf}.json").stat()
    all_done(stage, vnf, "UpgradeSoftware")  # to the version already there, so while traffic runs
    after = (stage.data / f"{vnf}.json").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    all_done(stage, vnf, "UpgradeBackout")
    assert device(stage, vnf) | {"software": "3.1", "traffic": "running"} == device(stage, vnf)


def test_software_is_not_upgraded_under_traffic(stage: Stage, vnf: str) -> None:
    """401 with the playbook's reason; the device is as it was."""
    code, message, _ = done(stage, vnf, "UpgradeSoftware")
    assert (code, message) == (
        401,
        "DG FAILURE - playbook vFW-demo/UpgradeSoftware/3.1_3.2/SoftwareUpgrade_3.1_3.2: task 'traffic is quiesced' "
        "failed on host localhost: the device processes traffic; quiesce it first",
    )
    assert not (stage.data / f"{vnf}.json").exists()


def test_an_upgrade_without_playbooks_is_307(stage: Stage, vnf: str) -> None:
    """The guide's naming scheme leads to a folder that nobody has made."""
    versions = {"existing-software-version": 3.2, "new-software-version": 4}
    code, message, _ = done(stage, vnf, "UpgradeSoftware", versions)
    assert code == 307
    assert "'vFW-demo/UpgradeSoftware/3.2_4/SoftwareUpgrade_3.2_4'" in message


def test_a_version_that_leads_out_of_its_folder_is_refused(stage: Stage, vnf: str) -> None:
    """Versions become part of a name, and a name leads nowhere else."""
    code, message, _ = done(stage, vnf, "UpgradeSoftware", {**VERSIONS, "existing-software-version": "../../x"})
    assert (code, "is no name of a playbook" in message) == (301, True)


def test_traffic_is_quiesced_and_resumed_any_number_of_times(stage: Stage, vnf: str) -> None:
    """The second time changes nothing and is 400."""
    all_done(stage, vnf, "QuiesceTraffic", "QuiesceTraffic")
    assert device(stage, vnf)["traffic"] == "quiesced"
    all_done(stage, vnf, "ResumeTraffic", "ResumeTraffic")
    assert device(stage, vnf)["traffic"] == "running"


def test_a_quiesce_that_takes_too_long_is_401(stage: Stage, vnf: str) -> None:
    """The limit is the payload's operations-timeout, in seconds."""
    payload = {"operations-timeout": 1, "drain-seconds": "30"}
    code, message, _ = done(stage, vnf, "QuiesceTraffic", payload)
    assert code == 401
    assert message.startswith("DG FAILURE - playbook QuiesceTraffic.yml timed out after 1 s")


def test_traffic_is_distributed_and_checked(stage: Stage, vnf: str) -> None:
    """The check is 401 as long as traffic goes elsewhere; a file without destinations is 401."""
    code, message, _ = done(stage, vnf, "DistributeTrafficCheck")
    assert (code, message.endswith("traffic goes to 0 other destinations")) == (401, True)
    all_done(stage, vnf, "DistributeTraffic", "DistributeTrafficCheck")
    nobody = {"configuration-parameters": {"file_parameter_content": json.dumps({"destinations": []})}}
    code, message, _ = done(stage, vnf, "DistributeTraffic", nobody)
    assert (code, message.endswith("the file names no destination")) == (401, True)


def test_health_that_was_checked_is_400(stage: Stage, vnf: str) -> None:
    """Healthy or not; the payload says which, with what is wrong."""
    assert done(stage, vnf, "HealthCheck")[2]["state"] == "healthy"
    all_done(stage, vnf, "StopApplication")
    code, _, payload = done(stage, vnf, "HealthCheck")
    assert payload.pop("time")
    assert (code, payload) == (
        400,
        {
            "identifier": vnf,
            "state": "unhealthy",
            "info": "the firewall does not do its work",
            "fault": {"application": "stopped"},
        },
    )
