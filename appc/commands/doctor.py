"""`appc doctor`: is everything there that the controller needs? One line each, with the cure."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.text import Text

from appc.bootstrap.inventories import open_aai
from appc.bootstrap.opening import (
    open_bus,
    open_devices,
    open_schemas,
    open_store,
    open_templates,
    private_folder,
    read_users,
)
from appc.commands.configuration import settings_or_exit
from appc.installation import installed
from appc.lcm.artifact import Artifact
from appc.lcm.catalogue import Catalogue
from appc.lcm.errors import DgFailure, DgWorkflowNotFound, RequestNotSupported
from appc.lcm.ports.failures import Misconfigured, NoTopic, Unavailable
from appc.settings import Settings
from appc.southbound.ansible.catalogue import Playbooks
from appc.southbound.openstack.clouds import Clouds
from appc.stores.artifacts.library import ArtifactLibrary
from appc.stores.inventory import FileInventory
from appc.stores.policy_file import read_policy
from appc.system_clock import SystemClock

#: What helps against a bus or a store that does not answer.
_REACH = (
    "start the server that the URL names, or mend the URL and its settings; for a file: its rights, room on its disk"
)


class Health(StrEnum):
    """What a line says."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found and what to do about it."""

    health: Health
    what: str
    found: str
    cure: str = ""


def examine(config: Path | None) -> int:
    """Look at everything and print it; 0 if nothing is bad."""
    settings = settings_or_exit(config)
    console = Console(highlight=False, soft_wrap=True)
    bad = 0
    for examination in (_settings, _state_dir, _files, _bus, _store, _address, _clouds, _playbooks, _artifacts):
        for finding in examination(settings):
            colour = {Health.GOOD: "green", Health.NOTE: "yellow", Health.BAD: "bold red"}[finding.health]
            line = Text(f"{finding.health:5}", style=colour).append(
                f"{finding.what:10} {finding.found}", style="default"
            )
            console.print(line.append(f"  → {finding.cure}" if finding.cure else "", style="bold"))
            bad += finding.health is Health.BAD
    return 1 if bad else 0


def _settings(settings: Settings) -> Iterator[Finding]:
    changed = [f"{each.name}={each.value}" for each in settings.describe() if each.source != "default"]
    yield Finding(Health.GOOD, "settings", ", ".join(changed) or "all defaults")
    for warning in settings.warnings:
        yield Finding(Health.NOTE, "settings", warning, "correct its name, or unset it")


def _state_dir(settings: Settings) -> Iterator[Finding]:
    def look() -> str:
        return f"{private_folder(settings.state_dir).resolve()}, for its owner only"

    yield _tried("state", look, "make STATE_DIR a folder that this user may write")


def _files(settings: Settings) -> Iterator[Finding]:
    yield _tried("schemas", lambda: f"{len(open_schemas(settings).names)} schemas", "unset SCHEMAS_DIR, or mend it")
    if settings.inventory_url:
        yield _tried("inventory", lambda: _answering_aai(settings), "see INVENTORY_URL, and whether A&AI is up")
    elif settings.inventory_file:
        yield _tried("inventory", lambda: f"{settings.inventory_file}: {_vnfs(settings)}", "mend the file")
    else:
        yield Finding(
            Health.NOTE, "inventory", "none: any vnf-id is accepted", "INVENTORY_FILE names the VNFs there are"
        )
    if settings.policy_file:
        yield _tried(
            "policy", lambda: _named(settings.policy_file, read_policy(Path(str(settings.policy_file)))), "mend it"
        )
    if settings.http_users_file:
        yield _tried(
            "users",
            lambda: _named(settings.http_users_file, read_users(Path(str(settings.http_users_file)))),
            "mend it",
        )


def _vnfs(settings: Settings) -> str:
    return _counted(len(FileInventory(Path(str(settings.inventory_file)))), "VNF")


def _answering_aai(settings: Settings) -> str:
    with closing(open_aai(str(settings.inventory_url), settings.inventory_ca_file, SystemClock())) as aai:
        aai.probe()
        return f"{settings.shown('inventory_url')} answers"


def _named(path: Path | None, content: object) -> str:
    del content  # that it could be read is what matters
    return str(path)


def _bus(settings: Settings) -> Iterator[Finding]:
    def look() -> str:
        with closing(open_bus(settings, SystemClock(), creates_topics=False)) as bus:
            ends = bus.end(settings.request_topic)
            return f"{settings.shown('bus_url')} {settings.request_topic} has held {sum(ends.values())} messages"

    yield _tried("bus", look, _REACH)


def _store(settings: Settings) -> Iterator[Finding]:
    lacks: list[str] = []

    def look() -> str:
        with closing(open_store(settings, SystemClock())) as store:
            lacks.extend(store.persistence_warnings())
            return f"{settings.shown('store_url')} {store.length()} requests wait"

    yield _tried("store", look, _REACH)
    for lack in lacks:
        yield Finding(Health.NOTE, "store", lack, "redis-cli CONFIG SET, and the same in redis.conf")


def _address(settings: Settings) -> Iterator[Finding]:
    host, port = settings.http_host, settings.http_port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            yield Finding(Health.GOOD, "http", f"{host}:{port} is free")
        except OSError as error:
            cure = "a controller may be running there; else choose another HTTP_PORT"
            yield Finding(Health.NOTE, "http", f"{host}:{port}: {error.strerror}", cure)


def _clouds(settings: Settings) -> Iterator[Finding]:
    clouds = Clouds(settings.clouds_file, os.environ.get("OS_CLOUD"))
    configured = clouds.configured()
    if configured.problem:
        yield Finding(Health.BAD, "clouds", configured.problem, "mend clouds.yaml")
    elif not configured.clouds:
        yield Finding(Health.NOTE, "clouds", "none configured: VM actions end 401", "CLOUDS_FILE names a clouds.yaml")
    for name, who in _named_clouds(settings):
        if configured.clouds and name not in configured.clouds:
            cure = f"configured are {', '.join(sorted(configured.clouds))}"
            yield Finding(Health.BAD, "clouds", f"{who} names cloud {name}, which is not there", cure)
    for name, cloud in configured.clouds.items():

        def look(name: str = name, found: str = f"{name} at {cloud.auth} answers") -> str:
            clouds.reach(name)
            return found

        yield _tried("cloud", look, "see auth_url and credentials in clouds.yaml, and whether the cloud is up")
    clouds.close()


def _named_clouds(settings: Settings) -> Iterator[tuple[str, str]]:
    """The clouds that something else than clouds.yaml speaks of, each once, and what does."""
    if name := os.environ.get("OS_CLOUD"):
        yield name, "OS_CLOUD"
    with suppress(Misconfigured):  # the inventory's own line says so
        vnfs = FileInventory(settings.inventory_file) if settings.inventory_file else ()
        for name in sorted({vm.cloud for vnf in vnfs for vm in vnf.vms or () if vm.cloud}):
            yield name, "the inventory"


def _playbooks(settings: Settings) -> Iterator[Finding]:
    folder = settings.playbooks_dir or installed("playbooks")
    names = Playbooks(folder).names()
    if not names:
        yield Finding(Health.NOTE, "playbooks", f"none in {folder}", "PLAYBOOKS_DIR names a folder of playbooks")
        return
    how = f"ansible-core {version('ansible-core')}, mode {settings.ansible_mode}"
    yield Finding(Health.GOOD, "playbooks", f"{len(names)} files in {folder}, played by {how}")


def _artifacts(settings: Settings) -> Iterator[Finding]:
    try:
        catalogue = open_templates(settings)
    except Misconfigured as error:
        for fault in error.faults:
            yield Finding(Health.BAD, "artifacts", fault, "mend the file: no controller starts with it")
        return
    newest = {each.key: each for each in _with_loaded(catalogue, settings)}
    types = _counted(len({key.vnf_type for key in newest}), "VNF type")
    folder = settings.templates_dir or installed("templates")
    found = f"{_counted(len(newest), 'artifact')} of {types}, in {folder} and loaded"
    yield Finding(Health.GOOD, "artifacts", found)
    yield from _missing_parts(list(newest.values()), settings)


def _with_loaded(catalogue: Catalogue, settings: Settings) -> Sequence[Artifact]:
    clock = SystemClock()
    try:
        with closing(open_store(settings, clock)) as store:
            return ArtifactLibrary(catalogue, store, clock).all()
    except (Misconfigured, Unavailable):  # the store's own line says so
        return catalogue.all


def _missing_parts(artifacts: Sequence[Artifact], settings: Settings) -> Iterator[Finding]:
    with ExitStack() as opened:
        try:
            devices = open_devices(settings, SystemClock(), opened)
        except Misconfigured:  # the line of the state directory says so
            return
        for artifact in artifacts:
            try:
                devices[artifact.protocol].find_parts(artifact)
            except DgWorkflowNotFound as missing:
                cure = "put it there, or mend the artifact: until then the action is answered 307"
                yield Finding(Health.BAD, "artifacts", f"{artifact.key}: {missing.detail}", cure)
            except RequestNotSupported as refused:
                yield Finding(Health.NOTE, "artifacts", f"{artifact.key}: {refused.explanation}", "")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _tried(what: str, look: Callable[[], str], cure: str) -> Finding:
    try:
        return Finding(Health.GOOD, what, look())
    except NoTopic as missing:
        return Finding(Health.NOTE, what, str(missing), "right before the first start; else mend REQUEST_TOPIC")
    except DgFailure as failure:
        return Finding(Health.BAD, what, failure.detail, cure)
    except (Misconfigured, Unavailable, OSError) as error:
        return Finding(Health.BAD, what, str(error), cure)
