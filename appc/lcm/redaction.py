"""Secrets are taken out of whatever is shown or kept (contract section 8)."""

import json
import re
from typing import Any

from appc.lcm import strict_json

REDACTED = "***"
#: How deep JSON is looked for in strings of JSON in strings; a payload is one level, a file's content in it another.
_NESTED = 3
_SECRET = re.compile(r"password|passwd|secret|token|private[-_]?key|credential", re.IGNORECASE)
#: A secret's name, `=` or `:`, and its value, in quotes or up to the next space; as exceptions and reprs show them.
#: There is one way only to read what is between quotes, so that a missing end costs no more than it is long. Python
#: before 3.11.5 reads possessive quantifiers and atomic groups, which would say the same, wrongly.
_SECRET_IN_TEXT = re.compile(
    rf"((?:{_SECRET.pattern})[\w-]{{0,40}}\\*[\"']?\s*[:=]\s*)"
    rf"(?:(\\*[\"'])(?:(?!\2)(?:\\.|[^\\])){{0,20000}}\2|[^\s,;&)}}\]]+)",
    re.IGNORECASE | re.DOTALL,
)
_USERINFO = re.compile(r"(://)[^\s/@]*(?:/[^\s/@]*)?@")


def redacted(value: Any, nested: int = _NESTED) -> Any:
    """A copy without secrets: members whose name says so, also inside strings that hold JSON objects."""
    if isinstance(value, dict):
        return {k: REDACTED if is_secret(str(k)) else redacted(v, nested) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item, nested) for item in value]
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"'):
        return _redacted_string(value, nested - 1)
    return value


def is_secret(name: str) -> bool:
    """Whether what stands under this name is a secret."""
    return _SECRET.search(name) is not None


def redacted_json(text: str) -> str:
    """A JSON text without secrets; text that is no JSON comes back as it was."""
    try:
        return _redacted_json(text, _NESTED)
    except ValueError:
        return text


def _redacted_json(text: str, nested: int) -> str:
    value = strict_json.parse(text)
    clean = redacted(value, nested)
    # what holds no secret keeps its own spelling, spaces included
    return text if clean == value else json.dumps(clean)


def _redacted_string(text: str, nested: int) -> str:
    if nested < 0:  # not looked into, and so not shown
        return REDACTED
    try:
        return _redacted_json(text, nested)
    except ValueError:  # whoever reads it may be less strict about JSON
        return redacted_text(text)


def redacted_text(text: str) -> str:
    """A text for people, like an exception's, without what stands after a secret's name or in a URL before `@`."""
    clean = _USERINFO.sub(rf"\1{REDACTED}@", text)
    return _SECRET_IN_TEXT.sub(rf"\1\2{REDACTED}\2", clean)
