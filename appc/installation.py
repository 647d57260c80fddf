"""Where the data folders of the installation are: at the root of a checkout, inside the package of a wheel."""

from pathlib import Path


def installed(name: str) -> Path:
    """The folder `schemas`, `templates`, `playbooks`, … of the installation."""
    package = Path(__file__).resolve().parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
