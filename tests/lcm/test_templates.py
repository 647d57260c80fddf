"""Template substitution: text only, escaped for JSON and XML (contract section 8; facts 7.1)."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm.artifact import TemplateFormat
from appc.lcm.template import fill, names_in

JSON, XML, TEXT = TemplateFormat.JSON, TemplateFormat.XML, TemplateFormat.TEXT
#: Characters that XML can hold; it reads each kind of line end as "\n" in a text.
XML_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def filled(template: str, form: TemplateFormat, **values: Any) -> str:
    """The template with these values."""
    return fill(template, form, values.__getitem__)


@pytest.mark.parametrize(
    ("template", "names"),
    [
        pytest.param("${a} and ${b-c}", ["a", "b-c"], id="plain"),
        pytest.param("${(sample)=(a)}", ["a"], id="as the design tool shows it"),
        pytest.param("${()=(a)}", ["a"], id="empty sample"),
        pytest.param("${(f(x) {y})=(a)}", ["a"], id="a sample with brackets"),
        pytest.param("${(1)=(a)} ${a} ${(2)=(a)}", ["a"], id="each once"),
        pytest.param("${a.b} ${a[0]} ${size_a}", ["a.b", "a[0]", "size_a"], id="nested"),
        pytest.param("$a {b} ${} {{c}}", [], id="none of them"),
    ],
)
def test_the_parameters_of_a_template_are_its_placeholders(template: str, names: list[str]) -> None:
    """`${name}`, and `${(sample)=(name)}`."""
    assert names_in(template) == names


@pytest.mark.parametrize(
    ("form", "template", "value", "text"),
    [
        pytest.param(JSON, '{"a": "${v}"}', 'say "hi"\n', '{"a": "say \\"hi\\"\\n"}', id="JSON string"),
        pytest.param(JSON, '{"a": "x-${v}-y"}', 7, '{"a": "x-7-y"}', id="number inside a JSON string"),
        pytest.param(JSON, '{"a": ${v}}', 7, '{"a": 7}', id="JSON number"),
        pytest.param(JSON, '{"a": ${v}}', "7", '{"a": 7}', id="digits where JSON has no quotes"),
        pytest.param(JSON, '{"a": ${v}}', "true", '{"a": true}', id="a word of JSON"),
        pytest.param(JSON, '{"a": ${v}}', '1, "b": 2', '{"a": "1, \\"b\\": 2"}', id="no way out of a JSON value"),
        pytest.param(JSON, '{"a": ${v}}', [{"b": 1}], '{"a": [{"b": 1}]}', id="a list as it is"),
        pytest.param(JSON, '{"a": "${v}"}', {"b": "c"}, '{"a": "{\\"b\\": \\"c\\"}"}', id="an object in a string"),
        pytest.param(JSON, r'{"\"": "${v}"}', '"', r'{"\"": "\""}', id="an escaped quote is no quote"),
        pytest.param(XML, "<a>${v}</a>", "<b/>&'\"", "<a>&lt;b/&gt;&amp;&#x27;&quot;</a>", id="XML text"),
        pytest.param(XML, '<a b="${v}"/>', '" c="', '<a b="&quot; c=&quot;"/>', id="XML attribute"),
        pytest.param(TEXT, "set ${v}", "<&\"'>", "set <&\"'>", id="text"),
        pytest.param(TEXT, "set ${v}", "${w}", "set ${w}", id="a value is no template"),
        pytest.param(TEXT, "set ${v}", "{{ 7 * 7 }}", "set {{ 7 * 7 }}", id="nothing is evaluated"),
        pytest.param(TEXT, "set ${v}", True, "set true", id="a boolean"),
    ],
)
def test_a_value_is_escaped_for_the_format(form: TemplateFormat, template: str, value: object, text: str) -> None:
    """And stays in the place it is put in."""
    assert filled(template, form, v=value) == text


@given(st.text(), st.text())
def test_whatever_the_text_a_json_string_holds_it(value: str, other: str) -> None:
    """Parsed again it is the very text, and there is nothing beside it."""
    text = filled('{"a": "${v}", "b": ["${(x)=(w)}", "${v}"]}', JSON, v=value, w=other)
    assert json.loads(text) == {"a": value, "b": [other, value]}


@given(VALUES)
def test_whatever_the_value_unquoted_json_holds_one_value(value: object) -> None:
    """Its own, or for a text that is a word of JSON that word's."""
    (found,) = json.loads(filled("[${v}]", JSON, v=value))
    assert found == value or json.loads(str(value)) == found


@given(XML_TEXTS, XML_TEXTS)
def test_whatever_the_text_an_xml_document_holds_it(value: str, other: str) -> None:
    """In an element and in an attribute."""
    root = ElementTree.fromstring(filled('<a b="${w}"><c>${v}</c></a>', XML, v=value, w=other))
    assert [root.tag, root.attrib, [each.tag for each in root]] == ["a", {"b": other}, ["c"]]
    assert (root[0].text or "") == value


@pytest.mark.parametrize("value", ["\0", "a\x1b[2J", "\ud800", "\ufffe"])
def test_a_character_that_xml_cannot_hold_is_refused(value: str) -> None:
    """It would make the document unreadable."""
    with pytest.raises(ValueError, match="v holds U"):
        filled("<a>${v}</a>", XML, v=value)
