"""What an Ansible template says: the fields of the guide's examples (facts 7.1 and 7.2).

Its owner's constant members are judged when it is loaded, all of it once it is filled.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from appc.lcm import strict_json
from appc.lcm.artifact import TemplateFormat
from appc.lcm.fault_words import fault_words
from appc.lcm.template import names_in, unfilled

#: A file's name that leads nowhere else.
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")
#: One part of a playbook's name. It cannot be an option, a hidden file, a way up or the root of anything.
_PART = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9 ._:+@()=,-]{0,198}[A-Za-z0-9_)])?")
#: Names of variables that steer Ansible itself: connections, privileges, interpreters, what a host is.
_RESERVED_PREFIX = "ansible_"
_RESERVED = frozenset(
    {
        *("action", "environment", "group_names", "groups", "hostvars", "inventory_dir", "inventory_file"),
        *("inventory_hostname", "inventory_hostname_short", "local_action", "lookup", "now", "omit", "play_hosts"),
        *("playbook_dir", "q", "query", "role_name", "role_names", "role_path", "undef", "vars"),
        "appc",  # the controller's own
    }
)


def is_reserved(name: str) -> bool:
    """Whether a variable of this name would steer Ansible, so that nobody may set it from outside."""
    return name.startswith(_RESERVED_PREFIX) or name in _RESERVED


def is_playbook_name(name: str) -> bool:
    """Whether this names a file below PLAYBOOKS_DIR, whether it is there or not."""
    return all(_PART.fullmatch(part) for part in name.split("/"))


def named_playbook(template: str) -> str | None:
    """The playbook that the template names whatever fills it; None if a parameter does, or none can be read."""
    try:
        name = as_written(template).get("PlaybookName")
    except ValueError:
        return None
    return name if isinstance(name, str) and not names_in(name) else None


def asks_for_hosts(template: str) -> bool:
    """Whether the template as its owner wrote it has a field that says on which hosts, whatever fills that."""
    try:
        members = as_written(template)
    except ValueError:
        return True  # what cannot be read may well ask for some
    return any(not _is_empty(members.get(name)) for name in ("NodeList", "AutoNodeList", "InventoryNames"))


def as_written(template: str) -> dict[str, Any]:
    """Its members, with the placeholders in them. Raises: ValueError."""
    return strict_json.parse_object(unfilled(template, TemplateFormat.JSON))


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
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(?:\.0+)?", value):  # as a whole number is written in JSON
        return int(value.partition(".")[0])
    return int(value) if isinstance(value, float) and value.is_integer() else value


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


class PlaybookTemplate(BaseModel):
    """The fields. `timeout_s`: seconds, None where the template has no limit.

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
    def of(cls, members: Mapping[str, Any]) -> Self:
        """The fields of a template's members. Raises: ValidationError."""
        return cls.model_validate({name: value for name, value in members.items() if value != ""})


def constant_faults(template: str, by_server: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with the template whatever will fill it: each field ("" for all of it), and what of it.

    `by_server`: an Ansible server plays, whose playbooks may have other names.
    """
    try:
        members = as_written(template)
    except ValueError as error:
        if not names_in(template):
            yield "", f"is {error}"
        return
    try:
        PlaybookTemplate.of(members)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            if not _is_filled(members, fault["loc"]):
                yield ".".join(map(str, fault["loc"])), fault_words(fault)
    name = named_playbook(template)
    if name and not by_server and not is_playbook_name(name):
        yield "PlaybookName", f"{name!r} is no name of a playbook"


def ignored_members(template: str) -> list[str]:
    """The members that are no fields."""
    try:
        members = as_written(template)
    except ValueError:
        return []
    fields = {field.alias for field in PlaybookTemplate.model_fields.values()}
    return [name for name in members if name not in fields and not names_in(name)]


def _is_filled(members: Mapping[str, Any], place: tuple[str | int, ...]) -> bool:
    """Whether a parameter says what stands there, or how something in there is called."""
    value: Any = members
    with suppress(KeyError, IndexError, TypeError):  # what is missing is not filled
        for key in place:
            value = value[key]
    texts = [*value] if isinstance(value, Mapping) else [value]
    return any(isinstance(text, str) and names_in(text) for text in texts)
