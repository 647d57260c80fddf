"""One asked-for action, immutable."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from appc.lcm.target import ActionIdentifiers


class Mode(StrEnum):
    """Flag `mode`: EXCLUSIVE keeps every other request off the VNF while this one runs."""

    NORMAL = "NORMAL"
    EXCLUSIVE = "EXCLUSIVE"


@dataclass(frozen=True)
class Flags:
    """The flags as given; None is absent. `ttl_s` is in seconds, 0 means the default."""

    mode: Mode | None = None
    force: bool | None = None
    ttl_s: int | None = None


@dataclass(frozen=True)
class RequestKey:
    """The three ids that make a request the same request (guide, validation rule 2)."""

    originator_id: str
    request_id: str
    sub_request_id: str | None = None

    def __str__(self) -> str:
        return "/".join((self.originator_id, self.request_id, self.sub_request_id or ""))

    @property
    def correlation_id(self) -> str:
        """The guide's rule: `<request-id>-<sub-request-id>`, or `<request-id>`."""
        return f"{self.request_id}-{self.sub_request_id}" if self.sub_request_id else self.request_id

    @property
    def openstack_request_id(self) -> str:
        """What OpenStack is told as `X-OpenStack-Request-ID` (contract section 1, `demo-cloud`)."""
        return f"req-{uuid5(NAMESPACE_URL, str(self))}"


@dataclass(frozen=True)
class CommonHeader:
    """The common header (guide, Table 2); `timestamp` is the request's own text, for the echo."""

    timestamp: str
    api_ver: str
    originator_id: str
    request_id: str
    sub_request_id: str | None = None
    x_onap_requestorid: str | None = None
    flags: Flags | None = None

    @property
    def key(self) -> RequestKey:
        """The ids that identify the request."""
        return RequestKey(self.originator_id, self.request_id, self.sub_request_id)


@dataclass(frozen=True)
class ReplyTo:
    """Where answers go: echoed in each envelope, `rpc_name` as the client wrote it."""

    correlation_id: str
    rpc_name: str


@dataclass(frozen=True)
class Request:
    """A request that is well-formed; nothing about it is judged yet.

    `payload` is the text of the payload member, None where absent or empty.
    `identity_url` is the top-level member that the YANG model gives to Snapshot.
    """

    header: CommonHeader
    action: str
    identifiers: ActionIdentifiers
    reply_to: ReplyTo
    sent_at: datetime
    payload: str | None = None
    identity_url: str | None = None

    @property
    def key(self) -> RequestKey:
        """The ids that identify the request."""
        return self.header.key

    @property
    def vnf_id(self) -> str:
        """The VNF this request is about."""
        return self.identifiers.vnf_id

    @property
    def mode(self) -> Mode:
        """Flag mode, NORMAL by default."""
        return (self.header.flags and self.header.flags.mode) or Mode.NORMAL

    @property
    def force(self) -> bool:
        """Flag force, FALSE by default."""
        return bool(self.header.flags and self.header.flags.force)

    def expires_at(self, default_ttl_s: int) -> datetime:
        """When the TTL runs out: flag ttl, or the default where it is absent or 0."""
        ttl_s = (self.header.flags and self.header.flags.ttl_s) or default_ttl_s
        return self.sent_at + timedelta(seconds=ttl_s)


def request_fields(request: Request) -> dict[str, str | None]:
    """What every log line about a request carries; for `extra` of a logger's methods."""
    return {
        "request_id": request.key.request_id,
        "sub_request_id": request.key.sub_request_id,
        "originator_id": request.key.originator_id,
        "vnf_id": request.vnf_id,
        "action": request.action,
    }
