"""How single values are read where the contract takes more than one spelling (section 3.1, *wider*).

Each function raises ValueError for a value that is not allowed.
"""

import re

from appc.lcm.request import Mode

#: Numbers of up to 40 characters, as ids may have.
_LOWEST_ID, _HIGHEST_ID = -(10**39), 10**40
#: uint16 of the YANG model, in seconds.
_MAX_TTL_S = 65535
_FORCE_WORDS = {"TRUE": True, "Y": True, "FALSE": False, "N": False}
_DIGITS = re.compile(r"0*([0-9]{1,5})")


def id_text(value: object) -> object:
    """An id that came as a JSON number, as its text; anything else as it is. A boolean is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if not _LOWEST_ID < value < _HIGHEST_ID:
        raise ValueError("more than 40 characters")
    return str(value)


def mode(value: object) -> Mode | None:
    """Flag `mode`, in any letter case."""
    return None if value is None else Mode(_upper(value))


def force(value: object) -> bool | None:
    """Flag `force`: TRUE, FALSE, Y or N in any letter case, or a JSON boolean."""
    if value is None or isinstance(value, bool):
        return value
    word = _upper(value)
    if word not in _FORCE_WORDS:
        raise ValueError("neither TRUE nor FALSE")
    return _FORCE_WORDS[word]


def ttl_s(value: object) -> int | None:
    """Flag `ttl`: whole seconds from 0 to 65535, a number or digits."""
    if value is None:
        return None
    seconds = _whole(value)
    if not 0 <= seconds <= _MAX_TTL_S:
        raise ValueError("not from 0 to 65535")
    return seconds


def _whole(value: object) -> int:
    if isinstance(value, str) and (match := _DIGITS.fullmatch(value)):
        return int(match[1])
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("no whole number")


def _upper(value: object) -> str:
    # upper() turns some letters of other alphabets into A to Z
    if not isinstance(value, str) or not value.isascii():
        raise ValueError("not one of the words")
    return value.upper()
