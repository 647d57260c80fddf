"""Which function an action's `workflow` names."""

from collections.abc import Callable, Mapping

from appc.lcm.admission import Circumstances
from appc.lcm.outcome import Outcome
from appc.lcm.ports.execution import Run
from appc.lcm.ports.outside import Ports
from appc.lcm.ports.store import View
from appc.lcm.record import Task
from appc.lcm.request import Request
from appc.lcm.vnf import VnfState
from appc.workflows.action_status import action_status
from appc.workflows.audit import audit
from appc.workflows.checks import health_check, upgrade_check
from appc.workflows.configuration import backup, configure, modify, sync
from appc.workflows.delegate import delegate
from appc.workflows.fan_out import each_vm
from appc.workflows.locking import check_lock, lock, unlock
from appc.workflows.self_service import self_service

Workflow = Callable[[Task, Ports, Run], Outcome]
ControllerAction = Callable[[Request, View, Circumstances], tuple[VnfState, Outcome]]

#: Asynchronous actions, run by a worker after 100 ACCEPTED.
WORKFLOWS: Mapping[str, Workflow] = {
    "delegate": delegate,
    "each_vm": each_vm,
    "self_service": self_service,
    "health_check": health_check,
    "upgrade_check": upgrade_check,
    "configure": configure,
    "modify": modify,
    "backup": backup,
    "sync": sync,
    "audit": audit,
}

#: Synchronous actions, answered at once inside the decision on their VNF.
CONTROLLER_ACTIONS: Mapping[str, ControllerAction] = {
    "ActionStatus": action_status,
    "CheckLock": check_lock,
    "Lock": lock,
    "Unlock": unlock,
}

#: Of these a record is kept, which ActionStatus and the duplicate check find.
RECORDED = frozenset({"Lock", "Unlock"})
