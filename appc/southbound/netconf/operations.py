"""What can be done on a device: a row for each operation that an artifact may name."""

from collections.abc import Callable, Mapping

from lxml import etree

from appc.lcm.device_settings import NetconfSettings, Operation
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.southbound.netconf import editing
from appc.southbound.netconf.documents import BASE, template_element
from appc.southbound.netconf.session import Session


def _edit_config(session: Session, settings: NetconfSettings, job: DeviceJob) -> DeviceResult:
    change = editing.change(settings, job.task.request.action, job.content)
    edited = editing.edit(session, settings, change)
    return DeviceResult(configuration=edited.running, configuration_problem=edited.problem)


def _get_config(session: Session, settings: NetconfSettings, job: DeviceJob) -> DeviceResult:
    del job  # it is read, not written
    return DeviceResult(configuration=editing.read(session, settings))


def _rpc(session: Session, settings: NetconfSettings, job: DeviceJob) -> DeviceResult:
    """An operation of the device's own data model: the template is its element, its output becomes the payload."""
    del settings
    rpc = template_element(job.content)
    reply = session.ask(f"rpc {etree.QName(rpc).localname}", lambda device: device.dispatch(rpc))
    output = [
        etree.tostring(each, encoding="unicode", with_tail=False) for each in reply if each.tag != f"{{{BASE}}}ok"
    ]
    return DeviceResult(payload={"output": "".join(output)} if output else None)


#: What each operation does with the filled template.
OPERATIONS: Mapping[Operation, Callable[[Session, NetconfSettings, DeviceJob], DeviceResult]] = {
    "edit-config": _edit_config,
    "get-config": _get_config,
    "rpc": _rpc,
}
