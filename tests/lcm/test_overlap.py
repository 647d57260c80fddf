"""Contract section 4, "Overlap": which targets of one VNF touch the same thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm.target import Scope, Target
from tests.fakes.requests import VM_A, VM_B

VNF = Target("vnf-1", Scope.VNF)
MODULE = Target("vnf-1", Scope.VF_MODULE)
ON_A = Target("vnf-1", Scope.VM, VM_A)
ON_B = Target("vnf-1", Scope.VM, VM_B)
WEB_ON_A = Target("vnf-1", Scope.VNFC, VM_A, "web")
LOG_ON_A = Target("vnf-1", Scope.VNFC, VM_A, "log")
DB_ON_B = Target("vnf-1", Scope.VNFC, VM_B, "db")
WEB_SOMEWHERE = Target("vnf-1", Scope.VNFC, None, "web")
DB_SOMEWHERE = Target("vnf-1", Scope.VNFC, None, "db")

TABLE = [
    pytest.param(VNF, VNF, True, id="VNF and VNF"),
    pytest.param(VNF, ON_A, True, id="VNF and a VM"),
    pytest.param(VNF, WEB_ON_A, True, id="VNF and a VNFC"),
    pytest.param(VNF, WEB_SOMEWHERE, True, id="VNF and a VNFC placed nowhere"),
    pytest.param(MODULE, ON_A, True, id="a VF module and a VM"),
    pytest.param(ON_A, ON_A, True, id="a VM and the same"),
    pytest.param(ON_A, ON_B, False, id="a VM and another"),
    pytest.param(ON_A, WEB_ON_A, True, id="a VM and a VNFC that runs on it"),
    pytest.param(ON_B, WEB_ON_A, False, id="a VM and a VNFC that runs elsewhere"),
    pytest.param(WEB_ON_A, WEB_ON_A, True, id="a VNFC and the same"),
    pytest.param(WEB_ON_A, LOG_ON_A, True, id="two VNFCs on one VM"),
    pytest.param(WEB_ON_A, DB_ON_B, False, id="two VNFCs on two VMs"),
    pytest.param(WEB_SOMEWHERE, ON_A, True, id="a VNFC placed nowhere and a VM"),
    pytest.param(WEB_SOMEWHERE, DB_ON_B, True, id="a VNFC placed nowhere and a placed one"),
    pytest.param(WEB_SOMEWHERE, DB_SOMEWHERE, True, id="two VNFCs placed nowhere"),
    pytest.param(WEB_SOMEWHERE, WEB_ON_A, True, id="one VNFC, known and not known where"),
    pytest.param(WEB_ON_A, Target("vnf-1", Scope.VNFC, VM_B, "web"), True, id="one VNFC that was moved meanwhile"),
]


@pytest.mark.parametrize(("one", "other", "overlap"), TABLE)
def test_targets_overlap_as_the_contract_says(one: Target, other: Target, overlap: bool) -> None:
    """The table."""
    assert one.overlaps(other) is overlap


TARGETS = st.one_of(
    st.just(VNF),
    st.just(MODULE),
    st.builds(Target, st.just("vnf-1"), st.just(Scope.VM), st.sampled_from([VM_A, VM_B])),
    st.builds(
        Target,
        st.just("vnf-1"),
        st.just(Scope.VNFC),
        st.sampled_from([VM_A, VM_B, None]),
        st.sampled_from(["web", "db"]),
    ),
)


@given(one=TARGETS, other=TARGETS)
def test_overlap_is_symmetric(one: Target, other: Target) -> None:
    """Who came first does not matter."""
    assert one.overlaps(other) is other.overlaps(one)


@given(one=TARGETS)
def test_everything_overlaps_with_itself_and_with_the_vnf(one: Target) -> None:
    """VNF scope overlaps with everything on the VNF."""
    assert one.overlaps(one)
    assert VNF.overlaps(one)


@pytest.mark.parametrize(
    ("target", "key"),
    [
        pytest.param(VNF, "vnf", id="VNF"),
        pytest.param(ON_A, f"vm:{VM_A}", id="VM"),
        pytest.param(WEB_ON_A, "vnf", id="VNFC"),
    ],
)
def test_states_are_kept_per_vm_for_vm_scope_and_else_per_vnf(target: Target, key: str) -> None:
    """Contract section 4, "State machines"."""
    assert target.state_key == key


@pytest.mark.parametrize(
    ("target", "text"),
    [
        pytest.param(VNF, "VNF vnf-1", id="VNF"),
        pytest.param(ON_A, f"VM {VM_A} of VNF vnf-1", id="VM"),
        pytest.param(WEB_ON_A, "VNFC web of VNF vnf-1", id="VNFC"),
    ],
)
def test_a_target_tells_people_what_it_is(target: Target, text: str) -> None:
    """Rejections explain themselves with it."""
    assert str(target) == text
