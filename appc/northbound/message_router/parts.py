"""What a body is split into."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice

from appc.northbound.http.faults import Fault

#: Messages in one POST; 16 MiB of empty objects would be 5 million.
MAX_MESSAGES = 65_536


@dataclass(frozen=True)
class Part:
    """One message of a body, and the key it names itself."""

    value: bytes
    key: str | None = None


def counted(found: Iterator[Part]) -> list[Part]:
    """All of them. Raises: Fault 413 for too many."""
    parts = list(islice(found, MAX_MESSAGES + 1))
    if len(parts) > MAX_MESSAGES:
        raise Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_MESSAGES} messages in one body")
    return parts


def bad_batch(detail: str) -> Fault:
    """400: the body is not of its type."""
    return Fault(HTTPStatus.BAD_REQUEST, f"the body cannot be split into messages: {detail}")
