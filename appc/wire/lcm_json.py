"""Input and output bodies of the LCM API, shared by every door (contract section 3; guide, Tables 2 and 3)."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    model_validator,
)

from appc.lcm.actions import ACTION_ALIASES, ACTIONS
from appc.lcm.outcome import Outcome
from appc.lcm.request import CommonHeader, Flags, Mode, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.wire import scalars
from appc.wire.faults import Path
from appc.wire.timestamps import parse_zulu

#: The two spellings of the input member; RFC 7951 puts the module's name in front.
INPUT_NAMES = ("input", "appc-provider-lcm:input")


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _timestamp(text: str) -> str:
    parse_zulu(text)
    return text


def _action(name: str) -> str:
    action = ACTION_ALIASES.get(name, name)
    if action not in ACTIONS:
        raise ValueError("none of the 33 actions")
    return action


def _optional_id(value: object) -> object:
    return None if value == "" else scalars.id_text(value)


Text = Annotated[str, StringConstraints(min_length=1)]
#: Guide, Table 2: 1 to 40 characters.
Id = Annotated[str, StringConstraints(min_length=1, max_length=40), BeforeValidator(scalars.id_text)]
OptionalId = Annotated[str | None, Field(max_length=40), BeforeValidator(_optional_id)]


class Members(BaseModel):
    """What the models share: members by their names on the wire; null is absent, unknown ones stand aside."""

    model_config = ConfigDict(alias_generator=_dashed, extra="allow", frozen=True, strict=True)

    def strangers(self, path: Path) -> Iterator[Path]:
        """The members that the model does not know."""
        yield from ((*path, name) for name in self.model_extra or ())


class FlagMembers(Members):
    """The flags, in the spellings that clients use."""

    mode: Annotated[Mode | None, PlainValidator(scalars.mode)] = None
    force: Annotated[bool | None, PlainValidator(scalars.force)] = None
    ttl: Annotated[int | None, PlainValidator(scalars.ttl_s)] = None


class HeaderMembers(Members):
    """The common header."""

    timestamp: Annotated[str, AfterValidator(_timestamp)]
    api_ver: Annotated[str, StringConstraints(pattern=r"^2\.[0-9]{2}$")]
    originator_id: Id
    request_id: Id
    sub_request_id: OptionalId = None
    x_onap_requestorid: str | None = None
    flags: FlagMembers | None = None

    def header(self) -> CommonHeader:
        """The header of the domain."""
        return CommonHeader(
            timestamp=self.timestamp,
            api_ver=self.api_ver,
            originator_id=self.originator_id,
            request_id=self.request_id,
            sub_request_id=self.sub_request_id,
            x_onap_requestorid=self.x_onap_requestorid,
            flags=Flags(self.flags.mode, self.flags.force, self.flags.ttl) if self.flags else None,
        )


class IdentifierMembers(Members):
    """The action-identifiers."""

    vnf_id: Text
    vserver_id: Text | None = None
    vnfc_name: Text | None = None
    vf_module_id: Text | None = None
    service_instance_id: Text | None = None

    def identifiers(self) -> ActionIdentifiers:
        """The identifiers of the domain."""
        return ActionIdentifiers(
            self.vnf_id, self.vserver_id, self.vnfc_name, self.vf_module_id, self.service_instance_id
        )


class InputMembers(Members):
    """The input of any rpc."""

    common_header: HeaderMembers
    action: Annotated[str, AfterValidator(_action)]
    action_identifiers: IdentifierMembers
    payload: str | None = None
    identity_url: str | None = None

    def request(self, correlation_id: str | None, rpc_name: str | None) -> Request:
        """The request; a correlation-id that is absent is built, an rpc-name that is absent is the action's."""
        header, action = self.common_header.header(), ACTIONS[self.action]
        return Request(
            header=header,
            action=action.name,
            identifiers=self.action_identifiers.identifiers(),
            reply_to=ReplyTo(correlation_id or header.key.correlation_id, rpc_name or action.rpc_name),
            sent_at=parse_zulu(header.timestamp),
            payload=self.payload or None,
            identity_url=(self.identity_url or None) if "identity-url" in action.input else None,
        )

    def strangers(self, path: Path) -> Iterator[Path]:
        """The members on every level that mean nothing here."""
        yield from super().strangers(path)
        if self.identity_url is not None and "identity-url" not in ACTIONS[self.action].input:
            yield (*path, "identity-url")
        yield from self.common_header.strangers((*path, "common-header"))
        if self.common_header.flags:
            yield from self.common_header.flags.strangers((*path, "common-header", "flags"))
        yield from self.action_identifiers.strangers((*path, "action-identifiers"))


class BodyMembers(Members):
    """The body of any rpc."""

    input: InputMembers = Field(validation_alias=AliasChoices(*INPUT_NAMES))

    @model_validator(mode="before")
    @classmethod
    def _one_input(cls, body: object) -> object:
        if isinstance(body, dict) and all(name in body for name in INPUT_NAMES):
            raise ValueError("two inputs")
        return body


def input_members(request: Request) -> dict[str, Any]:
    """The input that says what the request says."""
    members: dict[str, Any] = {
        "common-header": header_members(request.header),
        "action": request.action,
        "action-identifiers": _given(vars(request.identifiers)),
    }
    return members | _given({"payload": request.payload, "identity_url": request.identity_url})


def header_members(header: CommonHeader) -> dict[str, Any]:
    """The common header, character for character; of the flags those that were given, in the YANG's words."""
    members = _given(vars(header) | {"flags": None})
    if header.flags:
        members["flags"] = flag_members(header.flags)
    return members


def flag_members(flags: Flags) -> dict[str, Any]:
    """The flags that were given, in the YANG's words; ttl in seconds."""
    mode = flags.mode and flags.mode.value
    force = None if flags.force is None else str(flags.force).upper()
    return _given({"mode": mode, "force": force, "ttl": flags.ttl_s})


def output_members(request: Request, outcome: Outcome) -> dict[str, Any]:
    """The output of the request's rpc: header, status and what the YANG gives it besides (contract section 6)."""
    action = ACTIONS[request.action]
    payload = outcome.payload or ("{}" if action.payload_always else None)
    extra = {name: value for name, value in (outcome.extra | {"payload": payload}).items() if name in action.output}
    return output_of(header_members(request.header), outcome.code, outcome.message) | _given(extra)


def output_of(header: dict[str, Any], code: int, message: str) -> dict[str, Any]:
    """The members that every output has."""
    return {"common-header": header, "status": {"code": code, "message": message}}


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {_dashed(name): value for name, value in members.items() if value is not None}


def to_bytes(document: dict[str, Any]) -> bytes:
    """A message: compact UTF-8 with sorted members, so that the same document gives the same bytes."""
    # text of the outside, like a file name in an error, may hold what UTF-8 has no bytes for
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(errors="replace")
