"""The route of RESTCONF: `POST /restconf/operations/appc-provider-lcm:<rpc-name>` (contract section 5.1)."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from http import HTTPStatus

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from appc.controller.backlog import Backlog, QueueFull
from appc.controller.controller import Controller, Reply
from appc.lcm import request as lcm
from appc.lcm.actions import ACTIONS, Action, same_rpc_name
from appc.northbound.http.application import Door
from appc.northbound.http.bodies import read_body
from appc.northbound.http.faults import RETRY_AFTER_S, Fault
from appc.northbound.restconf.errors import malformed_form, restconf_form
from appc.northbound.restconf.paths import JSON, PREFIX, RPCS, YANG_JSON
from appc.wire.envelope import read_input
from appc.wire.lcm_json import output_members, to_bytes
from appc.wire.malformed import Malformed
from appc.wire.schemas import Schemas

_log = logging.getLogger(__name__)

#: Threads that judge and store: a store that hangs holds these up and nobody else.
_CALLS = 8


class Restconf:
    """Answers calls; what they bring about later goes to the response topic.

    `ready` raises Unavailable where no final answer could be published now. For the event loop's thread.
    """

    def __init__(
        self,
        controller: Controller,
        backlog: Backlog,
        ready: Callable[[], object],
        schemas: Schemas,
        max_message_bytes: int,
    ) -> None:
        self._controller = controller
        self._backlog = backlog
        self._ready = ready
        self._schemas = schemas
        self._max_message_bytes = max_message_bytes
        self._calls = anyio.CapacityLimiter(_CALLS)

    def door(self) -> Door:
        """What the HTTP application needs of this API."""
        return Door([Route(RPCS + "{rpc_name}", self)], (PREFIX,), restconf_form)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for any method: what is no rpc is 404 before the method counts."""
        answer = await self._call(Request(scope, receive))
        await answer(scope, receive, send)

    async def _call(self, request: Request) -> ASGIApp:
        action = _action(request.path_params["rpc_name"])
        _require_post_of_json(request)
        body = await read_body(request, self._max_message_bytes)
        return await anyio.to_thread.run_sync(self._answer, action, body, _media_type(request), limiter=self._calls)

    def _answer(self, action: Action, body: bytes, media_type: str) -> ASGIApp:
        try:
            reading = read_input(body, action.rpc_name, self._max_message_bytes, self._schemas)
        except Malformed as malformed:
            _log.warning("malformed call of %s: %s", action.rpc_name, malformed)
            return malformed_form(malformed)
        if reading.unknown_members:
            names = ", ".join(reading.unknown_members)
            _log.info("unknown members are ignored: %s", names, extra=lcm.request_fields(reading.request))
        reply = self._judged(reading.request)
        content = to_bytes({"output": output_members(reading.request, reply.outcome)})
        return self._said(reply, Response(content, media_type=media_type))

    def _judged(self, request: lcm.Request) -> Reply:
        self._ready()
        waits = not ACTIONS[request.action].synchronous
        try:
            with self._backlog.place() if waits else nullcontext():
                return self._controller.submit(request)
        except QueueFull as full:
            again = {"Retry-After": str(RETRY_AFTER_S)}
            raise Fault(HTTPStatus.SERVICE_UNAVAILABLE, f"{full}; try again", again) from None

    def _said(self, reply: Reply, response: Response) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await response(scope, receive, send)
            finally:  # stored and promised, even if the client did not wait for it
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(self._controller.replied, reply, limiter=self._calls)

        return answer if reply.owed else response


def _action(rpc_name: str) -> Action:
    for action in ACTIONS.values():
        if same_rpc_name(rpc_name, action):
            return action
    raise Fault(HTTPStatus.NOT_FOUND, f"appc-provider-lcm has no rpc {rpc_name!r}")


def _require_post_of_json(request: Request) -> None:
    if request.method != "POST":
        raise Fault(HTTPStatus.METHOD_NOT_ALLOWED, "an rpc is called by POST", {"Allow": "POST"})
    if _type_of(request.headers.get("content-type", "")) not in (JSON, YANG_JSON):
        raise Fault(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the input is {JSON} or {YANG_JSON}")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Fault(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the input is not compressed", {"Accept-Encoding": "identity"})


def _media_type(request: Request) -> str:
    accepted = [_type_of(each) for each in request.headers.get("accept", "").split(",")]
    return YANG_JSON if YANG_JSON in accepted and JSON not in accepted else JSON


def _type_of(header: str) -> str:
    return header.partition(";")[0].strip().lower()
