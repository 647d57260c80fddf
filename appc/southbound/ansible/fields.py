"""What a filled Ansible template says (facts 7.1 and 7.2)."""

import re
from typing import Any, Self

from pydantic import ValidationError

from appc.lcm import strict_json
from appc.lcm.fault_words import fault_words
from appc.lcm.playbook_template import PlaybookTemplate
from appc.southbound.ansible.failures import NotPlayable


class PlaybookFields(PlaybookTemplate):
    """The fields of a filled template, as a play takes them."""

    @classmethod
    def read(cls, content: str) -> Self:
        """The fields of a filled template. Raises: NotPlayable that names the field."""
        try:
            members = strict_json.parse_object(content)
        except ValueError as error:
            raise NotPlayable(f"the artifact's template is {error}") from None
        try:
            return cls.of(members)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(map(str, problem["loc"]))
            raise NotPlayable(f"the artifact's template, {where}: {fault_words(problem)}") from None

    def variables(self, folder: str) -> dict[str, Any]:
        """EnvParameters, then ExtraVars; a value that names a file of FileParameters becomes its path in `folder`.

        The guide's `"ConfigFileName": "../config.json"` is such a value.
        """
        return {name: self._path(value, folder) for name, value in {**self.env_parameters, **self.extra_vars}.items()}

    def _path(self, value: object, folder: str) -> object:
        if isinstance(value, str) and (name := re.sub(r"^\.{1,2}/", "", value)) in self.file_parameters:
            return f"{folder}/{name}"
        return value
