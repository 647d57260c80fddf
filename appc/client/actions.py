"""The 33 actions as classes, so that an editor completes them; a test holds them to the table of actions.

A family below is a payload of `appc.lcm.payloads` with the identifiers that its actions know. All fields are given by
name: `Restart(vnf_id="vnf-1", vserver_id="…")`. Those of every action are described at `TypedAction`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from appc.client.typed_action import Key, TypedAction

__all__ = [
    "ActionStatus",
    "AttachVolume",
    "Audit",
    "CheckLock",
    "ConfigBackup",
    "ConfigModify",
    "ConfigRestore",
    "ConfigScaleOut",
    "Configure",
    "DetachVolume",
    "DistributeTraffic",
    "DistributeTrafficCheck",
    "Evacuate",
    "HealthCheck",
    "Lock",
    "Migrate",
    "QuiesceTraffic",
    "Reboot",
    "Rebuild",
    "Restart",
    "ResumeTraffic",
    "Snapshot",
    "Start",
    "StartApplication",
    "Stop",
    "StopApplication",
    "Sync",
    "Unlock",
    "UpgradeBackout",
    "UpgradeBackup",
    "UpgradePostCheck",
    "UpgradePreCheck",
    "UpgradeSoftware",
]


class ControllerAction(TypedAction):
    """By the controller itself: a single answer, at once."""


@dataclass(frozen=True, kw_only=True)
class VmAction(TypedAction):
    """On a VM: `vserver_id`, else `vm_id` (a UUID or the server's URL), else the VM that runs `vnfc_name`.

    `identity_url`, `tenant_id`: which cloud, and which project of it, where several are configured.
    """

    vserver_id: str | None = None
    vnfc_name: str | None = None
    vm_id: Annotated[str | None, Key("vm-id")] = None
    identity_url: Annotated[str | None, Key("identity-url")] = None
    tenant_id: Annotated[str | None, Key("tenant-id")] = None


@dataclass(frozen=True, kw_only=True)
class SelfServiceAction(TypedAction):
    """By the artifact of the VNF's type. The ids beside `vnf_id` select what it works on."""

    vserver_id: str | None = None
    vnfc_name: str | None = None
    vf_module_id: str | None = None
    configuration_parameters: Annotated[Mapping[str, Any], Key("configuration-parameters")] = field(
        default_factory=dict
    )


@dataclass(frozen=True, kw_only=True)
class ConfigurationAction(SelfServiceAction):
    """`request_parameters`: which host, VM or VNF; `configuration_parameters`: parameters of the template."""

    request_parameters: Annotated[Mapping[str, Any], Key("request-parameters")] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PublishConfigAction(TypedAction):
    """`publish_config`: Y publishes the configuration, N does not."""

    vserver_id: str | None = None
    vnfc_name: str | None = None
    vf_module_id: str | None = None
    publish_config: Annotated[Literal["Y", "N"], Key("publish-config")]


@dataclass(frozen=True, kw_only=True)
class UpgradeAction(ConfigurationAction):
    """From which software version to which."""

    existing_software_version: Annotated[str, Key("existing-software-version")]
    new_software_version: Annotated[str, Key("new-software-version")]


@dataclass(frozen=True, kw_only=True)
class ActionStatus(ControllerAction):
    """Ask where a request stands: the one with this `asked_request_id`, narrowed by the other two."""

    asked_request_id: Annotated[str, Key("request-id")]
    asked_sub_request_id: Annotated[str | None, Key("sub-request-id")] = None
    asked_originator_id: Annotated[str | None, Key("originator-id")] = None


class CheckLock(ControllerAction):
    """Ask whether a VNF is locked: the answer's member `locked` is TRUE or FALSE."""


class Lock(ControllerAction):
    """Lock a VNF: only requests of this `request_id` are accepted until it is unlocked."""


class Unlock(ControllerAction):
    """Give the lock of this `request_id` back."""


class Start(VmAction):
    """Start a VM; without any VM named, all VMs of the VNF."""


class Stop(VmAction):
    """Stop a VM; without any VM named, all VMs of the VNF."""


class Restart(VmAction):
    """Stop and start a VM; without any VM named, all VMs of the VNF."""


@dataclass(frozen=True, kw_only=True)
class Reboot(VmAction):
    """Reboot a VM: `type` SOFT asks the guest, HARD is a power cycle."""

    type: Annotated[Literal["SOFT", "HARD"] | None, Key("type")] = None


@dataclass(frozen=True, kw_only=True)
class Rebuild(VmAction):
    """Rebuild a VM from its latest snapshot, or from `snapshot_id`."""

    snapshot_id: Annotated[str | None, Key("snapshot-id")] = None


class Migrate(VmAction):
    """Move a VM to another host."""


@dataclass(frozen=True, kw_only=True)
class Evacuate(VmAction):
    """Move a VM off a host that is down, to `targethost_id` if given; `rebuild_vm`: rebuild it there."""

    rebuild_vm: Annotated[bool | None, Key("rebuild-vm")] = None
    targethost_id: Annotated[str | None, Key("targethost-id")] = None


class Snapshot(VmAction):
    """Make an image of a VM: the final answer's member `snapshot-id` names it."""


@dataclass(frozen=True, kw_only=True)
class AttachVolume(VmAction):
    """Attach the volume `volume_id` to a VM, at `device`."""

    volume_id: Annotated[str, Key("volumeId")]
    device: Annotated[str, Key("device")]


@dataclass(frozen=True, kw_only=True)
class DetachVolume(VmAction):
    """Detach the volume `volume_id` from a VM."""

    volume_id: Annotated[str, Key("volumeId")]
    device: Annotated[str | None, Key("device")] = None


class Audit(PublishConfigAction):
    """Compare the configuration that runs with the one that is stored."""


class Sync(PublishConfigAction):
    """Store the configuration that runs."""


class Configure(ConfigurationAction):
    """Give a VNF its first configuration."""


class ConfigModify(ConfigurationAction):
    """Change the configuration of a VNF."""


@dataclass(frozen=True, kw_only=True)
class ConfigScaleOut(SelfServiceAction):
    """Configure a module that was added: `request_parameters` must name it, as `vf-module-id`."""

    request_parameters: Annotated[Mapping[str, Any], Key("request-parameters")]


class ConfigBackup(ConfigurationAction):
    """Back the configuration up."""


class ConfigRestore(ConfigurationAction):
    """Restore the configuration that was backed up."""


class HealthCheck(ConfigurationAction):
    """Ask a VNF how it is: the final answer's payload says healthy or unhealthy."""


class StartApplication(ConfigurationAction):
    """Start the application that the VNF runs."""


class StopApplication(ConfigurationAction):
    """Stop the application that the VNF runs."""


@dataclass(frozen=True, kw_only=True)
class QuiesceTraffic(ConfigurationAction):
    """Let traffic run out, within `operations_timeout` whole seconds."""

    operations_timeout: Annotated[int, Key("operations-timeout")]


class ResumeTraffic(ConfigurationAction):
    """Let traffic in again."""


class DistributeTraffic(ConfigurationAction):
    """Shift traffic, at the scope of the VNF, a VNFC or a VM."""


class DistributeTrafficCheck(ConfigurationAction):
    """Check whether traffic can be shifted, or was."""


class UpgradePreCheck(UpgradeAction):
    """Check whether a VNF can be upgraded; the payload of the final answer says so."""


class UpgradePostCheck(UpgradeAction):
    """Check whether an upgrade went well; the payload of the final answer says so."""


class UpgradeSoftware(UpgradeAction):
    """Upgrade the software of a VNF."""


class UpgradeBackup(UpgradeAction):
    """Back a VNF up before its upgrade."""


class UpgradeBackout(UpgradeAction):
    """Take an upgrade back."""
