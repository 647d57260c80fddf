"""What can be waited for, and the calls that look at it: one thing by itself, or several by one list.

A list is only a short cut: what it does not show (the clocks of the cloud differ, the list has more pages, the service
does not know the filter) is asked for by itself, so a wait never hangs on how well a list filters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import CloudConnection, Service

Body = Mapping[str, Any]

#: What can be waited for, as it stands in the path.
SERVERS, IMAGES, VOLUMES, VOLUME_SNAPSHOTS = "servers", "images", "volumes", "snapshots"

#: The member of an answer that holds the one thing; Glance answers with the thing itself.
_MEMBER = {SERVERS: "server", VOLUMES: "volume", VOLUME_SNAPSHOTS: "snapshot"}
#: Most things in one list; Glance gives 25 where nothing is asked for.
_PAGE = 100
#: The member that tells how much is done, by the statuses in which it means something: Nova's, then Cinder's.
_PROGRESS = dict.fromkeys(("BUILD", "REBUILD", "RESIZE", "MIGRATING"), "progress") | {
    "creating": "os-extended-snapshot-attributes:progress"
}


@dataclass(frozen=True)
class Listing:
    """What a list is to show.

    `since`: the cloud's time, in seconds since the epoch, from which on changes matter; `foreign`: the project,
    where it is not the one of the cloud's user (an administrator may look into it).
    """

    kind: str
    ids: tuple[str, ...]
    since: float = 0.0
    foreign: str | None = None


def look(connection: "CloudConnection", kind: str, id: str, request_id: str) -> Body:
    """The thing as it is now. Raises: CloudFailure."""
    body = _service(connection, kind).get(f"/{kind}/{id}", request_id).body
    return body.get(_MEMBER.get(kind, ""), body)  # type: ignore[no-any-return]


def look_at_many(connection: "CloudConnection", listing: Listing, request_id: str) -> dict[str, Body]:
    """Those that the list shows, by id. Raises: CloudFailure."""
    body = _service(connection, listing.kind).get(_path(listing), request_id).body
    return {thing["id"]: thing for thing in _things(body.get(listing.kind))}


def state(body: Body) -> str:
    """The status, and the task behind it where there is one."""
    task = body.get("OS-EXT-STS:task_state")
    return f"{body.get('status')}" + (f" ({task})" if task else "")


def percent(body: Body) -> int | None:
    """How much of it is done, where the cloud says so: Nova of servers, Cinder of snapshots of volumes."""
    shown = body.get(_PROGRESS.get(str(body.get("status")), ""))
    digits = str(shown).removesuffix("%")
    return int(digits) if digits.isdecimal() and 0 < int(digits) <= 100 else None


def _service(connection: "CloudConnection", kind: str) -> "Service":
    if kind == SERVERS:
        return connection.compute
    return connection.image if kind == IMAGES else connection.volume


def _path(listing: Listing) -> str:
    if listing.kind == IMAGES:
        return f"/images?limit={_PAGE}&id=in:{','.join(listing.ids[:_PAGE])}"
    # Cinder has no filter for changes at every version; the last that changed come first.
    query = f"sort=updated_at:desc&limit={_PAGE}"
    if listing.kind == SERVERS:
        query = f"changes-since={datetime.fromtimestamp(listing.since, UTC):%Y-%m-%dT%H:%M:%SZ}"
    if listing.foreign:
        query += f"&all_tenants=1&project_id={listing.foreign}"
    return f"/{listing.kind}/detail?{query}"


def _things(listed: object) -> Iterable[Body]:
    return [thing for thing in listed if isinstance(thing, dict) and "id" in thing] if isinstance(listed, list) else []
