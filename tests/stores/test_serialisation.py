"""Domain values as the stores keep them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appc.lcm.request import Mode
from appc.lcm.target import Scope, Target
from appc.lcm.vnf import InProgress, Lock, VnfState
from appc.stores.serialisation import record_from_json, record_to_json, vnf_from_json, vnf_to_json
from tests.contracts.store_place import a_record
from tests.fakes.clock import START
from tests.fakes.requests import VM_A, a_request

ENTRY = InProgress("record-1", a_request().key, "Restart", Target(Scope.VM, vm_id=VM_A), Mode.EXCLUSIVE, START)
STATES = [
    pytest.param(VnfState("vnf-1"), id="nothing known"),
    pytest.param(VnfState('"vnf"\n\u20ac', states={"": "Stopped"}), id="a settled state"),
    pytest.param(VnfState("vnf-1", Lock("request-1", START, START + timedelta(seconds=900))), id="locked"),
    pytest.param(VnfState("vnf-1", in_progress=(ENTRY, replace(ENTRY, record_id="record-2"))), id="busy"),
]


@pytest.mark.parametrize("vnf", STATES)
def test_a_state_is_read_as_it_was_written(vnf: VnfState) -> None:
    """By whoever wrote it, and by others: with a space behind it nobody here has seen the text before."""
    text = vnf_to_json(vnf)
    assert vnf_from_json(text) == vnf
    assert vnf_from_json(f"{text} ") == vnf


def test_of_many_states_only_the_latest_are_remembered() -> None:
    """All are read right."""
    texts = [vnf_to_json(VnfState(f"vnf-{number}")) for number in range(2000)]
    assert vnf_from_json(texts[-1]) is vnf_from_json(texts[-1])
    assert [vnf_from_json(text).vnf_id for text in texts] == [f"vnf-{number}" for number in range(2000)]


def test_a_record_is_read_as_it_was_written() -> None:
    """Begun by somebody, too."""
    record = a_record().begun("controller#1")
    assert record and record_from_json(record_to_json(record)) == record
