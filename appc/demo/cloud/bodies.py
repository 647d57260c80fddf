"""The bodies of `POST /servers/{id}/action`: which there are, and what they must hold.

Source: Nova, `nova/api/openstack/compute/schemas/servers.py`; the refusals are worded as Nova words them.
"""

import json
from collections.abc import Callable, Mapping

from appc.demo.cloud import actions
from appc.demo.cloud.actions import Action, Order
from appc.demo.cloud.faults import Fault

_REBOOTS = {"HARD": actions.REBOOT_HARD, "SOFT": actions.REBOOT_SOFT}
_REBOOT_TYPES = ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]


def read_order(body: bytes) -> Order:
    """The action that the body of a request asks for. Raises: Fault 400."""
    try:
        asked = json.loads(body)
    except ValueError:
        raise Fault(400, "Malformed request body") from None
    if not isinstance(asked, dict) or len(asked) != 1:
        raise Fault(400, "Malformed request body")
    ((operation, arguments),) = asked.items()
    if operation not in READERS:
        raise Fault(400, f"There is no such action: {operation}")
    return READERS[operation](arguments)


def _plain(action: Action) -> Callable[[object], Order]:
    # Nova takes any value here, though clients send null.
    return lambda _: Order(action)


def _reboot(arguments: object) -> Order:
    kind = _checked("reboot", arguments, "type", {"type"})["type"]
    if not isinstance(kind, str) or kind not in _REBOOT_TYPES:
        raise _invalid("type", kind, f"{kind!r} is not one of {_REBOOT_TYPES}")
    return Order(_REBOOTS[kind.upper()])


def _create_image(arguments: object) -> Order:
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


def _checked(operation: str, arguments: object, required: str, allowed: set[str]) -> dict[str, object]:
    if not isinstance(arguments, dict):
        raise _invalid(operation, arguments, f"{arguments!r} is not of type 'object'")
    if required not in arguments:
        raise _invalid(operation, arguments, f"{required!r} is a required property")
    for extra in arguments.keys() - allowed:
        message = f"Additional properties are not allowed ({extra!r} was unexpected)"
        raise _invalid(operation, arguments, message)
    return arguments


def _invalid(field: str, value: object, message: str) -> Fault:
    return Fault(400, f"Invalid input for field/attribute {field}. Value: {value}. {message}")


#: How the arguments of each action are read; an action that is not here does not exist.
READERS: Mapping[str, Callable[[object], Order]] = {
    "os-start": _plain(actions.OS_START),
    "os-stop": _plain(actions.OS_STOP),
    "reboot": _reboot,
    "pause": _plain(actions.PAUSE),
    "unpause": _plain(actions.UNPAUSE),
    "suspend": _plain(actions.SUSPEND),
    "resume": _plain(actions.RESUME),
    "createImage": _create_image,
}
