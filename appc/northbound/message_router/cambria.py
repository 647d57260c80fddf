"""The cambria format: `<keyLength>.<messageLength>.<key><message>`, again and again, plain or by gzip (facts 9.7).

Lengths count bytes. White space before a frame does not count: senders put a newline between frames.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from http import HTTPStatus

from appc.northbound.http.faults import Fault
from appc.northbound.message_router.parts import Part, bad_batch, counted

#: What a body may hold once it is unzipped, in bytes; as much as one that is not zipped.
MAX_UNZIPPED_BYTES = 16 * 1024 * 1024

#: Seven digits are more than any message may have; Message Router's own limit is 4 096 000.
_HEAD = re.compile(rb"[ \t\r\n]*([0-9]{1,7})\.([0-9]{1,7})\.")
_END = re.compile(rb"[ \t\r\n]*\Z")


def split_frames(body: bytes) -> list[Part]:
    """One message a frame, under its key; an empty key is none. Raises: Fault 400, 413."""
    return counted(_frames(body))


def split_zipped_frames(body: bytes) -> list[Part]:
    """The same, zipped; what unzips to too much is not unzipped any further. Raises: Fault 400, 413."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            frames = file.read(MAX_UNZIPPED_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise bad_batch(f"no gzip: {error}") from None
    if len(frames) > MAX_UNZIPPED_BYTES:
        raise Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body unzips to more than {MAX_UNZIPPED_BYTES} bytes")
    return split_frames(frames)


def _frames(body: bytes) -> Iterator[Part]:
    at = 0
    while not _END.match(body, at):
        head = _HEAD.match(body, at)
        if not head:
            raise bad_batch(f"expected <keyLength>.<messageLength>. at byte {at}")
        key_end = head.end() + int(head[1])
        at = key_end + int(head[2])
        if at > len(body):
            raise bad_batch(f"the frame at byte {head.start(1)} is longer than the body")
        yield Part(body[key_end:at], body[head.end() : key_end].decode(errors="replace") or None)
