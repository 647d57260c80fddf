"""A bundle: the files by which a VNF type is onboarded, read into artifacts; docs/onboarding.md describes them.

`vnf-type.yaml` names them; the templates stand beside it:

    vnf-type: vDemo                     # required
    capabilities:                       # what each scope allows; left out: everything
      vnf: [HealthCheck, Configure]
    artifacts:
      - action: HealthCheck             # required, a self-service action
        protocol: ansible               # required: ansible, netconf, rest, chef
        template: health-check.json     # a file beside this one; left out: the protocol needs none
        format: json                    # json, xml, text; left out: by the name of the template
        time-limit-s: 60                # for the whole action; left out: the action's own
        version: 2                      # of files of TEMPLATES_DIR; left out: 1. The store numbers what is loaded
        vnfc-type: lb                   # what it is for, beyond VNF type and action; left out: everything
        vf-module-model-name: base
        controller-template-id: t-1
        device: {port: 830}             # settings of the protocol
        parameters:                     # of the template; one that is not listed here comes from the payload
          - name: port
            source: default             # given (by the payload, the usual one), inventory, default, stored
            key: listen-port            # its name there; left out: its own
            default: 8080               # where the source has none
            required: false             # then it is empty where nothing gives it
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey, Capabilities, Parameter, Source, TemplateFormat
from appc.lcm.canonical import canonical
from appc.lcm.device_settings import DEVICE_SETTINGS
from appc.lcm.playbook_template import constant_faults, ignored_members
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.target import Scope
from appc.lcm.template import empty_placeholders, fill
from appc.stores.marked_yaml import Marked, Place, parse, validated

MANIFEST = "vnf-type.yaml"

_SUFFIXES = {".json": TemplateFormat.JSON, ".xml": TemplateFormat.XML}
_SCOPES = {scope.lower(): scope for scope in Scope}

#: The name of a file in the bundle's own folder, and nothing else.
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_. -]{0,199}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]


def _self_service(name: str) -> str:
    if name not in ACTIONS or ACTIONS[name].protocol is not DeviceProtocol.SELF_SERVICE:
        raise ValueError(f"{name} is no self-service action")
    return name


def _known_action(name: str) -> str:
    if name not in ACTIONS:
        raise ValueError(f"{name} is no action")
    return name


class _Row(BaseModel):
    model_config = ConfigDict(
        extra="forbid", alias_generator=lambda name: name.replace("_", "-"), hide_input_in_errors=True
    )


class _ParameterRow(_Row):
    name: Text
    source: Source = Source.GIVEN
    key: Text | None = None
    default: str | None = None
    required: bool = True

    def parameter(self) -> Parameter:
        return Parameter(self.name, self.source, self.key, self.default, self.required)


class _ArtifactRow(_Row):
    action: Annotated[str, AfterValidator(_self_service)]
    protocol: Literal["ansible", "netconf", "rest", "chef"]
    template: FileName | None = None
    format: TemplateFormat | None = None
    time_limit_s: Annotated[int, Field(ge=1)] | None = None
    version: Annotated[int, Field(ge=1)] = 1
    vnfc_type: Text | None = None
    vf_module_model_name: Text | None = None
    controller_template_id: Text | None = None
    device: dict[str, str] = {}
    parameters: list[_ParameterRow] = []

    @property
    def is_play(self) -> bool:
        return DeviceProtocol(self.protocol) is DeviceProtocol.ANSIBLE

    def artifact(self, vnf_type: str, files: Mapping[str, str]) -> Artifact:
        key = ArtifactKey(vnf_type, self.action, self.vnfc_type, self.vf_module_model_name, self.controller_template_id)
        return Artifact(
            key,
            self.version,
            DeviceProtocol(self.protocol),
            files[self.template] if self.template else "",
            self.format or _format_of(self.template or ""),
            tuple(row.parameter() for row in self.parameters),
            self.time_limit_s,
            self.device,
        )


class _Manifest(_Row):
    vnf_type: Text
    capabilities: dict[
        Literal["vnf", "vf-module", "vnfc", "vm"], list[Annotated[str, AfterValidator(_known_action)]]
    ] = {}
    artifacts: list[_ArtifactRow] = []


@dataclass(frozen=True)
class Onboarded:
    """What a bundle holds. `notes`: what is in it without any effect."""

    vnf_type: str
    artifacts: tuple[Artifact, ...]
    capabilities: Capabilities
    notes: tuple[str, ...] = ()


def onboarded(files: Mapping[str, str], where: str = "") -> Onboarded:
    """The bundle of these files, by name; `where` goes before the names in faults.

    Raises: Misconfigured with every fault, by file, line and field.
    """
    if MANIFEST not in files:
        raise Misconfigured([f"{where}{MANIFEST}: is missing; it names the VNF type and its artifacts"])
    marked = parse(where + MANIFEST, files[MANIFEST], as_written=True)
    manifest = validated(marked, _Manifest)
    _check(marked, files)
    faults = [] if manifest is None else [*_checked(marked, manifest, files, where)]
    marked.settle(faults)
    if manifest is None:  # its faults were just raised
        raise Misconfigured([f"{where}{MANIFEST}: cannot be read"])
    allowed = {_SCOPES[scope]: frozenset(actions) for scope, actions in manifest.capabilities.items()}
    artifacts = tuple(row.artifact(manifest.vnf_type, files) for row in manifest.artifacts)
    return Onboarded(manifest.vnf_type, artifacts, allowed, tuple(_notes(manifest.artifacts, files)))


def _check(marked: Marked, files: Mapping[str, str]) -> None:
    for place, name in marked.pick("artifacts", "*", "template"):
        if isinstance(name, str) and name not in files:
            marked.fault(place, f"there is no file {name}")
    marked.unique(_keys(marked))
    for place, _ in marked.pick("artifacts", "*"):
        marked.unique(marked.pick(*place, "parameters", "*", "name"))
    for place, row in marked.pick("artifacts", "*", "parameters", "*"):
        if isinstance(row, dict) and row.get("source") == Source.DEFAULT and "default" not in row:
            marked.fault(place, "has the source default and no default")


def _checked(marked: Marked, manifest: _Manifest, files: Mapping[str, str], where: str) -> Iterator[str]:
    if not manifest.artifacts and not manifest.capabilities:
        marked.fault((), "there is nothing in it: neither artifacts nor capabilities")
    _check_devices(marked, manifest.artifacts)
    for index, row in enumerate(manifest.artifacts):
        if row.is_play and not row.template:
            marked.fault(("artifacts", index, "template"), "is missing: it names the playbook")
    yield from dict.fromkeys(_template_faults(manifest.artifacts, files, where))


def _check_devices(marked: Marked, rows: Sequence[_ArtifactRow]) -> None:
    for index, row in enumerate(rows):
        settings = DEVICE_SETTINGS.get(DeviceProtocol(row.protocol))
        for name, problem in settings.faults(row.device, row.action) if settings else ():
            marked.fault(("artifacts", index, "device", name), problem)


def _keys(marked: Marked) -> Iterator[tuple[Place, Any]]:
    members = ("action", "vnfc-type", "vf-module-model-name", "controller-template-id", "version")
    for place, row in marked.pick("artifacts", "*"):
        if isinstance(row, dict):
            yield place, " ".join(str(row[name]) for name in members if row.get(name))


def _template_faults(rows: Sequence[_ArtifactRow], files: Mapping[str, str], where: str) -> Iterator[str]:
    for row in rows:
        if row.template in files:
            yield from (f"{where}{row.template}{fault}" for fault in _faults_in(row, files[row.template or ""]))


def _faults_in(row: _ArtifactRow, template: str) -> Iterator[str]:
    for at in empty_placeholders(template):
        yield f":{_line_of(template, at)}: a placeholder without a name"
    form = row.format or _format_of(row.template or "")
    try:
        check_template(template, form)
    except ValueError as error:
        yield f": no {form} once it is filled: {error}"
        return
    for field, problem in constant_faults(template, by_server="url" in row.device) if row.is_play else ():
        at = template.find(f'"{field.partition(".")[0]}"')
        line = f":{_line_of(template, at)}" if at >= 0 else ""
        yield f"{line}: {f'{field}: ' if field else ''}{problem}"


def _notes(rows: Sequence[_ArtifactRow], files: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys(row.template for row in rows if row.is_play):
        template = files[name or ""]
        for member in ignored_members(template):
            line = _line_of(template, template.find(f'"{member}"'))
            yield f"{name}:{line}: {member} is no field of a template for Ansible, and is ignored"


def _line_of(text: str, at: int) -> int:
    return text.count("\n", 0, max(at, 0)) + 1


def check_template(template: str, form: TemplateFormat) -> None:
    """Whether the template is of its format once it is filled; XML may be the inside of an element.

    Raises: ValueError that says what is wrong, and in which line.
    """
    content = fill(template, form, lambda _: 0)
    try:
        canonical(content, form)
    except ValueError:
        if form is not TemplateFormat.XML or "<!DOCTYPE" in content:
            raise
        canonical(f"<a>{content}</a>", form)


def _format_of(name: str) -> TemplateFormat:
    return next((form for suffix, form in _SUFFIXES.items() if name.endswith(suffix)), TemplateFormat.TEXT)
