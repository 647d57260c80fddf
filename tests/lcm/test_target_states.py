"""The target's state machine: facts 4.3 with the corrections of contract section 4."""

import pytest

from appc.lcm.actions import ACTIONS
from appc.lcm.errors import NoTransitionDefined
from appc.lcm.phases import STABLE_STATES, settled_state, stable_state, transient_state
from appc.lcm.request import Mode, RequestKey
from appc.lcm.target import Scope, Target
from appc.lcm.vnf import InProgress, VnfState
from tests.fakes.clock import START
from tests.fakes.requests import VM_A

STATES = (
    "Not_Instantiated",
    "NOT ORCHESTRATED",
    "Created",
    "Instantiated",
    "Configured",
    "Tested",
    "Running",
    "Error",
    "Unknown",
    "Stopped",
)

#: The columns are STATES without the first, which refuses everything: + a transition, - none.
TABLE = """
Configure              +++++++++  Configuring   Configured  Error
ConfigModify           +++++++++  Configuring   Configured  Error
ConfigScaleOut         +++++++++  Configuring   Configured  Error
ConfigRestore          +++++++++  Configuring   Configured  Error
HealthCheck            +++++++++  Testing       Tested      Error
Start                  +++++++++  Starting      Running     Error
StartApplication       ++-++++++  Starting      Running     Error
Stop                   +++++++++  Stopping      Stopped     Error
StopApplication        ++-++++++  Stopping      Stopped     Error
Restart                +++++++++  Restarting    Running     Error
Reboot                 +++++++++  Restarting    Running     Error
Rebuild                +++++++++  Rebuilding    Running     Error
Snapshot               +++++++++  Snapshotting  Running     Error
UpgradeSoftware        +++++++++  Upgrading     Running     Error
Migrate                +++++++++  Migrating     Running     Error
Evacuate               +++++++++  Evacuating    Running     Error
ConfigBackup           ++-++++++  =             =           =
Sync                   ---++++++  =             =           =
Audit                  ---++++++  =             =           =
AttachVolume           +++++++++  =             =           =
DetachVolume           +++++++++  =             =           =
QuiesceTraffic         +++++++++  =             =           =
ResumeTraffic          +++++++++  =             =           =
DistributeTraffic      +++++++++  =             =           =
DistributeTrafficCheck +++++++++  =             =           =
UpgradePreCheck        +++++++++  =             =           =
UpgradePostCheck       +++++++++  =             =           =
UpgradeBackup          +++++++++  =             =           =
UpgradeBackout         +++++++++  =             =           =
"""

ROWS = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()}
#: action, state, whether there is a transition, the transient state, after success, after failure
CELLS = [
    pytest.param(
        action, state, allowed == "+", *(state if each == "=" else each for each in leads), id=f"{action}-{state}"
    )
    for action, (columns, *leads) in ROWS.items()
    for state, allowed in zip(STATES, "-" + columns, strict=True)
]


def test_the_stable_states_are_the_facts() -> None:
    """Facts 4.2, as they are stored."""
    assert STABLE_STATES == STATES


def test_every_asynchronous_action_is_in_the_table() -> None:
    """Lock, Unlock, CheckLock and ActionStatus have nothing to do with states."""
    assert ROWS.keys() == {name for name, action in ACTIONS.items() if not action.synchronous}


@pytest.mark.parametrize(("action", "state", "allowed", "transient", "after_success", "after_failure"), CELLS)
class TestEveryActionInEveryState:
    """Every cell of the table."""

    def test_begins_in_its_transient_state_or_is_304(
        self, action: str, state: str, allowed: bool, transient: str, after_success: str, after_failure: str
    ) -> None:
        """No transition from the target's state: 304 that names both."""
        del after_success, after_failure
        if allowed:
            assert transient_state(action, state) == transient
        else:
            with pytest.raises(NoTransitionDefined, match=f"for {action} action and {state} state"):
                transient_state(action, state)

    def test_is_shown_in_its_transient_state(
        self, action: str, state: str, allowed: bool, transient: str, after_success: str, after_failure: str
    ) -> None:
        """Also where it was forced; the settled state stays what is judged."""
        del allowed, after_success, after_failure
        target = Target("vnf-1")
        entry = InProgress("id", RequestKey("o", "r"), action, target, Mode.NORMAL, START, state)
        vnf = VnfState("vnf-1").with_request(entry)
        assert (vnf.shown_state(target, state), vnf.state_of(target, state)) == (transient, state)

    def test_settles_by_its_outcome(
        self, action: str, state: str, allowed: bool, transient: str, after_success: str, after_failure: str
    ) -> None:
        """Also where it was forced without a transition; what the table leaves unchanged stays on failure too."""
        del allowed, transient
        assert settled_state(action, state, succeeded=True) == after_success
        assert settled_state(action, state, succeeded=False) == after_failure


@pytest.mark.parametrize("action", [pytest.param(action, id=action) for action in ROWS])
@pytest.mark.parametrize("state", [pytest.param("Unknown", id="Unknown"), pytest.param("Error", id="Error")])
def test_everything_is_allowed_from_unknown_and_error(action: str, state: str) -> None:
    """Contract section 4: "else Unknown, from which everything is allowed, as from Error"."""
    assert transient_state(action, state)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        *(pytest.param(state, state, id=state) for state in STATES),
        pytest.param("not orchestrated", "NOT ORCHESTRATED", id="in lower case"),
        pytest.param("CREATED", "Created", id="in upper case"),
        pytest.param("Configuring", None, id="a transient state"),
        pytest.param("", None, id="nothing"),
        pytest.param("Happy", None, id="a word"),
    ],
)
def test_an_inventory_may_name_stable_states_in_any_letter_case(text: str, state: str | None) -> None:
    """Names are compared case-insensitively (facts 4.2)."""
    assert stable_state(text) == state


def test_where_nothing_runs_nothing_is_transient() -> None:
    """Shown is the settled state, or the inventory's."""
    assert VnfState("vnf-1").shown_state(Target("vnf-1"), "Created") == "Created"
    assert VnfState("vnf-1", states={"vnf": "Tested"}).shown_state(Target("vnf-1"), "Created") == "Tested"


def test_what_runs_on_a_vm_does_not_change_what_is_shown_of_the_vnf() -> None:
    """Kept per VM for VM scope and per VNF for VNF scope."""
    target = Target("vnf-1", Scope.VM, VM_A)
    vnf = VnfState("vnf-1").with_request(InProgress("id", RequestKey("o", "r"), "Stop", target, Mode.NORMAL, START))
    assert vnf.shown_state(target, "Running") == "Stopping"
    assert vnf.shown_state(Target("vnf-1"), "Running") == "Running"
