"""The routes of Message Router: `/events/...` and `/topics` (contract section 5.2)."""

import re
from dataclasses import dataclass
from http import HTTPStatus

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from appc.lcm.ports.bus import Bus, Message
from appc.northbound.http.application import Door
from appc.northbound.http.bodies import read_body
from appc.northbound.http.faults import Fault
from appc.northbound.http.resource import resource
from appc.northbound.message_router.long_polls import LongPolls, Poll
from appc.northbound.message_router.splitting import Splitter, splitter

#: What the body of one POST may hold, in bytes.
MAX_BODY_BYTES = 16 * 1024 * 1024

#: How long a GET waits, in milliseconds, if it does not say so or not in digits.
DEFAULT_TIMEOUT_MS = 10_000

#: The longest wait: proxies take a connection that is silent for longer to be dead. Clients ask again anyway.
MAX_TIMEOUT_MS = 60_000

#: Messages in one answer, if the GET does not ask for fewer.
MAX_LIMIT = 4096

#: Threads that publish.
_PUBLISHERS = 8

#: Message Router's numbers for what went wrong (facts section 9.7 and the enumeration of its service).
_MR_STATUS = {400: 3010, 401: 4001, 403: 4002, 404: 3001, 405: 3003, 408: 5006, 413: 3008, 415: 5003, 503: 3002}
_MR_STATUS_OTHER = 3009


@dataclass(frozen=True)
class Topics:
    """The topics there are: anybody may read them, and publish to the first."""

    request: str
    response: str
    dead_letter: str
    configuration: str

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.request, self.response, self.dead_letter, self.configuration)


class MessageRouter:
    """Publishes what it is sent, and delivers what is on the topics to groups of its own."""

    def __init__(self, topics: Topics, bus: Bus, polls: LongPolls, max_message_bytes: int) -> None:
        self._topics = topics
        self._bus = bus
        self._polls = polls
        self._max_message_bytes = max_message_bytes
        self._publishers = anyio.CapacityLimiter(_PUBLISHERS)

    def door(self) -> Door:
        """What the HTTP application needs of this API."""
        routes = [
            resource("/events/{topic}", POST=self._publish, GET=self._incorrect_url),
            resource("/events/{topic}/{group}", GET=self._incorrect_url),
            resource("/events/{topic}/{group}/{id}", GET=self._consume, head=False),
            resource("/topics", GET=self._list_topics),
            resource("/topics/listAll", GET=self._list_all_topics),
            resource("/topics/{topic}", GET=self._show_topic),
        ]
        return Door(routes, ("/events", "/topics"), message_router_form, self._polls.close)

    async def _publish(self, request: Request) -> Response:
        began = anyio.current_time()
        topic = self._known(request)
        if topic != self._topics.request:
            raise Fault(HTTPStatus.FORBIDDEN, f"only the controller publishes to {topic}")
        split = splitter(request.headers.get("content-type", ""))
        body = await read_body(request, MAX_BODY_BYTES)
        key = request.query_params.get("partitionKey")
        count = await anyio.to_thread.run_sync(self._publish_parts, split, body, key, limiter=self._publishers)
        return JSONResponse({"serverTimeMs": round((anyio.current_time() - began) * 1000), "count": count})

    def _publish_parts(self, split: Splitter, body: bytes, key: str | None) -> int:
        parts = split(body)
        if any(len(part.value) > self._max_message_bytes for part in parts):
            detail = f"a message is larger than {self._max_message_bytes} bytes; nothing was published"
            raise Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
        if parts:
            self._bus.publish([Message(self._topics.request, part.key or key or None, part.value) for part in parts])
        return len(parts)

    async def _consume(self, request: Request) -> ASGIApp:
        limit = _number(request, "limit", MAX_LIMIT)
        poll = Poll(
            topic=self._known(request),
            group=request.path_params["group"],
            limit=min(limit, MAX_LIMIT) if limit > 0 else MAX_LIMIT,
            wait_s=max(0, min(_number(request, "timeout", DEFAULT_TIMEOUT_MS), MAX_TIMEOUT_MS)) / 1000,
        )

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await self._polls.serve(poll, receive, send)

        return answer

    async def _incorrect_url(self, request: Request) -> Response:
        detail = f"Incorrect url: {request.scope['path']} should be /events/<topic>/<group>/<id>"
        raise Fault(HTTPStatus.NOT_FOUND, detail)

    async def _list_topics(self, request: Request) -> Response:
        return JSONResponse({"topics": self._topics.names})

    async def _list_all_topics(self, request: Request) -> Response:
        described = [{"topicName": name, "owner": "", "txenabled": False} for name in self._topics.names]
        return JSONResponse({"topics": described})

    async def _show_topic(self, request: Request) -> Response:
        topic = self._known(request)
        anybody = {"enabled": False, "users": []}
        only_us = {"enabled": topic != self._topics.request, "users": []}
        return JSONResponse({"name": topic, "owner": "", "description": "", "readerAcl": anybody, "writerAcl": only_us})

    def _known(self, request: Request) -> str:
        topic: str = request.path_params["topic"]
        if topic not in self._topics.names:
            raise Fault(HTTPStatus.NOT_FOUND, f"No such topic exists.-[{topic}]")
        return topic


def message_router_form(fault: Fault) -> Response:
    """Message Router's form of an error."""
    content = {
        "mrstatus": _MR_STATUS.get(fault.status, _MR_STATUS_OTHER),
        "helpURL": "http://onap.readthedocs.io",
        "message": fault.detail,
        "status": fault.status,
    }
    return JSONResponse(content, fault.status)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text) else default
