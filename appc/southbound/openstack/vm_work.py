"""Work on one VM; what the functions of OPERATIONS are given."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appc.lcm.record import Task, VmPlace
from appc.southbound.openstack.cloud_work import CloudWork
from appc.southbound.openstack.looks import SERVERS

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer


@dataclass(frozen=True, kw_only=True)
class ServerWork(CloudWork):
    """Work on one VM, in its cloud."""

    place: VmPlace

    def act(self, operation: str, arguments: object, name: str, microversion: str | None = None) -> "Answer":
        """Call one of Nova's server actions, as a step of the run. `name` is the server's. Raises: CloudFailure."""
        path = f"/{SERVERS}/{self.place.vm_id}/action"
        nova, body = self.connection.compute, {operation: arguments}
        return self.change(f"{operation} {name}", lambda: nova.post(path, body, self.request_id, microversion))


@dataclass(frozen=True, kw_only=True)
class VmWork(ServerWork):
    """The work of a task on its VM."""

    task: Task
