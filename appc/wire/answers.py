"""Answers: written as contract section 3.2 has them, read as every APPC writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appc.lcm import strict_json
from appc.lcm.outcome import Outcome
from appc.lcm.ports.bus import Message
from appc.lcm.request import Request
from appc.lcm.status import Category, category_of
from appc.wire.faults import value_at
from appc.wire.lcm_json import output_members, output_of, to_bytes
from appc.wire.malformed import Malformed


class LcmAnswers:
    """Builds the answers of the LCM API, for one response topic. Implements AnswerFormat."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def answer(self, request: Request, outcome: Outcome) -> Message:
        """The answer of `request`; the same arguments give the same bytes."""
        output = output_members(request, outcome)
        value = _envelope("response", request.reply_to.correlation_id, request.reply_to.rpc_name, output)
        return Message(self._topic, request.vnf_id, value)


def malformed_answer(malformed: Malformed, topic: str) -> Message:
    """The answer to a message that fails check 1, of type `error`, with what is legible of it."""
    seen, error = malformed.legible, malformed.error
    output = output_of(seen.header, error.code, error.message)
    return Message(topic, seen.vnf_id, _envelope("error", seen.correlation_id, seen.rpc_name, output))


def _envelope(kind: str, correlation_id: str, rpc_name: str, output: dict[str, Any]) -> bytes:
    # exactly these members: client libraries reject unknown ones (facts 9.2)
    members = {
        "version": "2.0",
        "type": kind,
        "correlation-id": correlation_id,
        "rpc-name": rpc_name,
        "cambria.partition": "MSO",
        "body": {"output": output},
    }
    return to_bytes(members)


class NotAnAnswer(ValueError):
    """Bytes that hold no answer of the LCM API."""


@dataclass(frozen=True)
class Answer:
    """An answer as a client reads it. `members`: what the output holds besides header and status."""

    correlation_id: str
    rpc_name: str
    type: str
    header: Mapping[str, Any]
    code: int
    message: str
    members: Mapping[str, Any]
    text: str

    @property
    def final(self) -> bool:
        """Known clients take 1xx and 5xx for intermediate, everything else and each error for final (facts 9.2)."""
        return self.type == "error" or self.code // 100 not in (1, 5)

    @property
    def category(self) -> Category:
        """The guide's category of the code, also of codes that only an APPC sends."""
        return category_of(self.code)

    @property
    def succeeded(self) -> bool:
        """Whether it is done: 400."""
        return self.category is Category.SUCCESS

    @property
    def payload(self) -> str | None:
        """The text of the output's payload, a JSON object."""
        return self._text_of(self.members, "payload")

    @property
    def request_id(self) -> str | None:
        """The request that is answered."""
        return self._text_of(self.header, "request-id")

    @property
    def sub_request_id(self) -> str | None:
        """The action of the request that is answered; ONAP Policy matches by it (facts 9.5)."""
        return self._text_of(self.header, "sub-request-id")

    @staticmethod
    def _text_of(members: Mapping[str, Any], name: str) -> str | None:
        value = members.get(name)
        return None if value is None else str(value)


def read_answer(value: bytes) -> Answer:
    """Read an answer, from the bus or the body of RESTCONF's, of this controller or of an APPC.

    Raises: NotAnAnswer.
    """
    try:
        text = value.decode()
        document = strict_json.parse(text)
    except ValueError as error:
        raise NotAnAnswer(f"no JSON: {error}") from None
    envelope = document if isinstance(document, dict) else {}
    output = value_at(envelope, ("body", "output") if "body" in envelope else ("output",))
    status = value_at(output, ("status",))
    if not isinstance(output, dict) or not isinstance(status, dict) or type(status.get("code")) is not int:
        raise NotAnAnswer("no output with a status code")
    header = output.get("common-header")
    return Answer(
        correlation_id=str(envelope.get("correlation-id") or ""),
        rpc_name=str(envelope.get("rpc-name") or ""),
        type=str(envelope.get("type") or "response"),
        header=header if isinstance(header, dict) else {},
        code=status["code"],
        # an APPC's errors have `value` in place of `message` (facts 1.3)
        message=str(status.get("message", status.get("value", ""))),
        members={name: value for name, value in output.items() if name not in ("common-header", "status")},
        text=text,
    )
