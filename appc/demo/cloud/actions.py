"""What each server action needs, and what it does over time: the table behind `POST /servers/{id}/action`.

Source: Nova, `nova/compute/api.py` (from which states, and the first task) and `nova/compute/manager.py`.
A new action is one `Action` here and one reader of its body in `bodies.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appc.demo.cloud.statuses import PAUSED, RUNNING, SHUTDOWN


@dataclass(frozen=True, slots=True)
class Step:
    """A change that an accepted action makes later; what is None (but the task_state) stays as it is."""

    after: float  #: when, as a fraction of the cloud's delay
    task_state: str | None = None
    vm_state: str | None = None
    power_state: int | None = None
    image_status: str | None = None  #: of the image that the action makes


@dataclass(frozen=True, slots=True)
class Action:
    """From which states it is accepted, the task it shows at once, its steps; the last is the effect."""

    operation: str  #: its name in the request's body and in the effect log
    word: str  #: its name in Nova's refusals
    vm_states: frozenset[str]
    task_state: str | None
    steps: tuple[Step, ...]
    task_states: frozenset[str | None] | None = frozenset({None})  #: None: during any task


@dataclass(frozen=True, slots=True)
class Order:
    """One call of an action, with its arguments read and checked."""

    action: Action
    image_name: str | None = None  #: of the snapshot to make; None where the action makes none
    image_properties: Mapping[str, str] = field(default_factory=dict)
    image_id: str | None = None  #: to rebuild from
    host: str | None = None  #: to move to; None for any
    flavor: str | None = None  #: to resize to
    stays_off: bool = False  #: an evacuated server arrives stopped (from microversion 2.95 on)
    volume: str | None = None  #: to attach or detach
    device: str | None = None  #: to attach it at; None for the next free one
    request_id: str = ""  #: of this call, by which Nova remembers it


def _power(operation: str, word: str, vm_states: set[str], task_state: str, end: Step) -> Action:
    return Action(operation, word, frozenset(vm_states), task_state, (end,))


OS_START = _power("os-start", "start", {"stopped"}, "powering-on", Step(1, None, "active", RUNNING))
OS_STOP = _power("os-stop", "stop", {"active", "error"}, "powering-off", Step(1, None, "stopped", SHUTDOWN))
PAUSE = _power("pause", "pause", {"active"}, "pausing", Step(1, None, "paused", PAUSED))
UNPAUSE = _power("unpause", "unpause", {"paused"}, "unpausing", Step(1, None, "active", RUNNING))
SUSPEND = _power("suspend", "suspend", {"active"}, "suspending", Step(1, None, "suspended", SHUTDOWN))
RESUME = _power("resume", "resume", {"suspended"}, "resuming", Step(1, None, "active", RUNNING))

REBOOT_SOFT = Action(
    "reboot",
    "reboot",
    frozenset({"active"}),
    "rebooting",
    (Step(0.2, "reboot_started"), Step(1, None, "active", RUNNING)),
)
#: The way out of a task that hangs: the only action that is accepted while some others are under way.
REBOOT_HARD = Action(
    "reboot",
    "reboot",
    frozenset({"active", "stopped", "paused", "suspended", "error"}),
    "rebooting_hard",
    (Step(0.2, "reboot_started_hard"), Step(1, None, "active", RUNNING)),
    task_states=frozenset(
        {None, "rebooting", "reboot_pending", "reboot_started", "resuming", "rebooting_hard", "unpausing"}
        | {"pausing", "suspending"}
    ),
)
CREATE_IMAGE = Action(
    "createImage",
    "createImage",
    frozenset({"active", "stopped", "paused", "suspended"}),
    "image_snapshot_pending",
    (
        Step(0.1, "image_snapshot"),
        Step(0.3, "image_pending_upload"),
        Step(0.5, "image_uploading", image_status="saving"),
        Step(1, None, image_status="active"),
    ),
)
#: Of a server that boots from a volume: its image is complete at once, the snapshots of its volumes take the time.
CREATE_VOLUME_IMAGE = Action("createImage", "createImage", CREATE_IMAGE.vm_states, None, (Step(1),))

_REBUILD_STEPS = (Step(0.3, "rebuild_block_device_mapping"), Step(0.6, "rebuild_spawning"), Step(1))
_MOVE_STEPS = (
    Step(0.2, "resize_migrating"),
    Step(0.5, "resize_migrated"),
    Step(0.7, "resize_finish"),
    Step(1, None, "resized"),
)
REBUILD = Action("rebuild", "rebuild", frozenset({"active", "stopped", "error"}), "rebuilding", _REBUILD_STEPS)
#: The task of a server whose host is down may never end.
EVACUATE = Action("evacuate", "evacuate", REBUILD.vm_states, "rebuilding", _REBUILD_STEPS, task_states=None)
MIGRATE = Action("migrate", "migrate", frozenset({"active", "stopped"}), "resize_prep", _MOVE_STEPS)
RESIZE = Action("resize", "resize", frozenset({"active", "stopped"}), "resize_prep", _MOVE_STEPS)
#: A confirmation shows no task: the server is in VERIFY_RESIZE until it is done.
CONFIRM_RESIZE = Action("confirmResize", "confirmResize", frozenset({"resized"}), None, (Step(1),))
REVERT_RESIZE = Action("revertResize", "revertResize", frozenset({"resized"}), "resize_reverting", (Step(1),))
LIVE_MIGRATE = Action("os-migrateLive", "os-migrateLive", frozenset({"active", "paused"}), "migrating", (Step(1),))

_WITH_DISKS = frozenset({"active", "paused", "stopped", "resized", "shelved_offloaded"})
#: Not actions by `POST /action`, but judged and recorded like them; the server shows no task meanwhile.
ATTACH_VOLUME = Action("attach_volume", "attach_volume", _WITH_DISKS, None, (Step(1),))
DETACH_VOLUME = Action("detach_volume", "detach_volume", _WITH_DISKS, None, (Step(1),))
