"""What is wrong with a message and where, as the errors of check 1 (contract section 4)."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from appc.lcm.errors import ActionNotSupported, InvalidInputParameter, MissingMandatoryParameter, Rejected

#: With several faults the code that comes first here decides.
_CODES = (303, 302, 301, 305)
#: How much of a client's text a message repeats, in characters.
_CLIP = 80
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_:-]{1,80}")


@dataclass(frozen=True)
class Field:
    """A member of the messages and what it must be; `required`: absent, null and empty are 302."""

    name: str
    rule: str
    required: bool = False


#: In the order of contract section 3.1: envelope, header, action, identifiers.
_FIELDS = (
    Field("version", "a string 2.<digits>", required=True),
    Field("type", '"request" or null'),
    Field("correlation-id", "a string"),
    Field("rpc-name", "a string", required=True),
    Field("cambria.partition", "a string or null"),
    Field("body", "an object with exactly one input", required=True),
    Field("input", "an object", required=True),
    Field("appc-provider-lcm:input", "an object", required=True),
    Field("common-header", "an object", required=True),
    Field("timestamp", "a moment in UTC, such as 2026-01-02T03:04:05.678Z", required=True),
    Field("api-ver", "2.dd", required=True),
    Field("originator-id", "1 to 40 characters", required=True),
    Field("request-id", "1 to 40 characters", required=True),
    Field("sub-request-id", "at most 40 characters"),
    Field("x-onap-requestorid", "a string"),
    Field("flags", "an object"),
    Field("mode", "EXCLUSIVE or NORMAL"),
    Field("force", "TRUE or FALSE"),
    Field("ttl", "0 to 65535 whole seconds"),
    Field("action", "the name of an action", required=True),
    Field("action-identifiers", "an object", required=True),
    Field("vnf-id", "a string", required=True),
    Field("vserver-id", "a string that is not empty"),
    Field("vnfc-name", "a string that is not empty"),
    Field("vf-module-id", "a string that is not empty"),
    Field("service-instance-id", "a string that is not empty"),
    Field("payload", "a string that holds a JSON object"),
    Field("identity-url", "a string"),
)
_BY_NAME = {field.name: (place, field) for place, field in enumerate(_FIELDS)}


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT

#: Member names from the document's root on; an item of an array by its index.
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, and what stands there. `detail` counts where the table has no rule."""

    path: Path
    value: object = ABSENT
    detail: str = ""

    @property
    def error(self) -> Rejected:
        """301, 302 or 305; its message names the field by its JSON path."""
        _, field = self._row
        where = json_path(self.path)
        required = field.required if field else self.value is ABSENT
        if required and self.value in (ABSENT, None, ""):
            return MissingMandatoryParameter(str(self.path[-1]), where)
        if field and field.name == "action" and isinstance(self.value, str):
            return ActionNotSupported(clipped(self.value), where)
        rule = f"must be {field.rule}" if field else clipped(self.detail)
        return InvalidInputParameter(f"{where} {rule}{self._found}")

    @property
    def place(self) -> int:
        """Its place in the order of the fields."""
        return self._row[0]

    @property
    def _row(self) -> tuple[int, Field | None]:
        name = str(self.path[-1]) if self.path else "body"
        return _BY_NAME.get(name, (len(_FIELDS), None))

    @property
    def _found(self) -> str:
        # what a payload holds is not repeated: it may be a secret
        if self.path[-1:] == ("payload",) or not isinstance(self.value, str | int | float):
            return ""
        return f", not {clipped(repr(self.value) if isinstance(self.value, str) else json.dumps(self.value))}"


def errors_of(faults: Iterable[Fault]) -> tuple[Rejected, ...]:
    """One error for each faulty member, the one that decides first."""
    by_path: dict[Path, Fault] = {}
    for fault in faults:
        by_path.setdefault(fault.path, fault)
    ranked = [(_CODES.index(error.code), fault.place, error) for fault in by_path.values() for error in [fault.error]]
    return tuple(error for _, _, error in sorted(ranked, key=lambda row: row[:2]))


def value_at(document: object, path: Path) -> object:
    """What stands at the path of member names; ABSENT where there is nothing."""
    for step in path:
        if not isinstance(document, dict) or step not in document:
            return ABSENT
        document = document[step]
    return document


def json_path(path: Sequence[str | int]) -> str:
    """`$.body.input.common-header.request-id`; names with other signs are quoted."""
    return "$" + "".join(_step(step) for step in path)


def clipped(text: str) -> str:
    """The beginning of a client's text, short enough for a message or a log line."""
    return text if len(text) <= _CLIP else f"{text[:_CLIP]}…"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_NAME.fullmatch(step) else f"[{clipped(step)!r}]"
