"""What an artifact says of its devices: the members of its `device`, each protocol's own."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self
from xml.etree import ElementTree

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, TemplateFormat
from appc.lcm.canonical import canonical
from appc.lcm.errors import DgFailure, DgWorkflowNotFound
from appc.lcm.fault_words import fault_words
from appc.lcm.ports.credentials import FILE_NAME, Credentials

Name = Annotated[str, StringConstraints(min_length=1)]
Port = Annotated[int, Field(ge=1, le=65_535)]
#: The path and the query of a URL; the host is never part of it.
UrlPath = Annotated[str, StringConstraints(pattern=r"^/(?:[!-.0-~][!-~]*)?$")]

Operation = Literal["edit-config", "get-config", "rpc"]
DefaultOperation = Literal["merge", "replace", "none"]

#: What an action does on a NETCONF device unless its artifact says otherwise.
DEFAULT_OPERATIONS: Mapping[str, Operation] = {
    "Audit": "get-config",
    "ConfigBackup": "get-config",
    "ConfigModify": "edit-config",
    "ConfigRestore": "edit-config",
    "ConfigScaleOut": "edit-config",
    "Configure": "edit-config",
    "Sync": "get-config",
}

_WORDS = {"extra_forbidden": "is unknown"}


def _statuses(text: str) -> str:
    if not all(re.fullmatch("[1-5][0-9][0-9]", status) for status in text.split() or [""]):
        raise ValueError("must be HTTP statuses with blanks between them")
    return text


def _subtree(text: str) -> str:
    try:
        canonical(text, TemplateFormat.XML)
    except ValueError as error:
        raise ValueError(f"is no XML: {error}") from None
    return text


def _credential(text: str) -> str:
    if not re.fullmatch(FILE_NAME, text):
        raise ValueError("must be the plain name of a file in CREDENTIALS_DIR")
    return text


CredentialFile = Annotated[Name, AfterValidator(_credential)]


class DeviceSettings(BaseModel):
    """The settings, by their names with dashes. Files are names in CREDENTIALS_DIR; times are in seconds."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("_", "-"), extra="forbid", frozen=True, hide_input_in_errors=True
    )

    @classmethod
    def faults(cls, device: Mapping[str, str], action: str) -> Iterator[tuple[str, str]]:
        """What is wrong with the settings of an artifact for this action: each setting, and what of it."""
        try:
            settings = cls.model_validate(dict(device))
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                yield ".".join(map(str, fault["loc"])), fault_words(fault, _WORDS)
        else:
            yield from settings.lacks(action)

    @classmethod
    def of(cls, artifact: Artifact) -> Self:
        """Raises: DgWorkflowNotFound (307) that names the setting."""
        for name, problem in cls.faults(artifact.device, artifact.key.action):
            raise DgWorkflowNotFound(f"the artifact's device.{name}: {problem}")
        return cls.model_validate(dict(artifact.device))

    def lacks(self, action: str) -> Iterator[tuple[str, str]]:
        """What else this action needs: the setting, and why."""
        del action
        return iter(())

    def find_files(self, credentials: Credentials) -> None:
        """Whether the files that are named are there. Raises: DgWorkflowNotFound (307)."""
        named = [value for field, value in self if field.endswith("_file") and value is not None]
        try:
            for name in named:
                credentials.file(name)
        except DgFailure as failure:
            raise DgWorkflowNotFound(failure.detail) from None


class AnsibleSettings(DeviceSettings):
    """How the hosts of a play are reached, or the Ansible server that plays: then `url`, `user`, `password_file`.

    `connection`: Ansible's name of it, left out SSH; `interpreter`: the Python there.
    """

    user: Name | None = None
    port: Port | None = None
    connection: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]*$")] | None = None
    interpreter: Name | None = None
    become: bool | None = None
    key_file: CredentialFile | None = None
    password_file: CredentialFile | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/?#\s@]+(?:/[^?#\s]*)?$")] | None = None


class NetconfSettings(DeviceSettings):
    """What can be said of a NETCONF device.

    `target`: the datastore to edit; left out, the candidate where the device has one. `filter`: a subtree that
    selects what is read. `timeout_s`: for each answer. `confirm_timeout_s`: the device takes a change back that
    is not confirmed by then.
    """

    user: Name
    port: Port = 830
    key_file: CredentialFile | None = None
    password_file: CredentialFile | None = None
    known_hosts_file: CredentialFile | None = None
    verify_host_key: bool = True
    operation: Operation | None = None
    target: Literal["candidate", "running"] | None = None
    default_operation: DefaultOperation | None = None
    filter: Annotated[str, AfterValidator(_subtree)] | None = None
    timeout_s: float = Field(60, gt=0, le=3600)
    confirm_timeout_s: int = Field(120, ge=1, le=3600)

    def lacks(self, action: str) -> Iterator[tuple[str, str]]:
        """The operation, where the action has none of its own; how to restore what no element holds alone."""
        if self.operation is None and action not in DEFAULT_OPERATIONS:
            yield "operation", f"is missing: NETCONF has no operation of its own for {action}"
        elif self.replaces(action) and self.filter and len(ElementTree.fromstring(self.filter)):
            yield "default-operation", "is missing: the filter selects parts of an element, and a whole one is restored"

    def operation_for(self, action: str) -> Operation:
        """What to do; the settings lack nothing."""
        return self.operation or DEFAULT_OPERATIONS[action]

    def replaces(self, action: str) -> bool:
        """Whether the action puts a configuration into the place of all that the filter selects.

        So does ConfigRestore, unless `default_operation` says another thing: what was added since must go.
        """
        return (
            action == "ConfigRestore" and self.default_operation is None and self.operation_for(action) == "edit-config"
        )


class RestSettings(DeviceSettings):
    """What can be said of a REST service.

    `path`: asked for the action itself; `read_path`: with GET, for the running configuration after a change.
    `server_name`: the name in the service's certificate, where that is not its address. `expect`: the statuses
    that are success, else all from 200 to 299.
    """

    scheme: Literal["https", "http"] = "https"
    port: Port | None = None
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: UrlPath = "/"
    read_path: UrlPath | None = None
    expect: Annotated[str, AfterValidator(_statuses)] | None = None
    user: Name | None = None
    password_file: CredentialFile | None = None
    ca_file: CredentialFile | None = None
    server_name: Name | None = None
    verify_tls: bool = True
    timeout_s: float = Field(30, gt=0, le=3600)

    def expects(self, status: int) -> bool:
        """Whether this status is success."""
        return str(status) in self.expect.split() if self.expect else 200 <= status <= 299


#: Of each protocol that is carried out.
DEVICE_SETTINGS: Mapping[DeviceProtocol, type[DeviceSettings]] = {
    DeviceProtocol.ANSIBLE: AnsibleSettings,
    DeviceProtocol.NETCONF: NetconfSettings,
    DeviceProtocol.REST: RestSettings,
}
