"""Why an action that Nova took came to nothing: its history of the server says so where the server itself does not."""

from typing import TYPE_CHECKING

from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.looks import SERVERS
from appc.southbound.openstack.vm_work import ServerWork

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

#: From this microversion on a plain user is told, too; before it nobody is, but for a traceback for administrators.
_DETAILS = (2, 84)
#: Longest explanation that is passed on, in characters.
_LONGEST = 400


def why(work: ServerWork, server_id: str, answer: "Answer | None") -> str:
    """Nova's own words on what it answered with this and then did not do; empty where it has none."""
    request_id = answer and answer.headers.get("x-openstack-request-id")
    if not request_id:
        return ""
    nova, path = work.connection.compute, f"/{SERVERS}/{server_id}/os-instance-actions/{request_id}"
    try:
        if not nova.supports(_DETAILS):
            return ""
        entry = nova.get(path, work.request_id, "2.84").body.get("instanceAction", {})
    except CloudFailure:
        # The action has failed anyhow; it is only said with fewer words.
        return ""
    details = (event.get("details") for event in entry.get("events", []) if event.get("result") == "Error")
    return next((" ".join(text.split())[:_LONGEST] for text in details if text), "")
