"""Secrets that went to a device are taken out of what comes back, by their values (contract section 8)."""

import json
import shlex
from collections.abc import Callable
from html import escape
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm.withheld import Secrets

WRITERS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON with all letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON inside JSON": lambda text: json.dumps(json.dumps(text)),
    "repr": repr,
    "ascii": ascii,
    "repr of something larger": lambda text: repr(["it's", text, f"{text}'"]),
    "JSON of a repr": lambda text: json.dumps(repr(text)),
    "shell": shlex.quote,
    "YAML": lambda text: "'{}'".format(text.replace("'", "''")),
    "XML element": lambda text: escape(text, quote=False),
    "XML attribute": quoteattr,
    "HTML": escape,
}


@pytest.mark.parametrize("write", [pytest.param(write, id=name) for name, write in WRITERS.items()])
@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("", id="plain"),
        pytest.param('"ss\\wörd 9', id="quote, backslash, letter, blank"),
        pytest.param("o'te\"", id="both quotes"),
        pytest.param("\\'\\\"", id="escaped quotes"),
        pytest.param("\n\té\x7f€😀", id="controls and far letters"),
        pytest.param("<&>", id="XML"),
    ],
)
def test_a_value_is_found_however_it_is_written(inside: str, write: Callable[[str], str]) -> None:
    """Also escaped twice; the text around it stays."""
    secret = f"Pa{inside}ss"
    shown = Secrets({"password": secret}).taken_out_of(f"before {write(secret)} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "Pa" not in shown
    assert "***" in shown


@given(st.text(st.characters(codec="utf-8"), min_size=4), st.sampled_from(list(WRITERS.values())))
def test_whatever_the_value_it_is_not_shown(secret: str, write: Callable[[str], str]) -> None:
    """Any text, in any writing."""
    assert "***" in Secrets({"password": secret}).struck_out_of(write(secret))


@pytest.mark.parametrize(
    ("given", "data", "shown"),
    [
        pytest.param({"password": "hush-1"}, {"a hush-1": ["hush-1"]}, {"a ***": ["***"]}, id="names and lists"),
        pytest.param({"pin-token": 4711}, {"a": 4711, "b": "no 4711", "c": 4}, {"a": "***", "b": "no ***", "c": 4},
                     id="a number"),
        pytest.param({"credentials": {"user": "ops-1"}}, {"a": "ops-1"}, {"a": "***"}, id="all inside of a secret"),
        pytest.param({"file": '{"password": "hush-1"}'}, {"a": "hush-1"}, {"a": "***"}, id="JSON in a string"),
        pytest.param({"password": "abc"}, {"a": "abcd"}, {"a": "abcd"}, id="short values stand in many a word"),
        pytest.param({"use-token": True}, {"a": True, "b": "True"}, {"a": True, "b": "True"}, id="yes and no"),
    ],
)  # fmt: skip
def test_data_comes_back_without_values(given: object, data: object, shown: object) -> None:
    """Whatever the members are called."""
    assert Secrets(given).taken_out_of_data(data) == shown


def test_which_values_a_text_holds() -> None:
    """In whatever form."""
    secrets = Secrets({"password": 'a"bc', "token": "t-123", "secret": "other"})
    assert secrets.standing_in('{"x": "a\\"bc", "y": "t-123"}') == ['a"bc', "t-123"]


@pytest.mark.timeout(10)
def test_many_secrets_do_not_take_long() -> None:
    """A client chooses how many there are, up to the size of a message."""
    secrets = Secrets({f"password-{number}": f"Pa'ß\\{number:05}" for number in range(5_000)})
    text = json.dumps([f"Pa'ß\\{7:05}", *("x" * 10 for _ in range(5_000))])
    assert secrets.standing_in(text) == [f"Pa'ß\\{7:05}"]
    assert secrets.taken_out_of_data(json.loads(text))[:2] == ["***", "x" * 10]
