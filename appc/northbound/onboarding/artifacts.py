"""`/artifacts`: artifacts are listed, shown, validated, loaded and removed while the controller runs."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from appc.lcm import strict_json
from appc.lcm.artifact import Artifact, TemplateFormat
from appc.lcm.masking import masked
from appc.lcm.ports.artifacts import Loaded, NotRemovable, Onboarding
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.redaction import REDACTED, is_secret, redacted
from appc.lcm.template import unfilled, without_samples
from appc.northbound.http.application import Door
from appc.northbound.http.bodies import read_body
from appc.northbound.http.faults import Fault
from appc.northbound.http.resource import resource

_log = logging.getLogger(__name__)

#: What one set of files may hold, in bytes.
MAX_BODY_BYTES = 16_777_216
#: Threads that read and write artifacts.
_CALLS = 4


class ArtifactDoor:
    """For the event loop's thread; the store is called in others."""

    def __init__(self, onboarding: Onboarding) -> None:
        self._onboarding = onboarding
        self._calls = anyio.CapacityLimiter(_CALLS)

    def door(self) -> Door:
        """What the HTTP application needs of this API."""
        return Door(
            [
                resource("/artifacts", GET=self._list, POST=self._add),
                resource("/artifacts/validation", POST=self._validate),
                resource("/artifacts/{id}", GET=self._show, DELETE=self._remove),
            ]
        )

    async def _list(self, request: Request) -> Response:
        artifacts = await anyio.to_thread.run_sync(self._onboarding.all, limiter=self._calls)
        return JSONResponse({"artifacts": [summary(each) for each in artifacts]})

    async def _show(self, request: Request) -> Response:
        id = request.path_params["id"]
        for each in await anyio.to_thread.run_sync(self._onboarding.all, limiter=self._calls):
            if each.id == id:
                return JSONResponse(details(each))
        raise Fault(HTTPStatus.NOT_FOUND, f"there is no artifact {id}")

    async def _add(self, request: Request) -> Response:
        files = await _files(request)
        loaded = await self._read(self._onboarding.add, files)
        for each in loaded.artifacts:
            _log.info("artifact %s is loaded: version %d for %s", each.id, each.version, each.key)
        return JSONResponse(_content(loaded), HTTPStatus.CREATED)

    async def _validate(self, request: Request) -> Response:
        files = await _files(request)
        return JSONResponse(_content(await self._read(self._onboarding.validate, files)))

    async def _remove(self, request: Request) -> Response:
        id = request.path_params["id"]
        try:
            removed = await anyio.to_thread.run_sync(self._onboarding.remove, id, limiter=self._calls)
        except NotRemovable as error:
            raise Fault(HTTPStatus.CONFLICT, str(error)) from None
        if not removed:
            raise Fault(HTTPStatus.NOT_FOUND, f"there is no artifact {id}")
        _log.info("artifact %s is removed", id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _read(self, reading: Callable[[Mapping[str, str]], Loaded], files: Mapping[str, str]) -> Loaded:
        try:
            return await anyio.to_thread.run_sync(reading, files, limiter=self._calls)
        except Misconfigured as error:
            raise Fault(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None


def summary(artifact: Artifact) -> dict[str, Any]:
    """What a list shows of an artifact; what it is not particular about is left out."""
    key = artifact.key
    members = {
        "id": artifact.id,
        "vnf-type": key.vnf_type,
        "action": key.action,
        "version": artifact.version,
        "protocol": artifact.protocol.value,
        "vnfc-type": key.vnfc_type,
        "vf-module-model-name": key.vf_module_model_name,
        "controller-template-id": key.controller_template_id,
    }
    return {name: value for name, value in members.items() if value is not None}


def details(artifact: Artifact) -> dict[str, Any]:
    """All of an artifact but its secrets: what stands under a name that says so is `***`."""
    parameters = [
        {
            "name": each.name,
            "source": each.source.value,
            "key": each.key or each.name,
            "default": REDACTED if each.default and is_secret(f"{each.name} {each.key}") else redacted(each.default),
            "required": each.required,
        }
        for each in artifact.parameters
    ]
    more = {
        "format": artifact.format.value,
        "time-limit-s": artifact.time_limit_s,
        "device": redacted(dict(artifact.device)),
        "parameters": parameters,
        "template": _shown(artifact.template, artifact.format),
    }
    return summary(artifact) | more


def _shown(template: str, form: TemplateFormat) -> str:
    """The template as it is written, where no name in it says that something is secret."""
    plain = unfilled(template, form)
    shown = masked(plain, form)
    if shown == REDACTED and form is TemplateFormat.XML:  # it may be the inside of an element
        shown = masked(f"<a>{plain}</a>", form).removeprefix("<a>").removesuffix("</a>")
    return without_samples(template) if shown == plain else shown


def _content(loaded: Loaded) -> dict[str, Any]:
    return {"artifacts": [summary(each) for each in loaded.artifacts], "notes": list(loaded.notes)}


async def _files(request: Request) -> Mapping[str, str]:
    body = await read_body(request, MAX_BODY_BYTES)
    try:
        document = strict_json.parse(body.decode())
    except ValueError as error:
        raise Fault(HTTPStatus.BAD_REQUEST, f"the body is no JSON: {error}") from None
    files = document.get("files") if isinstance(document, dict) else None
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise Fault(HTTPStatus.BAD_REQUEST, 'the body is no object like {"files": {"vnf-type.yaml": "…"}}')
    return files
