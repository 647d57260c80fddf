"""Which status Nova shows for a server's vm_state and task_state, and back.

Source: Nova, `nova/api/openstack/common.py`; only the states that this cloud can be in or be put in.
"""

from collections.abc import Iterable
from dataclasses import dataclass

#: Nova's power states (`nova/compute/power_state.py`).
NOSTATE, RUNNING, PAUSED, SHUTDOWN = 0, 1, 3, 4

#: The key of a vm_state's own status, shown whenever the task has none of its own.
DEFAULT = "default"

_REBUILD_TASKS = dict.fromkeys(("rebuilding", "rebuild_block_device_mapping", "rebuild_spawning"), "REBUILD")
_RESIZE_TASKS = dict.fromkeys(("resize_prep", "resize_migrating", "resize_migrated", "resize_finish"), "RESIZE")

#: vm_state -> task_state -> status.
STATUSES: dict[str, dict[str, str]] = {
    "active": {
        DEFAULT: "ACTIVE",
        "rebooting": "REBOOT",
        "reboot_pending": "REBOOT",
        "reboot_started": "REBOOT",
        "rebooting_hard": "HARD_REBOOT",
        "reboot_pending_hard": "HARD_REBOOT",
        "reboot_started_hard": "HARD_REBOOT",
        "migrating": "MIGRATING",
        **_REBUILD_TASKS,
        **_RESIZE_TASKS,
    },
    "building": {DEFAULT: "BUILD"},
    "stopped": {DEFAULT: "SHUTOFF", **_REBUILD_TASKS, **_RESIZE_TASKS},
    "resized": {DEFAULT: "VERIFY_RESIZE", "resize_reverting": "REVERT_RESIZE"},
    "paused": {DEFAULT: "PAUSED", "migrating": "MIGRATING"},
    "suspended": {DEFAULT: "SUSPENDED"},
    "rescued": {DEFAULT: "RESCUE"},
    "error": {DEFAULT: "ERROR", **_REBUILD_TASKS},
    "shelved_offloaded": {DEFAULT: "SHELVED_OFFLOADED"},
    "deleted": {DEFAULT: "DELETED"},
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a server looks like that was put in a status; a power state of None is left as it is."""

    vm_state: str
    power_state: int | None
    task_state: str | None = None


#: The statuses a test can put a server in (`World.put`). libvirt reports a suspended guest as shut down.
SETTLED: dict[str, Settled] = {
    "ACTIVE": Settled("active", RUNNING),
    "BUILD": Settled("building", NOSTATE, "spawning"),
    "SHUTOFF": Settled("stopped", SHUTDOWN),
    "PAUSED": Settled("paused", PAUSED),
    "SUSPENDED": Settled("suspended", SHUTDOWN),
    "RESCUE": Settled("rescued", RUNNING),
    "VERIFY_RESIZE": Settled("resized", RUNNING),
    "SHELVED_OFFLOADED": Settled("shelved_offloaded", SHUTDOWN),
    "ERROR": Settled("error", None),
    "DELETED": Settled("deleted", NOSTATE),
}


def status_of(vm_state: str, task_state: str | None) -> str:
    """The status that Nova shows for this pair of states."""
    by_task = STATUSES[vm_state]
    return by_task.get(task_state or DEFAULT, by_task[DEFAULT])


def states_behind(statuses: Iterable[str]) -> tuple[set[str], set[str]]:
    """The vm_states and task_states that can show one of `statuses`: Nova filters a list by these.

    So a list of ACTIVE servers holds those that are just being stopped, and those that reboot too.
    """
    wanted = {status.lower() for status in statuses}
    vm_states, task_states = set[str](), set[str]()
    for vm_state, by_task in STATUSES.items():
        for task_state, status in by_task.items():
            if status.lower() in wanted:
                vm_states.add(vm_state)
                task_states.add(task_state)
    return vm_states, task_states
