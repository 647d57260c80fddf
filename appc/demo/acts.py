"""The acts of the demo, as data: what is asked, and which codes must come back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import uuid4

from appc.client import RawRequest
from appc.demo.cloud.seed import stable_uuid
from appc.lcm.actions import ACTIONS
from appc.lcm.request import CommonHeader, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.wire.envelope import build_request
from appc.wire.timestamps import zulu

VNF = "vfw-demo"
VM_1, VM_2 = stable_uuid("server", "vfw-1"), stable_uuid("server", "vfw-2")


@dataclass(frozen=True)
class Ask:
    """One message to send. `codes`: the codes of its answers, in order; `shows`: what the last one must contain.

    `age_s`: how old its timestamp is; `without`: a member left out of the input; `meanwhile`: what is
    asked as soon as this one is accepted.
    """

    what: str
    action: str
    codes: tuple[int, ...]
    vserver_id: str | None = None
    payload: str | None = None
    request_id: str | None = None
    shows: str = ""
    age_s: int = 0
    without: str | None = None
    meanwhile: "Ask | None" = None

    @cached_property
    def request(self) -> Request:
        """The request, with fresh ids, as of its first use."""
        sent_at = datetime.now(UTC) - timedelta(seconds=self.age_s)
        header = CommonHeader(zulu(sent_at), "2.00", "appc-demo", self.request_id or str(uuid4()), str(uuid4()))
        reply_to = ReplyTo(header.key.correlation_id, ACTIONS[self.action].rpc_name)
        return Request(header, self.action, ActionIdentifiers(VNF, self.vserver_id), reply_to, sent_at, self.payload)

    @property
    def correlation_id(self) -> str:
        """What its answers carry."""
        return self.request.reply_to.correlation_id

    def message(self) -> RawRequest:
        """The message to publish."""
        message = build_request(self.request)
        if self.without:
            envelope = json.loads(message)
            del envelope["body"]["input"][self.without]
            message = json.dumps(envelope).encode()
        return RawRequest(self.correlation_id, VNF, message)


@dataclass(frozen=True)
class Act:
    """Requests that are sent at the same time."""

    title: str
    asks: tuple[Ask, ...]


DONE = (100, 400)

_LOCK_OWNER, _WATCHED = str(uuid4()), str(uuid4())
_ASK_WATCHED = json.dumps({"request-id": _WATCHED})

ACTS = (
    Act("A VM is stopped", (Ask("Stop vfw-1", "Stop", DONE, VM_1),)),
    Act("a snapshot is taken of it", (Ask("Snapshot of vfw-1", "Snapshot", DONE, VM_1, shows="snapshot-id"),)),
    Act("and it is started again", (Ask("Start vfw-1", "Start", DONE, VM_1),)),
    Act(
        "The same VM is stopped twice at once: one is accepted",
        (Ask("Stop vfw-1", "Stop", DONE, VM_1), Ask("Stop vfw-1, at the same time", "Stop", (316,), VM_1)),
    ),
    Act(
        "Two VMs of one VNF at the same time: both are accepted",
        (Ask("Start vfw-1", "Start", DONE, VM_1), Ask("Stop vfw-2, at the same time", "Stop", DONE, VM_2)),
    ),
    Act(
        "The VNF is locked: another request-id is kept out",
        (
            Ask("Lock the VNF", "Lock", (400,), request_id=_LOCK_OWNER),
            Ask("Start vfw-2 by another request-id", "Start", (310,), VM_2),
            Ask("Unlock the VNF", "Unlock", (400,), request_id=_LOCK_OWNER),
        ),
    ),
    Act(
        "Messages with mistakes are answered, too",
        (
            Ask("Stop without action-identifiers", "Stop", (302,), without="action-identifiers"),
            Ask("Stop vfw-1, sent 60 s ago with a TTL of 30 s", "Stop", (311,), VM_1, age_s=60),
        ),
    ),
    Act(
        "What runs and what has run can be asked about",
        (
            Ask(
                "Start vfw-2",
                "Start",
                DONE,
                VM_2,
                request_id=_WATCHED,
                meanwhile=Ask(
                    "ActionStatus of it, while it runs", "ActionStatus", (400,), None, _ASK_WATCHED, shows="IN_PROGRESS"
                ),
            ),
        ),
    ),
    Act(
        "and afterwards",
        (Ask("ActionStatus of it, when it is done", "ActionStatus", (400,), None, _ASK_WATCHED, shows="SUCCESSFUL"),),
    ),
)
