"""Migrate: a VM moves to another host that Nova chooses, and is in the state it was in.

It is Nova's cold migration, confirmed as soon as the server is there. Nova moves what runs or is off only, so a
suspended server is resumed first and suspended again afterwards; whatever is not in the table fails with advice:

    status      Migrate
    ACTIVE      migrate, confirmResize
    SHUTOFF     migrate, confirmResize
    SUSPENDED   resume, migrate, confirmResize, suspend

A migration that Nova rolls back leaves the server as it was, and fails with Nova's own reason.
"""

from typing import TYPE_CHECKING

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.power import RESUME, SUSPEND
from appc.southbound.openstack.servers import Goal, Server, arrive, find_settled, move, told
from appc.southbound.openstack.vm_work import VmWork

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

#: How long Nova may take for a confirmation, in seconds: it shows no task meanwhile (APPC's time-out for a change of
#: state, facts 6.3).
_CONFIRMED_WITHIN_S = 300.0
#: Nova confirms no longer what it is confirming, or has confirmed (`resize_confirm_window`).
_CONFIRMED_ALREADY = (400, 409)


def migrate(work: VmWork) -> Outcome:
    """Migrate (guide, "Migrate"; facts 6.4)."""
    server = find_settled(work)
    if server.status not in ("ACTIVE", "SHUTOFF", "SUSPENDED"):
        raise DgFailure(f"Migrate is not possible: {server.described}")
    if server.status != "SUSPENDED":
        return _moved(server, move_cold(work, server))
    running = move(work, server, RESUME)
    try:
        arrived = move_cold(work, running)
    except DgFailure:
        # Rolled back: it was suspended, so it is to be. Where it cannot be, the migration's failure says more.
        _suspend_again(work)
        raise
    return _moved(server, move(work, arrived, SUSPEND))


def move_cold(work: VmWork, server: Server) -> Server:
    """Move a server that runs or is off to another host, and keep it there. Raises: CloudFailure, DgFailure (401)."""
    return confirm(work, await_move(work, server, "migrate"), server.status)


def await_move(work: VmWork, server: Server, operation: str, arguments: object = None) -> Server:
    """Have a server migrated or resized; it waits for a confirmation then. Raises: CloudFailure, DgFailure (401)."""

    def there(now: Server) -> bool:
        # Some clouds confirm by themselves.
        kept = now.status == server.status and now.host not in (None, server.host)
        return now.status == "VERIFY_RESIZE" or kept

    def call() -> "Answer":
        return work.act(operation, arguments, server.name)

    answer = told(call, lambda: there(find_settled(work)))
    return arrive(work, server, Goal("come to another host", there), answer)


def confirm(work: VmWork, server: Server, status: str) -> Server:
    """Keep a server where it was moved to; it is in this status again. Raises: CloudFailure, DgFailure (401)."""
    if server.status == status:
        return server
    try:
        answer = told(lambda: work.act("confirmResize", None, server.name), lambda: find_settled(work).status == status)
    except CloudFailure as failure:
        if failure.http_status not in _CONFIRMED_ALREADY:
            raise
        answer = None
    goal = Goal(f"become {status}", lambda now: now.status == status, _CONFIRMED_WITHIN_S)
    return arrive(work, server, goal, answer)


def _suspend_again(work: VmWork) -> None:
    try:
        server = find_settled(work)
        if server.status == "ACTIVE":
            move(work, server, SUSPEND)
    except DgFailure:
        return


def _moved(before: Server, now: Server) -> Outcome:
    where = f" from host {before.host} to {now.host}" if now.host else ""
    return Outcome.success(f"{now} was moved{where}")
