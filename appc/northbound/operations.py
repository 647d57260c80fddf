"""What operators and their machines ask: is it alive, is it ready, what does it count (contract section 5.3)."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

import anyio
import anyio.to_thread
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from appc.northbound.http.application import Door
from appc.northbound.http.authentication import OPEN_PATHS
from appc.northbound.http.openapi import Description, Json
from appc.northbound.http.resource import resource

#: How long a dependency may take to answer, in seconds.
CHECK_S = 5.0

_log = logging.getLogger(__name__)

_FRESH = {"Cache-Control": "no-store"}


class Operations:
    """`/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, checks: Mapping[str, Callable[[], object]], registry: CollectorRegistry) -> None:
        """`checks`: what the controller cannot do without, by name; each returns, or raises whatever is wrong."""
        self._checks = dict(checks)
        self._registry = registry
        self._checkers = anyio.CapacityLimiter(max(1, len(self._checks)))
        self._running: dict[str, asyncio.Task[object]] = {}

    def door(self) -> Door:
        """What the HTTP application needs of this API."""
        return Door(
            [
                resource("/healthz", GET=self._alive),
                resource("/readyz", GET=self._ready),
                resource("/metrics", GET=self._metrics),
            ]
        )

    async def _alive(self, request: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers=_FRESH)

    async def _ready(self, request: Request) -> Response:
        checking = {name: self._check(name) for name in self._checks}
        if checking:
            await asyncio.wait(checking.values(), timeout=CHECK_S)
        found = {name: _verdict(task) for name, task in checking.items()}
        ready = all(verdict == "ready" for verdict in found.values())
        content = {"status": "ready" if ready else "not ready", "dependencies": found}
        return JSONResponse(content, HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, headers=_FRESH)

    def _check(self, name: str) -> "asyncio.Task[object]":
        """The check of one dependency that is under way, or a new one: one that hangs takes one thread, once."""
        if name not in self._running:
            task = asyncio.create_task(self._in_thread(self._checks[name]))
            task.add_done_callback(lambda done: self._ended(name, done))
            self._running[name] = task
        return self._running[name]

    async def _in_thread(self, check: Callable[[], object]) -> object:
        return await anyio.to_thread.run_sync(check, limiter=self._checkers)

    def _ended(self, name: str, task: "asyncio.Task[object]") -> None:
        del self._running[name]
        if not task.cancelled() and (error := task.exception()):
            _log.warning("%s is not ready: %s", name, error)

    async def _metrics(self, request: Request) -> Response:
        # One client asks for the OpenMetrics format, another for the older one of Prometheus.
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        content = await anyio.to_thread.run_sync(encode, self._registry)
        return Response(content, headers={"Content-Type": content_type, **_FRESH})


def _verdict(task: "asyncio.Task[object]") -> str:
    # Whoever may ask here has no password, so the reason stands in the log only.
    if not task.done():
        return f"no answer within {CHECK_S:.0f} s"
    return "ready" if not task.cancelled() and task.exception() is None else "unavailable"


def _health(id: str, summary: str, responses: Json) -> Json:
    return {"get": {"operationId": id, "summary": summary, "responses": responses}}


def _status(meaning: str, word: str, **more: Json) -> Json:
    properties = {"status": {"const": word}, **more}
    schema = {"type": "object", "additionalProperties": False, "required": sorted(properties), "properties": properties}
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}


_DEPENDENCIES: Json = {"type": "object", "additionalProperties": {"type": "string"}}
_SAMPLES: Json = {"schema": {"type": "string"}}

OPERATIONS = Description(
    "operations",
    "What operators and their machines ask.",
    {
        "/healthz": _health("healthz", "Whether it is alive", {"200": _status("It is.", "alive")}),
        "/readyz": _health(
            "readyz",
            "Whether it can do its work",
            {
                "200": _status("Bus and store answer.", "ready", dependencies=_DEPENDENCIES),
                "503": _status("Something does not, or it is stopping.", "not ready", dependencies=_DEPENDENCIES),
            },
        ),
        "/metrics": _health(
            "metrics",
            "What it counts, for Prometheus",
            {
                "200": {
                    "description": "The format that is accepted.",
                    "content": {"text/plain": _SAMPLES, "application/openmetrics-text": _SAMPLES},
                }
            },
        ),
    },
    open_paths=OPEN_PATHS,
)
