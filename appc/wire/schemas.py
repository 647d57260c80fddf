"""The JSON schemas of the contract, compiled once: whether a document conforms, what is wrong and where."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

from appc.installation import installed
from appc.lcm.payloads import NoPayload, Payload
from appc.wire.faults import Fault, value_at

#: A regular expression engine that takes linear time, whatever the text.
_LINEAR = jsonschema_rs.RegexOptions()
_SUFFIX = ".schema.json"
#: What requests are judged by.
_NEEDED = ("request-envelope", "request-body")


class SchemasUnusable(Exception):
    """The folder holds no usable set of schemas; the message says which file and why."""


class Schemas:
    """The schemas of a folder, by name: `request-envelope` for `request-envelope.schema.json`. For many threads.

    Raises: SchemasUnusable.
    """

    def __init__(self, directory: Path | None = None) -> None:
        folder = directory or installed("schemas")
        documents = {path.name: _read(path) for path in sorted(folder.glob(f"*{_SUFFIX}"))}
        for name in _NEEDED:
            if name + _SUFFIX not in documents:
                raise SchemasUnusable(f"{folder}: no {name}{_SUFFIX}")
        self._documents = documents
        try:
            self._validators = _compiled(documents)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise SchemasUnusable(f"{folder}: {' '.join(str(error).split())}") from None

    @property
    def names(self) -> frozenset[str]:
        """The schemas there are."""
        return frozenset(self._validators)

    def components(self, section: str) -> dict[str, Any]:
        """All of them by name, to stand in one document below this place, such as `#/components/schemas`."""
        return {
            file.removesuffix(_SUFFIX): _embedded(document, file, section) for file, document in self._documents.items()
        }

    def faults(self, name: str, document: Any) -> list[Fault]:  # noqa: ANN401  # JSON of any shape
        """What is wrong with the document; nothing if it conforms to the schema."""
        validator = self._validators[name]
        # the check alone takes a tenth of the time that a list of faults does
        if validator.is_valid(document):
            return []
        return [_fault(error, document) for error in validator.iter_errors(document)]


@cache
def installed_schemas() -> Schemas:
    """The schemas of the installation. Raises: SchemasUnusable."""
    return Schemas()


def payload_schema(payload: type[Payload]) -> str:
    """The name of the schema that describes a payload family."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", payload.__name__).lower().removesuffix("-payload")
    return f"payload-{'none' if payload is NoPayload else words}"


def _embedded(value: Any, file: str, section: str) -> Any:  # noqa: ANN401  # JSON of any shape
    if isinstance(value, list):
        return [_embedded(each, file, section) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _embedded(each, file, section) for name, each in value.items() if name not in ("$schema", "$id")}
    if isinstance(reference := value.get("$ref"), str):
        target, _, pointer = reference.partition("#")
        kept["$ref"] = f"{section}/{(target or file).removesuffix(_SUFFIX)}{pointer}"
    return kept


def _read(path: Path) -> Any:  # noqa: ANN401  # JSON of any shape
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemasUnusable(f"{path}: {error}") from None


def _compiled(documents: dict[str, Any]) -> dict[str, jsonschema_rs.Draft202012Validator]:
    registry = jsonschema_rs.Registry(list(documents.items()))
    return {
        name.removesuffix(_SUFFIX): jsonschema_rs.Draft202012Validator(
            schema, registry=registry, base_uri=name, pattern_options=_LINEAR, mask="the value", offline=True
        )
        for name, schema in documents.items()
    }


def _fault(error: jsonschema_rs.ValidationError, document: object) -> Fault:
    kind = error.kind
    if isinstance(kind, Kind.OneOfNotValid | Kind.AnyOf) and kind.context and kind.context[0]:
        # of alternatives none of which fits, the first says what is usual
        return _fault(kind.context[0][0], document)
    path = tuple(error.instance_path)
    if isinstance(kind, Kind.Required):
        return Fault((*path, kind.property))
    return Fault(path, value_at(document, path), error.message)
