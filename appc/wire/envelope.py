"""The envelope on the bus: requests read and built (contract section 3.1), and what becomes of the unreadable.

`read_request` is step 2 of a request's journey; `read_input` does the same for a body without envelope.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints, ValidationError

from appc.lcm import strict_json
from appc.lcm.errors import InvalidInputParameter, RequestParsingFailed
from appc.lcm.ports.bus import Delivery, Message
from appc.lcm.redaction import redacted_json
from appc.lcm.request import Request
from appc.wire.answers import Answer, NotAnAnswer, malformed_answer, read_answer
from appc.wire.faults import Fault, Path, clipped, errors_of, json_path, value_at
from appc.wire.lcm_json import INPUT_NAMES, BodyMembers, Members, Text, input_members, to_bytes
from appc.wire.malformed import ANSWER_TYPES, Malformed, NotARequest, legible_parts
from appc.wire.schemas import Schemas, installed_schemas
from appc.wire.timestamps import zulu

__all__ = [
    "Answer",
    "Malformed",
    "NotARequest",
    "NotAnAnswer",
    "Reading",
    "build_request",
    "dead_letter",
    "malformed_answer",
    "read_answer",
    "read_either",
    "read_input",
    "read_request",
]

#: MAX_MESSAGE_BYTES of contract section 2.
MAX_BYTES = 1048576
#: How many unknown members are named; a message may hold a million of them.
_NAMED = 20
#: Longer numbers are no ids, and Python refuses to read some of them.
_MAX_DIGITS = 40
#: Stands where nothing can be read; it is no value of JSON.
_ILLEGIBLE: tuple[()] = ()

Model = TypeVar("Model", bound=Members)


@dataclass(frozen=True)
class Reading:
    """What was read: the request, and the JSON paths of members that mean nothing here (the first 20)."""

    request: Request
    unknown_members: tuple[str, ...] = ()


class EnvelopeMembers(Members):
    """The envelope of a request."""

    version: Annotated[str, StringConstraints(pattern=r"^2\.[0-9]+$")]
    type: Literal["request"] | None = None
    correlation_id: str | None = None
    rpc_name: Text
    partition: str | None = Field(None, alias="cambria.partition")
    body: BodyMembers


def read_request(value: bytes, max_bytes: int = MAX_BYTES, schemas: Schemas | None = None) -> Reading:
    """Read a message of the request topic: check 1 of contract section 4.

    Raises: Malformed (301, 302, 303, 305); NotARequest for one of type `response` or `error`.
    """
    return _from_envelope(_object(value, max_bytes), schemas or installed_schemas())


def read_input(
    value: bytes, rpc_name: str | None = None, max_bytes: int = MAX_BYTES, schemas: Schemas | None = None
) -> Reading:
    """Read a body without envelope, `{"input": {...}}`; `rpc_name` is the door's, by default the action's.

    Raises: Malformed (301, 302, 303, 305).
    """
    return _from_body(_object(value, max_bytes), rpc_name, schemas or installed_schemas())


def read_either(value: bytes, max_bytes: int = MAX_BYTES, schemas: Schemas | None = None) -> Reading:
    """Read a message or a bare body, whichever it is.

    Raises: Malformed (301, 302, 303, 305); NotARequest.
    """
    document, schemas = _object(value, max_bytes), schemas or installed_schemas()
    if "body" not in document and any(name in document for name in INPUT_NAMES):
        return _from_body(document, None, schemas)
    return _from_envelope(document, schemas)


def build_request(request: Request) -> bytes:
    """The client's half: the message that asks for `request`. Message Router keeps the order of each partition.

    Raises: InvalidInputParameter that names a field with a lone surrogate: it would arrive as another text.
    """
    members = {
        "version": "2.0",
        "type": "request",
        "correlation-id": request.reply_to.correlation_id,
        "rpc-name": request.reply_to.rpc_name,
        "cambria.partition": request.vnf_id,
        "body": {"input": input_members(request)},
    }
    for path, text in _texts(members, "$"):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidInputParameter(f"{path}: a lone surrogate is no character") from None
    return to_bytes(members)


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        # what the caller wrote comes before what was made of it
        for name, inner in reversed(value.items()):
            yield from _texts(inner, f"{path}.{name}")


def dead_letter(delivery: Delivery, code: int | None, reason: str, topic: str) -> Message:
    """The dead letter of a message that no request came of: the original, without secrets where it parses."""
    try:
        message, encoding = redacted_json(delivery.value.decode()), "utf-8"
    except UnicodeDecodeError:
        message, encoding = base64.b64encode(delivery.value).decode(), "base64"
    members = {
        "reason": reason,
        "code": code,
        "topic": delivery.position.topic,
        "partition": delivery.position.partition,
        "offset": delivery.position.offset,
        "received": zulu(delivery.received_at),
        "message": message,
        "encoding": encoding,
    }
    return Message(topic, delivery.key, to_bytes(members))


def _object(value: bytes, max_bytes: int) -> dict[str, Any]:
    if len(value) > max_bytes:
        raise Malformed([RequestParsingFailed(f"$ is larger than {max_bytes} bytes")])
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise Malformed([RequestParsingFailed("$ is not UTF-8")]) from None
    try:
        document = strict_json.parse(text)
    except ValueError as error:
        problem = RequestParsingFailed(f"$ is no JSON: {clipped(str(error))}")
        raise Malformed([problem], legible_parts(_loosely(text))) from None
    if not isinstance(document, dict):
        raise Malformed([RequestParsingFailed("$ is no JSON object")])
    return document


def _from_envelope(document: dict[str, Any], schemas: Schemas) -> Reading:
    kind = document.get("type")
    if kind in ANSWER_TYPES:
        raise NotARequest(f"a message of type {kind}")
    envelope = _judged("request-envelope", EnvelopeMembers, document, schemas)
    request = envelope.body.input.request(envelope.correlation_id, envelope.rpc_name)
    strangers = chain(envelope.strangers(()), _strangers(envelope.body, document["body"], ("body",)))
    return Reading(request, _named(strangers))


def _from_body(document: dict[str, Any], rpc_name: str | None, schemas: Schemas) -> Reading:
    body = _judged("request-body", BodyMembers, document, schemas)
    return Reading(body.input.request(None, rpc_name), _named(_strangers(body, document, ())))


def _judged(schema: str, model: type[Model], document: dict[str, Any], schemas: Schemas) -> Model:
    faults = schemas.faults(schema, document)
    if not faults:
        try:
            return model.model_validate(document)
        except ValidationError as error:
            # only where SCHEMAS_DIR holds a schema that takes more than the contract does
            problems = error.errors(include_url=False, include_context=False)
            faults = [Fault(p["loc"], value_at(document, p["loc"]), p["msg"]) for p in problems]
    raise Malformed(errors_of(faults), legible_parts(document))


def _named(strangers: Iterable[Path]) -> tuple[str, ...]:
    return tuple(json_path(path) for path in islice(strangers, _NAMED))


def _strangers(body: BodyMembers, members: dict[str, Any], path: Path) -> Iterator[Path]:
    yield from body.strangers(path)
    yield from body.input.strangers((*path, next(name for name in INPUT_NAMES if name in members)))


def _loosely(text: str) -> object:
    """What a lenient parser makes of a text that is no JSON."""
    try:
        return json.loads(text, object_pairs_hook=_legible_members, parse_int=_legible_number)
    except (ValueError, RecursionError):
        return None


def _legible_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # two readers could take different ones of a member that occurs twice
    times = Counter(name for name, _ in pairs)
    return {name: value if times[name] == 1 else _ILLEGIBLE for name, value in pairs}


def _legible_number(digits: str) -> object:
    return int(digits) if len(digits) <= _MAX_DIGITS else _ILLEGIBLE
