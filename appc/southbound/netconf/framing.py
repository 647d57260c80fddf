"""From bytes to messages (RFC 6242, section 4).

It stands in the place of ncclient's own parser, which decodes every chunk and every read by itself (0.7.1) and so
loses the session over a character of several bytes that two of them share.
"""

import re
from collections.abc import Iterator

from ncclient.devices.default import DefaultDeviceHandler
from ncclient.transport import SSHSession
from ncclient.transport.errors import NetconfFramingError

#: Bytes of a message; the largest configurations of routers have a few megabytes.
_LONGEST = 64 * 1024 * 1024
_CHUNK = re.compile(rb"\n#(?:([1-9][0-9]{0,9})|#)\n")
#: The longest header of a chunk, in bytes.
_HEADER = 13
_END = b"]]>]]>"
_CHUNKED = "urn:ietf:params:netconf:base:1.1"


class Framing:
    """What ncclient calls a parser: it is given what was received and passes complete messages on."""

    def __init__(self, session: SSHSession) -> None:
        self._session = session
        self._received = bytearray()
        self._message = bytearray()

    def parse(self, data: bytes) -> None:
        """Take some more bytes. Raises: NetconfFramingError, which ends the session."""
        self._received += data
        if len(self._received) + len(self._message) > _LONGEST:
            raise NetconfFramingError(f"a message of more than {_LONGEST} bytes")
        # ncclient always offers both kinds; the device has chosen
        chunked = _CHUNKED in self._session.server_capabilities
        for message in self._chunks() if chunked else self._delimited():
            try:
                text = message.decode()
            except UnicodeDecodeError as error:
                raise NetconfFramingError(f"a message is not UTF-8 at byte {error.start}") from None
            self._session._dispatch_message(text)

    def _chunks(self) -> Iterator[bytes]:
        while head := _CHUNK.match(self._received):
            size = int(head[1] or 0)
            if len(self._received) < head.end() + size:
                return
            self._message += self._received[head.end() : head.end() + size]
            del self._received[: head.end() + size]
            if not size:
                yield bytes(self._message)
                self._message.clear()
        if len(self._received) > _HEADER:
            raise NetconfFramingError("a chunk does not begin as RFC 6242 wants it")

    def _delimited(self) -> Iterator[bytes]:
        while (end := self._received.find(_END)) >= 0:
            yield bytes(self._received[:end])
            del self._received[: end + len(_END)]


class Dialect(DefaultDeviceHandler):  # type: ignore[misc]  # ncclient ships no types
    """NETCONF as the RFC has it, without a vendor's peculiarities."""

    def get_xml_parser(self, session: SSHSession) -> Framing:
        """Who is given what the device sends after its hello."""
        return Framing(session)
