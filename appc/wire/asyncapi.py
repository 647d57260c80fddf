"""AsyncAPI 3.0 of the bus: the topics, who publishes on them, and the schemas that messages are judged by."""

from dataclasses import dataclass
from typing import Any

from appc.wire.schemas import Schemas

#: Where schemas stand in the document.
_SCHEMAS = "#/components/schemas"
_JSON_SCHEMA = "application/schema+json;version=draft-2020-12"
_KEY = {
    "type": "string",
    "description": "The vnf-id: messages of one VNF keep their order. Requests may come without; a vnf-id that is not "
    "legible is none.",
}

#: JSON of the AsyncAPI Specification, which says what may stand in it.
Json = dict[str, Any]


@dataclass(frozen=True)
class BusNames:
    """What the topics and the group of the controllers are called."""

    request: str
    response: str
    dead_letter: str
    configuration: str
    group: str
    kafka: str | None = None


def bus_document(schemas: Schemas, names: BusNames, version: str) -> Json:
    """The document, as of the controller: it receives requests and sends the rest."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "appc: the LCM API on the bus",
            "version": version,
            "description": "A request on the request topic gets its answers on the response topic, matched by "
            "correlation-id: 1xx and 5xx are intermediate, the first other code is final. Whatever no request comes of "
            "is on the dead-letter topic.",
            "license": {"name": "Apache License 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": names.kafka or "127.0.0.1:9092", "protocol": "kafka", "description": "BUS_URL"}},
        "channels": {
            "requests": _channel(names.request, "request", "Clients publish here; all controllers of the group read."),
            "answers": _channel(names.response, "answer", "Each client reads all of it and keeps what is its own."),
            "deadLetters": _channel(names.dead_letter, "deadLetter", "For people and their tools."),
            "configurations": _channel(names.configuration, "configuration", "For whoever keeps configurations."),
        },
        "operations": {
            "receiveRequest": {
                **_operation("receive", "requests", "request", "Judge a request, and carry it out if it is accepted."),
                "reply": {"channel": _channel_ref("answers"), "messages": [_message_ref("answers", "answer")]},
                "bindings": {
                    "kafka": {"groupId": {"type": "string", "enum": [names.group]}, "bindingVersion": "0.5.0"}
                },
            },
            "sendAnswer": _operation(
                "send", "answers", "answer", "One answer, or 100, any number of 501, and a final."
            ),
            "sendDeadLetter": _operation("send", "deadLetters", "deadLetter", "Put aside what is no request."),
            "sendConfiguration": _operation("send", "configurations", "configuration", "Pass a configuration on."),
        },
        "components": {
            "messages": {
                "request": _message("Request", "request-envelope", "Ask for one of the 33 actions."),
                "answer": _message("Answer", "answer-envelope", "What became of it."),
                "deadLetter": _message("Dead letter", "dead-letter", "What no request came of.", correlated=False),
                "configuration": _message(
                    "Configuration", "configuration-message", "What a VNF is configured as.", correlated=False
                ),
            },
            "schemas": schemas.components(_SCHEMAS),
        },
    }


def _channel(topic: str, message: str, about: str) -> Json:
    return {
        "address": topic,
        "description": about,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
    }


def _operation(action: str, channel: str, message: str, about: str) -> Json:
    return {
        "action": action,
        "summary": about,
        "channel": _channel_ref(channel),
        "messages": [_message_ref(channel, message)],
    }


def _message(title: str, schema: str, about: str, correlated: bool = True) -> Json:
    correlation = {"description": "Echoed in every answer.", "location": "$message.payload#/correlation-id"}
    return {
        "title": title,
        "summary": about,
        "payload": {"schemaFormat": _JSON_SCHEMA, "schema": {"$ref": f"{_SCHEMAS}/{schema}"}},
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": "0.5.0"}},
        **({"correlationId": correlation} if correlated else {}),
    }


def _channel_ref(channel: str) -> Json:
    return {"$ref": f"#/channels/{channel}"}


def _message_ref(channel: str, message: str) -> Json:
    return {"$ref": f"#/channels/{channel}/messages/{message}"}
