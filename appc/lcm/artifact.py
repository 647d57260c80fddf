"""Artifact: what the owner of a VNF type onboards for one action (contract section 6, "by the artifact")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appc.lcm.actions import DeviceProtocol


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
