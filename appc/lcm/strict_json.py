"""JSON as RFC 8259 has it: no NaN, no infinity, no duplicate members, no lone surrogates.

The standard library's parser takes all of these. A duplicate member could smuggle a second
`action` past a reader that takes the first one; a lone surrogate cannot be written as UTF-8 again.
"""

import json
import math
import re
from typing import Any, NoReturn

#: How deep objects and arrays may nest; deeper ones would exhaust the stack of whoever walks through them.
MAX_DEPTH = 64

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(text: str) -> Any:
    """Parse one JSON text.

    Raises: ValueError that says what is wrong (nesting too deep included).
    """
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_refuse_constant, parse_float=_finite)
        # brackets are counted first: most texts have few, and then need no walk
        if text.count("{") + text.count("[") > MAX_DEPTH and _deeper_than(MAX_DEPTH, value):
            raise ValueError(f"nesting is deeper than {MAX_DEPTH} levels")
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nesting is too deep") from None
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate is no character") from None
    return value


def parse_object(text: str) -> dict[str, Any]:
    """Parse one JSON object.

    Raises: ValueError whose text goes on after "it is": `no JSON: …`, or `no JSON object`.
    """
    try:
        value = parse(text)
    except ValueError as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"member {twice!r} occurs twice in one object")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits} is out of range")
    return number


def _deeper_than(limit: int, value: Any) -> bool:
    level = [value]
    for _ in range(limit):
        objects = [item.values() for item in level if isinstance(item, dict)]
        arrays = [item for item in level if isinstance(item, list)]
        level = [member for members in (*objects, *arrays) for member in members]
    return any(isinstance(item, dict | list) for item in level)
