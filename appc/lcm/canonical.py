"""Canonical forms: what two configurations are compared by, each format by its own idea of being equal."""

import json
from collections.abc import Callable, Mapping
from xml.etree import ElementTree
from xml.parsers import expat

from appc.lcm import strict_json
from appc.lcm.artifact import TemplateFormat


def canonical(text: str, form: TemplateFormat) -> str:
    """The same text for all that mean the same. Raises: ValueError that says what is wrong, and in which line.

    JSON: the order of members, spaces and the spelling of numbers do not count. XML: neither do the order of
    attributes, prefixes, comments and the space around texts. Text: neither do spaces at the end of lines and
    empty lines at the end.
    """
    return _FORMS[form](text)


def readable_lines(text: str, form: TemplateFormat) -> list[str]:
    """The text as people compare it, one thing a line; what its format cannot read as it is."""
    try:
        plain = _checked_xml(text, rewrite_prefixes=False) if form is TemplateFormat.XML else canonical(text, form)
    except ValueError:
        return text.splitlines()
    return (plain.replace("><", ">\n<") if form is TemplateFormat.XML else plain).splitlines()


def _json(text: str) -> str:
    try:
        value = strict_json.parse(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from None
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False)


def _xml(text: str) -> str:
    return _checked_xml(text, rewrite_prefixes=True)


def _checked_xml(text: str, rewrite_prefixes: bool) -> str:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise ValueError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    return ElementTree.canonicalize(text, strip_text=True, rewrite_prefixes=rewrite_prefixes)


def _refuse_doctype(*_: object) -> None:
    # where there is no DOCTYPE there are no entities that could expand or read a file
    raise ValueError("a DOCTYPE is not read")


def _text(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


_FORMS: Mapping[TemplateFormat, Callable[[str], str]] = {
    TemplateFormat.JSON: _json,
    TemplateFormat.XML: _xml,
    TemplateFormat.TEXT: _text,
}
