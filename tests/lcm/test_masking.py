"""Configurations without secrets (contract section 8)."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm.artifact import TemplateFormat
from appc.lcm.masking import masked

JSON, XML, TEXT = TemplateFormat.JSON, TemplateFormat.XML, TemplateFormat.TEXT


@pytest.mark.parametrize(
    ("form", "content", "shown"),
    [
        pytest.param(JSON, '{"user": "u", "password": "p"}', '{"user": "u", "password": "***"}', id="JSON"),
        pytest.param(JSON, '{"user": "u"}', '{"user": "u"}', id="JSON without"),
        pytest.param(JSON, "{'password': 'p'}", "{'password': '***'}", id="not quite JSON"),
        pytest.param(XML, "<a><password>p</password><b>v</b></a>", "<a><password>***</password><b>v</b></a>", id="XML"),
        pytest.param(
            XML, "<a><x:passwd n='1'>p&amp;q</x:passwd></a>", "<a><x:passwd n='1'>***</x:passwd></a>", id="XML prefix"
        ),
        pytest.param(
            XML,
            "<credentials>\n <user>u</user>\n <key><![CDATA[k]]></key>\n</credentials>",
            "<credentials>\n <user>***</user>\n <key><![CDATA[***]]></key>\n</credentials>",
            id="XML, all inside",
        ),
        pytest.param(XML, '<a token="t" b="v"/>', '<a token="***" b="v"/>', id="XML attribute"),
        pytest.param(XML, "<a><password>p", "***", id="what is no XML"),
        pytest.param(TEXT, "set system password p q\nset b v", "set system password ***\nset b v", id="text"),
        pytest.param(TEXT, "enable secret 5 $1$abc", "enable secret ***", id="text, two words"),
        pytest.param(TEXT, "token=t b=v", "token=*** b=v", id="text, with ="),
    ],
)
def test_a_secret_s_value_is_not_shown(form: TemplateFormat, content: str, shown: str) -> None:
    """The rest keeps its form."""
    assert masked(content, form) == shown


@pytest.mark.parametrize(
    ("form", "content", "shown"),
    [
        pytest.param(JSON, '{"community": "a\\"b&c", "n": 4711}', '{"community": "***", "n": "***"}', id="JSON"),
        pytest.param(JSON, '{"community":  "public"}', '{"community":  "public"}', id="JSON without"),
        pytest.param(JSON, "{'community': 'a\"b&c'}", "{'community': '***'}", id="not quite JSON"),
        pytest.param(
            XML,
            "<a><name>password</name><value>a&quot;b&amp;c</value><b c='4711'/></a>",
            "<a><name>password</name><value>***</value><b c='***'/></a>",
            id="XML",
        ),
        pytest.param(TEXT, 'snmp community a"b&c ro', "snmp community *** ro", id="text"),
    ],
)
def test_what_was_given_as_a_secret_is_not_shown_under_any_name(form: TemplateFormat, content: str, shown: str) -> None:
    """In whatever way the format writes it."""
    assert masked(content, form, ['a"b&c', "4711"]) == shown


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")))
def test_whatever_the_secret_xml_does_not_show_it(secret: str) -> None:
    """And remains the same document otherwise."""
    root = ElementTree.Element("a")
    for name, text in (("before", "é"), ("password", secret), ("after", "ü")):
        ElementTree.SubElement(root, name).text = text
    shown = ElementTree.fromstring(masked(ElementTree.tostring(root, "unicode"), XML))
    assert [each.text for each in shown] == ["é", "***" if secret.strip(" ") else (secret or None), "ü"]
