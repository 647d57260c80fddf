"""Which cloud a message means, and whether the addresses in it may be believed (contract section 8).

Pure: it compares what the message names with what is known of the configured clouds. Nothing here ever
requests an address of a message.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from appc.lcm.errors import InvalidInputParameter
from appc.lcm.payloads import VmPayload
from appc.lcm.vm_id import Origin, VmId
from appc.southbound.openstack.clouds_file import Cloud

_ID = re.compile(r"[0-9a-f]{32}")

Clouds = Mapping[str, Cloud]


@dataclass(frozen=True)
class Named:
    """What a message names: an identity-url, a tenant-id, a link to a VM; None where it does not."""

    identity_url: str | None = None
    tenant_id: str | None = None
    link: VmId | None = None

    @classmethod
    def by(cls, payload: VmPayload) -> Self:
        """Raises: InvalidInputParameter (301) for a vm-id that is none."""
        vm = payload.vm
        return cls(payload.identity_url, payload.tenant_id, vm if vm and vm.origin else None)

    @property
    def addressed(self) -> bool:
        """Whether it names an address at all."""
        return bool(self.identity_url or self.link)


def check(named: Named, clouds: Clouds) -> None:
    """The addresses must belong to configured clouds, whichever of them is chosen later.

    Raises: InvalidInputParameter (301).
    """
    if named.identity_url:
        choose(named, clouds)
    elif named.link and clouds:
        problems = [link_problem(named.link, cloud) for cloud in clouds.values()]
        if all(problems):
            raise InvalidInputParameter("payload.vm-id is a link into none of the configured clouds " + _list(clouds))
    elif named.link:
        raise InvalidInputParameter("payload.vm-id is a link, and no cloud is configured")


def choose(named: Named, clouds: Clouds, inventory: str | None = None, os_cloud: str | None = None) -> Cloud | None:
    """The one cloud; None only where none is configured and the message names no address.

    `inventory`: the cloud that the inventory gives for the VM. Raises: InvalidInputParameter (301).
    """
    if not clouds:
        check(named, clouds)
        return None
    cloud = _by_address(named, clouds) if named.identity_url else _by_default(clouds, inventory, os_cloud)
    problem = named.link and link_problem(named.link, cloud)
    if problem:
        raise InvalidInputParameter(problem)
    return cloud


def link_problem(link: VmId, cloud: Cloud) -> str | None:
    """Why the link is not one into this cloud; None if it is, or if that cannot be told yet."""
    host = link.origin and link.origin.host
    of_identity = cloud.auth is not None and host == cloud.auth.host
    if not of_identity and cloud.compute_hosts is not None and host not in cloud.compute_hosts:
        return f"payload.vm-id is a link to a host that is not of cloud {cloud.name}"
    # An administrator's cloud serves the VMs of all projects: the server's own project is compared later.
    if link.project and cloud.learned and not cloud.admin and _is_project(cloud, link.project) is False:
        return f"payload.vm-id is a link into another project than that of cloud {cloud.name}"
    return None


def _by_address(named: Named, clouds: Clouds) -> Cloud:
    origin = Origin.of(named.identity_url or "")
    fitting = [cloud for cloud in clouds.values() if origin is not None and cloud.auth == origin]
    if not fitting:
        raise InvalidInputParameter("payload.identity-url is of none of the configured clouds " + _list(clouds))
    left = fitting
    for project in (named.tenant_id, named.link and named.link.project):
        if project and len(left) > 1:
            left = _of_project(left, project)
    if len(left) == 1:
        return left[0]
    names = _list(cloud.name for cloud in left or fitting)
    if left:
        raise InvalidInputParameter(f"payload.identity-url fits several clouds, {names}: payload.tenant-id must tell")
    raise InvalidInputParameter(f"payload.tenant-id is of none of the clouds {names}")


def _by_default(clouds: Clouds, inventory: str | None, os_cloud: str | None) -> Cloud:
    for source, name in (("the inventory", inventory), ("OS_CLOUD", os_cloud)):
        if name and name in clouds:
            return clouds[name]
        if name:
            raise InvalidInputParameter(f"{source} names cloud {name}, configured are {_list(clouds)}")
    if len(clouds) > 1:
        raise InvalidInputParameter(f"payload.identity-url must tell which of the clouds {_list(clouds)} is meant")
    return next(iter(clouds.values()))


def _of_project(clouds: Sequence[Cloud], project: str) -> list[Cloud]:
    """Those of this project; if there is none, those that may be."""
    verdicts = [(cloud, _is_project(cloud, project)) for cloud in clouds]
    return [cloud for cloud, verdict in verdicts if verdict] or [c for c, verdict in verdicts if verdict is None]


def _is_project(cloud: Cloud, given: str) -> bool | None:
    """Whether `given` is the id or the name of the cloud's project; None: that is not known yet."""
    digits = given.replace("-", "").lower()
    if given == cloud.project_name or digits == cloud.project_id:
        return True
    known = cloud.project_id if _ID.fullmatch(digits) else cloud.project_name
    return False if known or cloud.learned else None


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
