"""TEMPLATES_DIR: a folder for each VNF type, with a bundle in it."""

from collections.abc import Iterator
from pathlib import Path

from appc.lcm.catalogue import Catalogue
from appc.lcm.ports.failures import Misconfigured
from appc.stores.artifacts.bundle import MANIFEST, Onboarded, onboarded

#: Files of a bundle are no larger than this, in bytes; a template has a few thousand.
_MAX_BYTES = 1_048_576


def read_templates(folder: Path) -> Catalogue:
    """The artifacts of each folder in this one that holds a vnf-type.yaml.

    Raises: Misconfigured with every fault of every file, by file, line and field.
    """
    found, faults = [], list[str]()
    for each in _bundles(folder):
        try:
            found.append(onboarded(read_bundle(each), where=f"{each.name}/"))
        except Misconfigured as error:
            faults += error.faults
    faults += _twice(found)
    if faults:
        raise Misconfigured(faults)
    return Catalogue(
        (artifact for each in found for artifact in each.artifacts),
        {each.vnf_type: each.capabilities for each in found},
    )


def read_bundle(folder: Path) -> dict[str, str]:
    """The files of one folder, by name. Raises: Misconfigured."""
    try:
        return dict(_texts(folder))
    except OSError as error:
        raise Misconfigured([f"{folder}: cannot be read: {error.strerror}"]) from None


def read_file(path: Path) -> str:
    """The text of a file. Raises: Misconfigured."""
    name = f"{path.parent.name}/{path.name}".removeprefix("/")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise Misconfigured([f"{name}: is larger than {_MAX_BYTES} bytes"])
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Misconfigured([f"{name}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise Misconfigured([f"{name}: is not UTF-8 at byte {error.start}"]) from None


def _bundles(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if (each / MANIFEST).is_file())
    except OSError as error:
        raise Misconfigured([f"{folder}: cannot be read: {error.strerror}"]) from None


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        yield path.name, read_file(path)


def _twice(found: list[Onboarded]) -> list[str]:
    types = [each.vnf_type for each in found]
    return [f"VNF type {each} is onboarded by two folders" for each in sorted(set(types)) if types.count(each) > 1]
