"""The cloud's world: servers, images, hosts, volumes, and what is scheduled to happen to them.

Pure: time comes in as an argument (seconds since the epoch), nothing is read or written. An effect is given
to the world's `record` function before the state that it brings about is in place.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from appc.demo.cloud import volume_images
from appc.demo.cloud.actions import Order, Step
from appc.demo.cloud.attachments import Attachments
from appc.demo.cloud.block_storage import BlockStorage
from appc.demo.cloud.moves import KINDS, Moves
from appc.demo.cloud.refusals import Conflict, Invalid, NotFound
from appc.demo.cloud.schedule import Schedule
from appc.demo.cloud.statuses import RUNNING, SETTLED
from appc.demo.cloud.values import (
    Effect,
    Failure,
    Host,
    Image,
    InstanceAction,
    Put,
    Server,
    ServerFault,
    Volume,
)

_UNFINISHED_IMAGE = ("queued", "saving")
_NO_REASON = "No reason was given"


@dataclass(frozen=True, slots=True)
class _Due:
    """One step of an accepted action; `ticket` says which acceptance it belongs to, `effect` that it is the last."""

    at: float
    ticket: int
    step: Step
    order: Order
    before: Server
    image: str | None
    effect: Effect | None
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a world begins with."""

    servers: Iterable[Server]
    images: Iterable[Image]
    volumes: Iterable[Volume]
    hosts: Iterable[Host]


class World:
    """Everything the cloud holds. Servers are kept newest first, as Nova lists them; all else oldest first."""

    def __init__(self, holdings: Holdings, delay_s: float, record: Callable[[Effect], None]) -> None:
        self.servers = {server.id: server for server in holdings.servers}
        self.images = {image.id: image for image in holdings.images}
        self.schedule = Schedule()
        self.block = BlockStorage(holdings.volumes, self.schedule, delay_s)
        self.moves = Moves(holdings.hosts)
        self.history: list[InstanceAction] = []
        #: By operation: how the next ones that are accepted will fail.
        self.failures: dict[str, list[Failure]] = {}
        self._attachments = Attachments(self.block)
        self._delay_s = delay_s
        self._record = record
        self._numbers = count()
        #: By server: the acceptance whose steps are valid; a later one makes those of an earlier one void.
        self._tickets: dict[str, int] = {}

    @property
    def next_due(self) -> float | None:
        """When the next step is due; None when nothing is scheduled."""
        return self.schedule.next_due

    def advance(self, now: float) -> None:
        """Make everything happen that is due, in the order of its time.

        Raises: what `record` raises; the change has not happened then, and is still due.
        """
        self.schedule.advance(now)

    def server(self, server_id: str) -> Server:
        """Raises: NotFound."""
        server = self.servers.get(server_id)
        if server is None or server.vm_state == "deleted":
            raise NotFound(server_id)
        return server

    def act(self, server_id: str, order: Order, request: str | None, now: float) -> Image | None:
        """Accept an action and schedule its steps; the image is the one it makes, if it makes one.

        Raises: NotFound; Conflict, judged in Nova's order: vm_state, task_state, ever launched; Invalid.
        """
        server = self.server(server_id)
        _check(server, order)
        failure, image = self._begin(server, order, now)
        failures = self.failures.get(order.action.operation)
        if failures:
            failure = failures.pop(0)
        task_state = order.action.task_state or server.task_state
        self.servers[server.id] = replace(self.servers[server.id], task_state=task_state, updated=now)
        self.history.append(InstanceAction(server.id, order.request_id, order.action.operation, now, now))
        end = Effect(now + self._delay_s, server.id, order.action.operation, request)
        self._plan(
            order, _Due(end.at, 0, order.action.steps[-1], order, server, image.id if image else None, end, failure)
        )
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

    def upload(self, volume_id: str, name: str, now: float) -> Image:
        """Copy a free volume into a new image. Raises: NotFound, Invalid."""
        self.block.upload(volume_id, now)
        image = Image(str(uuid.uuid4()), name, "queued", now, now)
        self.images[image.id] = image
        self.schedule.at(now + self._delay_s, partial(self._move_image, image.id, "active", now + self._delay_s))
        return image

    def put_on_volume(self, server_id: str, now: float) -> Volume:
        """Have a server boot from a volume instead of an image. Raises: NotFound."""
        server = self.server(server_id)
        root = self._attachments.root(server, now)
        self.servers[server.id] = replace(server, image_id=None, volumes=(root.id, *server.volumes))
        return root

    def _begin(self, server: Server, order: Order, now: float) -> tuple[Failure | None, Image | None]:
        """What an action does as soon as it is accepted, and why it will fail. Raises: NotFound, Invalid."""
        operation = order.action.operation
        if operation in KINDS:
            _, problem = self.moves.begin(server, order, now)
            # Only a server whose host is down cannot be left as it was.
            return (Failure(problem, operation != "evacuate") if problem else None), None
        if operation == "confirmResize":
            self.moves.confirming(server, now)
        elif operation == "rebuild" and order.image_id not in self.images:
            raise Invalid("Cannot find image for rebuild")
        elif operation == "attach_volume":
            self.servers[server.id] = self._attachments.reserve(server, order, now)
        elif operation == "detach_volume":
            self._attachments.release(server, order, now)
        return None, self._new_image(server, order, now)

    def _plan(self, order: Order, last: _Due) -> None:
        server_id = last.before.id
        if order.action.task_state is not None:
            # An action without a task goes on beside others; only one with a task takes the place of another.
            self._tickets[server_id] = next(self._numbers)
        ticket = self._tickets.setdefault(server_id, next(self._numbers))
        for step in order.action.steps:
            at = last.at - (1 - step.after) * self._delay_s
            due = replace(last, at=at, ticket=ticket, step=step)
            if step is not order.action.steps[-1]:
                due = replace(due, effect=None)
            self.schedule.at(at, partial(self._take, due))

    def _take(self, due: _Due) -> None:
        if self._tickets[due.before.id] != due.ticket:
            return
        if due.effect is not None and due.failure is not None:
            self._fail(due, due.failure)
            return
        if due.effect is not None:
            self._record(due.effect)
        server, step = self.servers[due.before.id], due.step
        changed = replace(
            server,
            task_state=step.task_state if due.order.action.task_state is not None else server.task_state,
            vm_state=step.vm_state or server.vm_state,
            power_state=server.power_state if step.power_state is None else step.power_state,
            updated=due.at,
            # Nova forgets the fault as soon as the server leaves ERROR.
            fault=server.fault if step.vm_state is None else None,
        )
        if due.effect is not None:
            changed = self._end(changed, due)
            self._log(due, None)
        self.servers[server.id] = changed
        if due.image is not None and step.image_status is not None:
            self._move_image(due.image, step.image_status, due.at)

    def _end(self, server: Server, due: _Due) -> Server:
        """What the last step of some actions does beside changing the state."""
        operation = due.order.action.operation
        if operation in KINDS:
            return self.moves.arrived(server, due.order, due.at)
        if operation == "confirmResize":
            return self.moves.confirmed(server, due.at)
        if operation == "revertResize":
            return self.moves.reverted(server, due.at)
        if operation == "rebuild":
            # One that boots from a volume goes on doing so, with the image's data.
            image_id = due.order.image_id if server.image_id else None
            rebuilt = replace(server, image_id=image_id, launched=due.at, fault=None)
            # One that was off is off again; one in ERROR runs.
            return rebuilt if server.vm_state == "stopped" else replace(rebuilt, vm_state="active", power_state=RUNNING)
        if operation == "attach_volume":
            self._attachments.attached(due.order, due.at)
        if operation == "detach_volume":
            return self._attachments.detached(server, due.order, due.at)
        return server

    def _fail(self, due: _Due, failure: Failure) -> None:
        server = self.servers[due.before.id]
        self._log(due, failure.message)
        self._drop_unfinished_images(server.id)
        if due.order.action.operation in KINDS:
            self.moves.failed(server, due.at)
        if due.order.volume is not None:
            self.servers[server.id] = self._attachments.failed(server, due.order, due.at)
        elif failure.rolled_back:
            self.servers[server.id] = replace(server, task_state=None, updated=due.at)
        else:
            fault = ServerFault(failure.message, due.at)
            self.servers[server.id] = replace(server, vm_state="error", task_state=None, fault=fault, updated=due.at)

    def _log(self, due: _Due, details: str | None) -> None:
        for number, entry in enumerate(self.history):
            if (entry.server, entry.request_id) == (due.before.id, due.order.request_id):
                self.history[number] = replace(entry, updated=due.at, details=details)

    def _new_image(self, server: Server, order: Order, now: float) -> Image | None:
        if order.image_name is None:
            return None
        properties = {"base_image_ref": server.image_id or "", **order.image_properties}
        properties |= {"image_type": "snapshot", "instance_uuid": server.id}
        image = Image(str(uuid.uuid4()), order.image_name, "queued", now, now, properties=properties)
        if server.image_id is None:
            image = volume_images.complete(image, server, self.block, now)
        self.images[image.id] = image
        return image

    def _move_image(self, image_id: str, status: str, now: float) -> None:
        image = self.images.get(image_id)
        if image is None:
            return
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
    if order.action.task_states is not None and server.task_state not in order.action.task_states:
        raise Conflict("task_state", server.task_state)
    if server.launched is None:
        raise Conflict("launched_at", None)
