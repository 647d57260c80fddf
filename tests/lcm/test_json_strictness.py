"""JSON as RFC 8259 has it, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm import strict_json
from appc.lcm.strict_json import MAX_DEPTH


def nested(levels: int) -> str:
    """Arrays within each other."""
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("{}", {}, id="empty object"),
        pytest.param(' {"a": [1, 2.5, true, null, "x"]} ', {"a": [1, 2.5, True, None, "x"]}, id="all kinds"),
        pytest.param('"\\ud83d\\ude00"', "\U0001f600", id="surrogate pair"),
        pytest.param('{"a": {"x": 1}, "b": {"x": 2}}', {"a": {"x": 1}, "b": {"x": 2}}, id="one name in two objects"),
        pytest.param("1e300", 1e300, id="large number"),
        pytest.param("-0.0", 0.0, id="negative zero"),
    ],
)
def test_json_is_read(text: str, value: object) -> None:
    """Values as the standard library gives them."""
    assert strict_json.parse(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "Expecting value", id="empty"),
        pytest.param("{", "Expecting", id="cut off"),
        pytest.param("{} {}", "Extra data", id="two texts"),
        pytest.param("NaN", "NaN is no JSON number", id="NaN"),
        pytest.param('{"a": Infinity}', "Infinity is no JSON number", id="Infinity"),
        pytest.param("[-Infinity]", "-Infinity is no JSON number", id="-Infinity"),
        pytest.param("1e999", "out of range", id="too large a number"),
        pytest.param("1" * 5000, ".", id="too long a number"),
        pytest.param('{"a": 1, "a": 1}', "'a' occurs twice", id="member twice"),
        pytest.param('{"a": 1, "\\u0061": 1}', "'a' occurs twice", id="member twice, escaped"),
        pytest.param('[{"x": {"b": 1, "b": 2}}]', "'b' occurs twice", id="member twice, deep inside"),
        pytest.param('"\\ud800"', "lone surrogate", id="lone surrogate"),
        pytest.param('{"\\udfff": 1}', "lone surrogate", id="lone surrogate in a name"),
        pytest.param('"\\ude00\\ud83d"', "lone surrogate", id="pair the wrong way round"),
        pytest.param("\ufeff{}", "BOM", id="byte order mark"),
        pytest.param('"\n"', "control character", id="line break in a string"),
        pytest.param("'a'", "Expecting value", id="single quotes"),
        pytest.param("[1,]", ".", id="comma too many"),
        pytest.param(nested(MAX_DEPTH + 1), "deep", id="one level too deep"),
        pytest.param(nested(100_000), "deep", id="far too deep"),
        pytest.param('{"a":' * 100_000, "deep", id="far too deep, objects"),
    ],
)
def test_what_is_not_json_is_a_value_error_that_says_why(text: str, reason: str) -> None:
    """Nothing else is ever raised."""
    with pytest.raises(ValueError, match=reason):
        strict_json.parse(text)


def test_nesting_is_counted_by_depth_and_not_by_number() -> None:
    """Many short lists are fine; the deepest allowed text is read."""
    assert len(strict_json.parse(f"[{','.join(['[]'] * 1000)}]")) == 1000
    assert strict_json.parse(nested(MAX_DEPTH)) is not None
    assert strict_json.parse(json.dumps("[" * 1000)) == "[" * 1000


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=_VALUES, ascii=st.booleans())
def test_whatever_is_written_is_read_again(value: object, ascii: bool) -> None:
    """Escaped or not."""
    assert strict_json.parse(json.dumps(value, ensure_ascii=ascii)) == value


@given(text=st.text() | st.text('{}[]":, \\u0123dDeE+-.nul'))
def test_any_text_is_read_or_a_value_error(text: str) -> None:
    """And what was read can be written as UTF-8 again."""
    try:
        value = strict_json.parse(text)
    except ValueError:
        return
    json.dumps(value, ensure_ascii=False).encode()
