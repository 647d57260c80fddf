"""Which cloud a message means, and whether the addresses in it may be believed (contract section 8).

Pure: it compares what the message names with what is known of the configured clouds. Nothing here ever
requests an address of a message.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from appc.lcm.errors import InvalidInputParameter
from appc.lcm.payloads import VmPayload
from appc.lcm.vm_id import Origin, VmId
from appc.southbound.openstack.clouds_file import Cloud

_ID = re.compile(r"[0-9a-f]{32}")

ByName = Mapping[str, Cloud]


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


def check(named: Named, clouds: ByName) -> None:
    """The addresses must belong to configured clouds, whichever of them is chosen later.

    Raises: InvalidInputParameter (301).
    """
    if named.identity_url:
        choose(named, clouds)
    elif named.link:
        _check_link(named.link, clouds)


def choose(named: Named, clouds: ByName, inventory: str | None = None, os_cloud: str | None = None) -> Cloud | None:
    """The one cloud; None only where none is configured and the message names no address.

    What cannot be told before a catalogue was seen passes: it is judged again when the cloud was reached.
    `inventory`: the cloud that the inventory gives for the VM. Raises: InvalidInputParameter (301).
    """
    if not clouds and not named.addressed:
        return None
    if named.identity_url:
        cloud = _by_address(named, clouds)
    else:
        check(named, clouds)
        cloud = _by_default(clouds, inventory, os_cloud)
    if named.link:
        _check_link(named.link, {cloud.name: cloud})
    return cloud


def _check_link(link: VmId, clouds: ByName) -> None:
    problems = [_link_problem(link, cloud) for cloud in clouds.values()]
    if len(problems) == 1 and problems[0]:
        raise InvalidInputParameter(problems[0])
    if all(problems):
        raise InvalidInputParameter(f"payload.vm-id is a link into none of the configured clouds: {_list(clouds)}")


def _link_problem(link: VmId, cloud: Cloud) -> str | None:
    """Why the link is not one into this cloud; None if it is, or if that cannot be told yet."""
    host = link.origin and link.origin.host
    of_identity = cloud.auth is not None and host == cloud.auth.host
    if not of_identity and cloud.compute_hosts is not None and host not in cloud.compute_hosts:
        return f"payload.vm-id is a link to a host that is not of cloud {cloud.name}"
    # An administrator's cloud serves the VMs of all projects: the server's own project is compared later.
    if link.project and cloud.learned and not cloud.admin and _is_project(cloud, link.project) is False:
        return f"payload.vm-id is a link into another project than that of cloud {cloud.name}"
    return None


def _by_address(named: Named, clouds: ByName) -> Cloud:
    origin = _origin(named.identity_url or "")
    fitting = [cloud for cloud in clouds.values() if origin is not None and cloud.auth == origin]
    if not fitting:
        raise InvalidInputParameter(f"payload.identity-url is of none of the configured clouds: {_list(clouds)}")
    left = fitting
    for project in (named.tenant_id, named.link and named.link.project):
        if project and len(left) > 1:
            left = _of_project(left, project)
    if len(left) == 1:
        return left[0]
    names = _list(cloud.name for cloud in left or fitting)
    if left:
        raise InvalidInputParameter(f"payload.identity-url fits several clouds, {names}: payload.tenant-id must tell")
    raise InvalidInputParameter(f"payload.tenant-id, or the project in payload.vm-id, is of none of the clouds {names}")


def _by_default(clouds: ByName, inventory: str | None, os_cloud: str | None) -> Cloud:
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


#: Clients send the same few addresses again and again, and reading one takes 15 µs.
_origin = lru_cache(maxsize=256)(Origin.of)


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "there is none"
