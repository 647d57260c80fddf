"""The `jsonschema` package as referee: the published schemas, read by somebody else."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parents[2] / "schemas"
DOCUMENTS: dict[str, dict[str, Any]] = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text()) for path in sorted(SCHEMAS.glob("*.json"))
}
_REGISTRY: Registry[Any] = Registry().with_resources(
    (document["$id"], Resource.from_contents(document)) for document in DOCUMENTS.values()
)


def conforms(name: str, document: object) -> bool:
    """Whether the document is valid by the schema."""
    return jsonschema.Draft202012Validator(DOCUMENTS[name], registry=_REGISTRY).is_valid(document)
