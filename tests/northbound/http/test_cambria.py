"""Facts section 9.7: `application/cambria` and `application/cambria-zip`."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.northbound.http.faults import Fault
from appc.northbound.message_router.cambria import MAX_UNZIPPED_BYTES, split_frames, split_zipped_frames
from appc.northbound.message_router.parts import MAX_MESSAGES, Part


def frame(message: bytes, key: bytes = b"") -> bytes:
    """As a sender that counts bytes writes it."""
    return b"%d.%d.%s%s" % (len(key), len(message), key, message)


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b" \r\n\t", [], id="white space"),
        pytest.param(b"0.2.{}", [Part(b"{}")], id="no key"),
        pytest.param(b"3.2.vnf{}", [Part(b"{}", "vnf")], id="a key"),
        pytest.param(b"0.2.{}0.1.x", [Part(b"{}"), Part(b"x")], id="two, end to end"),
        pytest.param(b"\n 0.2.{}\n\r\n\t0.1.x\n", [Part(b"{}"), Part(b"x")], id="space before, between and behind"),
        pytest.param(b"1.3. \n \n", [Part(b"\n \n", " ")], id="space inside belongs to the message"),
        pytest.param(b"0.0.0.1.x", [Part(b""), Part(b"x")], id="an empty message"),
        pytest.param(b"0.5.0.1.x", [Part(b"0.1.x")], id="what looks like a frame inside a message"),
        pytest.param("2.3.ä€".encode(), [Part("€".encode(), "ä")], id="lengths are bytes"),
        pytest.param(b"1.1.\xffx", [Part(b"x", "�")], id="a key that is no text"),
    ],
)
def test_frames_are_split_by_their_lengths(body: bytes, parts: list[Part]) -> None:
    """`<keyLength>.<messageLength>.<key><message>`."""
    assert split_frames(body) == parts


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"{}", "expected <keyLength>.<messageLength>. at byte 0", id="no frame"),
        pytest.param(b"0.2.{}x", "expected <keyLength>.<messageLength>. at byte 6", id="more behind"),
        pytest.param(b"0.3.{}", "longer than the body", id="cut off in the message"),
        pytest.param(b"9.1.xy", "longer than the body", id="cut off in the key"),
        pytest.param(b"0.2", "expected <keyLength>", id="cut off in a length"),
        pytest.param(b"-1.2.{}", "expected <keyLength>", id="a negative length"),
        pytest.param(b"0.99999999.{}", "expected <keyLength>", id="eight digits"),
        pytest.param(b"0." + b"9" * 100_000 + b".{}", "expected <keyLength>", id="100 000 digits"),
        pytest.param("٣.1.x".encode(), "expected <keyLength>", id="digits of another script"),
        pytest.param("0.1.ä".encode(), "at byte 5", id="characters counted in place of bytes"),
    ],
)
def test_what_is_no_frame_is_a_bad_batch(body: bytes, says: str) -> None:
    """400; nothing is published of what came before it."""
    with pytest.raises(Fault, match=says) as raised:
        split_frames(body)
    assert raised.value.status == 400


def test_there_is_a_limit_to_the_frames_of_one_body() -> None:
    """413, as for every other type."""
    assert len(split_frames(b"0.1.x" * MAX_MESSAGES)) == MAX_MESSAGES
    with pytest.raises(Fault) as raised:
        split_frames(b"0.1.x" * (MAX_MESSAGES + 1))
    assert raised.value.status == 413


def test_zipped_frames_are_unzipped() -> None:
    """Several members too, as gzip files may have."""
    assert split_zipped_frames(gzip.compress(frame(b"{}")) + gzip.compress(frame(b"x"))) == [Part(b"{}"), Part(b"x")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"0.2.{}", id="not zipped"),
        pytest.param(gzip.compress(frame(b"{}"))[:-4], id="cut off"),
        pytest.param(gzip.compress(frame(b"{}"))[:12] + b"\xff\xff\xff", id="spoilt"),
        pytest.param(gzip.compress(b"{}"), id="no frames inside"),
    ],
)
def test_what_is_no_gzip_of_frames_is_a_bad_batch(body: bytes) -> None:
    """400."""
    with pytest.raises(Fault) as raised:
        split_zipped_frames(body)
    assert raised.value.status == 400


def test_a_gzip_bomb_is_not_unzipped_to_its_end() -> None:
    """413 once it is known to be too much: a gigabyte of zeros in a megabyte (S20)."""
    bomb = gzip.compress(bytes(MAX_UNZIPPED_BYTES + 1)) * 64
    assert len(bomb) < 2 * 1024 * 1024
    with pytest.raises(Fault) as raised:
        split_zipped_frames(bomb)
    assert raised.value.status == 413


@given(st.lists(st.tuples(st.binary(max_size=20), st.text(max_size=5)), max_size=5))
def test_what_a_sender_frames_is_what_is_read(messages: list[tuple[bytes, str]]) -> None:
    """Whatever the messages hold, with a newline between frames."""
    body = b"\n".join(frame(message, key.encode()) for message, key in messages)
    assert split_frames(body) == [Part(message, key or None) for message, key in messages]


@given(st.binary() | st.text(alphabet="0123456789. \n{}").map(str.encode))
def test_any_bytes_are_split_or_refused(body: bytes) -> None:
    """Never anything but messages or a fault."""
    for split in (split_frames, split_zipped_frames):
        try:
            split(body)
        except Fault as fault:
            assert fault.status == 400
