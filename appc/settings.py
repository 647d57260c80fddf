"""The settings: the table of contract section 2, from the environment over a TOML file.

`APPC_<NAME>` in the environment, the same names in lower case in the file; what the command line gives goes
before both. An empty value means "none" where a setting may be absent. Paths are relative to the working folder.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from annotated_types import Ge, Le
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from appc.lcm.ports.failures import Misconfigured
from appc.lcm.redaction import REDACTED, redacted, redacted_text
from appc.setting_types import (
    AnsibleMode,
    BusUrl,
    Group,
    GroupStart,
    HttpHost,
    InventoryUrl,
    LogFormat,
    LogLevel,
    Number,
    OptionalFile,
    OptionalFolder,
    OptionalSecret,
    OptionalText,
    OwnFolder,
    SaslMechanism,
    SecurityProtocol,
    StoreUrl,
    Topic,
    Whole,
    is_loopback,
)

#: The largest MAX_MESSAGE_BYTES.
MOST_MESSAGE_BYTES = 16_777_216

_PREFIX = "APPC_"
#: Variables of this prefix that are no settings: where the file is, and what the client commands and tests read.
_NO_SETTINGS = re.compile(r"APPC_(CONFIG|URL|USERNAME|PASSWORD|CA_FILE|TEST_.*)")
#: Characters of a value that are shown.
_SHOWN = 200
#: What an absent setting stands for, where that is not simply none.
_ABSENT = {
    "clouds_file": "the usual places of clouds.yaml",
    "policy_file": "of the installation",
    "playbooks_dir": "of the installation",
    "templates_dir": "of the installation",
    "credentials_dir": "credentials in the state directory",
    "schemas_dir": "of the installation",
    "log_format": "text on a terminal, else json",
}


class SettingsError(Misconfigured):
    """A setting is wrong; the text names each one, its value and what is allowed."""


@dataclass(frozen=True)
class Effective:
    """A setting in effect, for people: `source` is the variable, the file, "command line" or "default"."""

    name: str
    value: str
    source: str


class Settings(BaseSettings):
    """The effective settings, under the contract's names in lower case, units and all; the docs show what stands below.

    A rule between two settings stands at the later one, so that it is reported beside faults of others.
    """

    model_config = SettingsConfigDict(
        env_prefix="appc_", frozen=True, case_sensitive=True, use_attribute_docstrings=True
    )

    bus_url: BusUrl = "embedded:"
    """`embedded:` (durable topics in the state directory, reached over HTTP) or `kafka://host:port[,host:port]`."""
    bus_security_protocol: SecurityProtocol = "PLAINTEXT"
    """How Kafka is reached: `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."""
    bus_sasl_mechanism: SaslMechanism = None
    """With SASL: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."""
    bus_username: OptionalText = None
    """With SASL: who the controller is."""
    bus_password: OptionalSecret = None
    """With SASL: its password."""
    bus_ca_file: OptionalFile = None
    """With TLS: the certificates that Kafka's must be signed by; none: those of the system."""
    request_topic: Topic = "APPC-LCM-READ"
    """The topic that the controller reads."""
    response_topic: Topic = "APPC-LCM-WRITE"
    """The topic of the answers."""
    dead_letter_topic: Topic = "APPC-LCM-DLQ"
    """The topic of messages that no request came of."""
    configuration_topic: Topic = "APPC-CONFIGURATION"
    """The topic of configurations that were published."""
    consumer_group: Group = "appc"
    """Controllers of one group share the load."""
    group_start: GroupStart = "end"
    """Where a Kafka group without offsets starts: `end`, `beginning` or an ISO time."""
    store_url: StoreUrl = "sqlite:"
    """`sqlite:` (a file in the state directory) or `redis://…`, `rediss://…`; one for all controllers of a group."""
    state_dir: OwnFolder = Path("var")
    """Everything the controller writes on its own machine; made with mode 0700."""
    http_users_file: OptionalFile = None
    """Lines `user:hash` as `htpasswd -B` writes them; then HTTP wants basic authentication."""
    http_tls_cert: OptionalFile = None
    """The certificate for HTTPS, with its chain."""
    http_tls_key: OptionalFile = None
    """The key of the certificate."""
    http_allow_plain: bool = False
    """`true`: HTTP without TLS beyond loopback."""
    http_host: HttpHost = "127.0.0.1"
    """Where HTTP listens; beyond loopback it needs HTTP_USERS_FILE and TLS."""
    http_port: Whole = Field(8181, ge=0, le=65_535)
    """One listener for all HTTP; 0 is any free port."""
    default_ttl_s: Whole = Field(30, ge=1, le=604_800)
    """Seconds a request is valid that has no TTL or 0; raise it where actions queue for long."""
    clock_skew_s: Number = Field(1.0, ge=0, le=3600)
    """Seconds that a timestamp may lie in the future."""
    lock_ttl_s: Whole = Field(900, ge=1, le=604_800)
    """Seconds after which an explicit lock clears itself."""
    workers: Whole = Field(32, ge=1, le=1024)
    """Requests executed at once; at most half of them on one cloud or VNF type."""
    queue_size: Whole = Field(1000, ge=1, le=1_000_000)
    """Requests accepted and waiting; when it is full, the bus is not read."""
    lease_s: Number = Field(10.0, ge=0.5, le=3600)
    """Seconds that a silent controller keeps what it executes."""
    drain_s: Number = Field(25.0, ge=0, le=86_400)
    """Seconds that a stop waits for running requests."""
    retention_h: Number = Field(168.0, ge=0.01, le=87_600)
    """Hours that finished records and embedded topics are kept."""
    max_message_bytes: Whole = Field(1_048_576, ge=1024, le=MOST_MESSAGE_BYTES)
    """Larger messages are malformed."""
    clouds_file: OptionalFile = None
    """The OpenStack clouds."""
    inventory_file: OptionalFile = None
    """The VNFs, their types, VMs and VNFCs; without one any vnf-id is accepted, of type `default`."""
    inventory_url: InventoryUrl = None
    """In place of INVENTORY_FILE: an A&AI, `https://user:password@host:port/aai/v24`."""
    inventory_ca_file: OptionalFile = None
    """The certificates that A&AI's must be signed by; none: those of the system."""
    policy_file: OptionalFile = None
    """Which overlapping actions may run in parallel."""
    playbooks_dir: OptionalFolder = None
    """The playbooks of self-service actions."""
    templates_dir: OptionalFolder = None
    """The artifacts of self-service actions."""
    ansible_mode: AnsibleMode = "warm"
    """`warm`: plays are children of a process that has loaded Ansible; `runner`: each by ansible-runner, anew."""
    credentials_dir: OptionalFolder = None
    """Passwords and keys of devices, a file each, which artifacts name."""
    schemas_dir: OptionalFolder = None
    """The JSON schemas that messages are judged by."""
    log_format: LogFormat = None
    """`text` or `json`."""
    log_level: LogLevel = "info"
    """`debug`, `info`, `warning`, `error` or `critical`."""

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)
    _warnings: tuple[str, ...] = PrivateAttr(default=())

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given: the process's own environment is read by nobody but the command line."""
        return (init_settings,)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong, but no reason not to start: variables that name no setting."""
        return self._warnings

    def describe(self) -> tuple[Effective, ...]:
        """Each setting in effect with its source; secrets are masked."""
        names = type(self).model_fields
        return tuple(Effective(name.upper(), self.shown(name), self._sources.get(name, "default")) for name in names)

    def shown(self, name: str) -> str:
        """The value for people; secrets are masked, also those in URLs."""
        value = getattr(self, name)
        return _ABSENT[name] if value is None and name in _ABSENT else _shown(name, value)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """So that no log or traceback shows a secret."""
        return [(name, self.shown(name)) for name in type(self).model_fields]

    @field_validator("bus_sasl_mechanism", "bus_username", "bus_password")
    @classmethod
    def _with_sasl_only(cls, value: object, info: ValidationInfo) -> object:
        protocol = info.data.get("bus_security_protocol")
        if protocol in ("SASL_PLAINTEXT", "SASL_SSL") and value is None:
            raise ValueError(f"is needed with BUS_SECURITY_PROTOCOL={protocol}")
        if protocol in ("PLAINTEXT", "SSL") and value is not None:
            raise ValueError("must come with BUS_SECURITY_PROTOCOL SASL_SSL or SASL_PLAINTEXT")
        return value

    @field_validator("bus_ca_file")
    @classmethod
    def _with_tls_only(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and info.data.get("bus_security_protocol") in ("PLAINTEXT", "SASL_PLAINTEXT"):
            raise ValueError("must come with BUS_SECURITY_PROTOCOL SSL or SASL_SSL")
        return value

    @field_validator("response_topic", "dead_letter_topic", "configuration_topic")
    @classmethod
    def _another_topic(cls, value: str, info: ValidationInfo) -> str:
        for other in ("request_topic", "response_topic", "dead_letter_topic"):
            if other != info.field_name and info.data.get(other) == value:
                raise ValueError(f"must differ from {other.upper()}")
        return value

    @field_validator("inventory_url")
    @classmethod
    def _one_inventory(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("inventory_file"):
            raise ValueError("must not be given beside INVENTORY_FILE")
        return value

    @field_validator("http_tls_key")
    @classmethod
    def _certificate_and_key(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        certificate = info.data.get("http_tls_cert", value)  # one that is itself at fault is reported on its own
        if value is None and certificate is not None:
            raise ValueError("must be given, as HTTP_TLS_CERT is")
        if value is not None and certificate is None:
            raise ValueError("must not be given without HTTP_TLS_CERT")
        return value

    @field_validator("http_host")
    @classmethod
    def _guarded_beyond_loopback(cls, value: str, info: ValidationInfo) -> str:
        if is_loopback(value):
            return value
        # a setting that is itself at fault is not in info.data, and is reported on its own
        lacks = []
        if info.data.get("http_users_file", "at fault") is None:
            lacks.append("HTTP_USERS_FILE")
        if info.data.get("http_tls_cert", "at fault") is None and info.data.get("http_allow_plain") is False:
            lacks.append("HTTP_TLS_CERT and HTTP_TLS_KEY (or HTTP_ALLOW_PLAIN=true)")
        if lacks:
            raise ValueError(f"must be a loopback address, or needs {' and '.join(lacks)}")
        return value


class _Environment(EnvSettingsSource):
    """The environment as an argument."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(Settings)
        self.env_vars = {name.lower(): value for name, value in environ.items() if name.isupper()}


def load_settings(config: Path | None, environ: Mapping[str, str], **overrides: object) -> Settings:
    """The settings of the environment over those of the file: `config`, else APPC_CONFIG, else none.

    `overrides` come from the command line and go before both; None is not given.
    Raises: SettingsError with everything that is wrong.
    """
    path = config or (Path(environ["APPC_CONFIG"]) if environ.get("APPC_CONFIG") else None)
    file = _file(path)
    environment = _Environment(environ)()
    given = {name: value for name, value in overrides.items() if value is not None}
    known = {name: value for name, value in file.items() if name in Settings.model_fields}
    sources = dict.fromkeys(known, str(path))
    sources |= {name: _PREFIX + name.upper() for name in environment}
    sources |= dict.fromkeys(given, "command line")
    faults = [_unknown_in_file(name, file[name], path) for name in file if name not in known]
    try:
        settings = Settings(**{**known, **environment, **given})
    except ValidationError as error:
        # `from None`: the validation error shows values, secrets among them
        raise SettingsError([*faults, *(_fault(each, sources) for each in error.errors())]) from None
    if faults:
        raise SettingsError(faults)
    settings._sources = sources
    settings._warnings = tuple(_warning(name) for name in environ if _is_unknown(name))
    return settings


def _file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    if not path.is_file():
        # pydantic-settings passes that over
        raise SettingsError([f"{path}: there is no such file"])
    try:
        return dict(TomlConfigSettingsSource(Settings, path).toml_data)
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: is no TOML: {error}"]) from None


def _is_unknown(variable: str) -> bool:
    name = variable.removeprefix(_PREFIX)
    setting = name.isupper() and name.lower() in Settings.model_fields
    return name != variable and not setting and not _NO_SETTINGS.fullmatch(variable)


def _closest(name: str) -> str | None:
    close = difflib.get_close_matches(name.removeprefix(_PREFIX).lower(), Settings.model_fields, n=1)
    return close[0] if close else None


def _warning(variable: str) -> str:
    close = _closest(variable)
    return f"{variable} names no setting" + (f"; did you mean {_PREFIX}{close.upper()}?" if close else "")


def _unknown_in_file(name: str, value: object, path: Path | None) -> str:
    close = _closest(name)
    # a misspelt secret is a secret
    text = f"{name}: {_shown(close or name, value)!r} in {path} is no setting; "
    return text + (f"did you mean {close}?" if close else f"these are: {', '.join(Settings.model_fields)}")


def _fault(fault: ErrorDetails, sources: Mapping[str, str]) -> str:
    name = str(fault["loc"][0])
    if fault["input"] is None:
        return f"{name.upper()}: {_must(name, fault)}"
    source = f"from {sources[name]}" if name in sources else "by default"
    return f"{name.upper()}: {_shown(name, fault['input'])!r} {source} {_must(name, fault)}"


def _must(name: str, fault: ErrorDetails) -> str:
    """What is allowed, in words."""
    if fault["type"] == "value_error":
        return fault["msg"].removeprefix("Value error, ")
    if expected := fault.get("ctx", {}).get("expected"):
        return f"must be {expected}"
    field = Settings.model_fields[name]
    low = next((each.ge for each in field.metadata if isinstance(each, Ge)), None)
    high = next((each.le for each in field.metadata if isinstance(each, Le)), None)
    if low is not None:
        return f"must be a {'whole ' if field.annotation is int else ''}number from {low} to {high}"
    return "must be true or false" if field.annotation is bool else "must be text"


def _shown(name: str, value: object) -> str:
    """One value for people, without secrets."""
    if value is None:
        return "none"
    if isinstance(value, SecretStr) or redacted({name: ""})[name] == REDACTED:
        return REDACTED
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    text = value.isoformat() if isinstance(value, datetime) else redacted_text(str(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
