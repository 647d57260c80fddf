"""`/configurations`: what ran on VNFs, and how two of these differ. Secrets are not shown."""

import difflib
from http import HTTPStatus
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from appc.lcm.canonical import readable_lines
from appc.lcm.ports.configurations import Configurations, StoredConfiguration
from appc.northbound.http.application import Door
from appc.northbound.http.faults import Fault
from appc.northbound.http.resource import resource

#: Threads that read configurations.
_CALLS = 4


class ConfigurationDoor:
    """For the event loop's thread; the store is called in others."""

    def __init__(self, configurations: Configurations) -> None:
        self._configurations = configurations
        self._calls = anyio.CapacityLimiter(_CALLS)

    def door(self) -> Door:
        """What the HTTP application needs of this API."""
        return Door(
            [
                resource("/configurations", GET=self._list),
                resource("/configurations/{id}", GET=self._show),
                resource("/configurations/{id}/differences/{other}", GET=self._differences),
            ]
        )

    async def _list(self, request: Request) -> Response:
        vnf_id = request.query_params.get("vnf-id")
        if not vnf_id:
            raise Fault(HTTPStatus.BAD_REQUEST, "the query names no vnf-id")
        history = await anyio.to_thread.run_sync(self._history, vnf_id, limiter=self._calls)
        return JSONResponse({"configurations": history})

    async def _show(self, request: Request) -> Response:
        found = await self._find(request.path_params["id"])
        return JSONResponse(_members(found) | {"content": found.shown})

    async def _differences(self, request: Request) -> Response:
        one, other = [await self._find(request.path_params[name]) for name in ("id", "other")]
        ids = one.upload_config_id, other.upload_config_id
        lines = [line.rstrip("\n") for line in difflib.unified_diff(_lines(one), _lines(other), *ids)]
        return JSONResponse({"equal": one.content == other.content, "differences": lines})

    def _history(self, vnf_id: str) -> list[dict[str, Any]]:
        current = {each.upload_config_id for each in self._configurations.current(vnf_id)}
        history = self._configurations.history(vnf_id)
        return [_members(each) | {"current": each.upload_config_id in current} for each in history]

    async def _find(self, id: str) -> StoredConfiguration:
        found = await anyio.to_thread.run_sync(self._configurations.find, id, limiter=self._calls)
        if found is None:
            raise Fault(HTTPStatus.NOT_FOUND, f"there is no configuration {id}")
        return found


def _members(configuration: StoredConfiguration) -> dict[str, Any]:
    return {
        "upload_config_id": configuration.upload_config_id,
        "vnf-id": configuration.vnf_id,
        "vnf-type": configuration.vnf_type,
        "vnfc-type": configuration.vnfc_type or "",
        "action": configuration.action,
        "request-id": configuration.request_id,
        "stored-at": f"{configuration.stored_at:%Y-%m-%dT%H:%M:%SZ}",
        "format": configuration.format.value,
    }


def _lines(configuration: StoredConfiguration) -> list[str]:
    return readable_lines(configuration.shown, configuration.format)
