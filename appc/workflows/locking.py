"""Lock, Unlock and CheckLock (LCM API Guide, "Lock", "Unlock", "CheckLock"; contract section 4)."""

from appc.lcm import admission
from appc.lcm.admission import Circumstances
from appc.lcm.errors import InvalidInputParameter
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import UnlockPayload
from appc.lcm.ports.store import View
from appc.lcm.request import Request
from appc.lcm.vnf import VnfState


def lock(request: Request, view: View, at: Circumstances) -> tuple[VnfState, Outcome]:
    """Lock the VNF for this request-id, or renew. Raises: LockingFailure (310)."""
    return admission.lock(request.key.request_id, view.vnf, at), Outcome.success()


def unlock(request: Request, view: View, at: Circumstances) -> tuple[VnfState, Outcome]:
    """Give the lock back. Raises: InvalidInputParameter (301) for another's request-id, LockingFailure (310)."""
    named = UnlockPayload.parse(request.payload).request_id
    if named and named != request.key.request_id:
        raise InvalidInputParameter("payload.request-id is not the request-id of the common header")
    return admission.unlock(request.key.request_id, view.vnf, at), Outcome.success()


def check_lock(request: Request, view: View, at: Circumstances) -> tuple[VnfState, Outcome]:
    """Say whether the VNF is locked; changes nothing."""
    del request
    return view.vnf, Outcome.success(locked="TRUE" if admission.locked(view.vnf, at.now) else "FALSE")
