"""Facts section 9.7, "Publish": from a body to messages."""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appc.northbound.http.faults import Fault
from appc.northbound.message_router.cambria import split_frames, split_zipped_frames
from appc.northbound.message_router.parts import MAX_MESSAGES
from appc.northbound.message_router.splitting import split_json, split_lines, splitter, whole


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        pytest.param(b'{"a":1}', [b'{"a":1}'], id="one object"),
        pytest.param(b' {"a" : 1.50}\r\n', [b'{"a" : 1.50}'], id="as it was sent, without the space around"),
        pytest.param(b'{"a":1}\n{"b":2}\n', [b'{"a":1}', b'{"b":2}'], id="one a line"),
        pytest.param(b'{\n"a":1\n}\n\n{"b":\n2}', [b'{\n"a":1\n}', b'{"b":\n2}'], id="objects over several lines"),
        pytest.param(b'[{"a":1}, {"b":2}]', [b'{"a":1}', b'{"b":2}'], id="array"),
        pytest.param(b'\n[\n{"a":1},\n{"b":2}\n]\n', [b'{"a":1}', b'{"b":2}'], id="array over several lines"),
        pytest.param(b'[{"a":1}\n{"b":2}]', [b'{"a":1}', b'{"b":2}'], id="array with newlines for commas"),
        pytest.param(b"[]", [], id="empty array"),
        pytest.param(b"[ \n ]", [], id="empty array with space"),
        pytest.param(b'[{"a":[{"b":1}]}]', [b'{"a":[{"b":1}]}'], id="arrays inside"),
        pytest.param(b'{"a":1,"a":2}', [b'{"a":1,"a":2}'], id="duplicate members are for the reader to judge"),
        pytest.param(b'[{"a":1,"a":2}]', [b'{"a":1,"a":2}'], id="in an array too"),
        pytest.param(b'{"a":NaN,"b":1e9999}', [b'{"a":NaN,"b":1e9999}'], id="numbers that are none"),
        pytest.param(b'{"a":' + b"1" * 100_000 + b"}", [b'{"a":' + b"1" * 100_000 + b"}"], id="100 000 digits"),
        pytest.param('{"ä":"€"}'.encode(), ['{"ä":"€"}'.encode()], id="UTF-8"),
        pytest.param(b'{"a":"\\ud800"}', [b'{"a":"\\ud800"}'], id="half a surrogate pair, escaped"),
    ],
)
def test_json_is_split_into_the_bytes_that_were_sent(body: bytes, messages: list[bytes]) -> None:
    """The door does not judge what the objects say."""
    assert [part.value for part in split_json(body)] == messages


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"", "expected an object at character 0", id="nothing"),
        pytest.param(b"hello", "expected an object at character 0", id="no JSON"),
        pytest.param(b'"text"', "expected an object", id="a string"),
        pytest.param(b"[1]", "expected an object at character 1", id="an array of numbers"),
        pytest.param(b'{"a":1', "delimiter at character 6", id="cut off"),
        pytest.param(b'{"a":1} x', "expected an object at character 8", id="more behind"),
        pytest.param(b'[{"a":1}', "end of the array at character 8", id="array cut off"),
        pytest.param(b'[{"a":1},]', "expected an object at character 9", id="comma before the end"),
        pytest.param(b'[{"a":1} {"b":2}]', "expected a comma", id="neither comma nor newline"),
        pytest.param(b'[{"a":1}] {"b":2}', "more after the array", id="more behind the array"),
        pytest.param(b"[] []", "more after the array", id="two arrays"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', "expected an object at character 0", id="byte order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), "not UTF-8", id="UTF-16"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', "not UTF-8", id="half a surrogate pair, encoded"),
        pytest.param(b'{"a":' * 100_000, "nested too deeply", id="nested 100 000 deep"),
        pytest.param(b'{"a":' + b"[" * 100_000, "nested too deeply", id="arrays 100 000 deep"),
    ],
)
def test_what_is_no_json_is_a_bad_batch(body: bytes, says: str) -> None:
    """400; the place is named."""
    with pytest.raises(Fault, match=says) as raised:
        split_json(body)
    assert raised.value.status == 400


@pytest.mark.parametrize(
    ("partition", "key"),
    [
        pytest.param('"vnf-1"', "vnf-1", id="a string"),
        pytest.param('"€"', "€", id="any string"),
        pytest.param('""', "", id="an empty one"),
        pytest.param("null", None, id="null"),
        pytest.param("5", None, id="a number"),
        pytest.param('{"a":"b"}', None, id="an object"),
        pytest.param('"\\ud800"', None, id="a string that UTF-8 cannot carry"),
    ],
)
def test_the_key_is_the_partition_that_the_object_names(partition: str, key: str | None) -> None:
    """`cambria.partition` at the top level, if it is a string."""
    assert [part.key for part in split_json(f'{{"cambria.partition":{partition}}}'.encode())] == [key]


def test_a_partition_inside_is_no_key() -> None:
    """Only the top level counts."""
    assert split_json(b'{"body":{"cambria.partition":"x"}}')[0].key is None


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        pytest.param("application/json", split_json, id="JSON"),
        pytest.param("Application/JSON; charset=UTF-8", split_json, id="with a parameter, in other letters"),
        pytest.param("text/plain;charset=utf-8", split_lines, id="lines"),
        pytest.param("application/cambria", split_frames, id="frames"),
        pytest.param("application/cambria-zip; charset=x", split_zipped_frames, id="zipped frames"),
        pytest.param("", whole, id="no type"),
        pytest.param("application/xml", whole, id="any other type"),
        pytest.param("application/jsonx", whole, id="a longer name"),
    ],
)
def test_the_content_type_says_how_to_split(content_type: str, expected: Callable[[bytes], object]) -> None:
    """Parameters do not count."""
    assert splitter(content_type) is expected


def test_lines_are_messages() -> None:
    """Any line end; empty lines are none."""
    assert [part.value for part in split_lines(b"one\ntwo\r\n\nthree\r\xff")] == [b"one", b"two", b"three", b"\xff"]


def test_a_body_of_any_other_type_is_one_message() -> None:
    """As it is, even if it is empty."""
    assert [part.value for part in whole(b"\x00\n")] == [b"\x00\n"]
    assert [part.value for part in whole(b"")] == [b""]


@pytest.mark.parametrize("split", [split_json, split_lines])
def test_there_is_a_limit_to_the_messages_of_one_body(split: Callable[[bytes], list[object]]) -> None:
    """413: 16 MiB of the shortest messages would be millions."""
    assert len(split(b"{}\n" * MAX_MESSAGES)) == MAX_MESSAGES
    with pytest.raises(Fault) as raised:
        split(b"{}\n" * (MAX_MESSAGES + 1))
    assert raised.value.status == 413


SCALARS = st.none() | st.integers() | st.floats() | st.text(max_size=5)
JSON_OBJECTS = st.dictionaries(
    st.text(max_size=3),
    SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2),
    max_size=3,
)
#: How long a machine takes that has other tests to run is no fault of the code.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNHURRIED
@given(st.lists(JSON_OBJECTS, max_size=4), st.sampled_from([None, 1]))
def test_an_array_is_split_into_its_elements(objects: list[object], indent: int | None) -> None:
    """Whatever they hold, however it is written."""
    texts = [json.dumps(each, indent=indent) for each in objects]
    body = json.dumps(objects, indent=indent).encode()
    assert [json.dumps(json.loads(part.value)) for part in split_json(body)] == [
        json.dumps(json.loads(text)) for text in texts
    ]
    if texts:
        assert [part.value.decode() for part in split_json("\n".join(texts).encode())] == texts


@UNHURRIED
@given(st.binary() | st.text(alphabet='[]{}",:\n 1a').map(str.encode))
def test_any_bytes_are_split_or_refused(body: bytes) -> None:
    """Never anything but messages or a fault."""
    try:
        parts = split_json(body)
    except Fault as fault:
        assert fault.status == 400
    else:
        assert all(json.loads(part.value).__class__ is dict for part in parts)
