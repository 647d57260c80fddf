"""What an artifact says of its NETCONF devices: the members of its `device`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from appc.lcm.device_settings import DeviceSettings, Name
from appc.lcm.errors import DgWorkflowNotFound
from appc.southbound.netconf.documents import parsed

Operation = Literal["edit-config", "get-config", "rpc"]

#: What an action does on a device unless its artifact says otherwise.
DEFAULT_OPERATIONS: Mapping[str, Operation] = {
    "Audit": "get-config",
    "ConfigBackup": "get-config",
    "ConfigModify": "edit-config",
    "ConfigRestore": "edit-config",
    "ConfigScaleOut": "edit-config",
    "Configure": "edit-config",
    "Sync": "get-config",
}


def _subtree(text: str) -> str:
    parsed(text)  # raises a ValueError
    return text


class NetconfSettings(DeviceSettings):
    """What can be said of a NETCONF device.

    `target`: the datastore to edit; left out, the candidate where the device has one. `filter`: a subtree that
    selects what is read. `timeout_s`: for each answer. `confirm_timeout_s`: the device takes a change back that
    is not confirmed by then.
    """

    user: Name
    port: int = Field(830, ge=1, le=65_535)
    key_file: Name | None = None
    password_file: Name | None = None
    known_hosts_file: Name | None = None
    verify_host_key: bool = True
    operation: Operation | None = None
    target: Literal["candidate", "running"] | None = None
    default_operation: Literal["merge", "replace", "none"] = "merge"
    filter: Annotated[str, AfterValidator(_subtree)] | None = None
    timeout_s: float = Field(60, gt=0, le=3600)
    confirm_timeout_s: int = Field(120, ge=1, le=3600)

    def operation_for(self, action: str) -> Operation:
        """What to do. Raises: DgWorkflowNotFound (307) where neither the artifact nor the table says."""
        operation = self.operation or DEFAULT_OPERATIONS.get(action)
        if operation is None:
            raise DgWorkflowNotFound(
                f"the artifact's device.operation is missing: NETCONF has no operation of its own for {action}"
            )
        return operation
