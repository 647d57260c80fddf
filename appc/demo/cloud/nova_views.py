"""How Nova shows a server, by microversion.

Source: Nova, `nova/api/openstack/compute/views/servers.py`, as one whom the cloud's policy trusts sees it.
"""

import hashlib

from appc.demo.cloud.answers import encoded
from appc.demo.cloud.isotime import naive_micros, seconds
from appc.demo.cloud.seed import TENANCY
from appc.demo.cloud.values import FLAVORS, Flavor, Server

_PROGRESS_STATUSES = {"ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"}
#: Members that a microversion added, and their value for every server of this cloud.
_ADDED: tuple[tuple[int, str, object], ...] = (
    (9, "locked", False),
    (19, "description", None),
    (26, "tags", []),
    (63, "trusted_image_certificates", None),
    (73, "locked_reason", None),
    (96, "pinned_availability_zone", None),
)


class ServerViews:
    """Servers as JSON; a server is a value, so its JSON is good until another value takes its place."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._written: dict[tuple[str, str, int], tuple[Server, bytes]] = {}

    def basic(self, server: Server, minor: int) -> bytes:
        """As in a list without details."""
        return self._cached("basic", server, minor)

    def detailed(self, server: Server, minor: int) -> bytes:
        """As in a list with details."""
        return self._cached("detailed", server, minor)

    def shown(self, server: Server, minor: int) -> bytes:
        """As by itself: from 2.71 with the server groups, which lists do not have."""
        return self._cached("shown", server, minor)

    def rebuilding(self, server: Server, minor: int) -> dict[str, object]:
        """As in the answer to a rebuild."""
        return self._view("detailed", server, minor)

    def _cached(self, kind: str, server: Server, minor: int) -> bytes:
        key = (kind, server.id, minor)
        known = self._written.get(key)
        if known is not None and known[0] is server:
            return known[1]
        written = encoded(self._view(kind, server, minor))
        self._written[key] = (server, written)
        return written

    def _view(self, kind: str, server: Server, minor: int) -> dict[str, object]:
        if kind == "basic":
            return {"id": server.id, "name": server.name, "links": self._links("servers", server.id)}
        view = self._members(server) | _states(server) | self._versioned(server, minor)
        if kind == "shown" and minor >= 71:
            view["server_groups"] = []
        return view

    def _members(self, server: Server) -> dict[str, object]:
        return {
            "id": server.id,
            "name": server.name,
            "tenant_id": TENANCY.project_id,
            "user_id": TENANCY.user_id,
            "image": self._linked("images", server.image_id) if server.image_id else "",
            "links": self._links("servers", server.id),
            "metadata": {},
            "addresses": _addresses(server),
            "accessIPv4": "",
            "accessIPv6": "",
            "hostId": hashlib.sha224(f"{TENANCY.project_id}{server.host}".encode()).hexdigest(),
            "created": seconds(server.created),
            "updated": seconds(server.updated),
            "key_name": None,
            "config_drive": "",
            "security_groups": [{"name": "default"}],
            "OS-DCF:diskConfig": "MANUAL",
            "OS-EXT-AZ:availability_zone": "nova",
            "os-extended-volumes:volumes_attached": [{"id": volume_id} for volume_id in server.volumes],
            "OS-EXT-SRV-ATTR:host": server.host,
            "OS-EXT-SRV-ATTR:hypervisor_hostname": server.host,
            "OS-EXT-SRV-ATTR:instance_name": f"instance-{server.id[:8]}",
        }

    def _versioned(self, server: Server, minor: int) -> dict[str, object]:
        added = {name: value for since, name, value in _ADDED if minor >= since}
        if minor >= 90:
            added["OS-EXT-SRV-ATTR:hostname"] = server.name
        flavor = _embedded(FLAVORS[server.flavor]) if minor >= 47 else self._linked("flavors", server.flavor)
        return {"flavor": flavor, **added}

    def _linked(self, collection: str, item: str) -> dict[str, object]:
        return {"id": item, "links": self._links(collection, item)[1:]}

    def _links(self, collection: str, item: str) -> list[dict[str, str]]:
        return [
            {"rel": "self", "href": f"{self._url}/compute/v2.1/{collection}/{item}"},
            {"rel": "bookmark", "href": f"{self._url}/compute/{collection}/{item}"},
        ]


def _embedded(flavor: Flavor) -> dict[str, object]:
    sizes: dict[str, object] = {"vcpus": flavor.vcpus, "ram": flavor.ram, "disk": flavor.disk}
    return {"original_name": flavor.name, **sizes, "ephemeral": 0, "swap": 0, "extra_specs": {}}


def _states(server: Server) -> dict[str, object]:
    status = server.status
    states: dict[str, object] = {
        "status": status,
        "OS-EXT-STS:vm_state": server.vm_state,
        "OS-EXT-STS:task_state": server.task_state,
        "OS-EXT-STS:power_state": server.power_state,
        "OS-SRV-USG:launched_at": naive_micros(server.launched) if server.launched else None,
        "OS-SRV-USG:terminated_at": naive_micros(server.updated) if status == "DELETED" else None,
    }
    if status in _PROGRESS_STATUSES:
        states["progress"] = 0
    if status == "ERROR" and server.fault is not None:
        fault = server.fault
        states["fault"] = {"code": fault.code, "created": seconds(fault.created), "message": fault.message}
    return states


def _addresses(server: Server) -> dict[str, object]:
    # Nova hides the addresses of a server that is being built.
    if server.vm_state == "building":
        return {}
    tail = ":".join(f"{int(part):02x}" for part in server.address.split(".")[1:])
    port = {
        "version": 4,
        "addr": server.address,
        "OS-EXT-IPS:type": "fixed",
        "OS-EXT-IPS-MAC:mac_addr": f"fa:16:3e:{tail}",
    }
    return {"private": [port]}
