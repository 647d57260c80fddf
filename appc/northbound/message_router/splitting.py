"""From the body of a POST to messages, by its content type (facts section 9.7, "Publish").

The door only splits: each message is published with the bytes that its client sent, and what it says is judged by
whoever reads the topic. Duplicate members, NaN and numbers of any length pass as they are.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from appc.northbound.message_router.cambria import split_frames, split_zipped_frames
from appc.northbound.message_router.parts import Part, bad_batch, counted

#: The member of a JSON message that says what its order is kept by.
_KEY = "cambria.partition"


def _unread(number: str) -> None:
    return None


#: Numbers are not looked at: Python refuses to make one of 10 000 digits.
_DECODER = json.JSONDecoder(parse_int=_unread, parse_float=_unread)

_SPACE = re.compile(r"[ \t\r\n]*")
#: Message Router takes a newline for a comma.
_BETWEEN_ELEMENTS = re.compile(r"[ \t\r\n]*,[ \t\r\n]*|[ \t\r]*\n[ \t\r\n]*")


#: Raises: Fault 400 for a body that is not of its type, 413 for one that holds too much.
Splitter = Callable[[bytes], list[Part]]


def split_json(body: bytes) -> list[Part]:
    """One object, an array of objects, or objects one after the other."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise bad_batch(f"not UTF-8: {error.reason} at byte {error.start}") from None
    start = _after_space(text, 0)
    found = _elements(text, start + 1) if text.startswith("[", start) else _sequence(text, start)
    return counted(found)


def split_lines(body: bytes) -> list[Part]:
    """One message a line; empty lines are none."""
    return counted(Part(line) for line in body.splitlines() if line)


def whole(body: bytes) -> list[Part]:
    """The body is one message."""
    return [Part(body)]


#: How the body of a content type is split. A type that is not here, or none at all: the whole body is one message.
SPLITTERS: Mapping[str, Splitter] = {
    "application/json": split_json,
    "text/plain": split_lines,
    "application/cambria": split_frames,
    "application/cambria-zip": split_zipped_frames,
}


def splitter(content_type: str) -> Splitter:
    """The splitter of a Content-Type header; its parameters do not count."""
    return SPLITTERS.get(content_type.partition(";")[0].strip().lower(), whole)


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
                raise bad_batch(f"expected a comma or the end of the array at character {at}")
            at = between.end()
    if _after_space(text, at + 1) != len(text):
        raise bad_batch(f"more after the array, at character {at + 1}")


def _object(text: str, at: int) -> tuple[Part, int]:
    if not text.startswith("{", at):
        raise bad_batch(f"expected an object at character {at}")
    try:
        members, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise bad_batch(f"no JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise bad_batch(f"the object at character {at} is nested too deeply") from None
    return Part(text[at:end].encode(), _legible(members.get(_KEY))), end


def _legible(key: object) -> str | None:
    """A key that any bus can carry: no lone surrogates, which JSON can write and UTF-8 cannot."""
    if not isinstance(key, str):
        return None
    return key if key == key.encode(errors="replace").decode() else None


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
