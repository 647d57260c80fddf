"""What a single setting may be: one type for each kind of value, with its rule in words."""

import re
from datetime import UTC, datetime
from ipaddress import ip_address
from os import R_OK, access
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

_KAFKA_URL = re.compile(r"kafka://(?P<servers>[^/@?#\s]+)")
_KAFKA_SERVER = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
#: What Kafka allows as a topic's name.
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")
_GROUP = re.compile(r"[!-~]{1,249}")
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


def _matching(form: re.Pattern[str], otherwise: str) -> AfterValidator:
    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(otherwise)
        return text

    return AfterValidator(check)


def _no_boolean(value: object) -> object:
    # pydantic takes true for 1, which nobody means
    return str(value).lower() if isinstance(value, bool) else value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _path_text(value: object) -> object:
    if value == "":
        raise ValueError("must be a path")
    return value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _bus_url(url: str) -> str:
    match = _KAFKA_URL.fullmatch(url)
    servers = [_KAFKA_SERVER.fullmatch(server) for server in match["servers"].split(",")] if match else []
    if url == "embedded:" or (servers and all(server and 0 < int(server["port"]) < 65536 for server in servers)):
        return url
    raise ValueError("must be embedded: or kafka://host:port[,host:port]")


def _store_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        redis = parts.scheme in ("redis", "rediss") and bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        redis = False
    if url == "sqlite:" or (redis and re.fullmatch(r"/?|/[0-9]{1,5}", parts.path) and not re.search(r"\s", url)):
        return url
    raise ValueError("must be sqlite: or redis://[user:password@]host[:port][/database], or the same with rediss")


def _inventory_url(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if good and not (parts.query or parts.fragment or re.search(r"\s", url)):
        return url
    raise ValueError("must be https://[user:password@]host[:port]/aai/v24, or the same with http")


def _group_start(value: object) -> object:
    if isinstance(value, str) and value.lower() in ("end", "beginning"):
        return value.lower()
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("must be end, beginning or an ISO time like 2030-01-31T12:00:00Z") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _http_host(host: str) -> str:
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return str(ip_address(bare))
    except ValueError:
        if _HOST_NAME.fullmatch(host):
            return host
    raise ValueError("must be the address or the name of a network interface, without scheme and port")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener at `host`; a name other than localhost is not asked for."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _readable_file(path: Path | None) -> Path | None:
    path = path and _expanded(path)
    if path and (not path.exists() or path.is_dir() or not access(path, R_OK)):
        raise ValueError("must be a file that exists and can be read")
    return path


def _readable_folder(path: Path | None) -> Path | None:
    path = path and _expanded(path)
    if path and not (path.is_dir() and access(path, R_OK)):
        raise ValueError("must be a folder that exists and can be read")
    return path


def _own_folder(path: Path) -> Path:
    path = _expanded(path)
    if path.exists() and not path.is_dir():
        raise ValueError("must be a folder, which is made if it does not exist")
    return path


Whole = Annotated[int, BeforeValidator(_no_boolean)]
Number = Annotated[float, BeforeValidator(_no_boolean)]
OptionalText = Annotated[str | None, BeforeValidator(_none_if_empty)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_none_if_empty)]
OptionalFile = Annotated[Path | None, BeforeValidator(_none_if_empty), AfterValidator(_readable_file)]
OptionalFolder = Annotated[Path | None, BeforeValidator(_none_if_empty), AfterValidator(_readable_folder)]
OwnFolder = Annotated[Path, BeforeValidator(_path_text), AfterValidator(_own_folder)]

BusUrl = Annotated[str, AfterValidator(_bus_url)]
SecurityProtocol = Annotated[Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], BeforeValidator(_upper)]
_Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
SaslMechanism = Annotated[_Mechanism | None, BeforeValidator(_upper), BeforeValidator(_none_if_empty)]
Topic = Annotated[str, _matching(_TOPIC, "must be 1 to 249 letters, digits, dots, dashes and underscores")]
Group = Annotated[str, _matching(_GROUP, "must be 1 to 249 visible ASCII characters")]
GroupStart = Annotated[datetime | Literal["end", "beginning"], BeforeValidator(_group_start)]
StoreUrl = Annotated[str, AfterValidator(_store_url)]
InventoryUrl = Annotated[str | None, BeforeValidator(_none_if_empty), AfterValidator(_inventory_url)]
HttpHost = Annotated[str, AfterValidator(_http_host)]
AnsibleMode = Annotated[Literal["warm", "runner"], BeforeValidator(_lower)]
LogFormat = Annotated[Literal["text", "json"] | None, BeforeValidator(_lower), BeforeValidator(_none_if_empty)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)]
