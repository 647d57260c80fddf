"""Requests as a well-behaved client sends them; a test names only what matters to it."""

from datetime import datetime
from itertools import count

from appc.lcm.actions import ACTIONS
from appc.lcm.request import CommonHeader, Flags, Mode, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from tests.fakes.clock import START

VM_A = "aaaaaaaa-0000-4000-8000-000000000001"
VM_B = "bbbbbbbb-0000-4000-8000-000000000002"
VM_C = "cccccccc-0000-4000-8000-000000000003"

_numbers = count(1)


def ids(
    vnf_id: str = "vnf-1",
    vserver_id: str | None = None,
    vnfc_name: str | None = None,
    vf_module_id: str | None = None,
) -> ActionIdentifiers:
    """Action identifiers."""
    return ActionIdentifiers(vnf_id, vserver_id, vnfc_name, vf_module_id)


def a_request(
    action: str = "Restart",
    identifiers: ActionIdentifiers | str = "vnf-1",
    *,
    request_id: str | None = None,
    sub_request_id: str | None = "1",
    originator_id: str = "tester",
    sent_at: datetime = START,
    timestamp: str | None = None,
    ttl_s: int | None = None,
    mode: Mode | None = None,
    force: bool | None = None,
    payload: str | None = None,
    identity_url: str | None = None,
    rpc_name: str | None = None,
) -> Request:
    """A request; its ids are fresh unless given. A plain text for `identifiers` is the vnf-id."""
    flags = None if mode is None and force is None and ttl_s is None else Flags(mode, force, ttl_s)
    header = CommonHeader(
        timestamp=timestamp or f"{sent_at:%Y-%m-%dT%H:%M:%S.%f}Z",
        api_ver="2.00",
        originator_id=originator_id,
        request_id=request_id or f"request-{next(_numbers)}",
        sub_request_id=sub_request_id,
        flags=flags,
    )
    name = ACTIONS[action].rpc_name if rpc_name is None else rpc_name
    identifiers = ids(identifiers) if isinstance(identifiers, str) else identifiers
    reply_to = ReplyTo(header.key.correlation_id, name)
    return Request(header, action, identifiers, reply_to, sent_at, payload, identity_url)
