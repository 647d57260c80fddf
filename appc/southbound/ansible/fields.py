"""What an Ansible template says: the fields of the guide's examples (facts 7.1 and 7.2)."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from appc.lcm import strict_json
from appc.lcm.artifact import TemplateFormat
from appc.lcm.template import fill, names_in
from appc.southbound.ansible.failures import NotPlayable
from appc.southbound.ansible.play import is_reserved

#: A file's name that leads nowhere else.
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")


def named_playbook(template: str) -> str | None:
    """The playbook that the template names whatever fills it; None if a parameter does, or none can be read."""
    try:
        name = _as_written(template).get("PlaybookName")
    except ValueError:
        return None
    return name if isinstance(name, str) and not names_in(name) else None


def asks_for_hosts(template: str) -> bool:
    """Whether the template as its owner wrote it has a field that says on which hosts, whatever fills that."""
    try:
        members = _as_written(template)
    except ValueError:
        return True  # what cannot be read may well ask for some
    return any(not _is_empty(members.get(name)) for name in ("NodeList", "AutoNodeList", "InventoryNames"))


def _as_written(template: str) -> dict[str, Any]:
    """Its members, with the placeholders in them. Raises: ValueError."""
    return strict_json.parse_object(fill(template, TemplateFormat.JSON, lambda name: f"${{{name}}}"))


def _is_empty(value: object) -> bool:
    return value is None or str(value).strip().lower() in ("", "[]", "false")


def _json_inside(value: object) -> object:
    """A list or object may stand as JSON in a string, where the template's parameter stands between quotes."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        return strict_json.parse(value)
    return value


def _truth(value: object) -> object:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def _seconds(value: object) -> object:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) else value


def _text_of(value: object) -> object:
    return value if isinstance(value, str) else json.dumps(value)


def _variables(value: object) -> object:
    value = _json_inside(value)
    if not isinstance(value, Mapping):
        return value
    if steering := [name for name in value if is_reserved(str(name))]:
        raise ValueError(f"{', '.join(sorted(steering))}: names of Ansible's own variables are not allowed")
    return {name: each for name, each in value.items() if each != ""}


def _local_variables(value: object) -> object:
    value = _json_inside(value)
    return {host: _variables(each) for host, each in value.items()} if isinstance(value, Mapping) else value


def _files(value: object) -> object:
    value = _json_inside(value)
    if not isinstance(value, Mapping):
        return value
    if wrong := [name for name in value if not _FILE.fullmatch(str(name))]:
        raise ValueError(f"{wrong[0]!r} is no plain name of a file")
    return {name: _text_of(each) for name, each in value.items()}


Variables = Annotated[dict[str, Any], BeforeValidator(_variables)]


class PlaybookFields(BaseModel):
    """The fields of a filled template. `timeout_s`: seconds, None where the template has no limit.

    An empty value is absent: so is an optional parameter that nothing gives. Other members are ignored, as APPC does.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    playbook_name: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(alias="PlaybookName")
    node_list: Annotated[list[Any] | None, BeforeValidator(_json_inside)] = Field(None, alias="NodeList")
    auto_node_list: Annotated[bool, BeforeValidator(_truth)] = Field(False, alias="AutoNodeList")
    inventory_names: str | None = Field(None, alias="InventoryNames")
    env_parameters: Variables = Field({}, alias="EnvParameters")
    extra_vars: Variables = Field({}, alias="ExtraVars")
    local_parameters: Annotated[dict[str, dict[str, Any]], BeforeValidator(_local_variables)] = Field(
        {}, alias="LocalParameters"
    )
    file_parameters: Annotated[dict[str, str], BeforeValidator(_files)] = Field({}, alias="FileParameters")
    timeout_s: Annotated[int | None, Field(ge=1), BeforeValidator(_seconds)] = Field(None, alias="Timeout")
    version: str | None = Field(None, alias="Version")

    @classmethod
    def read(cls, content: str) -> "PlaybookFields":
        """The fields of a filled template. Raises: NotPlayable that names the field."""
        try:
            members = strict_json.parse_object(content)
        except ValueError as error:
            raise NotPlayable(f"the artifact's template is {error}") from None
        try:
            return cls.model_validate({name: value for name, value in members.items() if value != ""})
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(map(str, problem["loc"]))
            raise NotPlayable(f"the artifact's template, {where}: {problem['msg']}") from None

    def variables(self, folder: str) -> dict[str, Any]:
        """EnvParameters, then ExtraVars; a value that names a file of FileParameters becomes its path in `folder`.

        The guide's `"ConfigFileName": "../config.json"` is such a value.
        """
        return {name: self._path(value, folder) for name, value in {**self.env_parameters, **self.extra_vars}.items()}

    def _path(self, value: object, folder: str) -> object:
        if isinstance(value, str) and (name := re.sub(r"^\.{1,2}/", "", value)) in self.file_parameters:
            return f"{folder}/{name}"
        return value
