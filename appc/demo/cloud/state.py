"""The cloud's world: servers, images, volumes, and what is scheduled to happen to them.

Pure: time comes in as an argument (seconds since the epoch), nothing is read or written. An effect is given
to the world's `record` function before the state that it brings about is in place.
"""

import heapq
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from appc.demo.cloud.actions import Action, Order, Step
from appc.demo.cloud.statuses import RUNNING, SETTLED, status_of

_UNFINISHED_IMAGE = ("queued", "saving")
_NO_REASON = "No reason was given"


class NotFound(LookupError):
    """No server, image or volume with this id; a deleted server counts as gone."""


class Conflict(Exception):
    """The server's vm_state or task_state (`attr`), or that it never ran (no `state`), forbids the action."""

    def __init__(self, attr: str, state: str | None) -> None:
        super().__init__(f"{attr} {state}")
        self.attr = attr
        self.state = state


@dataclass(frozen=True, slots=True)
class ServerFault:
    """What Nova shows as `fault` of a server in ERROR."""

    message: str
    created: float
    code: int = 500


@dataclass(frozen=True, slots=True)
class Server:
    """A server, at one moment; times in seconds since the epoch."""

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

    @property
    def status(self) -> str:
        """The status that Nova shows."""
        return status_of(self.vm_state, self.task_state)


@dataclass(frozen=True, slots=True)
class Image:
    """An image, at one moment; the properties are those that Glance shows beside its own members."""

    id: str
    name: str
    status: str
    created: float
    updated: float
    visibility: str = "private"
    size: int | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume, at one moment; the size in GiB."""

    id: str
    name: str
    size: int
    created: float
    status: str = "available"


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


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    """One step of an accepted action, waiting for its time; `ticket` says which acceptance it belongs to."""

    at: float
    number: int
    ticket: int = field(compare=False)
    server: str = field(compare=False)
    step: Step = field(compare=False)
    image: str | None = field(compare=False)
    effect: Effect | None = field(compare=False)


class World:
    """Everything the cloud holds. Servers are kept newest first, as Nova lists them; images oldest first."""

    def __init__(
        self,
        servers: Iterable[Server],
        images: Iterable[Image],
        volumes: Iterable[Volume],
        delay_s: float,
        record: Callable[[Effect], None],
    ) -> None:
        self.servers = {server.id: server for server in servers}
        self.images = {image.id: image for image in images}
        self.volumes = {volume.id: volume for volume in volumes}
        self._delay_s = delay_s
        self._record = record
        self._schedule: list[_Due] = []
        self._numbers = count()
        #: By server: the acceptance whose steps are valid; a later one makes those of an earlier one void.
        self._tickets: dict[str, int] = {}

    @property
    def next_due(self) -> float | None:
        """When the next step is due; None when nothing is scheduled."""
        return self._schedule[0].at if self._schedule else None

    def advance(self, now: float) -> None:
        """Make everything happen that is due, in the order of its time.

        Raises: what `record` raises; the change has not happened then, and is still due.
        """
        while self._schedule and self._schedule[0].at <= now:
            self._take(self._schedule[0])
            heapq.heappop(self._schedule)

    def server(self, server_id: str) -> Server:
        """Raises: NotFound."""
        server = self.servers.get(server_id)
        if server is None or server.vm_state == "deleted":
            raise NotFound(server_id)
        return server

    def act(self, server_id: str, order: Order, request: str | None, now: float) -> Image | None:
        """Accept an action and schedule its steps; the image is the one it makes, if it makes one.

        Raises: NotFound; Conflict, judged in Nova's order: vm_state, task_state, ever launched.
        """
        server = self.server(server_id)
        _check(server, order)
        image = self._new_image(server, order, now)
        self.servers[server.id] = replace(server, task_state=order.action.task_state, updated=now)
        end = Effect(now + self._delay_s, server.id, order.action.operation, request)
        self._plan(order.action, end, image)
        return image

    def put(self, server_id: str, put: Put, now: float) -> Server:
        """Put a server in a status, whatever it was doing; what was scheduled for it will not happen.

        Raises: KeyError for a server or a status that is not known.
        """
        server, settled = self.servers[server_id], SETTLED[put.status]
        self._tickets[server.id] = next(self._numbers)
        self._drop_unfinished_images(server.id)
        changed = replace(
            server,
            vm_state=settled.vm_state,
            task_state=put.task_state or settled.task_state,
            power_state=server.power_state if settled.power_state is None else settled.power_state,
            updated=now,
            launched=None if put.status == "BUILD" else server.launched or now,
            fault=ServerFault(put.fault or _NO_REASON, now) if put.status == "ERROR" else None,
        )
        self.servers[server.id] = changed
        return changed

    def _plan(self, action: Action, end: Effect, image: Image | None) -> None:
        ticket = self._tickets[end.server] = next(self._numbers)
        for step in action.steps:
            at = end.at - (1 - step.after) * self._delay_s
            effect = end if step is action.steps[-1] else None
            due = _Due(at, next(self._numbers), ticket, end.server, step, image.id if image else None, effect)
            heapq.heappush(self._schedule, due)

    def _take(self, due: _Due) -> None:
        if self._tickets[due.server] != due.ticket:
            return
        if due.effect is not None:
            self._record(due.effect)
        server, step = self.servers[due.server], due.step
        self.servers[server.id] = replace(
            server,
            task_state=step.task_state,
            vm_state=step.vm_state or server.vm_state,
            power_state=server.power_state if step.power_state is None else step.power_state,
            updated=due.at,
            # Nova forgets the fault as soon as the server leaves ERROR.
            fault=server.fault if step.vm_state is None else None,
        )
        if due.image is not None and step.image_status is not None:
            self._move_image(due.image, step.image_status, due.at)

    def _new_image(self, server: Server, order: Order, now: float) -> Image | None:
        if order.image_name is None:
            return None
        properties = {"base_image_ref": server.image_id or "", **order.image_properties}
        properties |= {"image_type": "snapshot", "instance_uuid": server.id}
        image = Image(str(uuid.uuid4()), order.image_name, "queued", now, now, properties=properties)
        self.images[image.id] = image
        return image

    def _move_image(self, image_id: str, status: str, now: float) -> None:
        image = self.images[image_id]
        size = 1024 if status == "active" else image.size
        self.images[image_id] = replace(image, status=status, size=size, updated=now)

    def _drop_unfinished_images(self, server_id: str) -> None:
        # As Nova does when a snapshot fails: an image that will never be active is deleted.
        for image in list(self.images.values()):
            if image.status in _UNFINISHED_IMAGE and image.properties.get("instance_uuid") == server_id:
                del self.images[image.id]


def _check(server: Server, order: Order) -> None:
    if server.vm_state not in order.action.vm_states:
        raise Conflict("vm_state", server.vm_state)
    if server.task_state not in order.action.task_states:
        raise Conflict("task_state", server.task_state)
    if server.launched is None:
        raise Conflict("launched_at", None)
