"""Opening what settings name: store, bus, clouds, files. Each says what is wrong by the name of its setting."""

import os
import ssl
import threading
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

from appc.bus.embedded import EmbeddedBus
from appc.controller.core import PathStore
from appc.installation import installed
from appc.lcm.actions import DeviceProtocol
from appc.lcm.catalogue import Catalogue
from appc.lcm.ports.bus import Bus, TopicReader
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.credentials import Credentials
from appc.lcm.ports.device import DeviceExecutor
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.ports.store import Documents, Leases
from appc.northbound.http.authentication import Users, UsersFileError
from appc.northbound.http.server import TlsFiles
from appc.settings import Settings
from appc.southbound.ansible.environment import play_environment
from appc.southbound.ansible.executor import AnsibleExecutor, Folders
from appc.southbound.ansible.run_folder import remove_abandoned
from appc.southbound.ansible.runner_player import RunnerPlayer
from appc.southbound.ansible.warm_player import WarmPlayer
from appc.southbound.netconf.executor import NetconfExecutor
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.executor import OpenStackExecutor
from appc.southbound.rest.executor import RestExecutor
from appc.southbound.unsupported import CHEF, Unsupported
from appc.stores.artifacts.folder import read_templates
from appc.stores.credentials import CredentialsFolder
from appc.stores.sqlite import SqliteStore
from appc.wire.schemas import Schemas, SchemasUnusable, installed_schemas


def private_folder(path: Path) -> Path:
    """The folder, made if it is not there, for its owner only. Raises: Misconfigured."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
    except OSError as error:
        raise Misconfigured([f"STATE_DIR {path}: {error.strerror}"]) from None
    return path


class Store(PathStore, Leases, Documents, Protocol):
    """All that is remembered."""

    def persistence_warnings(self) -> tuple[str, ...]:
        """What can be lost by how the store is configured (contract section 7). Raises: Unavailable."""

    def close(self) -> None:
        """Release everything; idempotent."""


class TopicBus(Bus, TopicReader, Protocol):
    """A bus that can be read with and without a group."""


def open_store(settings: Settings, clock: Clock) -> Store:
    """The store that STORE_URL names. Raises: Misconfigured, Unavailable."""
    if settings.store_url == "sqlite:":
        return SqliteStore(settings.state_dir / "store.sqlite3", clock)
    from appc.stores.redis.store import RedisStore  # its library takes a quarter of a second to load

    return RedisStore(settings.store_url)


def open_bus(settings: Settings, clock: Clock, *, creates_topics: bool = True) -> TopicBus:
    """The bus that BUS_URL names; who only looks creates no topics on it. Raises: Misconfigured, Unavailable."""
    if settings.bus_url == "embedded:":
        return EmbeddedBus(settings.state_dir / "bus.sqlite3", clock, session_s=settings.lease_s)
    from appc.bus.kafka.bus import KafkaBus
    from appc.bus.kafka.clients import KafkaConfig, Security

    password = settings.bus_password
    return KafkaBus(
        KafkaConfig(
            tuple(settings.bus_url.removeprefix("kafka://").split(",")),
            Security(
                settings.bus_security_protocol,
                settings.bus_sasl_mechanism,
                settings.bus_username,
                password.get_secret_value() if password else None,
                settings.bus_ca_file,
            ),
            settings.group_start,
            max_message_bytes=settings.max_message_bytes,
            # no shorter than a lease: whose partitions went to others because it was silent has no lease either
            session_s=max(settings.lease_s, KafkaConfig.session_s),
            creates_topics=creates_topics,
        )
    )


def open_openstack(settings: Settings, clock: Clock) -> OpenStackExecutor:
    """The OpenStack executor; its library is loaded in the background, for it takes half a second."""
    clouds = Clouds(settings.clouds_file, os.environ.get("OS_CLOUD"))
    problem = clouds.configured().problem
    if settings.clouds_file and problem:
        raise Misconfigured([f"CLOUDS_FILE {settings.clouds_file}: {problem}"])
    threading.Thread(target=clouds.warm, name="openstack-import", daemon=True).start()
    return OpenStackExecutor(clouds, clock)


def open_templates(settings: Settings) -> Catalogue:
    """The artifacts of TEMPLATES_DIR, or those of the installation. Raises: Misconfigured."""
    try:
        return read_templates(settings.templates_dir or installed("templates"))
    except Misconfigured as error:
        raise Misconfigured(f"TEMPLATES_DIR: {fault}" for fault in error.faults) from None


def open_credentials(settings: Settings) -> Credentials:
    """Passwords and keys of devices, in CREDENTIALS_DIR."""
    return CredentialsFolder(settings.credentials_dir or settings.state_dir / "credentials")


def open_devices(settings: Settings, clock: Clock, opened: ExitStack) -> dict[DeviceProtocol, DeviceExecutor]:
    """Who carries self-service actions out, by the protocol of their artifact: a line for each.

    `opened` closes what has to be. Raises: Misconfigured.
    """
    credentials = open_credentials(settings)
    return {
        DeviceProtocol.ANSIBLE: opened.enter_context(closing(open_ansible(settings, credentials))),
        DeviceProtocol.NETCONF: NetconfExecutor(credentials, clock),
        DeviceProtocol.REST: RestExecutor(credentials),
        DeviceProtocol.CHEF: Unsupported(CHEF),
    }


def open_ansible(settings: Settings, credentials: Credentials) -> AnsibleExecutor:
    """Playbooks of PLAYBOOKS_DIR, played as ANSIBLE_MODE says. Nothing is loaded before the first play."""
    playbooks = (settings.playbooks_dir or installed("playbooks")).resolve()
    home = private_folder(settings.state_dir.resolve() / "ansible")
    folders = Folders(playbooks, private_folder(home / "plays"), private_folder(home / "data"))
    remove_abandoned(folders.plays)
    environ = play_environment(os.environ, home, playbooks)
    player = WarmPlayer(folders.plays, environ) if settings.ansible_mode == "warm" else RunnerPlayer(environ)
    return AnsibleExecutor(folders, player, credentials)


def open_schemas(settings: Settings) -> Schemas:
    """The schemas of SCHEMAS_DIR, or those of the installation. Raises: Misconfigured."""
    try:
        return Schemas(settings.schemas_dir) if settings.schemas_dir else installed_schemas()
    except SchemasUnusable as error:
        raise Misconfigured([f"SCHEMAS_DIR: {error}"]) from None


def open_tls(settings: Settings) -> TlsFiles | None:
    """The certificate and key of HTTP_TLS_CERT and HTTP_TLS_KEY. Raises: Misconfigured."""
    cert, key = settings.http_tls_cert, settings.http_tls_key
    if cert is None:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
    except OSError as error:
        raise Misconfigured(
            [f"HTTP_TLS_CERT {cert} and HTTP_TLS_KEY {key}: no certificate and its key: {error}"]
        ) from None
    return TlsFiles(cert, key)


def read_users(path: Path) -> Users:
    """The users of HTTP_USERS_FILE. Raises: Misconfigured."""
    try:
        return Users.read(path)
    except UsersFileError as error:
        raise Misconfigured([f"HTTP_USERS_FILE: {error}"]) from None
