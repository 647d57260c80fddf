"""What a request says of itself: ids, flags and its TTL (guide, Tables 1 and 2)."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

import pytest

from appc.lcm.request import Flags, Mode, RequestKey
from tests.fakes.clock import START
from tests.fakes.requests import a_request


@pytest.mark.parametrize(
    ("key", "correlation_id"),
    [
        pytest.param(RequestKey("o", "r", "s"), "r-s", id="both ids"),
        pytest.param(RequestKey("o", "r"), "r", id="no sub-request-id"),
    ],
)
def test_a_correlation_id_is_built_of_the_request_ids(key: RequestKey, correlation_id: str) -> None:
    """`<request-id>-<sub-request-id>`, or `<request-id>`."""
    assert key.correlation_id == correlation_id


def test_openstack_is_told_a_uuid_of_the_three_ids() -> None:
    """`req-` and the UUIDv5 (URL namespace) of `<originator-id>/<request-id>/<sub-request-id>`."""
    assert RequestKey("o", "r", "s").openstack_request_id == f"req-{uuid5(NAMESPACE_URL, 'o/r/s')}"
    assert RequestKey("o", "r").openstack_request_id == f"req-{uuid5(NAMESPACE_URL, 'o/r/')}"


def test_flags_are_off_by_default() -> None:
    """NORMAL, not forced."""
    request = a_request()
    assert (request.header.flags, request.mode, request.force) == (None, Mode.NORMAL, False)


@pytest.mark.parametrize(
    ("flags", "mode", "force"),
    [
        pytest.param(Flags(), Mode.NORMAL, False, id="empty"),
        pytest.param(Flags(Mode.NORMAL, False), Mode.NORMAL, False, id="off"),
        pytest.param(Flags(Mode.EXCLUSIVE, True), Mode.EXCLUSIVE, True, id="on"),
    ],
)
def test_flags_are_read(flags: Flags, mode: Mode, force: bool) -> None:
    """As given."""
    request = a_request(mode=flags.mode, force=flags.force)
    assert (request.mode, request.force) == (mode, force)


@pytest.mark.parametrize(
    ("ttl_s", "lives_s"),
    [
        pytest.param(None, 30, id="absent"),
        pytest.param(0, 30, id="zero"),
        pytest.param(1, 1, id="one"),
        pytest.param(65535, 65535, id="longest"),
    ],
)
def test_a_ttl_counts_from_the_timestamp(ttl_s: int | None, lives_s: int) -> None:
    """The default where it has none or 0."""
    assert a_request(ttl_s=ttl_s).expires_at(default_ttl_s=30) == START + timedelta(seconds=lives_s)
