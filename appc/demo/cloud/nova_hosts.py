"""Nova as an operator sees it: hosts, their services, migrations, the history of a server, and flavors.

Everybody may look here and move servers, as by a policy.yaml that trusts the project's users.
Source: the Compute API reference.
"""

import json
from collections.abc import Iterable
from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud.answers import Call, Guard, as_json
from appc.demo.cloud.faults import Fault
from appc.demo.cloud.isotime import naive_micros
from appc.demo.cloud.live import Live
from appc.demo.cloud.nova_calls import minor_of, route, server_of
from appc.demo.cloud.seed import TENANCY, stable_uuid
from appc.demo.cloud.values import FLAVORS, Flavor, Host, InstanceAction, Migration


class NovaHosts:
    """The calls that are not about one server's state."""

    def __init__(self, url: str, live: Live, guard: Guard) -> None:
        self._url = url
        self._live = live
        self._guard = guard

    def routes(self) -> list[Route]:
        """All need a token."""
        guard, history = self._guard, "/servers/{server_id}/os-instance-actions"
        return [
            route("/os-services", self._services, guard),
            route("/os-services/{service_id}", self._update_service, guard, "PUT"),
            route("/os-hypervisors/detail", self._hypervisors, guard),
            route("/os-hypervisors", self._hypervisors, guard),
            route("/os-migrations", self._migrations, guard),
            route(history, self._history, guard),
            route(history + "/{request_id}", self._entry, guard),
            route("/flavors/detail", self._flavors, guard),
            route("/flavors/{flavor_id}", self._flavor, guard),
        ]

    def _services(self, call: Call) -> Response:
        query = call.request.query_params
        if query.get("binary", "nova-compute") != "nova-compute":
            return as_json({"services": []})
        wanted = query.get("host")
        shown = [self._service(host, call) for host in self._hosts() if wanted in (None, host.name)]
        return as_json({"services": shown})

    def _update_service(self, call: Call) -> Response:
        service_id = call.request.path_params["service_id"]
        host = next((one for one in self._hosts() if stable_uuid("service", one.name) == service_id), None)
        if host is None:
            raise Fault(404, f"Service {service_id} could not be found.")
        asked = json.loads(call.body)
        changed = replace(
            host,
            enabled=asked.get("status", "enabled" if host.enabled else "disabled") == "enabled",
            disabled_reason=asked.get("disabled_reason"),
            forced_down=bool(asked.get("forced_down", host.forced_down)),
        )
        self._live.present().moves.hosts[host.name] = changed
        return as_json({"service": self._service(changed, call)})

    def _hypervisors(self, call: Call) -> Response:
        detailed = call.request.url.path.endswith("/detail")
        shown = []
        for host in self._hosts():
            numbered = minor_of(call) < 53
            view: dict[str, object] = {
                "id": _number(host) if numbered else stable_uuid("hypervisor", host.name),
                "hypervisor_hostname": host.name,
                "state": "up" if host.alive else "down",
                "status": "enabled" if host.enabled else "disabled",
            }
            if detailed:
                service = {"id": self._service_id(host, call), "host": host.name}
                view["service"] = service | {"disabled_reason": host.disabled_reason}
                view |= {"hypervisor_type": "QEMU", "hypervisor_version": 7002000, "host_ip": "127.0.0.1"}
            shown.append(view)
        return as_json({"hypervisors": shown})

    def _migrations(self, call: Call) -> Response:
        query, minor = call.request.query_params, minor_of(call)
        names = {"instance_uuid": "server", "migration_type": "kind", "status": "status", "host": "source"}
        wanted = {names[name]: value for name, value in query.items() if name in names}
        found = [
            move
            for move in reversed(self._live.present().moves.migrations)
            if all(getattr(move, name) == value for name, value in wanted.items())
        ]
        return as_json({"migrations": [_migration(move, minor) for move in found]})

    def _history(self, call: Call) -> Response:
        entries = [_entry(entry, minor_of(call)) for entry in self._entries(call)]
        return as_json({"instanceActions": entries})

    def _entry(self, call: Call) -> Response:
        request_id = call.request.path_params["request_id"]
        for entry in self._entries(call):
            if entry.request_id == request_id:
                return as_json({"instanceAction": _entry(entry, minor_of(call)) | _events(entry, minor_of(call))})
        raise Fault(404, f"Action for request_id {request_id} on instance {server_of(self._live, call).id} not found")

    def _entries(self, call: Call) -> Iterable[InstanceAction]:
        server = server_of(self._live, call)
        return [entry for entry in reversed(self._live.present().history) if entry.server == server.id]

    def _flavors(self, call: Call) -> Response:
        return as_json({"flavors": [self._described(flavor) for flavor in FLAVORS.values()]})

    def _flavor(self, call: Call) -> Response:
        flavor_id = call.request.path_params["flavor_id"]
        if flavor_id not in FLAVORS:
            raise Fault(404, f"Flavor {flavor_id} could not be found.")
        return as_json({"flavor": self._described(FLAVORS[flavor_id])})

    def _described(self, flavor: Flavor) -> dict[str, object]:
        return {
            "id": flavor.id,
            "name": flavor.name,
            "ram": flavor.ram,
            "disk": flavor.disk,
            "vcpus": flavor.vcpus,
            "swap": "",
            "OS-FLV-EXT-DATA:ephemeral": 0,
            "OS-FLV-DISABLED:disabled": False,
            "os-flavor-access:is_public": True,
            "rxtx_factor": 1.0,
            "links": [{"rel": "self", "href": f"{self._url}/compute/v2.1/flavors/{flavor.id}"}],
        }

    def _hosts(self) -> list[Host]:
        return list(self._live.present().moves.hosts.values())

    def _service(self, host: Host, call: Call) -> dict[str, object]:
        view: dict[str, object] = {
            "binary": "nova-compute",
            "host": host.name,
            "id": self._service_id(host, call),
            "zone": "nova",
            "status": "enabled" if host.enabled else "disabled",
            "state": "up" if host.alive else "down",
            "updated_at": naive_micros(self._live.now()),
            "disabled_reason": host.disabled_reason,
        }
        return view | ({"forced_down": host.forced_down} if minor_of(call) >= 11 else {})

    def _service_id(self, host: Host, call: Call) -> int | str:
        return _number(host) if minor_of(call) < 53 else stable_uuid("service", host.name)


def _number(host: Host) -> int:
    return int(host.name.rpartition("-")[2])


def _migration(move: Migration, minor: int) -> dict[str, object]:
    view: dict[str, object] = {
        "id": move.id,
        "source_compute": move.source,
        "dest_compute": move.dest,
        "source_node": move.source,
        "dest_node": move.dest,
        "dest_host": None,
        "old_instance_type_id": 1,
        "new_instance_type_id": 1,
        "instance_uuid": move.server,
        "status": move.status,
        "created_at": naive_micros(move.created),
        "updated_at": naive_micros(move.updated),
    }
    if minor >= 23:
        view["migration_type"] = move.kind
    if minor >= 59:
        view["uuid"] = stable_uuid("migration", str(move.id))
    if minor >= 80:
        view |= {"user_id": TENANCY.user_id, "project_id": TENANCY.project_id}
    return view


def _entry(entry: InstanceAction, minor: int) -> dict[str, object]:
    view: dict[str, object] = {
        "action": entry.action,
        "instance_uuid": entry.server,
        "request_id": entry.request_id,
        "user_id": TENANCY.user_id,
        "project_id": TENANCY.project_id,
        "start_time": naive_micros(entry.started),
        "message": None if entry.details is None else "Error",
    }
    return view | ({"updated_at": naive_micros(entry.updated)} if minor >= 58 else {})


def _events(entry: InstanceAction, minor: int) -> dict[str, object]:
    if entry.updated == entry.started:
        return {"events": []}
    event: dict[str, object] = {
        "event": f"compute_{entry.action}",
        "start_time": naive_micros(entry.started),
        "finish_time": naive_micros(entry.updated),
        "result": "Success" if entry.details is None else "Error",
        "traceback": None,
    }
    # From 2.84 everybody is told why.
    return {"events": [event | ({"details": entry.details} if minor >= 84 else {})]}
