"""ActionStatus (LCM API Guide, "ActionStatus"; contract section 4)."""

import json

from appc.lcm.admission import Circumstances
from appc.lcm.errors import MultipleRequestsFound
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import ActionStatusPayload
from appc.lcm.ports.store import Search, View
from appc.lcm.record import RequestRecord
from appc.lcm.request import Request, RequestKey
from appc.lcm.vnf import VnfState


def search_of(request: Request) -> Search:
    """What an ActionStatus request looks for. Raises as its payload's parsing does."""
    wanted = ActionStatusPayload.parse(request.payload)
    return Search(wanted.request_id, wanted.sub_request_id, wanted.originator_id)


def action_status(request: Request, view: View, at: Circumstances) -> tuple[VnfState, Outcome]:
    """Say where the request that is asked about stands. Raises: MultipleRequestsFound (315)."""
    del at
    newest: dict[RequestKey, RequestRecord] = {}
    for record in view.found:  # newest first; of several with the same three ids that one counts
        newest.setdefault(record.request.key, record)
    if len(newest) > 1:
        raise MultipleRequestsFound(_criteria(request))
    found = next(iter(newest.values()), None)
    word, reason = (found.status_word, found.status_reason(view.now)) if found else ("NOT_FOUND", "NOT_FOUND")
    return view.vnf, Outcome.success(payload=_payload(word, reason))


def _payload(word: str, reason: str) -> str:
    return json.dumps({"status": word, "status-reason": reason}, separators=(",", ":"))


def _criteria(request: Request) -> str:
    search = search_of(request)
    terms = {
        "request-id": search.request_id,
        "vnf-id": request.vnf_id,
        "sub-request-id": search.sub_request_id,
        "originator-id": search.originator_id,
    }
    return " AND ".join(f"{name}={value}" for name, value in terms.items() if value)
