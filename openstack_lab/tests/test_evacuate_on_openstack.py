"""Evacuate from a host that is dead, on real OpenStack; Migrate where no other host is free.

One process runs all of this file (`Scheduling`): the tests share a host that dies once.
"""

from collections.abc import Iterator

import pytest

from openstack_lab.tests.conftest import Record
from openstack_lab.tests.laboratory import BREAKS, FRAGILE, STANDS, Laboratory

#: Servers on the host when it dies, by what they are for; and the state they are in then.
CASES = {
    "ACTIVE": "ACTIVE",
    "SHUTOFF": "SHUTOFF",
    "PAUSED": "PAUSED",
    "SUSPENDED": "SUSPENDED",
    "ERROR": "ERROR",
    "VERIFY_RESIZE": "VERIFY_RESIZE",
    "VOLUME": "ACTIVE",
    "named": "ACTIVE",
    "snapshot": "ACTIVE",
    "no rebuild": "ACTIVE",
    "refused": "ACTIVE",
}


@pytest.fixture(scope="module")
def dead(lab: Laboratory) -> Iterator[dict[str, str]]:
    """The servers of CASES, with their host dead; the resized one went to the other host."""
    zone = f"{FRAGILE}:{BREAKS}"
    servers = {case: lab.boot(on_volume=case == "VOLUME", zone=zone) for case in CASES}
    for case in ("snapshot", "no rebuild", "VOLUME"):
        assert lab.perform("Snapshot", servers[case], "ACTIVE").outcome.code == 400
    for case, state in CASES.items():
        lab.put(servers[case], state)
    with lab.broken(BREAKS):
        yield servers


def test_a_living_host_is_not_evacuated(lab: Laboratory, record: Record) -> None:
    """Before it dies."""
    vm = lab.take("ACTIVE")
    row = record(lab.perform("Evacuate", vm, "ACTIVE, host is up"))
    lab.give_back(vm, row.status)
    assert (row.outcome.code, row.steps) == (401, ())
    assert "is up: Evacuate is for a host that is down" in row.outcome.message


@pytest.mark.parametrize("case", ["PAUSED", "SUSPENDED", "VERIFY_RESIZE", "BUILD", "DELETED"])
def test_other_states_are_refused(case: str, dead: dict[str, str], lab: Laboratory, record: Record) -> None:
    """The server is left as it was."""
    vm = dead[case] if case in dead else lab.take(case)
    row = record(lab.perform("Evacuate", vm, case))
    assert (row.outcome.code, row.steps) == (401, ())


@pytest.mark.parametrize(
    ("host", "wording"),
    [
        pytest.param(BREAKS, "status is not UP/ENABLED: it is DOWN/ENABLED", id="down"),
        pytest.param(STANDS, "status is not UP/ENABLED: it is UP/DISABLED", id="disabled"),
        pytest.param("compute", "the cloud has no host compute", id="unknown"),
    ],
)
def test_a_target_must_be_up_and_enabled(
    host: str, wording: str, dead: dict[str, str], lab: Laboratory, record: Record
) -> None:
    """Nothing is tried."""
    with lab.disabled(STANDS):
        row = record(lab.perform("Evacuate", dead["refused"], f"ACTIVE, to {host}", targethost_id=host))
    assert (row.outcome.code, row.steps) == (401, ())
    assert wording in row.outcome.message


@pytest.mark.parametrize(
    ("case", "ends", "steps"),
    [
        pytest.param("ACTIVE", "ACTIVE", ["evacuate", "os-start"], id="running"),
        pytest.param("SHUTOFF", "SHUTOFF", ["evacuate"], id="stopped"),
        pytest.param("ERROR", "ACTIVE", ["evacuate"], id="in error"),
        pytest.param("VOLUME", "ACTIVE", ["evacuate", "os-start"], id="on a volume"),
        pytest.param("snapshot", "ACTIVE", ["evacuate", "rebuild", "os-start"], id="with a snapshot"),
    ],
)
def test_the_server_is_on_another_host_in_the_state_it_was_in(
    case: str, ends: str, steps: list[str], dead: dict[str, str], lab: Laboratory, record: Record
) -> None:
    """Rebuilt from its snapshot, if it has one and boots from an image."""
    row = record(lab.perform("Evacuate", dead[case], case))
    assert (row.outcome.code, row.status, lab.host(dead[case])) == (400, ends, STANDS), row
    assert [step.split()[0] for step in row.steps] == steps


def test_a_named_host_is_taken(dead: dict[str, str], lab: Laboratory, record: Record) -> None:
    """By the name of its hypervisor."""
    row = record(lab.perform("Evacuate", dead["named"], f"ACTIVE, to {STANDS}", targethost_id=STANDS))
    assert (row.outcome.code, row.status, lab.host(dead["named"])) == (400, "ACTIVE", STANDS), row


def test_the_rebuild_can_be_switched_off(dead: dict[str, str], lab: Laboratory, record: Record) -> None:
    """By `rebuild-vm`."""
    row = record(lab.perform("Evacuate", dead["no rebuild"], "ACTIVE, rebuild-vm false", rebuild_vm="false"))
    assert (row.outcome.code, row.status) == (400, "ACTIVE")
    assert [step.split()[0] for step in row.steps] == ["evacuate", "os-start"]


def test_without_a_free_host_a_migration_is_rolled_back(dead: dict[str, str], lab: Laboratory, record: Record) -> None:
    """With Nova's own reason."""
    vm = lab.boot(zone=f"{FRAGILE}:{STANDS}")
    row = record(lab.perform("Migrate", vm, "ACTIVE, no host free"))
    assert (row.outcome.code, row.status, lab.host(vm)) == (401, "ACTIVE", STANDS), row
    assert "No valid host was found" in row.outcome.message


def test_without_a_free_host_the_server_ends_in_error(dead: dict[str, str], lab: Laboratory, record: Record) -> None:
    """With Nova's own reason."""
    with lab.disabled(STANDS):
        row = record(lab.perform("Evacuate", dead["refused"], "ACTIVE, no host free"))
    assert (row.outcome.code, row.status) == (401, "ERROR"), row
    assert "No valid host was found" in row.outcome.message
