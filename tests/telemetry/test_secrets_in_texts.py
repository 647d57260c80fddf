"""Secrets inside texts for people: exceptions, reprs, URLs (contract section 8)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appc.lcm.redaction import redacted_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("{'password': 'can ary', 'a': 1}", "{'password': '***', 'a': 1}", id="repr"),
        pytest.param('{"api-token": "ca\\"na ry", "a": 1}', '{"api-token": "***", "a": 1}', id="quote inside"),
        pytest.param('"{\\"secret\\": \\"ca nary\\"}"', '"{\\"secret\\": \\"***\\"}"', id="JSON inside JSON"),
        pytest.param("password=canary&x=1", "password=***&x=1", id="query"),
        pytest.param("X-Auth-Token: canary", "X-Auth-Token: ***", id="header"),
        pytest.param("PRIVATE_KEY = canary", "PRIVATE_KEY = ***", id="assignment"),
        pytest.param("redis://user:canary@host:6379/0", "redis://***@host:6379/0", id="URL"),
        pytest.param("redis://:can/ary@host", "redis://***@host", id="URL with a slash in the password"),
        pytest.param("the token expired", "the token expired", id="no value"),
        pytest.param("http://host/v3 and a@b.example", "http://host/v3 and a@b.example", id="no secret"),
    ],
)
def test_what_stands_after_a_secret_s_name_is_not_shown(text: str, shown: str) -> None:
    """The rest of the text stays."""
    assert redacted_text(text) == shown


@settings(deadline=None)
@given(st.text("pasword:= {},@/", max_size=200))
def test_a_secret_is_found_behind_any_text(text: str) -> None:
    """Short of a quote that is never closed."""
    assert "canary" not in redacted_text(f"{text} password='canary'")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("password:'" * 20_000, id="quotes"),
        pytest.param("token='" + "\\" * 100_000, id="backslashes"),
        pytest.param("secret" + " " * 100_000, id="spaces"),
        pytest.param("credential" * 20_000, id="names"),
        pytest.param("://" * 100_000, id="URLs"),
        pytest.param("://" + "a/" * 100_000, id="paths"),
    ],
)
@pytest.mark.timeout(10)
def test_no_text_takes_long(text: str) -> None:
    """A client chooses what its ids are, up to the size of a message."""
    assert redacted_text(text)
