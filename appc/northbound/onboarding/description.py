"""Artifacts and configurations in the OpenAPI document."""

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Source, TemplateFormat
from appc.northbound.http.openapi import PROBLEM, Description, Json, retry_after

_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "integer", "minimum": 1}
_TEXTS: Json = {"type": "array", "items": _TEXT}
_TIME: Json = {"type": "string", "format": "date-time"}
_FORMAT: Json = {"enum": [each.value for each in TemplateFormat]}
_OUT_OF_REACH: Json = PROBLEM.response("the store is out of reach") | {"headers": retry_after()}


def _object(required: dict[str, Json], **optional: Json) -> Json:
    return {"type": "object", "required": sorted(required), "properties": required | optional}


def _answer(meaning: str, schema: Json) -> Json:
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}


def _id(name: str, example: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT, "example": example}


_PARTICULARS: dict[str, Json] = {
    name: _TEXT for name in ("vnfc-type", "vf-module-model-name", "controller-template-id")
}
_SUMMARY = _object(
    {
        "id": _TEXT,
        "vnf-type": _TEXT,
        "action": _TEXT,
        "version": _NUMBER,
        "protocol": {"enum": [each.value for each in DeviceProtocol]},
    },
    **_PARTICULARS,
)
_PARAMETER = _object(
    {
        "name": _TEXT,
        "source": {"enum": [each.value for each in Source]},
        "key": _TEXT,
        "default": {"type": ["string", "null"]},
        "required": {"type": "boolean"},
    }
)
_DETAILS: Json = {
    "allOf": [
        _SUMMARY,
        _object(
            {
                "format": _FORMAT,
                "time-limit-s": {"type": ["integer", "null"], "minimum": 1},
                "device": {"type": "object", "additionalProperties": _TEXT},
                "parameters": {"type": "array", "items": _PARAMETER},
                "template": _TEXT,
            }
        ),
    ]
}
_LOADED = _object({"artifacts": {"type": "array", "items": _SUMMARY}, "notes": _TEXTS})
_FILES: Json = {
    "required": True,
    "content": {
        "application/json": {
            "schema": _object({"files": {"type": "object", "additionalProperties": _TEXT}}),
            "example": {"files": {"vnf-type.yaml": "vnf-type: vDemo\nartifacts: []\n"}},
        }
    },
}
_UNREAD = PROBLEM.responses(
    _400='the body is no object like {"files": {"vnf-type.yaml": "…"}}',
    _408="the body came too slowly",
    _413="the body is too large",
    _422="what is wrong, a line for each fault, by file, line and field",
)
_NO_ARTIFACT = PROBLEM.responses(_404="no such artifact")

ARTIFACTS = Description(
    "artifacts",
    "What the owners of VNF types onboard. The files are those of a folder of TEMPLATES_DIR, or an export of APPC's "
    "design tool.",
    {
        "/artifacts": {
            "get": {
                "operationId": "artifacts",
                "summary": "All artifacts, in every version",
                "responses": {
                    "200": _answer(
                        "Sorted by VNF type and action.", _object({"artifacts": {"type": "array", "items": _SUMMARY}})
                    ),
                    "503": _OUT_OF_REACH,
                },
            },
            "post": {
                "operationId": "add-artifacts",
                "summary": "Load artifacts, each as the newest version of itself",
                "requestBody": _FILES,
                "responses": _UNREAD
                | {"201": _answer("Loaded; notes say what was left out.", _LOADED), "503": _OUT_OF_REACH},
            },
        },
        "/artifacts/validation": {
            "post": {
                "operationId": "validate-artifacts",
                "summary": "Say what is wrong with artifacts, and load nothing",
                "requestBody": _FILES,
                "responses": _UNREAD | {"200": _answer("They are right.", _LOADED)},
            }
        },
        "/artifacts/{id}": {
            "get": {
                "operationId": "artifact",
                "parameters": [_id("id", "3f9a0c11d2e4.2")],
                "summary": "One version of an artifact; secrets are not shown",
                "responses": _NO_ARTIFACT | {"200": _answer("All of it.", _DETAILS), "503": _OUT_OF_REACH},
            },
            "delete": {
                "operationId": "remove-artifact",
                "parameters": [_id("id", "3f9a0c11d2e4.2")],
                "summary": "Forget one version of an artifact",
                "responses": _NO_ARTIFACT
                | PROBLEM.responses(_409="it is a file of TEMPLATES_DIR")
                | {"204": {"description": "Removed."}, "503": _OUT_OF_REACH},
            },
        },
    },
)

_CONFIGURATION: dict[str, Json] = {
    "upload_config_id": _TEXT,
    "vnf-id": _TEXT,
    "vnf-type": _TEXT,
    "vnfc-type": _TEXT,
    "action": _TEXT,
    "request-id": _TEXT,
    "stored-at": _TIME,
    "format": _FORMAT,
}
_NO_CONFIGURATION = PROBLEM.responses(_404="no such configuration")
_AN_ID = "5b9c4f2e-7b1f-4e0e-9f53-6a2f4f0d3c11"

CONFIGURATIONS = Description(
    "configurations",
    "What ran on VNFs, as Configure, ConfigModify, ConfigScaleOut, ConfigRestore, Sync and Audit stored it.",
    {
        "/configurations": {
            "get": {
                "operationId": "configurations",
                "summary": "The configurations of a VNF, newest first",
                "parameters": [
                    {"name": "vnf-id", "in": "query", "required": True, "schema": _TEXT, "example": "vnf-1"}
                ],
                "responses": PROBLEM.responses(_400="no vnf-id")
                | {
                    "200": _answer(
                        "Of each VNFC type, and of the VNF itself, one is current.",
                        _object(
                            {
                                "configurations": {
                                    "type": "array",
                                    "items": _object(_CONFIGURATION | {"current": {"type": "boolean"}}),
                                }
                            }
                        ),
                    ),
                    "503": _OUT_OF_REACH,
                },
            }
        },
        "/configurations/{id}": {
            "get": {
                "operationId": "configuration",
                "summary": "A configuration without its secrets",
                "parameters": [_id("id", _AN_ID)],
                "responses": _NO_CONFIGURATION
                | {
                    "200": _answer("With its content.", _object(_CONFIGURATION | {"content": _TEXT})),
                    "503": _OUT_OF_REACH,
                },
            }
        },
        "/configurations/{id}/differences/{other}": {
            "get": {
                "operationId": "configuration-differences",
                "summary": "How another configuration differs from this one, by what they mean",
                "parameters": [_id("id", _AN_ID), _id("other", _AN_ID)],
                "responses": _NO_CONFIGURATION
                | {
                    "200": _answer(
                        "A unified diff, a text for each line. `equal`: byte for byte, secrets too.",
                        _object({"equal": {"type": "boolean"}, "differences": _TEXTS}),
                    ),
                    "503": _OUT_OF_REACH,
                },
            }
        },
    },
)
