"""The 33 actions: one row each (contract section 6; LCM API Guide, "LCM Commands")."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

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
from appc.lcm.target import Scope


class DeviceProtocol(StrEnum):
    """Who carries an action out, and by which protocol. SELF_SERVICE: by the one that the artifact names."""

    CONTROLLER = "controller"
    OPENSTACK = "openstack"
    SELF_SERVICE = "self-service"
    ANSIBLE = "ansible"
    NETCONF = "netconf"
    REST = "rest"
    CHEF = "chef"


@dataclass(frozen=True)
class Action:
    """One row. `output`: members of the RPC's output besides header and status; `payload_always`: its payload
    is mandatory there. `input`: members of the RPC's input besides header, action, identifiers and payload.

    `workflow` is the name of a row in WORKFLOWS, or of a controller action in DECISIONS.
    `time_limit_s` bounds the action once it has begun; a template or the payload may lower it.
    """

    name: str
    scopes: frozenset[Scope]
    protocol: DeviceProtocol
    payload: type[Payload]
    output: frozenset[str] = frozenset()
    workflow: str = "delegate"
    time_limit_s: int = 3600
    input: frozenset[str] = frozenset()
    payload_always: bool = False

    @property
    def rpc_name(self) -> str:
        """A dash between words: `ConfigModify` is `config-modify` (guide, Table 1)."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.name).lower()

    @property
    def synchronous(self) -> bool:
        """Lock, Unlock, CheckLock and ActionStatus get their single answer at once."""
        return self.protocol is DeviceProtocol.CONTROLLER


#: What a VM action may take: a stop and a start of 300 s each (APPC's state change time-out, facts 6.3).
_VM_LIMIT_S = 600
#: Moving or copying a disk takes as long as the disk is large.
_DISK_LIMIT_S = 3600

_VNF = frozenset({Scope.VNF})
_VM = frozenset({Scope.VM})
_PAYLOAD = frozenset({"payload"})


def _controller(name: str, payload: type[Payload], output: str = "") -> Action:
    return Action(name, _VNF, DeviceProtocol.CONTROLLER, payload, frozenset(output.split()), workflow=name)


def _vm(name: str, payload: type[Payload] = VmPayload, output: str = "", limit_s: int = _VM_LIMIT_S) -> Action:
    out = frozenset(output.split())
    return Action(name, _VM, DeviceProtocol.OPENSTACK, payload, out, time_limit_s=limit_s)


def _vm_or_all(name: str) -> Action:
    scopes = frozenset({Scope.VM, Scope.VNF})
    return Action(name, scopes, DeviceProtocol.OPENSTACK, VmPayload, workflow="each_vm", time_limit_s=_VM_LIMIT_S)


def _self_service(
    name: str,
    payload: type[Payload] = ConfigurationPayload,
    scopes: frozenset[Scope] = _VNF,
    output: frozenset[str] = _PAYLOAD,
    workflow: str = "self_service",
) -> Action:
    return Action(name, scopes, DeviceProtocol.SELF_SERVICE, payload, output, workflow)


_TRAFFIC = frozenset({Scope.VNF, Scope.VNFC, Scope.VM})

_ROWS = (
    _controller("ActionStatus", ActionStatusPayload, "payload"),
    _controller("CheckLock", NoPayload, "locked"),
    _controller("Lock", NoPayload),
    _controller("Unlock", UnlockPayload),
    _vm_or_all("Start"),
    _vm_or_all("Stop"),
    _vm_or_all("Restart"),
    _vm("Reboot", RebootPayload),
    _vm("Rebuild", RebuildPayload),
    _vm("Migrate", limit_s=_DISK_LIMIT_S),
    _vm("Evacuate", EvacuatePayload, limit_s=_DISK_LIMIT_S),
    replace(_vm("Snapshot", output="snapshot-id", limit_s=_DISK_LIMIT_S), input=frozenset({"identity-url"})),
    _vm("AttachVolume", AttachVolumePayload),
    _vm("DetachVolume", DetachVolumePayload),
    _self_service("Audit", PublishConfigPayload, workflow="audit"),
    _self_service("Sync", PublishConfigPayload, workflow="sync"),
    _self_service("Configure", workflow="configure"),
    _self_service("ConfigModify", workflow="modify"),
    _self_service("ConfigScaleOut", ConfigScaleOutPayload, workflow="configure"),
    _self_service("ConfigBackup", workflow="backup"),
    _self_service("ConfigRestore", workflow="modify"),
    _self_service("HealthCheck", workflow="health_check"),
    _self_service("StartApplication"),
    _self_service("StopApplication"),
    _self_service("QuiesceTraffic", QuiesceTrafficPayload),
    _self_service("ResumeTraffic"),
    _self_service("DistributeTraffic", scopes=_TRAFFIC, output=frozenset()),
    _self_service("DistributeTrafficCheck", scopes=_TRAFFIC, output=frozenset()),
    replace(_self_service("UpgradePreCheck", UpgradePayload, workflow="upgrade_check"), payload_always=True),
    replace(_self_service("UpgradePostCheck", UpgradePayload, workflow="upgrade_check"), payload_always=True),
    _self_service("UpgradeSoftware", UpgradePayload),
    _self_service("UpgradeBackup", UpgradePayload),
    _self_service("UpgradeBackout", UpgradePayload),
)

ACTIONS = {action.name: action for action in _ROWS}

#: ONAP Policy spells this one wrong (facts 9.5); it is the only alias of an action.
ACTION_ALIASES = {"Configmodify": "ConfigModify"}


def same_rpc_name(given: str, action: Action) -> bool:
    """Whether a client's rpc-name is the action's; names without dashes are taken for dashed ones."""
    return given in (action.rpc_name, action.rpc_name.replace("-", ""))
