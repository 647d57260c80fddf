"""Exports of APPC's design tool (CDT), as they are: reference data, templates, parameter definitions, capabilities.

Each file is the content itself under the name that the reference data gives it, or the tool's envelope around it:

    {"vnf-type": …, "action": …, "artifact-name": "template_Configure_vFW_0.0.1V.json", "artifact-contents": "…"}
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from appc.lcm import strict_json
from appc.lcm.actions import ACTION_ALIASES, ACTIONS, DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey, Capabilities, Parameter, Source, TemplateFormat
from appc.lcm.catalogue import Catalogue
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.target import Scope
from appc.stores.artifacts.bundle import check_template
from appc.stores.marked_yaml import parse, validated

_PROTOCOLS = {
    "ANSIBLE": DeviceProtocol.ANSIBLE,
    "CHEF": DeviceProtocol.CHEF,
    "NETCONF": DeviceProtocol.NETCONF,
    "NETCONF-XML": DeviceProtocol.NETCONF,
    "REST": DeviceProtocol.REST,
}
_SOURCES = {"manual": Source.GIVEN, "a&ai": Source.INVENTORY, "default": Source.DEFAULT}
_SCOPES = {scope.lower(): scope for scope in Scope}
#: Of these protocols the tool's user and port are the device's; of the others those of APPC's own server for it.
_DIRECT = frozenset({DeviceProtocol.NETCONF, DeviceProtocol.REST})
#: A text of JSON, or what stands between two.
_JSON_PIECES = re.compile(r'"(?:\\.|[^"\\])*"|[^"]+', re.DOTALL)
_PYTHON_WORDS = {"True": "true", "False": "false", "None": "null"}


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=lambda name: name.replace("_", "-"))


class _Scope(_Lenient):
    vnf_type: str
    vnfc_type: str | None = None
    vnfc_type_list: list[str] | None = None


class _Listed(_Lenient):
    artifact_name: str
    artifact_type: str


class _Reference(_Lenient):
    """Reference data of one action."""

    action: str
    scope: _Scope
    device_protocol: str | None = None
    user_name: str | None = None
    port_number: str | int | None = None
    template_id: str | None = None
    artifact_list: list[_Listed] = []

    def file_of(self, kind: str) -> str | None:
        return next((each.artifact_name for each in self.artifact_list if each.artifact_type == kind), None)

    @property
    def vnfc_types(self) -> list[str | None]:
        several: list[str | None] = [*(self.scope.vnfc_type_list or ())]
        return several or [self.scope.vnfc_type or None]


class _References(BaseModel):
    reference_data: list[_Reference]


class _Definition(_Lenient):
    name: str
    source: str | None = None
    default: str | None = None
    required: bool | None = None
    rule_type: str | None = None

    def parameter(self) -> Parameter:
        source = _SOURCES.get((self.source or "manual").lower(), Source.GIVEN)
        key = self.rule_type if source is Source.INVENTORY else None
        return Parameter(self.name, source, key, self.default, self.required is not False)


class _Definitions(BaseModel):
    definitions: list[_Definition] = Field(alias="vnf-parameter-list")


@dataclass(frozen=True)
class _Export:
    """The contents by artifact name, which of the files they were in, and the VNF types that envelopes name."""

    contents: Mapping[str, str]
    files: Mapping[str, str]
    vnf_types: Mapping[str, str]

    def named(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Name of the file and content, of each artifact of this kind."""
        return ((self.files[name], text) for name, text in self.contents.items() if name.startswith(prefix))

    def unnamed(self, references: Sequence[_Reference]) -> Iterator[str]:
        """The files that no reference data names."""
        named = {listed.artifact_name for each in references for listed in each.artifact_list}
        for name, file in self.files.items():
            if name not in named and not name.startswith(("reference_", "capability_")):
                yield f"{file}: left out, no reference data names it"


def exported(files: Mapping[str, str]) -> tuple[Catalogue, tuple[str, ...]]:
    """The artifacts of an export, and notes of what was left out.

    Raises: Misconfigured with every fault, by file, line and field; and where there is nothing in it.
    """
    export, faults, notes = _opened(files), list[str](), list[str]()
    artifacts: dict[ArtifactKey, Artifact] = {}
    references = list(_references(export, faults))
    for reference in references:
        try:
            artifacts |= {each.key: each for each in _artifacts(reference, export, notes)}
        except Misconfigured as error:
            faults += error.faults
    notes += export.unnamed(references)
    capabilities = dict(_capabilities(export, faults))
    if not artifacts and not capabilities and not faults:
        faults += [f"{', '.join(files) or 'no file'}: no vnf-type.yaml, and no complete export of APPC's design tool"]
        faults += notes if references else []
    if faults:
        raise Misconfigured(dict.fromkeys(faults))
    return Catalogue(artifacts.values(), capabilities), tuple(dict.fromkeys(notes))


def _opened(files: Mapping[str, str]) -> _Export:
    contents, names, vnf_types = dict[str, str](), dict[str, str](), dict[str, str]()
    for file, text in files.items():
        envelope = _object(text)
        name, content = envelope.get("artifact-name"), envelope.get("artifact-contents")
        if not isinstance(name, str) or not isinstance(content, str):
            name, content = ("reference_" if "reference_data" in envelope else "") + file, text
        contents[name], names[name] = content, file
        vnf_types[name] = str(envelope.get("vnf-type") or name.removeprefix("capability_").rpartition("_")[0])
    return _Export(contents, names, vnf_types)


def _references(export: _Export, faults: list[str]) -> Iterator[_Reference]:
    for file, text in export.named("reference_"):
        marked = parse(file, text, as_written=True)
        found = validated(marked, _References)
        faults += (fault for _, fault in marked.faults)
        yield from found.reference_data if found else ()


def _artifacts(reference: _Reference, export: _Export, notes: list[str]) -> Iterator[Artifact]:
    name = ACTION_ALIASES.get(reference.action, reference.action)
    what = f"{name} of VNF type {reference.scope.vnf_type}"
    if name == "AllAction":  # the reference data itself
        return
    if name not in ACTIONS or ACTIONS[name].protocol is not DeviceProtocol.SELF_SERVICE:
        notes.append(f"{what}: left out, it is no self-service action")
        return
    protocol = _PROTOCOLS.get(reference.device_protocol or "")
    template, definitions = reference.file_of("config_template"), reference.file_of("parameter_definitions")
    missing = [each for each in (template, definitions) if each and each not in export.contents]
    if protocol is None or missing:
        why = f"{missing[0]} is not among the files" if protocol else f"nobody speaks {reference.device_protocol}"
        notes.append(f"{what}: left out, {why}")
        return
    form, text = _template(export.files[template], export.contents[template]) if template else (TemplateFormat.TEXT, "")
    plain = Artifact(
        ArtifactKey(reference.scope.vnf_type, name),
        1,
        protocol,
        text,
        form,
        tuple(_parameters(export.files[definitions], export.contents[definitions])) if definitions else (),
        device=_device(reference) if protocol in _DIRECT else {},
    )
    for vnfc_type in reference.vnfc_types:
        of_type = replace(plain.key, vnfc_type=vnfc_type)
        if reference.template_id:  # the module's model name, or what the request says in its place
            yield replace(plain, key=replace(of_type, controller_template_id=reference.template_id))
            yield replace(plain, key=replace(of_type, vf_module_model_name=reference.template_id))
        else:
            yield replace(plain, key=of_type)


def _template(file: str, text: str) -> tuple[TemplateFormat, str]:
    """The template's format, and its text as its format wants it: APPC's reader of JSON takes more than JSON."""
    start = text.lstrip()[:1]
    form = {"{": TemplateFormat.JSON, "[": TemplateFormat.JSON, "<": TemplateFormat.XML}.get(start, TemplateFormat.TEXT)
    for attempt in (text, _strict(text)) if form is TemplateFormat.JSON else (text,):
        try:
            check_template(attempt, form)
        except ValueError as error:
            fault = f"{file}: no {form} once it is filled: {error}"
        else:
            return form, attempt
    raise Misconfigured([fault])


def _strict(text: str) -> str:
    pieces = (found.group() for found in _JSON_PIECES.finditer(text))
    return "".join(piece if piece.startswith('"') else _strict_piece(piece) for piece in pieces)


def _strict_piece(piece: str) -> str:
    worded = re.sub(r"\b(?:True|False|None)\b", lambda found: _PYTHON_WORDS[found.group()], piece)
    return re.sub(r",(\s*[}\]])", r"\1", worded)


def _parameters(file: str, text: str) -> Iterator[Parameter]:
    marked = parse(file, text, as_written=True)
    found = validated(marked, _Definitions)
    marked.settle()
    return (each.parameter() for each in found.definitions) if found else iter(())


def _device(reference: _Reference) -> dict[str, str]:
    given = {"user": reference.user_name, "port": reference.port_number}
    return {name: str(value) for name, value in given.items() if value}


def _capabilities(export: _Export, faults: list[str]) -> Iterator[tuple[str, Capabilities]]:
    for name, text in export.contents.items():
        levels = _object(text).get("capabilities") if name.startswith("capability_") else None
        if isinstance(levels, dict):
            yield export.vnf_types[name], _levels(levels)
        elif name.startswith("capability_"):
            faults.append(f"{export.files[name]}: no object with capabilities")


def _levels(levels: Mapping[str, Any]) -> Capabilities:
    # APPC takes an empty list of VM actions for no word about them (facts 6.5)
    return {
        _SCOPES[level]: frozenset(map(str, actions))
        for level, actions in levels.items()
        if level in _SCOPES and isinstance(actions, list) and (actions or level != "vm")
    }


def _object(text: str) -> dict[str, Any]:
    try:
        return strict_json.parse_object(text)
    except ValueError:
        return {}
