"""Restart of all VMs of a VNF, by `appc serve` on real OpenStack: in parallel, and partial failure (contract 3.2)."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from appc.lcm.outcome import Outcome
from openstack_lab.tests.conftest import Record
from openstack_lab.tests.laboratory import STATE, Laboratory, Row
from tests.e2e.conftest import Client, code, commands
from tests.pairs import TopicNames

Restart = Callable[[list[str]], list[dict[str, object]]]


@pytest.fixture
def restart(tmp_path: Path) -> Iterator[Restart]:
    """Has a controller restart a VNF of these VMs; returns its answers."""
    inventory = tmp_path / "inventory.yaml"
    with commands(tmp_path) as start, httpx.Client(timeout=60) as http:

        def ask(vms: list[str]) -> list[dict[str, object]]:
            known = [{"id": vm, "cloud": "lab-admin"} for vm in vms]
            inventory.write_text(json.dumps({"vnfs": [{"id": "vnf-1", "type": "t", "vms": known}]}))
            served = start(
                "serve", clouds_file=str(STATE / "clouds.yaml"), inventory_file=str(inventory), state_dir=str(tmp_path)
            )
            client, request_id = Client(served.url, http, TopicNames()), uuid4().hex
            client.publish(message(request_id))
            answers: list[dict[str, object]] = client.final(request_id)
            return answers

        yield ask


def message(request_id: str) -> dict[str, object]:
    """Restart of vnf-1, at the VNF's own scope."""
    header = {
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "api-ver": "2.00",
        "originator-id": "lab",
        "request-id": request_id,
        "flags": {"ttl": 600},
    }
    content = {"common-header": header, "action": "Restart", "action-identifiers": {"vnf-id": "vnf-1"}}
    body = {"input": content}
    return {"version": "2.0", "type": "request", "correlation-id": request_id, "rpc-name": "restart", "body": body}


def test_all_vms_of_a_vnf_are_restarted(lab: Laboratory, record: Record, restart: Restart) -> None:
    """Each as its own state asks for."""
    vms = [lab.take(state) for state in ("ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED")]
    began = time.monotonic()
    answers = restart(vms)
    seconds = time.monotonic() - began
    statuses = {lab.status(vm) for vm in vms}
    record(Row("Restart", "VNF of 4 VMs", Outcome.success(), "/".join(statuses), seconds, ()))
    assert ([code(answer) for answer in answers], statuses) == ([100, 400], {"ACTIVE"})


def test_a_vm_that_cannot_be_restarted_is_a_partial_failure(lab: Laboratory, record: Record, restart: Restart) -> None:
    """501 names it and the others are restarted; the end is 401."""
    vms = [lab.take(state) for state in ("ACTIVE", "ERROR", "SHUTOFF")]
    began = time.monotonic()
    answers = restart(vms)
    seconds = time.monotonic() - began
    statuses = [lab.status(vm) for vm in vms]
    record(Row("Restart", "VNF of 3 VMs, one ERROR", Outcome(401, str(answers[-1])), "/".join(statuses), seconds, ()))
    assert ([code(answer) for answer in answers], statuses) == ([100, 501, 401], ["ACTIVE", "ERROR", "ACTIVE"])
    assert vms[1] in json.dumps(answers[1])
