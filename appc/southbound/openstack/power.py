"""Start, Stop, Restart and Reboot of a VM by Nova.

What Start, Stop and Restart do depends on the server's status, asked from the cloud; what is not in the table fails:

    status                       Start     Stop              Restart
    ACTIVE                       -         os-stop           os-stop, os-start
    SHUTOFF                      os-start  -                 os-start
    PAUSED                       unpause   unpause, os-stop  unpause
    SUSPENDED                    resume    resume, os-stop   resume
    SHELVED, SHELVED_OFFLOADED   unshelve  -                 unshelve

A shelved server is a stopped one whose host was given back. A server in transition (BUILD, REBOOT, MIGRATING, any
task_state) is waited for. RESCUE and VERIFY_RESIZE fail, because a person is at work on the server; so do ERROR and
everything else. (APPC ends a Restart of a deleted server with success; here it fails.)
"""

from collections.abc import Mapping

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import RebootPayload
from appc.southbound.openstack.servers import Goal, Move, arrive, find, find_settled, move, settled
from appc.southbound.openstack.vm_work import VmWork

START, STOP = Move("os-start", "ACTIVE"), Move("os-stop", "SHUTOFF")
UNPAUSE, RESUME, SUSPEND = Move("unpause", "ACTIVE"), Move("resume", "ACTIVE"), Move("suspend", "SUSPENDED")
_UNSHELVE = Move("unshelve", "ACTIVE")

Plan = Mapping[str, tuple[Move, ...]]

_SHELVED = {"SHELVED": (_UNSHELVE,), "SHELVED_OFFLOADED": (_UNSHELVE,)}
_TO_START: Plan = {"ACTIVE": (), "SHUTOFF": (START,), "PAUSED": (UNPAUSE,), "SUSPENDED": (RESUME,), **_SHELVED}
_TO_RESTART: Plan = {**_TO_START, "ACTIVE": (STOP, START)}
_TO_STOP: Plan = {
    "ACTIVE": (STOP,),
    "SHUTOFF": (),
    "PAUSED": (UNPAUSE, STOP),
    "SUSPENDED": (RESUME, STOP),
    "SHELVED": (),
    "SHELVED_OFFLOADED": (),
}


def start(work: VmWork) -> Outcome:
    """Start: the server runs afterwards (guide, "Start")."""
    return _bring(work, _TO_START)


def stop(work: VmWork) -> Outcome:
    """Stop: the server is off afterwards (guide, "Stop")."""
    return _bring(work, _TO_STOP)


def restart(work: VmWork) -> Outcome:
    """Restart: off and on again, or only on (guide, "Restart")."""
    return _bring(work, _TO_RESTART)


def reboot(work: VmWork) -> Outcome:
    """Reboot of the payload's type; Nova judges from which status (guide, "Reboot")."""
    kind = RebootPayload.parse(work.task.request.payload).type
    # A HARD reboot is the way out of a task that hangs: it must not wait for that task to end.
    server = find(work) if kind == "HARD" else find_settled(work)
    answer = work.act("reboot", {"type": kind}, f"{kind} {server.name}")
    arrive(work, server, Goal.status("ACTIVE"), answer)
    return Outcome.success()


def _bring(work: VmWork, plan: Plan) -> Outcome:
    server = find(work)
    if plan.get(server.status) != () or not server.stays:
        server = settled(work, server)
    moves = plan.get(server.status)
    if moves is None:
        raise DgFailure(f"{work.task.action.name} is not possible: {server.described}")
    for step in moves:
        server = move(work, server, step)
    return Outcome.success("" if moves else f"{server} is {server.status} already")
