"""Message Router in the OpenAPI document."""

from appc.northbound.http.openapi import Description, Faults, Json, retry_after, schema

_FAULTS = Faults("application/json", "message-router-error")

_ERROR: Json = {
    "description": "DMaaP Message Router's form of an error.",
    "type": "object",
    "additionalProperties": False,
    "required": ["mrstatus", "helpURL", "message", "status"],
    "properties": {
        "mrstatus": {
            "description": "Message Router's own number.",
            "type": "integer",
            "minimum": 3000,
            "maximum": 5999,
        },
        "helpURL": {"type": "string"},
        "message": {"type": "string"},
        "status": {"description": "The HTTP status.", "type": "integer", "minimum": 400, "maximum": 599},
    },
}

_OUT_OF_REACH = _FAULTS.response("the bus or the store is out of reach") | {"headers": retry_after()}


def _in_path(name: str, meaning: str, example: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": meaning,
        "example": example,
        "schema": {"type": "string", "minLength": 1},
    }


def _in_query(name: str, meaning: str, **rule: object) -> Json:
    return {"name": name, "in": "query", "description": meaning, "schema": rule}


def _json_answer(meaning: str, answer: Json) -> Json:
    return {"description": meaning, "content": {"application/json": {"schema": answer}}}


_PUBLISH: Json = {
    "operationId": "publish",
    "summary": "Publish messages",
    "description": "Up to 16 MiB; each message up to MAX_MESSAGE_BYTES, else nothing of the body is published. "
    "A type that is not listed, or none, makes the whole body one message.",
    "parameters": [
        _in_path("topic", "The request topic; no other may be published to.", "APPC-LCM-READ"),
        _in_query(
            "partitionKey",
            "Messages of one key keep their order; a message's own `cambria.partition` wins.",
            type="string",
        ),
    ],
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [schema("request-envelope"), {"type": "array", "items": schema("request-envelope")}]
                }
            },
            "text/plain": {"schema": {"description": "One message a line.", "type": "string"}},
            "application/cambria": {
                "schema": {
                    "description": "`<keyLength>.<messageLength>.<key><message>`, lengths in bytes.",
                    "type": "string",
                }
            },
            "application/cambria-zip": {"schema": {"description": "gzip of application/cambria."}},
        }
    },
    "responses": _FAULTS.responses(
        _400="the body is not of its type",
        _404="no such topic",
        _408="the body came too slowly",
        _413="the body or a message is too large",
    )
    | {
        "200": _json_answer("Durable.", schema("message-router-published")),
        "403": _FAULTS.response("only the controller publishes to this topic, or the caller is refused"),
        "503": _OUT_OF_REACH,
    },
}

_TOPIC_IN_PATH = _in_path("topic", "Any of the topics.", "APPC-LCM-WRITE")

_CONSUME: Json = {
    "operationId": "consume",
    "summary": "Take the next messages of a group",
    "description": "A long poll: it ends with the first messages, or with none at its time-out. The first GET of a new "
    "group fixes its position at the end of the topic. A group that nobody asked for in 24 hours is forgotten.",
    "parameters": [
        _TOPIC_IN_PATH,
        _in_path("group", "Each message goes to a group once.", "my-group"),
        _in_path("id", "The member of the group; it makes no difference.", "1"),
        _in_query("timeout", "Milliseconds.", type="integer", minimum=0, maximum=60_000, default=10_000),
        _in_query("limit", "Messages; 0 is the most, 4096.", type="integer", minimum=0, maximum=4096, default=4096),
    ],
    "responses": _FAULTS.responses(_404="no such topic")
    | {
        "200": _json_answer(
            "Each message as a string.", {"type": "array", "items": {"type": "string"}, "maxItems": 4096}
        ),
        "503": _OUT_OF_REACH,
    },
}


def _record(**members: Json) -> Json:
    return {"type": "object", "additionalProperties": False, "required": sorted(members), "properties": members}


def _topics(id: str, summary: str, answer: Json, **more: object) -> Json:
    return {"get": {"operationId": id, "summary": summary, **more, "responses": {"200": _json_answer(summary, answer)}}}


def _incorrect_url(*names: str) -> Json:
    return {
        "operationId": f"incorrect-url-{names[-1]}",
        "summary": "Says where messages are taken",
        "parameters": [_in_path(name, "Any.", "x") for name in names],
        "responses": _FAULTS.responses(_404="should be /events/{topic}/{group}/{id}"),
    }


_TEXT: Json = {"type": "string"}
_ACL = _record(enabled={"type": "boolean"}, users={"type": "array", "items": _TEXT})
_TOPIC = _record(name=_TEXT, owner=_TEXT, description=_TEXT, readerAcl=_ACL, writerAcl=_ACL)
_LISTED = _record(topicName=_TEXT, owner=_TEXT, txenabled={"type": "boolean"})
_SHOW = _topics("topic", "One topic: who may read and write it", _TOPIC, parameters=[_TOPIC_IN_PATH])
_SHOW["get"]["responses"] |= _FAULTS.responses(_404="no such topic")

MESSAGE_ROUTER = Description(
    "Message Router",
    "The topics of the bus by HTTP, as ONAP's DMaaP Message Router serves them.",
    {
        "/events/{topic}": {"post": _PUBLISH, "get": _incorrect_url("topic")},
        "/events/{topic}/{group}": {"get": _incorrect_url("topic", "group")},
        "/events/{topic}/{group}/{id}": {"get": _CONSUME},
        "/topics": _topics("topics", "The names of the topics", _record(topics={"type": "array", "items": _TEXT})),
        "/topics/listAll": _topics("list-all", "The topics", _record(topics={"type": "array", "items": _LISTED})),
        "/topics/{topic}": _SHOW,
    },
    _FAULTS,
    {
        "message-router-error": _ERROR,
        "message-router-published": {
            "type": "object",
            "additionalProperties": False,
            "required": ["serverTimeMs", "count"],
            "properties": {
                "serverTimeMs": {"description": "How long it took.", "type": "integer", "minimum": 0},
                "count": {"description": "Messages.", "type": "integer", "minimum": 0},
            },
        },
    },
)
