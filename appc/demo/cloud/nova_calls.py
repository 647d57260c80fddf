"""What all of Nova's calls have in common: microversions, faults in Nova's words, the server in the path."""

from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud import microversions
from appc.demo.cloud.actions import Order
from appc.demo.cloud.answers import Call, Guard, Handler, endpoint
from appc.demo.cloud.faults import Fault, as_nova
from appc.demo.cloud.live import Live
from appc.demo.cloud.refusals import Conflict, InUse, Invalid, NotFound
from appc.demo.cloud.values import Image, Server

ROOT = "/compute/v2.1"


def route(path: str, handler: Handler, guard: Guard, method: str = "GET") -> Route:
    """A path below Nova's root, with one method."""
    return Route(ROOT + path, endpoint(versioned(handler), guard), methods=[method])


def versioned(handler: Handler) -> Handler:
    """The handler with its faults in Nova's words; every answer names the microversion that was used."""

    def answer(call: Call) -> Response:
        try:
            minor = microversions.asked(call.request.headers)
        except Fault as fault:
            return as_nova(fault)
        try:
            response = handler(call)
        except Fault as fault:
            response = as_nova(fault)
        response.raw_headers.extend(microversions.answered(minor))
        return response

    return answer


def minor_of(call: Call) -> int:
    """The microversion that a call asks for."""
    return microversions.asked(call.request.headers)


def server_of(live: Live, call: Call) -> Server:
    """The server that the path names. Raises: Fault 404."""
    server_id = call.request.path_params["server_id"]
    try:
        return live.present().server(server_id)
    except NotFound:
        raise Fault(404, f"Instance {server_id} could not be found.") from None


def act(live: Live, call: Call, order: Order) -> Image | None:
    """Have an action accepted for the server in the path. Raises: Fault 400, 404, 409."""
    server = server_of(live, call)
    known = replace(order, request_id=call.request_id)
    try:
        return live.change(lambda world, now: world.act(server.id, known, call.caller_request_id, now))
    except Conflict as conflict:
        raise _refusal(conflict, order.action.word, server.id) from None
    except InUse as taken:
        raise Fault(409, str(taken)) from None
    except Invalid as invalid:
        raise Fault(400, str(invalid)) from None


def _refusal(conflict: Conflict, word: str, server_id: str) -> Fault:
    if conflict.state is None:
        return Fault(409, f"Instance {server_id} is in an invalid state for '{word}'")
    where = f"{conflict.attr} {conflict.state}"
    return Fault(409, f"Cannot '{word}' instance {server_id} while it is in {where}")
