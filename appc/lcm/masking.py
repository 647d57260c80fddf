"""Configurations without secrets, for whoever is shown or sent one (contract section 8)."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from xml.parsers import expat

from appc.lcm import strict_json
from appc.lcm.artifact import TemplateFormat
from appc.lcm.redaction import REDACTED, is_secret, redacted_text
from appc.lcm.withheld import Secrets

_ATTRIBUTE = re.compile(r"(\s(?:[\w.-]+:)?([\w.-]+)\s*=\s*)(\"[^\"<]*\"|'[^'<]*')")
#: A word of a command, and what follows it.
_WORD_AND_REST = re.compile(r"(^|(?<=\s))([\w-]+)\s+(?=(\S))")


def masked(content: str, form: TemplateFormat, secrets: Iterable[str] = ()) -> str:
    """The configuration with `***` in the place of each value whose name says that it is secret, and of the `secrets`.

    In a text the rest of the line after such a word is one.
    """
    return _MASKS[form](content, Secrets.of(secrets))


def _masked_json(content: str, secrets: Secrets) -> str:
    try:
        value = strict_json.parse(content)
    except ValueError:
        return _masked_text(content, secrets)  # whoever reads it may be less strict about JSON
    clean = secrets.taken_out_of_data(value)
    # what holds no secret keeps its own spelling, spaces included
    return content if clean == value else json.dumps(clean)


def _masked_xml(content: str, secrets: Secrets) -> str:
    try:
        bare = _Elements(content.encode()).without_secrets()
    except expat.ExpatError:
        return REDACTED  # what cannot be read is not shown
    shown = _ATTRIBUTE.sub(
        lambda found: f'{found[1]}"{REDACTED}"' if is_secret(found[2]) else found[0], bare.decode(errors="replace")
    )
    return secrets.struck_out_of(shown)


class _Elements:
    """Finds the texts inside elements with a secret's name, whatever elements are around them in there."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._secret_depth = 0
        self._begun: int | None = None
        self._cuts: list[tuple[int, int]] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.DefaultHandler = lambda _: self._close()

    def without_secrets(self) -> bytes:
        self._parser.Parse(self._document, True)
        pieces, at = list[bytes](), 0
        for start, end in self._cuts:
            # space between elements is no secret, and keeps the form
            shown = self._document[start:end] if not self._document[start:end].strip() else REDACTED.encode()
            pieces += self._document[at:start], shown
            at = end
        return b"".join((*pieces, self._document[at:]))

    def _start(self, name: str, _: dict[str, str]) -> None:
        self._close()
        if self._secret_depth or is_secret(name.rpartition(":")[2]):
            self._secret_depth += 1

    def _end(self, _: str) -> None:
        self._close()
        self._secret_depth -= bool(self._secret_depth)

    def _text(self, _: str) -> None:
        if self._secret_depth and self._begun is None:  # expat may report one text in pieces
            self._begun = self._parser.CurrentByteIndex

    def _close(self) -> None:
        if self._begun is not None:
            self._cuts.append((self._begun, self._parser.CurrentByteIndex))
            self._begun = None


def _masked_text(content: str, secrets: Secrets) -> str:
    return "\n".join(_masked_line(line) for line in secrets.struck_out_of(content).split("\n"))


def _masked_line(line: str) -> str:
    for found in _WORD_AND_REST.finditer(line):
        if is_secret(found[2]):
            return line[: found.start(3)] + REDACTED
    return redacted_text(line)


_MASKS: Mapping[TemplateFormat, Callable[[str, Secrets], str]] = {
    TemplateFormat.JSON: _masked_json,
    TemplateFormat.XML: _masked_xml,
    TemplateFormat.TEXT: _masked_text,
}
