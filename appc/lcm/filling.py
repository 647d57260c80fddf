"""Filling: the values of an artifact's parameters, and the job that comes of them."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from appc.lcm.artifact import Artifact, Parameter, Source
from appc.lcm.errors import InvalidInputParameter
from appc.lcm.payloads import configuration_parameters, payload_members, request_parameters
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.inventory import Vnf
from appc.lcm.record import Task
from appc.lcm.template import fill, names_in


def job_of(task: Task, artifact: Artifact, vnf: Vnf, stored: str | None = None) -> DeviceJob:
    """The task as its executor gets it. `stored`: the VNF's current stored configuration, if a parameter wants that.

    Raises: InvalidInputParameter (301) that names a parameter that cannot be filled, RequestParsingFailed (303).
    """
    payload = payload_members(task.request.payload)
    sources = {
        Source.GIVEN: _Values(_given(task, payload)),
        Source.INVENTORY: _Values(_inventoried(vnf)),
        Source.DEFAULT: _Values({}),
        Source.STORED: _Values({each.key or each.name: stored for each in artifact.parameters}),
    }
    declared = {each.name for each in artifact.parameters}
    undeclared = [Parameter(name) for name in names_in(artifact.template) if name not in declared]
    values = {each.name: _value(each, sources, artifact) for each in (*artifact.parameters, *undeclared)}
    try:
        content = fill(artifact.template, artifact.format, values.__getitem__)
    except ValueError as error:
        raise InvalidInputParameter(f"payload: {error} (template for {artifact.key})") from None
    return DeviceJob(task, artifact, vnf, content, {**configuration_parameters(payload), **values})


def _value(parameter: Parameter, sources: Mapping[Source, "_Values"], artifact: Artifact) -> Any:  # noqa: ANN401
    value = sources[parameter.source].find(parameter.key or parameter.name)
    if value is None:
        value = parameter.default
    if value is None and parameter.required:
        raise InvalidInputParameter(
            f"parameter {parameter.name} (source: {parameter.source}"
            f"{f', {parameter.key}' if parameter.key else ''}) of the template for {artifact.key} cannot be filled"
        )
    return "" if value is None else value


class _Values:
    """Values by dotted name; `-` and `_` are the same where nothing has the very name (contract section 6)."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._dashed = {name.replace("_", "-"): value for name, value in values.items()}

    def find(self, name: str) -> Any:  # noqa: ANN401  # JSON of any shape
        if (value := self._values.get(name)) is not None:
            return value
        return self._dashed.get(name.replace("_", "-"))


def _inventoried(vnf: Vnf) -> dict[str, Any]:
    """All that the inventory has of the VNF, and its own members by the names that the guide gives them."""
    values = _flat(_dashed(asdict(vnf)))
    return {**values, **{f"vnf-{name}": values.get(name) for name in ("type", "name", "state", "address")}}


def _given(task: Task, payload: Mapping[str, Any]) -> dict[str, Any]:
    """All that the request says: the payload, and by their own names what its two blocks of parameters hold."""
    ids = {name: value for name, value in _dashed(asdict(task.request.identifiers)).items() if value is not None}
    inner = _flat(request_parameters(payload)), _flat(configuration_parameters(payload))  # the latter count more
    return {**_flat({"action-identifiers": ids}), **_flat(ids), **_flat(payload), **inner[0], **inner[1]}


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:  # noqa: ANN401  # JSON of any shape
    """Nested members by their dotted names, `a.b` and `a[0]`, with `size_a` for the length of a list (facts 7.1)."""
    return dict(_walk(value, prefix))


def _walk(value: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # JSON of any shape
    if name:
        yield name, value
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        yield f"size_{name}", len(value)
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{name}[{index}]")


def _dashed(value: Any) -> Any:  # noqa: ANN401  # a dataclass's values, nested
    if isinstance(value, Mapping):
        return {str(key).replace("_", "-"): _dashed(inner) for key, inner in value.items()}
    return [_dashed(inner) for inner in value] if isinstance(value, list | tuple) else value
