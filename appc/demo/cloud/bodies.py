"""The bodies of `POST /servers/{id}/action`: which there are, and what they must hold.

Source: Nova, `nova/api/openstack/compute/schemas/servers.py`; the refusals are worded as Nova words them.
"""

import json
import re
from collections.abc import Callable, Mapping

from appc.demo.cloud import actions
from appc.demo.cloud.actions import Action, Order
from appc.demo.cloud.faults import Fault

_REBOOTS = {"HARD": actions.REBOOT_HARD, "SOFT": actions.REBOOT_SOFT}
_REBOOT_TYPES = ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DEVICE = r"(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$"


def read_order(body: bytes, minor: int) -> Order:
    """The action that the body of a request asks for, at a microversion. Raises: Fault 400."""
    asked = _parsed(body)
    if len(asked) != 1:
        raise Fault(400, "Malformed request body")
    ((operation, arguments),) = asked.items()
    if operation not in READERS:
        raise Fault(400, f"There is no such action: {operation}")
    return READERS[operation](arguments, minor)


def read_attachment(body: bytes) -> Order:
    """The body of `POST /servers/{id}/os-volume_attachments`. Raises: Fault 400."""
    allowed = {"volumeId", "device", "tag", "delete_on_termination"}
    checked = _checked("volumeAttachment", _parsed(body).get("volumeAttachment"), "volumeId", allowed)
    volume, device = checked["volumeId"], checked.get("device")
    if not isinstance(volume, str) or not _UUID.fullmatch(volume):
        raise _invalid("volumeId", volume, f"{volume!r} is not a 'uuid'")
    if device is not None and not (isinstance(device, str) and re.match(_DEVICE, device)):
        raise _invalid("device", device, f"{device!r} does not match {_DEVICE!r}")
    return Order(actions.ATTACH_VOLUME, volume=volume, device=device)


def _parsed(body: bytes) -> dict[str, object]:
    try:
        asked = json.loads(body)
    except ValueError:
        raise Fault(400, "Malformed request body") from None
    if not isinstance(asked, dict):
        raise Fault(400, "Malformed request body")
    return asked


def _plain(action: Action) -> "Reader":
    # Nova takes any value here, though clients send null.
    return lambda _, __: Order(action)


def _rebuild(arguments: object, minor: int) -> Order:
    image = _checked("rebuild", arguments, "imageRef", None)["imageRef"]
    if not isinstance(image, str) or not _UUID.fullmatch(image):
        raise _invalid("imageRef", image, f"{image!r} is not a 'uuid'")
    return Order(actions.REBUILD, image_id=image)


def _resize(arguments: object, minor: int) -> Order:
    flavor = _checked("resize", arguments, "flavorRef", {"flavorRef", "OS-DCF:diskConfig"})["flavorRef"]
    return Order(actions.RESIZE, flavor=str(flavor))


def _migrate(arguments: object, minor: int) -> Order:
    # From 2.56 a host may be named.
    if minor < 56 or arguments is None:
        return Order(actions.MIGRATE)
    return Order(actions.MIGRATE, host=_host("migrate", arguments, {"host"}))


def _live_migrate(arguments: object, minor: int) -> Order:
    if not isinstance(arguments, dict) or not {"host", "block_migration"} <= arguments.keys():
        raise _invalid("os-migrateLive", arguments, "'host' is a required property")
    return Order(actions.LIVE_MIGRATE, host=_host("os-migrateLive", arguments, None))


def _evacuate(arguments: object, minor: int) -> Order:
    if minor < 14 and not (isinstance(arguments, dict) and "onSharedStorage" in arguments):
        raise _invalid("evacuate", arguments, "'onSharedStorage' is a required property")
    allowed = {"host", "adminPass"} | ({"onSharedStorage"} if minor < 14 else set())
    # From 2.29 to 2.67 the host could be forced.
    allowed |= {"force"} if 29 <= minor < 68 else set()
    return Order(actions.EVACUATE, host=_host("evacuate", arguments, allowed), stays_off=minor >= 95)


def _host(operation: str, arguments: object, allowed: set[str] | None) -> str | None:
    host = _checked(operation, arguments, None, allowed).get("host")
    if host is not None and not isinstance(host, str):
        raise _invalid("host", host, f"{host!r} is not of type 'string'")
    return host


def _reboot(arguments: object, minor: int) -> Order:
    kind = _checked("reboot", arguments, "type", {"type"})["type"]
    if not isinstance(kind, str) or kind not in _REBOOT_TYPES:
        raise _invalid("type", kind, f"{kind!r} is not one of {_REBOOT_TYPES}")
    return Order(_REBOOTS[kind.upper()])


def _create_image(arguments: object, minor: int) -> Order:
    checked = _checked("createImage", arguments, "name", {"name", "metadata"})
    name, metadata = checked["name"], checked.get("metadata", {})
    if not isinstance(name, str):
        raise _invalid("name", name, f"{name!r} is not of type 'string'")
    if not 1 <= len(name) <= 255:
        raise _invalid("name", name, f"{name!r} is too {'long' if name else 'short'}")
    if not isinstance(metadata, dict):
        raise _invalid("metadata", metadata, f"{metadata!r} is not of type 'object'")
    for key, value in metadata.items():
        if not isinstance(value, str):
            raise _invalid(key, value, f"{value!r} is not of type 'string'")
    return Order(actions.CREATE_IMAGE, name, metadata)


def _checked(operation: str, arguments: object, required: str | None, allowed: set[str] | None) -> dict[str, object]:
    if not isinstance(arguments, dict):
        raise _invalid(operation, arguments, f"{arguments!r} is not of type 'object'")
    if required is not None and required not in arguments:
        raise _invalid(operation, arguments, f"{required!r} is a required property")
    for extra in arguments.keys() - allowed if allowed is not None else ():
        message = f"Additional properties are not allowed ({extra!r} was unexpected)"
        raise _invalid(operation, arguments, message)
    return arguments


def _invalid(field: str, value: object, message: str) -> Fault:
    return Fault(400, f"Invalid input for field/attribute {field}. Value: {value}. {message}")


#: Reads the arguments of an action at a microversion.
Reader = Callable[[object, int], Order]

#: How the arguments of each action are read; an action that is not here does not exist.
READERS: Mapping[str, Reader] = {
    "os-start": _plain(actions.OS_START),
    "os-stop": _plain(actions.OS_STOP),
    "reboot": _reboot,
    "pause": _plain(actions.PAUSE),
    "unpause": _plain(actions.UNPAUSE),
    "suspend": _plain(actions.SUSPEND),
    "resume": _plain(actions.RESUME),
    "createImage": _create_image,
    "rebuild": _rebuild,
    "migrate": _migrate,
    "os-migrateLive": _live_migrate,
    "resize": _resize,
    "confirmResize": _plain(actions.CONFIRM_RESIZE),
    "revertResize": _plain(actions.REVERT_RESIZE),
    "evacuate": _evacuate,
}
