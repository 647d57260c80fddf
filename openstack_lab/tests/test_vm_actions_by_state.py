"""Every VM action from every state of a server, on real OpenStack (guide; facts 6.3, 6.4; docs/vm-actions.md)."""

import pytest

from openstack_lab.table import rows
from openstack_lab.tests.conftest import Record
from openstack_lab.tests.laboratory import Laboratory

#: Evacuate needs a host that is dead: test_evacuate_on_openstack.py.
ROWS = [pytest.param(*row, id="-".join(row[:2])) for row in rows() if row[0] != "Evacuate"]


@pytest.mark.parametrize(("action", "state", "end"), ROWS)
def test_an_action_does_from_each_state_what_the_table_says(
    action: str, state: str, end: str, lab: Laboratory, record: Record
) -> None:
    """400 where the server is in the right status afterwards; 401 with a reason where it is left as it was."""
    name, _, kind = action.partition("/")
    payload = {"type": kind} if kind else {}
    if name == "DetachVolume" and state not in ("BUILD", "DELETED"):
        vm = lab.take("ACTIVE") if state != "VOLUME" else lab.take(state)
        volume = lab.volume()
        lab.attach(vm, volume)
        lab.put(vm, state)
        payload = {"volumeId": volume}
    else:
        vm = lab.take(state)
    if name in ("AttachVolume", "DetachVolume") and not payload:
        payload = {"volumeId": lab.volume(), "device": "/dev/vdb"}
    row = record(lab.perform(name, vm, f"{state} {kind}".strip(), **payload))
    lab.give_back(vm, row.status)
    before = "ACTIVE" if state == "VOLUME" else state
    if end == "-":
        assert row.outcome.code == 401, row
        assert row.status in (before, "ACTIVE" if state == "BUILD" else before)
        assert row.outcome.message.removeprefix("DG FAILURE - ")
    else:
        assert (row.outcome.code, row.status) == (400, end), row
    if name == "Snapshot" and end != "-":
        assert lab.connection.image.get_image(row.outcome.extra["snapshot-id"]).status == "active"
    if name in ("AttachVolume", "DetachVolume") and end != "-":
        attached = payload["volumeId"] in lab.attachments(vm)
        assert attached == (name == "AttachVolume")
        assert lab.volume_status(payload["volumeId"]) == ("in-use" if attached else "available")
