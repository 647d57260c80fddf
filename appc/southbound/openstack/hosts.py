"""The compute hosts of a cloud, as Nova's hypervisors; to see them takes an administrator's rights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from appc.lcm.errors import DgFailure
from appc.southbound.openstack.vm_work import VmWork


@dataclass(frozen=True)
class Host:
    """A host; `name` is that of its nova-compute service, `node` that of its hypervisor."""

    name: str
    node: str
    up: bool
    enabled: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """From Nova's JSON."""
        node = str(body.get("hypervisor_hostname"))
        name = str((body.get("service") or {}).get("host") or node)
        return cls(name, node, body.get("state") == "up", body.get("status") == "enabled")

    @property
    def state(self) -> str:
        """In the guide's words."""
        return f"{'UP' if self.up else 'DOWN'}/{'ENABLED' if self.enabled else 'DISABLED'}"


def hosts(work: VmWork) -> Sequence[Host]:
    """Every host of the cloud. Raises: CloudFailure."""
    listed = work.look("/os-hypervisors/detail").body.get("hypervisors", [])
    return [Host.of(body) for body in listed]


def host_named(known: Sequence[Host], name: str) -> Host:
    """The host of this name, with or without its domain. Raises: DgFailure (401)."""
    for host in known:
        if name in (host.name, host.node):
            return host
    shortened = [host for host in known if host.node.startswith(f"{name}.") or host.name.startswith(f"{name}.")]
    if len(shortened) == 1:
        return shortened[0]
    raise DgFailure(f"itemNotFound: the cloud has no host {name}; it has {', '.join(sorted(h.name for h in known))}")
