"""Messages that fail check 1 (contract section 4), and what can still be read of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from appc.lcm.errors import Rejected
from appc.lcm.request import Flags, RequestKey
from appc.wire import scalars
from appc.wire.faults import value_at
from appc.wire.lcm_json import INPUT_NAMES, flag_members

#: What an answer says it is; on the request topic it is no request, and nobody waits for an answer to it.
ANSWER_TYPES = ("response", "error")

Value = TypeVar("Value")


@dataclass(frozen=True)
class Legible:
    """What can be read of a message that is no request; `header` holds members of the output's common-header."""

    correlation_id: str = ""
    rpc_name: str = ""
    vnf_id: str | None = None
    header: dict[str, Any] = field(default_factory=dict)

    @property
    def answerable(self) -> bool:
        """Whether somebody could recognise an answer (contract section 3.2)."""
        return bool(self.correlation_id or "request-id" in self.header)


class NotARequest(Exception):
    """A message of type `response` or `error` on the request topic: dead-lettered, never answered."""


class Malformed(Exception):
    """A message that fails check 1. `errors`: everything that is wrong, the one that decides first."""

    def __init__(self, errors: Sequence[Rejected], legible: Legible | None = None) -> None:
        self.errors = tuple(errors)
        self.legible = legible or Legible()
        super().__init__(self.error.message)

    @property
    def error(self) -> Rejected:
        """What the answer says: 301, 302, 303 or 305."""
        return self.errors[0]

    @property
    def answerable(self) -> bool:
        """False: it is only dead-lettered."""
        return self.legible.answerable


def legible_parts(document: object) -> Legible:
    """What can be read of a message or of a bare body, whatever its shape; nothing of what is never answered."""
    if value_at(document, ("type",)) in ANSWER_TYPES:
        return Legible()
    body = document["body"] if isinstance(document, dict) and "body" in document else document
    inputs = (value_at(body, (name,)) for name in INPUT_NAMES)
    content = next((value for value in inputs if isinstance(value, dict)), {})
    header = _header(value_at(content, ("common-header",)))
    return Legible(
        correlation_id=_correlation_id(value_at(document, ("correlation-id",)), document, header),
        rpc_name=_text(value_at(document, ("rpc-name",))) or "",
        vnf_id=_text(value_at(content, ("action-identifiers", "vnf-id"))) or None,
        header=header,
    )


def _correlation_id(given: object, document: object, header: dict[str, Any]) -> str:
    absent = isinstance(document, dict) and document.get("correlation-id") in (None, "")
    if absent and "request-id" in header:
        return RequestKey("", header["request-id"], header.get("sub-request-id")).correlation_id
    return _text(given) or ""


def _header(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        return {}
    flags = given.get("flags")
    readers: dict[str, Callable[[object], object]] = {
        "timestamp": _text,
        "api-ver": _text,
        "originator-id": _id,
        "request-id": _id,
        "sub-request-id": _id,
        "x-onap-requestorid": _text,
    }
    members = {name: read(given.get(name)) for name, read in readers.items()}
    members["flags"] = _flags(flags) if isinstance(flags, dict) else None
    return {name: value for name, value in members.items() if value is not None}


def _flags(given: dict[str, Any]) -> dict[str, Any]:
    return flag_members(
        Flags(
            _or_none(scalars.mode, given.get("mode")),
            _or_none(scalars.force, given.get("force")),
            _or_none(scalars.ttl_s, given.get("ttl")),
        )
    )


def _id(value: object) -> str | None:
    return _text(_or_none(scalars.id_text, value)) or None


def _text(value: object) -> str | None:
    # a lone surrogate, which only a message that is no JSON can hold, could not be written again
    return value if isinstance(value, str) and _encodable(value) else None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _or_none(read: Callable[[object], Value], value: object) -> Value | None:
    try:
        return read(value)
    except ValueError:
        return None
