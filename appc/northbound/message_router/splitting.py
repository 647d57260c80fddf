"""From the body of a POST to messages, by its content type (facts section 9.7, "Publish").

The door only splits: each message is published with the bytes that its client sent, and what it says is judged by
whoever reads the topic. Duplicate members, NaN and numbers of any length pass as they are.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice

from appc.northbound.http.faults import Fault

#: Messages in one POST; 16 MiB of empty objects would be 5 million.
MAX_MESSAGES = 65_536

#: The member of a JSON message that says what its order is kept by.
_KEY = "cambria.partition"


def _unread(number: str) -> None:
    return None


#: Numbers are not looked at: Python refuses to make one of 10 000 digits.
_DECODER = json.JSONDecoder(parse_int=_unread, parse_float=_unread)

_SPACE = re.compile(r"[ \t\r\n]*")
#: Message Router takes a newline for a comma.
_BETWEEN_ELEMENTS = re.compile(r"[ \t\r\n]*,[ \t\r\n]*|[ \t\r]*\n[ \t\r\n]*")


@dataclass(frozen=True)
class Part:
    """One message of a body, and the key it names itself."""

    value: bytes
    key: str | None = None


#: Raises: Fault 400 for a body that is not of its type, 413 for one with too many messages.
Splitter = Callable[[bytes], list[Part]]


def split_json(body: bytes) -> list[Part]:
    """One object, an array of objects, or objects one after the other."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise _bad_batch(f"not UTF-8: {error.reason} at byte {error.start}") from None
    start = _after_space(text, 0)
    found = _elements(text, start + 1) if text.startswith("[", start) else _sequence(text, start)
    return _counted(found)


def split_lines(body: bytes) -> list[Part]:
    """One message a line; empty lines are none."""
    return _counted(Part(line) for line in body.splitlines() if line)


def whole(body: bytes) -> list[Part]:
    """The body is one message."""
    return [Part(body)]


#: How the body of a content type is split. None: a type of Message Router's that is not read yet, 415.
#: A type that is not here, or none at all: the whole body is one message.
SPLITTERS: Mapping[str, Splitter | None] = {
    "application/json": split_json,
    "text/plain": split_lines,
    "application/cambria": None,
    "application/cambria-zip": None,
}


def splitter(content_type: str) -> Splitter:
    """The splitter of a Content-Type header; its parameters do not count. Raises: Fault 415."""
    media_type = content_type.partition(";")[0].strip().lower()
    found = SPLITTERS.get(media_type, whole)
    if found is None:
        raise Fault(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{media_type} is not read by this version")
    return found


def _sequence(text: str, at: int) -> Iterator[Part]:
    while True:
        part, at = _object(text, at)
        yield part
        at = _after_space(text, at)
        if at == len(text):
            return


def _elements(text: str, at: int) -> Iterator[Part]:
    at = _after_space(text, at)
    if not text.startswith("]", at):
        while True:
            part, at = _object(text, at)
            yield part
            end = _after_space(text, at)
            if text.startswith("]", end):
                at = end
                break
            between = _BETWEEN_ELEMENTS.match(text, at)
            if not between:
                raise _bad_batch(f"expected a comma or the end of the array at character {at}")
            at = between.end()
    if _after_space(text, at + 1) != len(text):
        raise _bad_batch(f"more after the array, at character {at + 1}")


def _object(text: str, at: int) -> tuple[Part, int]:
    if not text.startswith("{", at):
        raise _bad_batch(f"expected an object at character {at}")
    try:
        members, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise _bad_batch(f"no JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise _bad_batch(f"the object at character {at} is nested too deeply") from None
    return Part(text[at:end].encode(), _legible(members.get(_KEY))), end


def _legible(key: object) -> str | None:
    """A key that any bus can carry: no lone surrogates, which JSON can write and UTF-8 cannot."""
    if not isinstance(key, str):
        return None
    return key if key == key.encode(errors="replace").decode() else None


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _counted(found: Iterator[Part]) -> list[Part]:
    parts = list(islice(found, MAX_MESSAGES + 1))
    if len(parts) > MAX_MESSAGES:
        raise Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_MESSAGES} messages in one body")
    return parts


def _bad_batch(detail: str) -> Fault:
    return Fault(HTTPStatus.BAD_REQUEST, f"the body cannot be split into messages: {detail}")
