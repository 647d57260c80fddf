"""Contract section 4, "Scope" and "VM identity": what a request acts on. One row for each sentence."""

import json
from collections.abc import Sequence

import pytest

from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.lcm.errors import LcmError
from appc.lcm.planning import Surroundings, plan
from appc.lcm.ports.inventory import Vm, Vnf, Vnfc
from appc.lcm.record import Task
from appc.lcm.request import Request
from appc.lcm.target import ActionIdentifiers, Scope, Target
from tests.fakes.clock import START
from tests.fakes.device import ports_of
from tests.fakes.executor import FakeExecutor
from tests.fakes.inventory import FakeInventory, NoInventory
from tests.fakes.requests import VM_A, VM_B, VM_C, a_request, ids

#: Two VMs and three VNFCs: `web` on A, `db` on B, `spare` nobody knows where.
TWO_VMS = Vnf(
    "vnf-1",
    "vFW",
    vms=(Vm(VM_A, cloud="north"), Vm(VM_B, cloud="south")),
    vnfcs=(Vnfc("web", VM_A), Vnfc("db", VM_B), Vnfc("spare")),
)
ONE_VM = Vnf("vnf-1", "vFW", vms=(Vm(VM_A),), vnfcs=(Vnfc("web", VM_A),))
NO_VM = Vnf("vnf-1", "vFW", vms=())
NOBODY = None

OPENSTACK = [name for name, action in ACTIONS.items() if action.protocol is DeviceProtocol.OPENSTACK]
WHOLE_VNF = ["Start", "Stop", "Restart"]
ONE_ONLY = [name for name in OPENSTACK if name not in WHOLE_VNF]
TRAFFIC = ["DistributeTraffic", "DistributeTrafficCheck"]
VNF_SELF_SERVICE = [
    name for name, action in ACTIONS.items() if action.protocol is DeviceProtocol.SELF_SERVICE and name not in TRAFFIC
]
#: Of ActionStatus' target nothing is looked up; the others must find the VNF.
CONTROLLER = ["Lock", "Unlock", "CheckLock", "ActionStatus"]

REQUIRED = {
    "volumeId": "v",
    "device": "/dev/vdb",
    "publish-config": "Y",
    "operations-timeout": 1,
    "request-id": "r",
    "existing-software-version": "1",
    "new-software-version": "2",
    "request-parameters": {"vf-module-id": "m"},
}


def payload_for(action: str, **more: str) -> str | None:
    """A payload with what the action requires, and more."""
    fields = ACTIONS[action].payload.model_fields.values()
    needed = {str(field.alias): REQUIRED[str(field.alias)] for field in fields if field.is_required()}
    members = {**needed, **{name.replace("_", "-"): value for name, value in more.items()}}
    if action == "Unlock":
        members.pop("request-id", None)
    return json.dumps(members) if members else None


def planned(request: Request, inventory: Vnf | None) -> Task:
    """The task of the request; without an inventory where the VNF is None."""
    around = FakeInventory([inventory]) if inventory else NoInventory()
    return plan(request, Surroundings(ports_of(FakeExecutor(), around)), START)


def code_and_text(request: Request, inventory: Vnf | None) -> tuple[int, str]:
    """How the request is refused."""
    with pytest.raises(LcmError) as caught:
        planned(request, inventory)
    return caught.value.code, caught.value.message


def vm(vm_id: str) -> Target:
    """A VM as a target."""
    return Target("vnf-1", Scope.VM, vm_id)


def named(names: Sequence[str]) -> list[object]:
    """One row for each action."""
    return [pytest.param(name, id=name) for name in names]


# ------------------------------------------------------------ the scope of a VM action


@pytest.mark.parametrize("action", named(OPENSTACK))
@pytest.mark.parametrize("inventory", [pytest.param(NOBODY, id="no inventory"), pytest.param(TWO_VMS, id="two VMs")])
class TestAVmActionThatNamesItsVm:
    """`vserver-id`, else `vm-id`, else the VM that runs `vnfc-name`."""

    def test_takes_the_vserver_id(self, action: str, inventory: Vnf | None) -> None:
        """The first of the three."""
        request = a_request(action, ids(vserver_id=VM_A), payload=payload_for(action))
        assert planned(request, inventory).target == vm(VM_A)

    def test_else_the_vm_id_of_the_payload(self, action: str, inventory: Vnf | None) -> None:
        """The second of the three."""
        request = a_request(action, payload=payload_for(action, vm_id=VM_B))
        assert planned(request, inventory).target == vm(VM_B)

    def test_takes_both_where_they_are_the_same_vm(self, action: str, inventory: Vnf | None) -> None:
        """Compared as lower-case UUIDs, also inside a self-link."""
        link = f"http://nova.example:8774/v2.1/servers/{VM_A.upper()}"
        request = a_request(action, ids(vserver_id=VM_A.upper()), payload=payload_for(action, vm_id=link))
        assert planned(request, inventory).target == vm(VM_A)

    def test_refuses_two_different_vms(self, action: str, inventory: Vnf | None) -> None:
        """Both given they must be the same VM (301)."""
        request = a_request(action, ids(vserver_id=VM_A), payload=payload_for(action, vm_id=VM_B))
        code, text = code_and_text(request, inventory)
        assert code == 301
        assert "vm-id" in text

    def test_refuses_a_vserver_id_that_is_no_uuid(self, action: str, inventory: Vnf | None) -> None:
        """No UUID is 301."""
        request = a_request(action, ids(vserver_id="vm-one"), payload=payload_for(action))
        code, text = code_and_text(request, inventory)
        assert (code, "vserver-id" in text) == (301, True)

    def test_refuses_a_vm_id_that_is_no_uuid(self, action: str, inventory: Vnf | None) -> None:
        """No UUID is 301, beside a good vserver-id too."""
        request = a_request(action, ids(vserver_id=VM_A), payload=payload_for(action, vm_id="vm-one"))
        code, text = code_and_text(request, inventory)
        assert (code, "vm-id" in text) == (301, True)

    def test_ignores_a_vf_module_id_beside_its_vm(self, action: str, inventory: Vnf | None) -> None:
        """Only `vf-module-id` alone is 301."""
        request = a_request(action, ids(vserver_id=VM_A, vf_module_id="m"), payload=payload_for(action))
        assert planned(request, inventory).target == vm(VM_A)

    def test_refuses_a_vf_module_id_alone(self, action: str, inventory: Vnf | None) -> None:
        """`vf-module-id` alone is 301."""
        request = a_request(action, ids(vf_module_id="m"), payload=payload_for(action))
        code, text = code_and_text(request, inventory)
        assert (code, "vf-module-id" in text) == (301, True)


@pytest.mark.parametrize("action", named(OPENSTACK))
class TestAVmActionThatNamesAVnfc:
    """The VM that runs `vnfc-name`; beside a VM the name is only compared."""

    def test_takes_the_vm_that_runs_it(self, action: str) -> None:
        """By the inventory."""
        request = a_request(action, ids(vnfc_name="db"), payload=payload_for(action))
        assert planned(request, TWO_VMS).target == vm(VM_B)

    def test_takes_it_also_beside_a_vf_module_id(self, action: str) -> None:
        """The vf-module-id is not alone then."""
        request = a_request(action, ids(vnfc_name="db", vf_module_id="m"), payload=payload_for(action))
        assert planned(request, TWO_VMS).target == vm(VM_B)

    def test_needs_an_inventory(self, action: str) -> None:
        """Nobody knows where it runs: the VM must be named (302)."""
        request = a_request(action, ids(vnfc_name="web"), payload=payload_for(action))
        code, text = code_and_text(request, NOBODY)
        assert (code, "Parameter vserver-id is missing" in text) == (302, True)

    @pytest.mark.parametrize("name", [pytest.param("nobody", id="unknown"), pytest.param("spare", id="placed nowhere")])
    def test_must_find_its_vm(self, action: str, name: str) -> None:
        """A VNFC that the inventory does not know, or does not place, is 313."""
        request = a_request(action, ids(vnfc_name=name), payload=payload_for(action))
        code, text = code_and_text(request, TWO_VMS)
        assert (code, name in text) == (313, True)

    def test_agrees_with_the_named_vm(self, action: str) -> None:
        """Beside a VM it is compared with the inventory."""
        request = a_request(action, ids(vserver_id=VM_A, vnfc_name="web"), payload=payload_for(action))
        assert planned(request, TWO_VMS).target == vm(VM_A)

    @pytest.mark.parametrize("name", [pytest.param("db", id="on another VM"), pytest.param("nobody", id="unknown")])
    def test_that_runs_elsewhere_is_refused(self, action: str, name: str) -> None:
        """Beside a VM that does not run it: 301."""
        request = a_request(action, ids(vserver_id=VM_A, vnfc_name=name), payload=payload_for(action))
        code, text = code_and_text(request, TWO_VMS)
        assert (code, "vnfc-name" in text) == (301, True)

    def test_that_nobody_has_placed_cannot_disagree(self, action: str) -> None:
        """The inventory does not say where it runs: there is nothing to compare with."""
        request = a_request(action, ids(vserver_id=VM_A, vnfc_name="spare"), payload=payload_for(action))
        assert planned(request, TWO_VMS).target == vm(VM_A)

    def test_is_not_compared_without_an_inventory(self, action: str) -> None:
        """Only if there is one."""
        request = a_request(action, ids(vserver_id=VM_A, vnfc_name="anything"), payload=payload_for(action))
        assert planned(request, NOBODY).target == vm(VM_A)


class TestAVmActionThatNamesOnlyTheVnf:
    """ONAP SO sends only a vnf-id."""

    @pytest.mark.parametrize("action", named(WHOLE_VNF))
    def test_start_stop_and_restart_take_all_vms_of_the_inventory(self, action: str) -> None:
        """VNF scope, each VM on its own cloud."""
        task = planned(a_request(action), TWO_VMS)
        assert task.target == Target("vnf-1", Scope.VNF)
        assert [(place.vm_id, place.cloud) for place in task.vms] == [(VM_A, "north"), (VM_B, "south")]

    @pytest.mark.parametrize("action", named(WHOLE_VNF))
    def test_start_stop_and_restart_of_a_single_vm_are_vnf_scope_too(self, action: str) -> None:
        """The scope does not depend on how many there are."""
        assert planned(a_request(action), ONE_VM).target == Target("vnf-1", Scope.VNF)

    @pytest.mark.parametrize("action", named(WHOLE_VNF))
    def test_start_stop_and_restart_of_a_vnf_without_vms_is_313(self, action: str) -> None:
        """No VM there: 313."""
        assert code_and_text(a_request(action), NO_VM)[0] == 313

    @pytest.mark.parametrize("action", named(ONE_ONLY))
    def test_every_other_action_takes_the_only_vm(self, action: str) -> None:
        """VM scope."""
        assert planned(a_request(action, payload=payload_for(action)), ONE_VM).target == vm(VM_A)

    @pytest.mark.parametrize("action", named(ONE_ONLY))
    def test_every_other_action_must_name_one_of_several_vms(self, action: str) -> None:
        """Several: 302 `vserver-id`."""
        code, text = code_and_text(a_request(action, payload=payload_for(action)), TWO_VMS)
        assert (code, "Parameter vserver-id is missing" in text) == (302, True)

    @pytest.mark.parametrize("action", named(ONE_ONLY))
    def test_every_other_action_on_a_vnf_without_vms_is_313(self, action: str) -> None:
        """No VM there: nothing to act on."""
        assert code_and_text(a_request(action, payload=payload_for(action)), NO_VM)[0] == 313

    @pytest.mark.parametrize("action", named(OPENSTACK))
    def test_without_an_inventory_the_vm_must_be_named(self, action: str) -> None:
        """No inventory: 302 `vserver-id`."""
        code, text = code_and_text(a_request(action, payload=payload_for(action)), NOBODY)
        assert (code, "Parameter vserver-id is missing" in text) == (302, True)


@pytest.mark.parametrize("action", named(OPENSTACK))
@pytest.mark.parametrize("where", [pytest.param("vserver_id", id="vserver-id"), pytest.param("vm_id", id="vm-id")])
def test_a_vm_that_is_not_of_this_vnf_is_313(action: str, where: str) -> None:
    """With an inventory."""
    identifiers = ids(vserver_id=VM_C) if where == "vserver_id" else ids()
    payload = payload_for(action, vm_id=VM_C) if where == "vm_id" else payload_for(action)
    code, text = code_and_text(a_request(action, identifiers, payload=payload), TWO_VMS)
    assert (code, VM_C in text) == (313, True)


# ------------------------------------------------------------ the scope of any other action


@pytest.mark.parametrize("action", named(VNF_SELF_SERVICE))
@pytest.mark.parametrize(
    "identifiers",
    [
        pytest.param(ids(), id="vnf-id"),
        pytest.param(ids(vserver_id="not-even-a-uuid"), id="vserver-id"),
        pytest.param(ids(vnfc_name="web"), id="vnfc-name"),
        pytest.param(ids(vf_module_id="m"), id="vf-module-id"),
        pytest.param(ids("vnf-1", VM_A, "web", "m"), id="all of them"),
    ],
)
def test_beside_a_vnf_scope_self_service_action_ids_only_select_targets(
    action: str, identifiers: ActionIdentifiers
) -> None:
    """VNF scope, whatever ids come with it."""
    request = a_request(action, identifiers, payload=payload_for(action))
    assert planned(request, TWO_VMS).target == Target("vnf-1", Scope.VNF)


@pytest.mark.parametrize("action", named(CONTROLLER))
@pytest.mark.parametrize(
    ("identifiers", "name"),
    [
        pytest.param(ids(vserver_id=VM_A), "vserver-id", id="vserver-id"),
        pytest.param(ids(vnfc_name="web"), "vnfc-name", id="vnfc-name"),
        pytest.param(ids(vf_module_id="m"), "vf-module-id", id="vf-module-id"),
        pytest.param(ids("vnf-1", VM_A, "web", "m"), "vnfc-name", id="all of them"),
    ],
)
def test_finer_than_the_action_knows_is_301_that_names_it(
    action: str, identifiers: ActionIdentifiers, name: str
) -> None:
    """The controller's own actions are VNF scope."""
    request = a_request(action, identifiers, payload=payload_for(action))
    code, text = code_and_text(request, TWO_VMS)
    assert (code, name in text) == (301, True)


@pytest.mark.parametrize("action", named(CONTROLLER))
def test_a_controller_action_on_the_vnf_is_vnf_scope(action: str) -> None:
    """With the vnf-id alone."""
    request = a_request(action, payload=payload_for(action))
    assert planned(request, TWO_VMS).target == Target("vnf-1", Scope.VNF)


@pytest.mark.parametrize("action", named(TRAFFIC))
class TestAnActionOfSeveralScopes:
    """The finest of vnfc-name, vserver-id, vf-module-id, vnf-id."""

    @pytest.mark.parametrize(
        ("vnfc_name", "vserver_id", "expected"),
        [
            pytest.param(None, None, Target("vnf-1", Scope.VNF), id="vnf-id"),
            pytest.param(None, VM_B.upper(), Target("vnf-1", Scope.VM, VM_B), id="vserver-id"),
            pytest.param("web", None, Target("vnf-1", Scope.VNFC, VM_A, "web"), id="vnfc-name"),
            pytest.param("web", VM_A, Target("vnf-1", Scope.VNFC, VM_A, "web"), id="vnfc-name and vserver-id"),
            pytest.param("spare", None, Target("vnf-1", Scope.VNFC, None, "spare"), id="vnfc-name placed nowhere"),
        ],
    )
    def test_takes_the_finest(
        self, action: str, vnfc_name: str | None, vserver_id: str | None, expected: Target
    ) -> None:
        """A VNFC's target knows the VM it runs on, where the inventory does."""
        request = a_request(action, ids(vserver_id=vserver_id, vnfc_name=vnfc_name))
        assert planned(request, TWO_VMS).target == expected

    def test_without_an_inventory_a_vnfc_is_placed_nowhere(self, action: str) -> None:
        """Its placement is not known."""
        assert planned(a_request(action, ids(vnfc_name="web")), NOBODY).target == Target(
            "vnf-1", Scope.VNFC, None, "web"
        )

    def test_does_not_know_vf_modules(self, action: str) -> None:
        """301 that names it."""
        code, text = code_and_text(a_request(action, ids(vf_module_id="m")), TWO_VMS)
        assert (code, "vf-module-id" in text) == (301, True)

    def test_a_vserver_id_must_be_a_uuid(self, action: str) -> None:
        """No UUID is 301."""
        assert code_and_text(a_request(action, ids(vserver_id="x")), TWO_VMS)[0] == 301

    @pytest.mark.parametrize(
        "identifiers",
        [pytest.param(ids(vserver_id=VM_C), id="VM"), pytest.param(ids(vnfc_name="nobody"), id="VNFC")],
    )
    def test_must_be_found_in_the_inventory(self, action: str, identifiers: ActionIdentifiers) -> None:
        """313 where it is not of this VNF."""
        request = a_request(action, identifiers)
        assert code_and_text(request, TWO_VMS)[0] == 313

    def test_a_vm_without_an_inventory_is_taken_as_named(self, action: str) -> None:
        """Nobody can say whose it is."""
        assert planned(a_request(action, ids(vserver_id=VM_C)), NOBODY).target == vm(VM_C)


# ------------------------------------------------------------ the first state


@pytest.mark.parametrize(
    ("vnf", "identifiers", "state"),
    [
        pytest.param(Vnf("vnf-1", "t", "Created", (Vm(VM_A, state="Running"),)), ids(), "Created", id="of the VNF"),
        pytest.param(
            Vnf("vnf-1", "t", "Created", (Vm(VM_A, state="Running"),)), ids(vserver_id=VM_A), "Running", id="of the VM"
        ),
        pytest.param(Vnf("vnf-1", "t", None, (Vm(VM_A),)), ids(), "Unknown", id="of a VNF, not said"),
        pytest.param(Vnf("vnf-1", "t", None, (Vm(VM_A),)), ids(vserver_id=VM_A), "Unknown", id="of a VM, not said"),
    ],
)
def test_the_first_state_is_the_inventorys(vnf: Vnf, identifiers: ActionIdentifiers, state: str) -> None:
    """`state` of a VNF or VM, else Unknown."""
    request = a_request("Restart", identifiers)
    assert planned(request, vnf).first_state == state
