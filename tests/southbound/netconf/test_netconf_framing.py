"""From bytes to messages, however the network cuts them (RFC 6242, section 4)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ncclient.transport.errors import NetconfFramingError

from appc.southbound.netconf.framing import Framing

CHUNKED = "urn:ietf:params:netconf:base:1.1"


class Session:
    """As much of ncclient's session as its parsers use."""

    def __init__(self, *capabilities: str) -> None:
        self.server_capabilities = capabilities
        self.messages: list[str] = []

    def _dispatch_message(self, text: str) -> None:
        self.messages.append(text)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """The data, cut there."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[begin:end] for begin, end in pairwise(places)]


def chunk(data: bytes) -> bytes:
    """As a device sends it."""
    return b"\n#%d\n%s" % (len(data), data)


CUTS = st.lists(st.integers(0, 10_000), max_size=8)
MESSAGES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=3)


@given(MESSAGES, CUTS, CUTS)
def test_chunks_and_reads_may_end_inside_a_character(messages: list[str], chunks: list[int], reads: list[int]) -> None:
    """Every message comes out as it was, in order."""
    session = Session(CHUNKED)
    sent = b"".join(b"".join(map(chunk, pieces(text.encode(), chunks))) + b"\n##\n" for text in messages)
    framing = Framing(session)
    for piece in pieces(sent, reads):
        framing.parse(piece)
    assert session.messages == messages


@given(MESSAGES, CUTS)
def test_so_may_reads_of_delimited_messages(messages: list[str], reads: list[int]) -> None:
    """The framing of NETCONF 1.0."""
    session = Session()
    framing = Framing(session)
    for piece in pieces(b"".join(text.encode() + b"]]>]]>" for text in messages), reads):
        framing.parse(piece)
    assert session.messages == messages


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"<rpc-reply/>]]>]]>", "a chunk does not begin as RFC 6242 wants it", id="no chunk"),
        pytest.param(b"\n#0\n\n#4\nabcd\n##\n", "a chunk does not begin", id="empty chunk"),
        pytest.param(b"\n#1\n\xff\n##\n", "a message is not UTF-8 at byte 0", id="bytes"),
        pytest.param(b"\n#9999999999\n" + bytes(1 << 26), "a message of more than", id="endless"),
    ],
)
def test_what_is_no_message_ends_the_session(data: bytes, said: str) -> None:
    """With an error that the executor tells."""
    with pytest.raises(NetconfFramingError, match=said):
        Framing(Session(CHUNKED)).parse(data)
