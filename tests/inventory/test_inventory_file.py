"""INVENTORY_FILE: what a good file says, and what stands for it where there is none (contract section 2)."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from appc.lcm.phases import STABLE_STATES
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.ports.inventory import Vm, Vnf
from appc.stores.inventory import FileInventory, OpenInventory

GUIDE = Path(__file__).parents[2] / "docs" / "inventory.md"
VM_1 = "5f0c1a52-7c1f-4b0e-9d1e-3f6f0e8b2a01"
VM_2 = "5f0c1a52-7c1f-4b0e-9d1e-3f6f0e8b2a02"


def written(folder: Path, text: str, name: str = "inventory.yaml") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def documented_example() -> str:
    """The example of docs/inventory.md."""
    found = re.search(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_documented_example_is_read_as_documented(tmp_path: Path) -> None:
    """VNFs with their types and states, VMs with clouds, VNFCs with the VM they run on."""
    inventory = FileInventory(written(tmp_path, documented_example()))
    assert list(inventory) == [
        Vnf(
            "vlb-east-1",
            "vLB",
            "Configured",
            (Vm(VM_1, "vlb-east-1-vm-1", "east", "Running"), Vm(VM_2, "vlb-east-1-vm-2", "east")),
            {"balancer": VM_1, "prober": None},
        ),
        Vnf("vfw-west-1", "vFW", None, ()),
    ]


def test_a_vnf_is_found_by_its_id_and_no_other_is_known(tmp_path: Path) -> None:
    """What the file does not hold is None, which is answered 306; letter case counts."""
    inventory = FileInventory(written(tmp_path, "vnfs: [{id: vnf-1, type: vLB}]"))
    assert inventory.vnf("vnf-1") == Vnf("vnf-1", "vLB", None, ())
    assert inventory.vnf("VNF-1") is None
    assert len(inventory) == 1


def test_json_is_read_as_well(tmp_path: Path) -> None:
    """JSON, indented with tabs as some editors do."""
    text = json.dumps({"vnfs": [{"id": "vnf-1", "type": None, "vms": [{"id": VM_1}]}]}, indent="\t")
    inventory = FileInventory(written(tmp_path, text, "inventory.json"))
    assert inventory.vnf("vnf-1") == Vnf("vnf-1", None, None, (Vm(VM_1),))


def test_an_empty_list_is_an_inventory_without_vnfs(tmp_path: Path) -> None:
    """Then no vnf-id is known."""
    assert list(FileInventory(written(tmp_path, "vnfs: []"))) == []


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(VM_1.upper(), id="capitals"),
        pytest.param(VM_1.replace("-", ""), id="without dashes"),
    ],
)
def test_server_ids_are_lower_case_uuids_with_dashes(tmp_path: Path, spelling: str) -> None:
    """However the file spells them, also where a VNFC names its VM."""
    text = f'vnfs: [{{id: v, vms: [{{id: "{spelling}"}}], vnfcs: [{{name: c, vm: {VM_1}}}]}}]'
    vnf = FileInventory(written(tmp_path, text)).vnf("v")
    assert vnf is not None
    assert vnf.vms == (Vm(VM_1),)
    assert vnf.vnfcs == {"c": VM_1}


@pytest.mark.parametrize("state", [pytest.param(state, id=state) for state in STABLE_STATES])
def test_states_are_taken_in_any_letter_case(tmp_path: Path, state: str) -> None:
    """Every stable state, of a VNF and of a VM."""
    text = f"vnfs: [{{id: v, state: {state.upper()}, vms: [{{id: {VM_1}, state: {state.lower()}}}]}}]"
    vnf = FileInventory(written(tmp_path, text)).vnf("v")
    assert vnf is not None
    assert vnf.state == state
    assert vnf.vms == (Vm(VM_1, state=state),)


def test_reload_shows_the_changed_file(tmp_path: Path) -> None:
    """The same object tells of the new VNFs."""
    path = written(tmp_path, "vnfs: [{id: old}]")
    inventory = FileInventory(path)
    written(tmp_path, "vnfs: [{id: new}]")
    inventory.reload()
    assert inventory.vnf("old") is None
    assert inventory.vnf("new") == Vnf("new", None, None, ())


def test_reload_of_a_faulty_file_keeps_what_was_known(tmp_path: Path) -> None:
    """The fault is raised, the inventory stays."""
    path = written(tmp_path, "vnfs: [{id: old}]")
    inventory = FileInventory(path)
    written(tmp_path, "vnfs: [{id: new, colour: red}]")
    with pytest.raises(Misconfigured):
        inventory.reload()
    assert inventory.vnf("old") is not None


def test_without_a_file_every_vnf_is_known() -> None:
    """Of type `default`; nobody keeps an inventory of its VMs."""
    assert OpenInventory().vnf("any") == Vnf("any", "default", None, None)


TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85\xa0"), min_size=1)
STATES = st.none() | st.sampled_from(STABLE_STATES)


@st.composite
def vnfs(draw: st.DrawFn) -> list[Vnf]:
    """Any inventory."""
    ids = draw(st.lists(st.uuids(), unique=True, max_size=6))
    found = []
    for vnf_id in draw(st.lists(TEXTS, unique=True, max_size=3)):
        own = [str(ids.pop()) for _ in range(draw(st.integers(0, len(ids))))]
        names = draw(st.lists(st.none() | TEXTS.map("n".__add__), min_size=len(own), max_size=len(own), unique=True))
        vms = tuple(Vm(vm, name, draw(st.none() | TEXTS), draw(STATES)) for vm, name in zip(own, names, strict=True))
        vnfcs = draw(st.dictionaries(TEXTS, st.sampled_from([None, *own]), max_size=3))
        found.append(Vnf(vnf_id, draw(st.none() | TEXTS), draw(STATES), vms, vnfcs))
    return found


def row(vnf: Vnf, by_name: bool) -> dict[str, object]:
    """What the file says of a VNF; `by_name`: VNFCs name their VM by its name where it has one."""
    names = {vm.vm_id: vm.name for vm in vnf.vms or () if by_name and vm.name}
    return {
        "id": vnf.vnf_id,
        "type": vnf.type,
        "state": vnf.state,
        "vms": [{"id": vm.vm_id, "name": vm.name, "cloud": vm.cloud, "state": vm.state} for vm in vnf.vms or ()],
        "vnfcs": [{"name": name, "vm": vm and names.get(vm, vm)} for name, vm in vnf.vnfcs.items()],
    }


@settings(deadline=None, max_examples=50)
@given(expected=vnfs(), by_name=st.booleans(), as_json=st.booleans())
def test_whatever_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, expected: list[Vnf], by_name: bool, as_json: bool
) -> None:
    """Any inventory comes back as it went into the file, as YAML and as JSON."""
    document = {"vnfs": [row(vnf, by_name) for vnf in expected]}
    text = json.dumps(document) if as_json else yaml.safe_dump(document, allow_unicode=True)
    assert list(FileInventory(written(tmp_path_factory.mktemp("inventory"), text))) == expected


@settings(deadline=None)
@given(st.lists(st.uuids(), unique=True, min_size=1, max_size=3))
def test_vm_ids_are_what_uuid_prints(tmp_path_factory: pytest.TempPathFactory, ids: list[UUID]) -> None:
    """The form that requests' vm-ids are compared with."""
    text = json.dumps({"vnfs": [{"id": "v", "vms": [{"id": each.hex} for each in ids]}]})
    vnf = FileInventory(written(tmp_path_factory.mktemp("inventory"), text)).vnf("v")
    assert vnf is not None
    assert vnf.vms == tuple(Vm(str(each)) for each in ids)
