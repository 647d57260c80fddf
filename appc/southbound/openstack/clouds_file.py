"""clouds.yaml as admission needs it: names, addresses and projects.

Read without openstacksdk, whose import alone takes 0.4 s; openstacksdk reads the same file once a cloud is reached.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import yaml

from appc.lcm.vm_id import Origin

Environment = Mapping[str, str]

_LOG = logging.getLogger(__name__)
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Cloud:
    """One cloud, as far as it is known: by its entry, then by its catalogue.

    `auth` is the origin of its auth_url; `project_id` is without dashes. `compute_hosts` are the hosts of its compute
    endpoints, None while they are not known. `learned`: the catalogue was seen; `admin`: its user acts on all projects.
    """

    name: str
    auth: Origin | None = None
    project_id: str | None = None
    project_name: str | None = None
    compute_hosts: frozenset[str] | None = None
    learned: bool = False
    admin: bool = False


@dataclass(frozen=True)
class Reading:
    """What the file says. `problem`: why it cannot be read; never a part of its contents."""

    file: Path | None = None
    clouds: Mapping[str, Cloud] = field(default_factory=dict)
    problem: str | None = None


class CloudsFile:
    """The file that is given, else the first of the usual places; read again whenever it changes."""

    def __init__(self, given: Path | None, environment: Environment = os.environ) -> None:
        self._given = given
        self._environment = environment
        self._lock = Lock()
        self._signature: object = None
        self._reading = Reading()

    def read(self) -> Reading:
        """As the file is now; as long as it does not change, `clouds` is the same object.

        A file that was good and is broken now keeps its clouds: an editor may just be writing it.
        """
        file, signature = self._found()
        with self._lock:
            if signature != self._signature:
                self._signature = signature
                self._reading = self._read(file)
            return self._reading

    def _found(self) -> tuple[Path | None, object]:
        for file in [self._given] if self._given else usual_places(self._environment):
            try:
                status = file.stat()
            except OSError:
                continue
            return file, (file, status.st_mtime_ns, status.st_size, status.st_ino)
        return None, (None,)

    def _read(self, file: Path | None) -> Reading:
        if file is None:
            return Reading(self._given)
        try:
            return Reading(file, _clouds(yaml.safe_load(file.read_bytes())))
        except (OSError, UnicodeError, yaml.YAMLError, ValueError) as error:
            problem = _problem(error)
            _LOG.warning("%s cannot be used: %s", file, problem)
            return Reading(file, self._reading.clouds, problem)


def usual_places(environment: Environment) -> Iterator[Path]:
    """Where openstacksdk looks for clouds.yaml, in its order."""
    if named := environment.get("OS_CLIENT_CONFIG_FILE"):
        yield Path(named)
    home = Path(environment["HOME"]) if "HOME" in environment else Path.home()
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    for folder in (".", config / "openstack", home / ".config/openstack", "/etc/xdg/openstack", "/etc/openstack"):
        for suffix in _SUFFIXES:
            yield Path(folder) / f"clouds{suffix}"


def _problem(error: Exception) -> str:
    # The text of a YAML error quotes the line it stumbled over, which may hold a password.
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"no valid YAML in line {error.problem_mark.line + 1}"
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    return str(error) if type(error) is ValueError else "no valid YAML"


def _clouds(contents: object) -> dict[str, Cloud]:
    entries = contents.get("clouds") if isinstance(contents, Mapping) else None
    if contents is None or (isinstance(contents, Mapping) and entries is None):
        return {}
    if not isinstance(entries, Mapping):
        raise ValueError("`clouds` is no mapping")
    return {str(name): _cloud(str(name), entry) for name, entry in entries.items()}


def _cloud(name: str, entry: object) -> Cloud:
    settings = _members(entry)
    auth = settings | _members(settings.get("auth"))

    def text(*names: str) -> str | None:
        return next((str(auth[name]) for name in names if auth.get(name)), None)

    project_id = text("project_id", "tenant_id")
    override = Origin.of(text("compute_endpoint_override", "compute_endpoint") or "")
    return Cloud(
        name,
        Origin.of(text("auth_url") or ""),
        project_id and project_id.replace("-", "").lower(),
        text("project_name", "tenant_name"),
        frozenset({override.host}) if override else None,
    )


def _members(value: object) -> dict[str, object]:
    """The members of a mapping by their names with `_`, as openstacksdk reads them; none of anything else."""
    return {str(k).replace("-", "_"): v for k, v in value.items()} if isinstance(value, Mapping) else {}
