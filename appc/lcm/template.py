"""Templates: `${name}`, and `${(sample)=(name)}` as APPC's design tool shows it, replaced by escaped text.

Text only: nothing is evaluated, and no value can leave the place it is put in (contract section 8).
"""

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from appc.lcm.artifact import TemplateFormat

_PLACEHOLDER = re.compile(r"\$\{(?:\((?:[^\n]*?)\)=\((?P<edited>[^()\n]+)\)|(?P<plain>[^${}()\n]+))\}")
#: What would be one if it had a name.
_NAMELESS = re.compile(r"\$\{(?:\([^\n]*?\)=\(\s*\)|\s*)\}")
#: Characters that no XML document may hold, escaped or not (XML 1.0, section 2.2).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: A text that is a number, true, false or null in JSON stays one where the template has no quotes around it.
_JSON_WORD = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")


def names_in(template: str) -> list[str]:
    """The parameters that the template asks for, each once, in order."""
    return list(dict.fromkeys(_name(found) for found in _PLACEHOLDER.finditer(template)))


def empty_placeholders(template: str) -> list[int]:
    """Where a placeholder stands that asks for no parameter."""
    return [found.start() for found in _NAMELESS.finditer(template)]


def without_samples(template: str) -> str:
    """The template with `${name}` for each `${(sample)=(name)}`."""
    return _PLACEHOLDER.sub(lambda found: _plain(_name(found)), template)


def unfilled(template: str, form: TemplateFormat) -> str:
    """The template filled with its own placeholders: of its format, and nothing given yet."""
    return fill(template, form, _plain)


def fill(template: str, form: TemplateFormat, value_of: Callable[[str], Any]) -> str:
    """The template with each placeholder replaced; what `value_of` raises flies.

    In a string of a JSON template a value becomes the inside of a string; elsewhere a JSON value of its own.
    Raises: ValueError for a value that the format cannot hold.
    """
    return "".join(_pieces(template, form, value_of))


def _pieces(template: str, form: TemplateFormat, value_of: Callable[[str], Any]) -> Iterator[str]:
    at, quoted = 0, False
    for found in _PLACEHOLDER.finditer(template):
        literal = template[at : found.start()]
        quoted ^= _odd_quotes(literal)
        yield literal
        name = _name(found)
        yield _escaped(name, value_of(name), form, quoted)
        at = found.end()
    yield template[at:]


def _plain(name: str) -> str:
    return f"${{{name}}}"


def _name(found: re.Match[str]) -> str:
    return str(found["edited"] or found["plain"]).strip()


def _odd_quotes(literal: str) -> bool:
    return re.sub(r"\\.", "", literal).count('"') % 2 == 1


def _escaped(name: str, value: object, form: TemplateFormat, quoted: bool) -> str:
    text = as_text(value)
    if form is TemplateFormat.JSON:
        if quoted:
            return json.dumps(text, ensure_ascii=False)[1:-1]
        return text if _JSON_WORD.fullmatch(text) else json.dumps(value, ensure_ascii=False)
    if form is TemplateFormat.XML:
        if unfit := _NOT_XML.search(text):
            raise ValueError(f"{name} holds U+{ord(unfit.group()):04X}, which no XML document can")
        return escape(text)
    return text


def as_text(value: object) -> str:
    """A value of a payload as text: texts as they are, everything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
