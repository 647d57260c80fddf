"""INVENTORY_FILE: what a good file says, and what stands for it where there is none (contract section 2)."""

import json
import os
import re
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from appc.lcm.phases import STABLE_STATES
from appc.lcm.ports.inventory import VfModule, Vm, Vnf, Vnfc
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
            (
                Vm(VM_1, "vlb-east-1-vm-1", "east", "Running", "base", ("192.0.2.11", "2001:db8::b")),
                Vm(VM_2, "vlb-east-1-vm-2", "east", vf_module_id="base"),
            ),
            (Vnfc("balancer", VM_1, "vLB-balancer", "CONFIGURED", "192.0.2.12"), Vnfc("prober")),
            (VfModule("base", "vlb-east-1-base", "VlbBase..base_vlb..module-0"),),
            "Load balancer East 1",
            "192.0.2.10",
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
    assert vnf.vnfcs == (Vnfc("c", VM_1),)


@pytest.mark.parametrize("state", [pytest.param(state, id=state) for state in STABLE_STATES])
def test_states_are_taken_in_any_letter_case(tmp_path: Path, state: str) -> None:
    """Every stable state, of a VNF and of a VM."""
    text = f"vnfs: [{{id: v, state: {state.upper()}, vms: [{{id: {VM_1}, state: {state.lower()}}}]}}]"
    vnf = FileInventory(written(tmp_path, text)).vnf("v")
    assert vnf is not None
    assert vnf.state == state
    assert vnf.vms == (Vm(VM_1, state=state),)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """The same object tells of the new VNFs."""
    path = written(tmp_path, "vnfs: [{id: old}]")
    inventory = FileInventory(path)
    written(tmp_path, "vnfs: [{id: newer}]")
    inventory.refresh()
    assert inventory.vnf("old") is None
    assert inventory.vnf("newer") == Vnf("newer", None, None, ())


def test_a_file_put_in_its_place_is_read_even_if_it_is_as_old_and_as_long(tmp_path: Path) -> None:
    """As a deployment tool does it that keeps times: another file under the same name."""
    path = written(tmp_path, "vnfs: [{id: old}]")
    inventory = FileInventory(path)
    other = written(tmp_path, "vnfs: [{id: new}]", "other.yaml")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    inventory.refresh()
    assert inventory.vnf("new") is not None


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        pytest.param(
            "vnfs:\n- id: new\n  colour: red", "inventory.yaml:3: vnfs[0].colour: is no field of this file", id="broken"
        ),
        pytest.param(None, "inventory.yaml: cannot be read: No such file or directory", id="gone"),
    ],
)
def test_a_new_file_that_cannot_be_used_keeps_the_old_inventory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str | None, logged: str
) -> None:
    """It is logged by line and field, once; and mended, it is used."""
    path = written(tmp_path, "vnfs: [{id: old}]")
    inventory = FileInventory(path)
    path.unlink() if text is None else written(tmp_path, text)
    inventory.refresh()
    inventory.refresh()
    assert inventory.vnf("old") is not None
    assert [record.getMessage().endswith(logged) for record in caplog.records] == [True]
    written(tmp_path, "vnfs: [{id: mended}]")
    inventory.refresh()
    assert inventory.vnf("mended") is not None


def test_every_address_of_a_vnf_is_one_it_may_name(tmp_path: Path) -> None:
    """Its own, those of its VMs and those of its VNFCs, as `ipaddress` prints them; none of another VNF."""
    inventory = FileInventory(written(tmp_path, documented_example()))
    vnf = inventory.vnf("vlb-east-1")
    assert vnf is not None
    assert vnf.addresses == {"192.0.2.10", "192.0.2.11", "192.0.2.12", "2001:db8::b"}


def test_without_a_file_every_vnf_is_known() -> None:
    """Of type `default`; nobody keeps an inventory of its VMs."""
    assert OpenInventory().vnf("any") == Vnf("any", "default", None, None)


TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85\xa0"), min_size=1)
OPTIONAL = st.none() | TEXTS
ADDRESSES = st.ip_addresses().map(str)
STATES = st.none() | st.sampled_from(STABLE_STATES)


@st.composite
def vnfs(draw: st.DrawFn) -> list[Vnf]:
    """Any inventory."""
    ids = draw(st.lists(st.uuids(), unique=True, max_size=6))
    found = []
    for vnf_id in draw(st.lists(TEXTS, unique=True, max_size=3)):
        own = [str(ids.pop()) for _ in range(draw(st.integers(0, len(ids))))]
        names = draw(st.lists(st.none() | TEXTS.map("n".__add__), min_size=len(own), max_size=len(own), unique=True))
        modules = draw(
            st.lists(st.builds(VfModule, TEXTS, OPTIONAL, OPTIONAL), unique_by=lambda module: module.vf_module_id)
        )
        placed = st.sampled_from([None, *(module.vf_module_id for module in modules)])
        vms = tuple(
            Vm(vm, name, draw(OPTIONAL), draw(STATES), draw(placed), tuple(draw(st.lists(ADDRESSES, max_size=2))))
            for vm, name in zip(own, names, strict=True)
        )
        vnfc = st.builds(Vnfc, TEXTS, st.sampled_from([None, *own]), OPTIONAL, OPTIONAL, st.none() | ADDRESSES)
        vnfcs = draw(st.lists(vnfc, max_size=3, unique_by=lambda vnfc: vnfc.name))
        own_data = (draw(OPTIONAL), draw(st.none() | ADDRESSES))
        found.append(Vnf(vnf_id, draw(OPTIONAL), draw(STATES), vms, tuple(vnfcs), tuple(modules), *own_data))
    return found


def row(vnf: Vnf, by_name: bool) -> dict[str, object]:
    """What the file says of a VNF; `by_name`: VNFCs name their VM by its name where it has one."""
    names = {vm.vm_id: vm.name for vm in vnf.vms or () if by_name and vm.name}
    return {
        "id": vnf.vnf_id,
        "type": vnf.type,
        "state": vnf.state,
        "name": vnf.name,
        "address": vnf.address,
        "vms": [
            {
                "id": vm.vm_id,
                "name": vm.name,
                "cloud": vm.cloud,
                "state": vm.state,
                "module": vm.vf_module_id,
                "addresses": list(vm.addresses),
            }
            for vm in vnf.vms or ()
        ],
        "vnfcs": [
            {
                "name": vnfc.name,
                "vm": vnfc.vm_id and names.get(vnfc.vm_id, vnfc.vm_id),
                "type": vnfc.type,
                "state": vnfc.state,
                "address": vnfc.address,
            }
            for vnfc in vnf.vnfcs
        ],
        "modules": [{"id": each.vf_module_id, "name": each.name, "model": each.model_name} for each in vnf.modules],
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
