"""Answers as plain JSON: what was decided, without the wire form."""

import json
from typing import Any

from appc.lcm.outcome import Outcome
from appc.lcm.ports.bus import Message
from appc.lcm.request import Request

TOPIC = "answers"


class PlainAnswers:
    """Port AnswerFormat: code, message, the three ids and what else the outcome carries."""

    def answer(self, request: Request, outcome: Outcome) -> Message:
        key = request.key
        members = {
            "code": outcome.code,
            "message": outcome.message,
            "originator-id": key.originator_id,
            "request-id": key.request_id,
            "sub-request-id": key.sub_request_id,
            **({"payload": outcome.payload} if outcome.payload is not None else {}),
            **outcome.extra,
        }
        return Message(TOPIC, request.vnf_id, json.dumps(members).encode())


def read_answer(message: Message) -> dict[str, Any]:
    """The members of an answer."""
    members: dict[str, Any] = json.loads(message.value)
    return members


def code_of(message: Message) -> int:
    """The status code that a message carries."""
    return int(read_answer(message)["code"])
