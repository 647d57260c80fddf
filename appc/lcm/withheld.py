"""Secrets by their values: what was given to a device must not come back from it in a text, a payload or a file."""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from appc.lcm import strict_json
from appc.lcm.redaction import REDACTED, is_secret, redacted, redacted_text

#: Shorter values of secrets are not looked for: they would stand in many a word.
_SHORTEST_SECRET = 4
#: So often a text is written inside another: a dictionary in a message, a message in JSON.
_NESTED = 2


class Secrets:
    """Values that are secret wherever they stand, however they are quoted and escaped there. For one thread."""

    def __init__(self, *given: object) -> None:
        """`given`: JSON of any shape; the values of members whose names say so are secrets."""
        self._keep(value for each in given for value in _secrets(each))

    @classmethod
    def of(cls, values: Iterable[str]) -> Self:
        """These values."""
        secrets = cls()
        secrets._keep(values)
        return secrets

    def _keep(self, values: Iterable[str]) -> None:
        found = {value: _core(value) for value in values if len(value) >= _SHORTEST_SECRET}
        self._cores = {value: found[value] for value in sorted(found, key=len, reverse=True)}
        self._forms: dict[str, list[str]] = {}

    def standing_in(self, text: str) -> list[str]:
        """Those values that the text holds in whatever form."""
        return sorted(value for value in self._likely_in(text) if any(form in text for form in self._forms_of(value)))

    def struck_out_of(self, text: str) -> str:
        """The text without the values."""
        for value in self._likely_in(text):
            for form in self._forms_of(value):
                text = text.replace(form, REDACTED)
        return text

    def taken_out_of(self, text: str) -> str:
        """The text without the values, and without what stands after a secret's name."""
        return redacted_text(self.struck_out_of(text))

    def taken_out_of_data(self, value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
        """JSON without the values, and without members whose names say so."""
        likely = self._likely_in(json.dumps(value, ensure_ascii=False))
        return Secrets.of(likely)._masked(redacted(value))

    def _masked(self, value: Any) -> Any:  # noqa: ANN401  # JSON of any shape
        if isinstance(value, Mapping):
            return {self.struck_out_of(str(name)): self._masked(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._masked(each) for each in value]
        if isinstance(value, str):
            return self.struck_out_of(value)
        return REDACTED if _is_number(value) and str(value) in self._cores else value

    def _likely_in(self, text: str) -> list[str]:
        # a payload may hold thousands of secrets: all forms are tried of the few that can be there
        return [value for value, core in self._cores.items() if len(value) <= len(text) and core in text]

    def _forms_of(self, value: str) -> list[str]:
        if value not in self._forms:
            self._forms[value] = sorted(_forms(value), key=len, reverse=True)
        return self._forms[value]


def _secrets(value: object, secret: bool = False) -> list[str]:
    if isinstance(value, Mapping):
        return [each for name, inner in value.items() for each in _secrets(inner, secret or is_secret(str(name)))]
    if isinstance(value, list | tuple):
        return [each for inner in value for each in _secrets(inner, secret)]
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        return [value] * secret + _secrets(_parsed(value), secret)
    return [str(value)] if secret and (isinstance(value, str) or _is_number(value)) else []


def _parsed(text: str) -> object:
    try:
        return strict_json.parse(text)
    except ValueError:
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _core(value: str) -> str:
    """The part of the value that is the same in all of its forms, which are never shorter than the value."""
    return max(re.findall("[A-Za-z0-9]+", value), key=len, default="")


def _forms(value: str) -> set[str]:
    """All that the value can look like in a text."""
    forms = {value}
    for _ in range(_NESTED):
        forms |= {write(form) for form in forms for write in _WRITERS}
    return forms


def _by_python(write: Callable[[str], str]) -> Callable[[str], str]:
    # with both quotes behind it, it is put between single quotes, and its own ones are escaped
    return lambda text: write(f"{text}'\"")[1:-4]


def _by_xml(more: Mapping[str, str]) -> Callable[[str], str]:
    table = {ord(character): entity for character, entity in {**_XML, **more}.items()}
    return lambda text: text.translate(table)


#: What XML, and HTML, must escape; and what they may besides: in texts, in attributes, as Jinja and as Python do it.
_XML: Mapping[str, str] = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_XML_SPACE = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_XML_QUOTES: tuple[dict[str, str], ...] = (
    {},
    {"\r": "&#13;"},
    _XML_SPACE,
    {**_XML_SPACE, '"': "&quot;"},
    {'"': "&quot;"},
    {"'": "&apos;"},
    {'"': "&quot;", "'": "&apos;"},
    {'"': "&quot;", "'": "&#x27;"},
    {'"': "&#34;", "'": "&#39;"},
)
#: How a text stands inside the quotes or elements of another.
_WRITERS: tuple[Callable[[str], str], ...] = (
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    _by_python(repr),
    _by_python(ascii),
    lambda text: _by_python(repr)(text).replace("\\'", "'"),
    lambda text: _by_python(ascii)(text).replace("\\'", "'"),
    lambda text: shlex.quote(f"{text} ")[1:-2],
    lambda text: text.replace("'", "''"),  # YAML, and SQL
    *map(_by_xml, _XML_QUOTES),
)
