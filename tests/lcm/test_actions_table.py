"""Contract section 6: the 33 actions of the guide."""

import re
from pathlib import Path

import pytest

from appc.lcm.actions import ACTION_ALIASES, ACTIONS, DeviceProtocol, same_rpc_name
from appc.lcm.target import Scope
from appc.workflows.tables import CONTROLLER_ACTIONS, RECORDED, WORKFLOWS

YANG = Path(__file__).parent / "vectors" / "appc-provider-lcm.yang"

_PROTOCOLS = {"CTL": DeviceProtocol.CONTROLLER, "OS": DeviceProtocol.OPENSTACK, "SS": DeviceProtocol.SELF_SERVICE}

_VERSIONS = "existing-software-version,new-software-version"

#: action, rpc-name, scope, by, required keys of the payload, out: the columns of the contract.
TABLE = """
ActionStatus            action-status             VNF          CTL  request-id                     payload
CheckLock               check-lock                VNF          CTL  -                              locked
Lock                    lock                      VNF          CTL  -                              -
Unlock                  unlock                    VNF          CTL  -                              -
Start                   start                     VM,VNF       OS   -                              -
Stop                    stop                      VM,VNF       OS   -                              -
Restart                 restart                   VM,VNF       OS   -                              -
Reboot                  reboot                    VM           OS   -                              -
Rebuild                 rebuild                   VM           OS   -                              -
Migrate                 migrate                   VM           OS   -                              -
Evacuate                evacuate                  VM           OS   -                              -
Snapshot                snapshot                  VM           OS   -                              snapshot-id
AttachVolume            attach-volume             VM           OS   volumeId,device                -
DetachVolume            detach-volume             VM           OS   volumeId                       -
Audit                   audit                     VNF          SS   publish-config                 payload
Sync                    sync                      VNF          SS   publish-config                 payload
Configure               configure                 VNF          SS   -                              payload
ConfigModify            config-modify             VNF          SS   -                              payload
ConfigScaleOut          config-scale-out          VNF          SS   request-parameters             payload
ConfigBackup            config-backup             VNF          SS   -                              payload
ConfigRestore           config-restore            VNF          SS   -                              payload
HealthCheck             health-check              VNF          SS   -                              payload
StartApplication        start-application         VNF          SS   -                              payload
StopApplication         stop-application          VNF          SS   -                              payload
QuiesceTraffic          quiesce-traffic           VNF          SS   operations-timeout             payload
ResumeTraffic           resume-traffic            VNF          SS   -                              payload
DistributeTraffic       distribute-traffic        VNF,VNFC,VM  SS   -                              -
DistributeTrafficCheck  distribute-traffic-check  VNF,VNFC,VM  SS   -                              -
UpgradePreCheck         upgrade-pre-check         VNF          SS   VERSIONS                       payload
UpgradePostCheck        upgrade-post-check        VNF          SS   VERSIONS                       payload
UpgradeSoftware         upgrade-software          VNF          SS   VERSIONS                       payload
UpgradeBackup           upgrade-backup            VNF          SS   VERSIONS                       payload
UpgradeBackout          upgrade-backout           VNF          SS   VERSIONS                       payload
"""

ROWS = [pytest.param(*line.split(), id=line.split()[0]) for line in TABLE.strip().splitlines()]
NAMES = [pytest.param(name, id=name) for name in ACTIONS]


def words(cell: str) -> set[str]:
    """The entries of a cell of the table."""
    return set() if cell == "-" else set(cell.replace("VERSIONS", _VERSIONS).split(","))


def block(text: str, opening: str) -> str:
    """What stands between the braces that follow `opening`; "" if it does not occur."""
    found = re.search(rf"\b{opening}\s*\{{", text)
    if not found:
        return ""
    depth, at = 1, found.end()
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return text[found.end() : at - 1]


def yang_outputs() -> dict[str, set[str]]:
    """What the YANG model gives each RPC's output besides header and status."""
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"[^"]*"', "", YANG.read_text(), flags=re.DOTALL)
    rpcs = {name: block(text, rf"rpc\s+{name}") for name in re.findall(r"\brpc\s+([\w-]+)", text)}
    return {name: set(re.findall(r"\bleaf\s+([\w-]+)", block(rpc, "output"))) for name, rpc in rpcs.items()}


def test_there_are_the_33_actions_of_the_guide() -> None:
    """4 by the controller, 10 by OpenStack, 19 self-service; in the order of the contract."""
    assert list(ACTIONS) == [line.split()[0] for line in TABLE.strip().splitlines()]
    by = [action.protocol for action in ACTIONS.values()]
    assert [by.count(protocol) for protocol in _PROTOCOLS.values()] == [4, 10, 19]


@pytest.mark.parametrize(("name", "rpc_name", "scope", "by", "required", "out"), ROWS)
def test_a_row_is_the_contracts(name: str, rpc_name: str, scope: str, by: str, required: str, out: str) -> None:
    """Every cell of the table."""
    action = ACTIONS[name]
    assert (action.name, action.rpc_name) == (name, rpc_name)
    assert action.scopes == {Scope(each) for each in words(scope)}
    assert action.protocol is _PROTOCOLS[by]
    fields = action.payload.model_fields.values()
    assert {field.alias for field in fields if field.is_required()} == words(required)
    assert action.output == words(out)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_agree_with_the_yang_model(name: str) -> None:
    """Only what the YANG model gives that RPC's output: client libraries reject unknown members."""
    assert ACTIONS[name].output == yang_outputs()[ACTIONS[name].rpc_name]


def test_only_the_controllers_own_actions_are_synchronous() -> None:
    """Lock, Unlock, CheckLock and ActionStatus get exactly one answer."""
    assert {name for name, action in ACTIONS.items() if action.synchronous} == {
        "ActionStatus",
        "CheckLock",
        "Lock",
        "Unlock",
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_action_has_a_meaning(name: str) -> None:
    """The workflow that a row names is in the table for its kind."""
    action = ACTIONS[name]
    assert action.workflow in (CONTROLLER_ACTIONS if action.synchronous else WORKFLOWS)


def test_lock_and_unlock_are_recorded_and_the_askers_are_not() -> None:
    """CheckLock and ActionStatus leave no trace (contract section 4, check 8)."""
    assert sorted(RECORDED) == ["Lock", "Unlock"]


@pytest.mark.parametrize("name", NAMES)
def test_rpc_names_without_dashes_are_taken_for_the_dashed_ones(name: str) -> None:
    """`checklock`, `startapplication`, `stopapplication` and the like (contract section 3.1)."""
    action = ACTIONS[name]
    assert same_rpc_name(action.rpc_name, action)
    assert same_rpc_name(action.rpc_name.replace("-", ""), action)


@pytest.mark.parametrize("name", NAMES)
def test_another_actions_rpc_name_is_not_taken(name: str) -> None:
    """No two actions share an rpc-name, in either spelling; letter case counts."""
    action = ACTIONS[name]
    assert not any(same_rpc_name(action.rpc_name, other) for other in ACTIONS.values() if other is not action)
    assert not same_rpc_name(action.rpc_name.upper(), action)


def test_the_only_alias_of_an_action_is_onap_policys() -> None:
    """`action` is case-sensitive; only `Configmodify` is taken for ConfigModify."""
    assert ACTION_ALIASES == {"Configmodify": "ConfigModify"}


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_bounded_in_time(name: str) -> None:
    """Once begun, an action is bounded by its own time limit."""
    assert ACTIONS[name].time_limit_s > 0
