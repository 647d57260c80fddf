"""What the cloud holds, as values: each is the thing at one moment. Times are seconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appc.demo.cloud.statuses import RUNNING, status_of


@dataclass(frozen=True, slots=True)
class ServerFault:
    """What Nova shows as `fault` of a server in ERROR."""

    message: str
    created: float
    code: int = 500


@dataclass(frozen=True, slots=True)
class Server:
    """A server; `volumes` are the ids of what is attached, `flavor` the id of its flavor."""

    id: str
    name: str
    image_id: str | None
    address: str
    host: str
    created: float
    updated: float
    launched: float | None
    vm_state: str = "active"
    task_state: str | None = None
    power_state: int = RUNNING
    fault: ServerFault | None = None
    flavor: str = "1"
    volumes: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """The status that Nova shows."""
        return status_of(self.vm_state, self.task_state)


@dataclass(frozen=True, slots=True)
class Flavor:
    """A flavor; `ram` in MiB, `disk` in GiB."""

    id: str
    name: str
    ram: int
    disk: int
    vcpus: int = 1


#: The flavors of this cloud, by their ids.
FLAVORS = {
    flavor.id: flavor
    for flavor in (
        Flavor("1", "m1.tiny", 512, 1),
        Flavor("2", "m1.small", 2048, 20),
        Flavor("3", "m1.medium", 4096, 40),
    )
}


@dataclass(frozen=True, slots=True)
class Host:
    """A compute host with its nova-compute service."""

    name: str
    up: bool = True
    enabled: bool = True
    forced_down: bool = False
    disabled_reason: str | None = None

    @property
    def alive(self) -> bool:
        """What Nova shows as `state` up."""
        return self.up and not self.forced_down


@dataclass(frozen=True, slots=True)
class Migration:
    """A move of a server between hosts, or a resize; `vm_state` and `flavor` are those before it."""

    id: int
    server: str
    kind: str  #: migration, resize, live-migration or evacuation
    source: str
    dest: str | None
    created: float
    updated: float
    vm_state: str
    flavor: str
    status: str


@dataclass(frozen=True, slots=True)
class InstanceAction:
    """An entry of a server's history. `details` says why it failed; None where it did not."""

    server: str
    request_id: str
    action: str
    started: float
    updated: float
    details: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image; the properties are those that Glance shows beside its own members."""

    id: str
    name: str
    status: str
    created: float
    updated: float
    visibility: str = "private"
    size: int | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attachment:
    """Where a volume is attached."""

    id: str
    server: str
    device: str
    host: str
    since: float


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume; the size in GiB."""

    id: str
    name: str
    size: int
    created: float
    status: str = "available"
    updated: float | None = None
    attachment: Attachment | None = None
    bootable: bool = False
    snapshot_id: str | None = None
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VolumeSnapshot:
    """A snapshot of a volume; the size in GiB."""

    id: str
    name: str | None
    volume_id: str
    size: int
    created: float
    updated: float
    status: str = "creating"
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effect:
    """A change that really happened: when, to which server, by which of Nova's actions, on whose request."""

    at: float
    server: str
    operation: str
    request: str | None


@dataclass(frozen=True, slots=True)
class Put:
    """The status that a server is put in from outside, a task that will not end, the message of its fault."""

    status: str
    task_state: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """How an action fails that was accepted: the server is in ERROR then, or `rolled_back` as it was before."""

    message: str
    rolled_back: bool = False
