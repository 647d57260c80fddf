"""OpenAPI 3.1 of everything that HTTP serves: each door describes its own operations, this puts them together.

A door's description stands beside its routes, as a `Description`; appc/bootstrap/openapi.py lists them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from appc.northbound.http.application import Door
from appc.northbound.http.resource import resource
from appc.wire.schemas import Schemas

#: Where schemas stand in the document.
SCHEMAS = "#/components/schemas"

#: JSON of the OpenAPI Specification, which says what may stand in it.
Json = dict[str, Any]


def schema(name: str) -> Json:
    """A reference to a schema of the document: one of schemas/ by its name, or one that a description brings."""
    return {"$ref": f"{SCHEMAS}/{name}"}


@dataclass(frozen=True)
class Faults:
    """How a door says what went wrong: the media type and the name of the schema."""

    media_type: str
    schema: str

    def responses(self, **meanings: str) -> Json:
        """Responses of this form, such as `_404="no such topic"`."""
        return {status.removeprefix("_"): self.response(meaning) for status, meaning in meanings.items()}

    def response(self, meaning: str) -> Json:
        """One response of this form."""
        return {"description": meaning, "content": {self.media_type: {"schema": schema(self.schema)}}}


#: RFC 9457, the form of every door that has none of its own.
PROBLEM = Faults("application/problem+json", "problem")

_PROBLEM_SCHEMA: Json = {
    "description": "RFC 9457.",
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
    },
}


@dataclass(frozen=True)
class Description:
    """What the document says of a door.

    `paths`: its path items, without what all doors share (401, 403, 500, security). `open_paths`: those that want
    no user. `schemas`: schemas that are not in schemas/.
    """

    tag: str
    about: str
    paths: Mapping[str, Json]
    faults: Faults = PROBLEM
    schemas: Mapping[str, Json] = field(default_factory=dict)
    open_paths: frozenset[str] = frozenset()


def retry_after() -> Json:
    """The header of a 503."""
    return {"Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "integer", "minimum": 1}}}


def document(descriptions: Sequence[Description], schemas: Schemas, version: str) -> Json:
    """The document; its schemas are those that messages are judged by."""
    own = {name: each for description in descriptions for name, each in description.schemas.items()}
    paths = {path: item for description in descriptions for path, item in _paths(description)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "appc",
            "version": version,
            "summary": "A life cycle management controller for virtual network functions, compatible with ONAP APPC",
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": each.tag, "description": each.about} for each in descriptions],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas.components(SCHEMAS) | {"problem": _PROBLEM_SCHEMA} | own,
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic", "description": "A user of HTTP_USERS_FILE, if it is set."}
            },
        },
    }


def _paths(description: Description) -> Iterable[tuple[str, Json]]:
    for path, item in description.paths.items():
        shared = partial(_operation, description, path not in description.open_paths)
        yield path, {name: shared(each) if name in _METHODS else each for name, each in item.items()}


def _operation(description: Description, guarded: bool, operation: Json) -> Json:
    """The operation with what every one of its door may answer."""
    faults = {"_403": "sent by a page of another origin, or under a name that is not this machine's"}
    if guarded:
        faults["_401"] = "a user and password of the users' file are wanted"
    challenge = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    responses = description.faults.responses(**faults) | operation["responses"]
    if guarded:
        responses["401"] = {**responses["401"], "headers": challenge}
    security: list[Json] = [{}, {"basic": []}] if guarded else []
    return {"tags": [description.tag], **operation, "security": security, "responses": dict(sorted(responses.items()))}


_METHODS = frozenset({"delete", "get", "head", "options", "patch", "post", "put"})

_PATH = "/openapi.json"

OPENAPI = Description(
    "openapi",
    "This document.",
    {
        _PATH: {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "responses": {
                    "200": {
                        "description": "OpenAPI 3.1.",
                        "content": {"application/json": {"schema": {"type": "object", "required": ["openapi"]}}},
                    }
                },
            }
        }
    },
)


def openapi_door(content: Json) -> Door:
    """Serves the document."""
    text = json.dumps(content).encode()

    async def serve(request: Request) -> Response:
        return Response(text, media_type="application/json")

    return Door([resource(_PATH, GET=serve)])
