"""Texts of the outside as people may see them, in logs and on terminals."""

import re

#: Control characters, line ends of Unicode, what turns the direction of writing, and halves of characters.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """The same with escapes for what would end a line, colour a terminal or look like another line."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
