"""Artifact: what the owner of a VNF type onboards for one action (contract section 6, "by the artifact")."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appc.lcm.actions import DeviceProtocol
from appc.lcm.target import Scope


class TemplateFormat(StrEnum):
    """What a template is, which decides how values are escaped in it."""

    JSON = "json"
    XML = "xml"
    TEXT = "text"


class Source(StrEnum):
    """Where a parameter's value comes from."""

    GIVEN = "given"  # the request's payload
    INVENTORY = "inventory"
    DEFAULT = "default"
    STORED = "stored"  # the current configuration of the configuration store


@dataclass(frozen=True)
class Parameter:
    """A parameter of a template. `key`: where its source has it, its own name where None."""

    name: str
    source: Source = Source.GIVEN
    key: str | None = None
    default: str | None = None
    required: bool = True


@dataclass(frozen=True)
class ArtifactKey:
    """What an artifact is selected by. None matches every request of the VNF type and action."""

    vnf_type: str
    action: str
    vnfc_type: str | None = None
    vf_module_model_name: str | None = None
    controller_template_id: str | None = None

    @property
    def particulars(self) -> tuple[str | None, ...]:
        """What it asks for beyond VNF type and action, the most particular first."""
        return self.controller_template_id, self.vf_module_model_name, self.vnfc_type

    @property
    def digest(self) -> str:
        """The same 12 letters and digits wherever this key is."""
        members = json.dumps([self.vnf_type, self.action, *self.particulars])
        return hashlib.sha256(members.encode()).hexdigest()[:12]

    def __str__(self) -> str:
        more = ("controller-template-id", "vf-module model", "VNFC type")
        particulars = [f", {name} {value}" for name, value in zip(more, self.particulars, strict=True) if value]
        return f"{self.action} of VNF type {self.vnf_type}{''.join(particulars)}"


@dataclass(frozen=True)
class ArtifactVersion:
    """Which version of which artifact; a task remembers this and never the content."""

    key: ArtifactKey
    version: int


@dataclass(frozen=True)
class Artifact:
    """One version of an artifact. `device`: settings of its protocol (port, user, path, …), by name.

    `time_limit_s`: seconds for the whole action, lower than the action's own; None leaves that.
    """

    key: ArtifactKey
    version: int
    protocol: DeviceProtocol
    template: str = ""
    format: TemplateFormat = TemplateFormat.JSON
    parameters: tuple[Parameter, ...] = ()
    time_limit_s: int | None = None
    device: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What operators name it by: `<digest of the key>.<version>`."""
        return f"{self.key.digest}.{self.version}"


#: What a VNF type allows at each scope. A scope that is absent allows everything, and so does a type without any.
Capabilities = Mapping[Scope, frozenset[str]]


def chosen(wanted: ArtifactKey, artifacts: Mapping[ArtifactKey, Artifact]) -> Artifact | None:
    """The artifact that asks for the most of what the request is about; None: there is none.

    One that asks for something the request is not about is out. A controller-template-id counts more than the
    module's model name, and that more than the VNFC type (guide, "ConfigScaleOut").
    """
    fitting = [
        artifact
        for key, artifact in artifacts.items()
        if (key.vnf_type, key.action) == (wanted.vnf_type, wanted.action)
        and all(own in (None, other) for own, other in zip(key.particulars, wanted.particulars, strict=True))
    ]
    return max(fitting, key=lambda each: [own is not None for own in each.key.particulars], default=None)
