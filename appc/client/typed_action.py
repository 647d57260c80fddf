"""What the typed actions share: the header, the identifiers, and how a payload comes of their fields."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from uuid import uuid4

from appc.client.errors import InvalidAction
from appc.lcm.actions import ACTIONS, Action
from appc.lcm.errors import Rejected
from appc.lcm.planning import read_payload
from appc.lcm.request import CommonHeader, Flags, Mode, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.lcm.targeting import wanted_by
from appc.wire.envelope import Malformed, build_request, read_request
from appc.wire.timestamps import zulu

#: Any moment does for judging everything but the age.
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Key:
    """Marks a field that goes into the payload, under this name."""

    name: str


def fresh_id() -> str:
    """An id that nobody else has."""
    return str(uuid4())


@dataclass(frozen=True, kw_only=True)
class TypedAction:
    """One request: a subclass is an action of the table. Each object has ids of its own, so it is sent once.

    `vnf_id`: the VNF. `request_id`, `sub_request_id`: fresh UUIDs unless given; together with `originator_id`, who
    asks, they make the request the same request. `mode`: EXCLUSIVE keeps every other request off the VNF while this
    one runs. `force`: run beside whatever is in progress. `ttl_s`: seconds for which the request is valid; None: as
    the controller is set. `more`: further keys of the payload, which templates may use.

    Raises: InvalidAction, which names the field.
    """

    vnf_id: str
    request_id: str = field(default_factory=fresh_id)
    sub_request_id: str | None = field(default_factory=fresh_id)
    originator_id: str = "appc-client"
    x_onap_requestorid: str | None = None
    service_instance_id: str | None = None
    mode: Literal["NORMAL", "EXCLUSIVE"] | None = None
    force: bool | None = None
    ttl_s: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            _judge(self.request(_SOME_TIME))
        except (Malformed, Rejected, ValueError, TypeError) as error:
            raise InvalidAction(f"{type(self).__name__}: {error}") from None

    @classmethod
    def action(cls) -> Action:
        """Its row in the table of actions."""
        return ACTIONS[cls.__name__]

    @property
    def correlation_id(self) -> str:
        """What its answers carry."""
        return CommonHeader("", "", self.originator_id, self.request_id, self.sub_request_id).key.correlation_id

    def again(self) -> "TypedAction":
        """The same with a sub-request-id of its own: what is sent after a rejection."""
        return replace(self, sub_request_id=fresh_id())

    def payload(self) -> str | None:
        """The payload member: a JSON object, or nothing."""
        members = {key: getattr(self, name) for name, key in payload_keys(type(self)).items()}
        members = {key: value for key, value in members.items() if value is not None and value != {}} | dict(self.more)
        return json.dumps(members, ensure_ascii=False) if members else None

    def request(self, now: datetime) -> Request:
        """The request, asked for `now`."""
        flags = Flags(Mode(self.mode) if self.mode else None, self.force, self.ttl_s)
        header = CommonHeader(
            timestamp=zulu(now),
            api_ver="2.00",
            originator_id=self.originator_id,
            request_id=self.request_id,
            sub_request_id=self.sub_request_id,
            x_onap_requestorid=self.x_onap_requestorid,
            flags=flags if flags != Flags() else None,
        )
        action = self.action()
        identifiers = ActionIdentifiers(
            vnf_id=self.vnf_id,
            vserver_id=getattr(self, "vserver_id", None),
            vnfc_name=getattr(self, "vnfc_name", None),
            vf_module_id=getattr(self, "vf_module_id", None),
            service_instance_id=self.service_instance_id,
        )
        reply_to = ReplyTo(header.key.correlation_id, action.rpc_name)
        return Request(header, action.name, identifiers, reply_to, now, self.payload())


def payload_keys(action: type[TypedAction]) -> Mapping[str, str]:
    """The fields that go into the payload, and their names there."""
    hints = get_type_hints(action, include_extras=True)
    marks = {name: get_args(hint)[1:] for name, hint in hints.items() if get_origin(hint) is Annotated}
    return {name: mark.name for name, found in marks.items() for mark in found if isinstance(mark, Key)}


def _judge(request: Request) -> None:
    """What the controller would say without looking at anything else: checks 1, 3 and 4 of contract section 4."""
    action = ACTIONS[request.action]
    read_request(build_request(request))
    wanted_by(request, action, inventoried=True)
    read_payload(request, action, None)
