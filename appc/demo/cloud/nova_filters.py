"""The filters of Nova's lists of servers: status, name and changes-since; others are ignored.

Source: Nova, `nova/api/openstack/compute/servers.py`, `_get_servers`.
"""

import re

from starlette.datastructures import QueryParams

from appc.demo.cloud.faults import Fault
from appc.demo.cloud.isotime import parse
from appc.demo.cloud.statuses import DEFAULT, states_behind
from appc.demo.cloud.values import Server


def filtered(servers: list[Server], query: QueryParams, minor: int) -> list[Server]:
    """The servers that the query asks for. Raises: Fault 400."""
    if "changes-since" in query:
        since = _since(query["changes-since"])
        # The list of changes is the only one that shows deleted servers.
        servers = [server for server in servers if server.updated >= since]
    else:
        servers = [server for server in servers if server.vm_state != "deleted"]
    if "status" in query:
        servers = _by_status(servers, query.getlist("status"), minor)
    if "name" in query:
        pattern = _pattern(query["name"])
        servers = [server for server in servers if pattern.search(server.name)]
    return servers


def _by_status(servers: list[Server], statuses: list[str], minor: int) -> list[Server]:
    vm_states, task_states = states_behind(statuses)
    if not vm_states:
        if minor >= 38:
            raise Fault(400, "Invalid status value")
        return []
    if vm_states == {"deleted"}:
        raise Fault(403, "Only administrators may list deleted instances")
    found = [server for server in servers if server.vm_state in vm_states]
    if DEFAULT in task_states:
        return found
    return [server for server in found if server.task_state in task_states]


def _since(text: str) -> float:
    try:
        return parse(text)
    except ValueError:
        raise _invalid("changes-since", text, "date-time") from None


def _pattern(text: str) -> re.Pattern[str]:
    # A name filter is a regular expression that may match anywhere in the name.
    try:
        return re.compile(text)
    except re.error:
        raise _invalid("name", text, "regex") from None


def _invalid(name: str, text: str, form: str) -> Fault:
    return Fault(400, f"Invalid input for query parameters {name}. Value: {text}. {text!r} is not a {form!r}")
