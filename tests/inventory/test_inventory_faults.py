"""INVENTORY_FILE: every fault is told with file, line and field; nothing that a file holds is expanded or run."""

import textwrap
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appc.lcm.ports.failures import Misconfigured
from appc.stores.inventory import FileInventory

VM = "5f0c1a52-7c1f-4b0e-9d1e-3f6f0e8b2a01"


def faults(folder: Path, text: str | bytes) -> tuple[str, ...]:
    """What is wrong with a file of this text."""
    path = folder / "inventory.yaml"
    path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
    try:
        FileInventory(path)
    except Misconfigured as error:
        return error.faults
    return ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("vnfs: [{type: vLB}]", "vnfs[0].id: is missing", id="no vnf-id"),
        pytest.param("vnfs: [{id: ''}]", "vnfs[0].id: must not be empty", id="empty vnf-id"),
        pytest.param("vnfs: [{id: 12}]", "vnfs[0].id: 12 is no text to YAML; put it in quotes", id="number"),
        pytest.param("vnfs: [{id: on}]", "vnfs[0].id: on is no text to YAML; put it in quotes", id="boolean"),
        pytest.param("vnfs: [{id: [a]}]", "vnfs[0].id: must be text", id="list for text"),
        pytest.param("vnfs: {id: a}", "vnfs: must be a list", id="mapping for list"),
        pytest.param("vnfs: [a]", "vnfs[0]: must be a mapping", id="text for mapping"),
        pytest.param("vnfs: [{id: a, colour: red}]", "vnfs[0].colour: is no field of this file", id="unknown field"),
        pytest.param("{}", "vnfs: is missing", id="no list of VNFs"),
        pytest.param("", "must be a mapping", id="empty file"),
        pytest.param("vnfs: [{id: a, vms: [{id: vm-1}]}]", "vnfs[0].vms[0].id: is no UUID", id="no server id"),
        pytest.param("vnfs: [{id: a}, {id: a}]", "vnfs[1].id: a is already in line 1", id="vnf-id twice"),
        pytest.param("vnfs: [{id: a, id: b}]", "vnfs[0].id: is already in line 1", id="key twice"),
        pytest.param(
            f"vnfs: [{{id: a, vms: [{{id: {VM}}}]}}, {{id: b, vms: [{{id: {VM.upper()}}}]}}]",
            f"vnfs[1].vms[0].id: {VM.upper()} is already in line 1",
            id="server of two VNFs",
        ),
        pytest.param(
            "vnfs: [{id: a, vnfcs: [{name: c}, {name: c}]}]",
            "vnfs[0].vnfcs[1].name: c is already in line 1",
            id="vnfc twice",
        ),
        pytest.param(
            "vnfs: [{id: a, vnfcs: [{name: c, vm: v}]}]",
            "vnfs[0].vnfcs[0].vm: v is neither the id nor the name of a VM of this VNF",
            id="vnfc on an unknown VM",
        ),
        pytest.param(
            f"vnfs: [{{id: a, vms: [{{id: {VM}, name: v}}]}}, {{id: b, vnfcs: [{{name: c, vm: v}}]}}]",
            "vnfs[1].vnfcs[0].vm: v is neither the id nor the name of a VM of this VNF",
            id="vnfc on another VNF's VM",
        ),
        pytest.param(
            "vnfs: [{id: a, address: lb-1}]", "vnfs[0].address: lb-1 is no IP address", id="name for an address"
        ),
        pytest.param(
            f"vnfs: [{{id: a, vms: [{{id: {VM}, addresses: [192.0.2.300]}}]}}]",
            "vnfs[0].vms[0].addresses[0]: 192.0.2.300 is no IP address",
            id="no address",
        ),
        pytest.param(
            "vnfs: [{id: a, modules: [{id: m}, {id: m}]}]",
            "vnfs[0].modules[1].id: m is already in line 1",
            id="module twice",
        ),
        pytest.param(
            f"vnfs: [{{id: a, vms: [{{id: {VM}, module: m}}]}}, {{id: b, modules: [{{id: m}}]}}]",
            "vnfs[0].vms[0].module: m is the id of no module of this VNF",
            id="module of another VNF",
        ),
        pytest.param(
            "vnfs: [{id: a, state: Starting}]",
            "vnfs[0].state: Starting is no stable state; these are: Not_Instantiated, NOT ORCHESTRATED, Created, "
            "Instantiated, Configured, Tested, Running, Error, Unknown, Stopped",
            id="transient state",
        ),
    ],
)
def test_a_fault_is_told_with_its_field(tmp_path: Path, text: str, fault: str) -> None:
    """The field as a path, then what is wrong with it."""
    assert faults(tmp_path, text) in [(f"inventory.yaml:1: {fault}",), (f"inventory.yaml:1: {fault}",) * 2]


def test_all_faults_are_told_each_with_its_line(tmp_path: Path) -> None:
    """Those of form and those between fields, in the order of the file."""
    text = """\
        vnfs:
          - id: vnf-1
            colour: red
            vms:
              - id: 5f0c1a52-7c1f-4b0e-9d1e-3f6f0e8b2a01
                name: one
              - id: two
                name: one
            vnfcs:
              - name: core
                vm: three
              - vm: one
          - id: vnf-1
            state: flying
        """
    assert [fault.split(": is ")[0].split(": three ")[0] for fault in faults(tmp_path, text)][:5] == [
        "inventory.yaml:3: vnfs[0].colour",
        "inventory.yaml:7: vnfs[0].vms[1].id",
        "inventory.yaml:8: vnfs[0].vms[1].name: one is already in line 6",
        "inventory.yaml:11: vnfs[0].vnfcs[0].vm",
        "inventory.yaml:12: vnfs[0].vnfcs[1].name",
    ]
    assert [fault.split(":")[1] for fault in faults(tmp_path, text)] == ["3", "7", "8", "11", "12", "13", "14"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("a: &x [1]\nb: *x", "2: aliases are not read; write out what *x stands for", id="alias"),
        pytest.param("&a [*a]", "1: aliases are not read; write out what *a stands for", id="recursive alias"),
        pytest.param(
            "a: !!python/object/apply:os.system [id]",
            "1: tags are not read: tag:yaml.org,2002:python/object/apply:os.system",
            id="python object",
        ),
        pytest.param("vnfs: !x []", "1: tags are not read: !x", id="own tag"),
        pytest.param("a: b\n---\nc: d", "3: a second document begins here; only one is read", id="two documents"),
        pytest.param("? [a]\n: b", "1: a key must be text", id="list as key"),
        pytest.param("vnfs: [", "2: did not find expected node content", id="unclosed list"),
        pytest.param("[" * 50, "1: nesting is deeper than 20 levels", id="too deep"),
    ],
)
def test_what_is_not_read_stops_at_its_line(tmp_path: Path, text: str, fault: str) -> None:
    """Such a file is not looked at any further."""
    assert faults(tmp_path, text) == (f"inventory.yaml:{fault}",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param(b"\xff", "inventory.yaml: is not UTF-8 at byte 0", id="bytes"),
        pytest.param(
            b"\x00",
            "inventory.yaml: unacceptable character #x0000: control characters are not allowed",
            id="control character",
        ),
    ],
)
def test_what_is_no_text_is_told(tmp_path: Path, text: bytes, fault: str) -> None:
    """A file that cannot be YAML at all."""
    assert faults(tmp_path, text) == (fault,)


def test_a_missing_file_is_told_with_its_path(tmp_path: Path) -> None:
    """The start is refused with the reason."""
    path = tmp_path / "none.yaml"
    with pytest.raises(Misconfigured, match=r"none\.yaml: cannot be read: No such file or directory"):
        FileInventory(path)


def test_an_alias_bomb_costs_nothing(tmp_path: Path) -> None:
    """A billion laughs are refused at the first alias."""
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    assert faults(tmp_path, f"l0: &l0 [x]\n{levels}")[0].startswith("inventory.yaml:2: aliases are not read")


@settings(deadline=None)
@given(st.text() | st.binary())
@example("[" * 100_000)
@example("- " * 100_000)
@example('"\\ud83d"')
@example("<<: {vnfs: []}")
@example("vnfs:\n- id: a\n  vms:\n  - [x]")
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    """Nothing but Misconfigured comes out, each fault with the file's name."""
    content = text if isinstance(text, bytes) else text.encode(errors="replace")
    assert all(fault.startswith("inventory.yaml:") for fault in faults(tmp_path_factory.mktemp("any"), content))
