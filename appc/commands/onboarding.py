"""`appc artifact` and `appc config`: what VNF owners and operators do with a running controller."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from appc.client.errors import Unreachable
from appc.client.onboarding import OnboardingClient, Refusal
from appc.commands.reaching import http_access, http_url
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.visible import visible
from appc.stores.artifacts.folder import read_bundle, read_file
from appc.stores.artifacts.library import read_files


def list_artifacts(as_json: bool) -> int:
    """Every version of every artifact; the exit code of the command, as everywhere here."""

    def show(client: OnboardingClient) -> None:
        _print_artifacts(client.artifacts(), as_json)

    return _with_controller(show)


def show_artifact(id: str) -> int:
    """One version, as JSON."""
    return _with_controller(lambda client: _say(json.dumps(client.artifact(id), indent=2, ensure_ascii=False)))


def validate_artifacts(paths: Sequence[Path]) -> int:
    """What is wrong with the files, a line for each fault; nobody is asked."""
    try:
        catalogue, notes = read_files(_texts(paths))
    except Misconfigured as error:
        return _faults(error.faults)
    for artifact in catalogue.all:
        _say(f"{artifact.key}: {artifact.protocol}, {len(artifact.parameters)} parameters")
    _print_notes(notes)
    return 0


def add_artifacts(paths: Sequence[Path]) -> int:
    """Load them."""
    try:
        files = _texts(paths)
    except Misconfigured as error:
        return _faults(error.faults)

    def add(client: OnboardingClient) -> None:
        loaded = client.add(files)
        _print_artifacts(loaded["artifacts"], as_json=False)
        _print_notes(loaded["notes"])

    return _with_controller(add)


def remove_artifact(id: str) -> int:
    """Forget one version."""
    return _with_controller(lambda client: client.remove(id))


def list_configurations(vnf_id: str, as_json: bool) -> int:
    """The configurations of a VNF, newest first."""

    def show(client: OnboardingClient) -> None:
        found = client.configurations(vnf_id)
        if not found:
            print(f"no configuration of VNF {visible(vnf_id)} is stored", file=sys.stderr)
        marked = found if as_json else [each | {"current": "*" if each["current"] else ""} for each in found]
        _print_rows(marked, as_json, ("current", "upload_config_id", "vnfc-type", "action", "stored-at", "format"))

    return _with_controller(show)


def show_configuration(id: str) -> int:
    """Its content alone, so that it can be piped."""
    return _with_controller(lambda client: _say(client.configuration(id)["content"]))


def show_differences(id: str, other: str) -> int:
    """A unified diff; 0 if they are equal, 1 if not."""
    equal = False

    def show(client: OnboardingClient) -> None:
        nonlocal equal
        found = client.differences(id, other)
        for line in found["differences"]:
            _say(line)
        equal = not found["differences"]
        if equal and not found["equal"]:
            print("they mean the same; only their form or masked values differ", file=sys.stderr)

    return _with_controller(show) or (0 if equal else 1)


def _with_controller(ask: Callable[[OnboardingClient], None]) -> int:
    try:
        # these doors are HTTP, whatever the bus
        with OnboardingClient(http_url(), http_access()) as client:
            ask(client)
    except (Refusal, Unreachable) as error:
        return _faults(str(error).splitlines())
    return 0


def _texts(paths: Sequence[Path]) -> Mapping[str, str]:
    files: dict[str, str] = {}
    for path in paths:
        files |= read_bundle(path) if path.is_dir() else {path.name: read_file(path)}
    return files


def _faults(faults: Sequence[str]) -> int:
    for fault in faults:
        print(f"appc: {visible(fault)}", file=sys.stderr)
    return 1


def _print_artifacts(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    particulars = ("vnfc-type", "vf-module-model-name", "controller-template-id")
    shown = [name for name in particulars if any(name in row for row in rows)]
    _print_rows(rows, as_json, ("id", "vnf-type", "action", "version", "protocol", *shown))


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        print(f"note: {visible(note)}", file=sys.stderr)


def _print_rows(rows: Sequence[Mapping[str, Any]], as_json: bool, columns: Sequence[str]) -> None:
    if as_json:
        _say(json.dumps(list(rows), ensure_ascii=False))
        return
    # plain columns, as wide as they need be: an id that a narrow terminal or a pipe splits is no id any more
    lines = [tuple(columns), *(tuple(str(row.get(column, "")) for column in columns) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        _say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _say(text: str) -> None:
    """Print it: to a pipe or file as it is, to a terminal without what would steer that."""
    if sys.stdout.isatty():
        text = "\n".join(visible(line.expandtabs()) for line in text.split("\n"))
    print(text)
