"""RESTCONF in the OpenAPI document: one operation for each row of ACTIONS."""

from appc.lcm.actions import ACTIONS, Action
from appc.northbound.http.openapi import Description, Faults, Json, retry_after, schema
from appc.northbound.restconf.errors import ERROR_TAGS, OTHER_TAG
from appc.northbound.restconf.paths import JSON, RPCS, YANG_JSON
from appc.wire.schemas import payload_schema

_FAULTS = Faults(JSON, "restconf-errors")

_ERRORS: Json = {
    "description": "RFC 8040, section 7.1.",
    "type": "object",
    "additionalProperties": False,
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "object",
            "additionalProperties": False,
            "required": ["error"],
            "properties": {
                "error": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/restconf-error"}}
            },
        }
    },
}

_ERROR: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["error-type", "error-tag", "error-message", "error-info"],
    "properties": {
        "error-type": {"enum": ["protocol", "application"]},
        "error-tag": {"enum": sorted({*ERROR_TAGS.values(), OTHER_TAG})},
        "error-message": {"type": "string"},
        "error-info": {"type": "string"},
    },
}


def _item(action: Action) -> Json:
    body = {"schema": _body(action), "example": _example(action)}
    output = {"schema": schema("answer-body")}
    responses = {
        "200": {"description": _answers(action), "content": {JSON: output, YANG_JSON: output}},
        "503": _FAULTS.response("the queue is full, or the bus or the store is out of reach")
        | {"headers": retry_after()},
    }
    faults = _FAULTS.responses(
        _400="malformed", _408="the body came too slowly", _413="larger than MAX_MESSAGE_BYTES", _415="no JSON"
    )
    operation = {
        "operationId": action.rpc_name,
        "summary": action.name,
        "description": _about(action),
        "requestBody": {"required": True, "content": {JSON: body, YANG_JSON: body}},
        "responses": responses | faults,
    }
    return {"post": operation}


def _about(action: Action) -> str:
    scopes = ", ".join(sorted(action.scopes))
    return f"Scope: {scopes}. Carried out by: {action.protocol}. A slash behind the path changes nothing."


def _answers(action: Action) -> str:
    members = ", ".join(["`common-header`", "`status`", *(f"`{name}`" for name in sorted(action.output))])
    once = "This is the only answer."
    twice = "After a 100 the final answer goes to the response topic, with the correlation-id that the guide builds."
    return f"It was judged; `status.code` says how. Output: {members}. {once if action.synchronous else twice}"


def _body(action: Action) -> Json:
    """The request body as it is judged, and what the text in `payload` holds, which is judged afterwards."""
    payload = {"contentMediaType": "application/json", "contentSchema": schema(payload_schema(action.payload))}
    member = {"properties": {"payload": payload}}
    return schema("request-body") | {"properties": {name: member for name in ("input", "appc-provider-lcm:input")}}


def _example(action: Action) -> Json:
    header = {
        "timestamp": "2026-01-02T03:04:05.678Z",
        "api-ver": "2.00",
        "originator-id": "664be3d2-6c12-4f4b-a3e7-c349acced200",
        "request-id": "664be3d2-6c12-4f4b-a3e7-c349acced200",
        "sub-request-id": "1",
        "flags": {"mode": "NORMAL", "force": "FALSE", "ttl": 3600},
    }
    return {"input": {"common-header": header, "action": action.name, "action-identifiers": {"vnf-id": "vnf-1"}}}


RESTCONF = Description(
    "RESTCONF",
    "Requests by HTTP. 200 for everything that is well-formed, whatever `status.code` says.",
    {RPCS + action.rpc_name: _item(action) for action in ACTIONS.values()},
    _FAULTS,
    {"restconf-errors": _ERRORS, "restconf-error": _ERROR},
)
