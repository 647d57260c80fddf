"""Contract section 8: secrets are taken out, also inside the `payload` string."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm.redaction import REDACTED, redacted, redacted_json
from appc.lcm.strict_json import MAX_DEPTH

SECRET_NAMES = [
    "password",
    "Password",
    "os_passwd",
    "clientSecret",
    "X-Auth-Token",
    "token",
    "private-key",
    "private_key",
    "privateKey",
    "ssh-private-key-file",
    "credentials",
    "my.credential.id",
]


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in SECRET_NAMES])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param("hush", id="text"),
        pytest.param(4711, id="number"),
        pytest.param(["hush"], id="list"),
        pytest.param({"value": "hush"}, id="object"),
        pytest.param(None, id="null"),
    ],
)
def test_a_member_whose_name_says_so_is_a_secret(name: str, value: object) -> None:
    """Whatever its letter case, and whatever it holds."""
    assert redacted({name: value, "port": 22}) == {name: REDACTED, "port": 22}


@pytest.mark.parametrize("name", ["pass", "key", "public-key", "user", "keystone", "passport", "tok"])
def test_other_members_are_shown(name: str) -> None:
    """Only the words of the contract."""
    assert redacted({name: "shown"}) == {name: "shown"}


def test_secrets_are_found_at_any_depth() -> None:
    """In objects and lists."""
    value = {"a": [{"b": {"token": "hush"}}, ({"secret": 1},)]}
    assert redacted(value) == {"a": [{"b": {"token": REDACTED}}, [{"secret": REDACTED}]]}


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param('{"password": "hush"}', id="an object"),
        pytest.param(' \n[{"password": "hush"}]', id="a list, after spaces"),
        pytest.param('"{\\"password\\": \\"hush\\"}"', id="JSON in a JSON string"),
        pytest.param('{"password": "hush", "a": 1, "a": 2}', id="a member twice"),
        pytest.param('{"a": {"password": "hush"}, "a": 2}', id="a member twice, the first with a secret"),
        pytest.param('{"password": "hush", "load": NaN}', id="NaN"),
        pytest.param('{"password": "hush", "load": 1e999}', id="out of range"),
        pytest.param('{"password": "hush", "n": ' + "1" * 5000 + "}", id="a very long number"),
        pytest.param('{"password": "hush",}', id="a comma too many"),
        pytest.param("{'password': 'hush'}", id="in single quotes"),
        pytest.param('{"password": "hush"', id="cut off"),
        pytest.param("[" * 100 + '{"password": "hush"}' + "]" * 100, id="nested deeply"),
        pytest.param(json.dumps({"a": json.dumps({"b": json.dumps({"token": "hush"})})}), id="three times inside"),
        pytest.param(
            json.dumps({"a": json.dumps({"b": json.dumps({"c": json.dumps({"d": "hush"})})})}), id="too often inside"
        ),
    ],
)
def test_secrets_are_found_inside_strings_that_hold_json(inner: str) -> None:
    """Also where it is not quite JSON: whoever reads it may be less strict."""
    text = redacted_json(json.dumps({"payload": inner, "port": 22}))
    assert "hush" not in text
    assert json.loads(text)["port"] == 22


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{ "a" : 1.50,\t"b":"x" }', id="own spelling"),
        pytest.param('{"inner": "{ \\"a\\": 1 }"}', id="own spelling inside"),
        pytest.param("no JSON, password=hush", id="no JSON"),
        pytest.param("", id="empty"),
        pytest.param('{"a": "\\u00e9"}', id="escapes"),
    ],
)
def test_what_holds_no_secret_or_is_no_json_comes_back_as_it_was(text: str) -> None:
    """Character by character."""
    assert redacted_json(text) == text


def test_the_deepest_json_that_is_taken_can_be_redacted() -> None:
    """At every level of strings in strings: the stack is deep enough."""
    text = '{"token": "hush"}'
    for _ in range(3):
        text = '{"a":' * (MAX_DEPTH - 2) + json.dumps({"inner": text}) + "}" * (MAX_DEPTH - 2)
    assert "hush" not in redacted_json(text)
    assert "token" in redacted_json(text)


HUSH = "hush-4711"
_PLAIN: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.text('abc {}[]"\\', max_size=6)


def _with_secret(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The secret somewhere deeper: in a member, in a list, in a string that holds JSON."""
    return st.one_of(
        st.tuples(st.dictionaries(st.text("abc", max_size=3), _PLAIN, max_size=2), inner).map(
            lambda p: {**p[0], "x": p[1]}
        ),
        st.tuples(st.lists(_PLAIN, max_size=2), inner).map(lambda p: [*p[0], p[1]]),
        inner.map(json.dumps),
        inner.map(lambda value: json.dumps(value, indent=1)),
    )


@given(value=st.recursive(st.sampled_from(SECRET_NAMES).map(lambda name: {name: HUSH}), _with_secret, max_leaves=12))
def test_no_secret_is_left_wherever_it_stands(value: object) -> None:
    """In objects, lists and strings of JSON, within each other."""
    assert HUSH not in json.dumps(redacted(value))
    assert HUSH not in redacted_json(json.dumps(value))


@given(
    value=st.recursive(_PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner), max_leaves=10)
)
def test_redacting_twice_changes_nothing(value: object) -> None:
    """What is clean stays as it is."""
    once = redacted(value)
    assert redacted(once) == once
