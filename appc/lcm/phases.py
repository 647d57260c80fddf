"""The two state machines, as tables given once to `transitions` and read per event.

The request's machine says where a request stands; the target's machine (facts 4.3 with the
corrections of contract section 4) says which action is allowed from which state and where it
leads. Judged is the last settled state; the transient one in between is for display.
"""

from enum import StrEnum
from typing import Any

from transitions import Machine

from appc.lcm.errors import NoTransitionDefined


class Phase(StrEnum):
    """Where a request stands."""

    ACCEPTED = "accepted"
    BEGUN = "begun"
    FINISHED = "finished"
    ABORTED = "aborted"

    @property
    def ended(self) -> bool:
        """A final answer is stored."""
        return self in (Phase.FINISHED, Phase.ABORTED)


NOT_INSTANTIATED, UNKNOWN, ERROR, STOPPED, RUNNING = "Not_Instantiated", "Unknown", "Error", "Stopped", "Running"

#: The states that a target can settle in; also what the inventory may say.
STABLE_STATES = (
    NOT_INSTANTIATED,
    "NOT ORCHESTRATED",
    "Created",
    "Instantiated",
    "Configured",
    "Tested",
    RUNNING,
    ERROR,
    UNKNOWN,
    STOPPED,
)

_ALIVE = STABLE_STATES[1:]
_WITHOUT_INSTANTIATED = tuple(state for state in _ALIVE if state != "Instantiated")
_CONFIGURED_ONCE = ("Configured", "Tested", RUNNING, ERROR, UNKNOWN, STOPPED)

#: (actions, states they are allowed from, transient state, settled state); None: the state is left as it was.
_TARGET_ROWS: tuple[tuple[str, tuple[str, ...], str | None, str | None], ...] = (
    ("Configure ConfigModify ConfigScaleOut ConfigRestore", _ALIVE, "Configuring", "Configured"),
    ("HealthCheck", _ALIVE, "Testing", "Tested"),
    ("Start", _ALIVE, "Starting", RUNNING),
    ("StartApplication", _WITHOUT_INSTANTIATED, "Starting", RUNNING),
    ("Stop", _ALIVE, "Stopping", STOPPED),
    ("StopApplication", _WITHOUT_INSTANTIATED, "Stopping", STOPPED),
    ("Restart Reboot", _ALIVE, "Restarting", RUNNING),
    ("Rebuild", _ALIVE, "Rebuilding", RUNNING),
    ("Snapshot", _ALIVE, "Snapshotting", RUNNING),
    ("UpgradeSoftware", _ALIVE, "Upgrading", RUNNING),
    ("Migrate", _ALIVE, "Migrating", RUNNING),
    ("Evacuate", _ALIVE, "Evacuating", RUNNING),
    ("ConfigBackup", _WITHOUT_INSTANTIATED, None, None),
    ("Sync Audit", _CONFIGURED_ONCE, None, None),
    # what the table of the facts does not name is allowed wherever anything is, and changes nothing
    ("AttachVolume DetachVolume QuiesceTraffic ResumeTraffic", _ALIVE, None, None),
    ("DistributeTraffic DistributeTrafficCheck", _ALIVE, None, None),
    ("UpgradePreCheck UpgradePostCheck UpgradeBackup UpgradeBackout", _ALIVE, None, None),
)


def _target_transitions() -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = []
    for actions, sources, transient, settled in _TARGET_ROWS:
        for action in actions.split():
            if transient is None:
                table.append({"trigger": action, "source": list(sources), "dest": "="})
            else:
                table.append({"trigger": action, "source": list(sources), "dest": transient})
                # settled by action: two actions may share a transient state and end differently
                table.append({"trigger": f"{action} succeeded", "source": transient, "dest": settled})
                table.append({"trigger": f"{action} failed", "source": transient, "dest": ERROR})
    return table


_TRANSIENT_OF = {action: row[2] for row in _TARGET_ROWS for action in row[0].split()}
_TARGET = Machine(
    model=None,
    states=[*STABLE_STATES, *sorted({state for state in _TRANSIENT_OF.values() if state})],
    transitions=_target_transitions(),
    initial=UNKNOWN,
    auto_transitions=False,
)

_REQUEST = Machine(
    model=None,
    states=[phase.value for phase in Phase],
    transitions=[
        {"trigger": "begin", "source": Phase.ACCEPTED.value, "dest": Phase.BEGUN.value},
        {"trigger": "expire", "source": Phase.ACCEPTED.value, "dest": Phase.FINISHED.value},
        {"trigger": "finish", "source": Phase.BEGUN.value, "dest": Phase.FINISHED.value},
        {"trigger": "abort", "source": Phase.BEGUN.value, "dest": Phase.ABORTED.value},
    ],
    initial=Phase.ACCEPTED.value,
    auto_transitions=False,
)


def _destination(machine: Machine, trigger: str, source: str) -> str | None:
    event = machine.events.get(trigger)
    found = event.transitions.get(source) if event else None
    return found[0].dest or source if found else None


def next_phase(phase: Phase, event: str) -> Phase | None:
    """Where `event` (begin, expire, finish, abort) leads from `phase`; None: it is too late for it."""
    destination = _destination(_REQUEST, event, phase.value)
    return Phase(destination) if destination else None


def transient_state(action: str, state: str) -> str:
    """The state while `action` runs from the settled `state`.

    Raises: NoTransitionDefined (304).
    """
    destination = _destination(_TARGET, action, state)
    if destination is None:
        raise NoTransitionDefined(action, state)
    return destination


def display_state(action: str, state: str) -> str:
    """What to show while `action` runs; a forced one may have no transition from `state`."""
    return _TRANSIENT_OF[action] or state


def settled_state(action: str, state: str, succeeded: bool) -> str:
    """The state after `action` that began in the settled `state`, be it by force."""
    event = f"{action} {'succeeded' if succeeded else 'failed'}"
    return _destination(_TARGET, event, display_state(action, state)) or state


def stable_state(text: str) -> str | None:
    """The stable state of this name in any letter case; None if there is none."""
    return next((state for state in STABLE_STATES if state.lower() == text.lower()), None)
