"""Settings that are wrong: the start ends with each name, its value and what is allowed (contract section 2)."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appc.settings import Settings, SettingsError, load_settings


def faults(environ: dict[str, str], config: Path | None = None) -> tuple[str, ...]:
    """What is wrong with these settings."""
    try:
        load_settings(config, environ)
    except SettingsError as error:
        assert str(error) == "\n".join(error.faults)
        return error.faults
    return ()


def written(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "appc.toml"
    path.write_text(text, encoding="utf-8")
    return path


BUS = "must be embedded: or kafka://host:port[,host:port]"
STORE = "must be sqlite: or redis://[user:password@]host[:port][/database], or the same with rediss"
AAI = "must be https://[user:password@]host[:port]/aai/v24, or the same with http"
TOPIC = "must be 1 to 249 letters, digits, dots, dashes and underscores"
HOST = "must be the address or the name of a network interface, without scheme and port"
START = "must be end, beginning or an ISO time like 2030-01-31T12:00:00Z"
MECHANISM = "must be 'PLAIN', 'SCRAM-SHA-256' or 'SCRAM-SHA-512'"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        pytest.param("BUS_URL", "kafka://broker", BUS, id="bus without port"),
        pytest.param("BUS_URL", "kafka://broker:0", BUS, id="bus at port 0"),
        pytest.param("BUS_URL", "kafka://a:1,", BUS, id="bus with a gap"),
        pytest.param("BUS_URL", "amqp://broker:1", BUS, id="another bus"),
        pytest.param("BUS_URL", "embedded:x", BUS, id="bus with more"),
        pytest.param("BUS_URL", "", BUS, id="no bus"),
        pytest.param("STORE_URL", "redis://", STORE, id="store without host"),
        pytest.param("STORE_URL", "redis://h:x", STORE, id="store with a word for port"),
        pytest.param("STORE_URL", "redis://h/zero", STORE, id="store with a word for database"),
        pytest.param("STORE_URL", "sqlite:///x.db", STORE, id="store with a path"),
        pytest.param("STORE_URL", "http://h", STORE, id="another store"),
        pytest.param("INVENTORY_URL", "aai.example/aai/v24", AAI, id="inventory without scheme"),
        pytest.param("INVENTORY_URL", "https://h/aai?x=1", AAI, id="inventory with a query"),
        pytest.param("INVENTORY_URL", "https://h:x/aai", AAI, id="inventory with a word for port"),
        pytest.param("INVENTORY_URL", "ftp://h/aai", AAI, id="another inventory"),
        pytest.param("REQUEST_TOPIC", "a b", TOPIC, id="topic with a space"),
        pytest.param("REQUEST_TOPIC", "..", TOPIC, id="topic of dots"),
        pytest.param("REQUEST_TOPIC", "a" * 250, TOPIC, id="long topic"),
        pytest.param("CONSUMER_GROUP", "", "must be 1 to 249 visible ASCII characters", id="no group"),
        pytest.param("GROUP_START", "now", START, id="group start"),
        pytest.param("HTTP_HOST", "http://localhost", HOST, id="host with scheme"),
        pytest.param("HTTP_HOST", "localhost:8181", HOST, id="host with port"),
        pytest.param("HTTP_HOST", "", HOST, id="no host"),
        pytest.param("HTTP_PORT", "65536", "must be a whole number from 0 to 65535", id="port"),
        pytest.param("HTTP_PORT", "http", "must be a whole number from 0 to 65535", id="port as a word"),
        pytest.param("WORKERS", "0", "must be a whole number from 1 to 1024", id="no workers"),
        pytest.param("WORKERS", "1.5", "must be a whole number from 1 to 1024", id="half a worker"),
        pytest.param("WORKERS", "", "must be a whole number from 1 to 1024", id="empty number"),
        pytest.param("QUEUE_SIZE", "-1", "must be a whole number from 1 to 1000000", id="queue"),
        pytest.param("DEFAULT_TTL_S", "0", "must be a whole number from 1 to 604800", id="ttl"),
        pytest.param("LOCK_TTL_S", "0", "must be a whole number from 1 to 604800", id="lock"),
        pytest.param("CLOCK_SKEW_S", "-1", "must be a number from 0 to 3600", id="skew"),
        pytest.param("LEASE_S", "nan", "must be a number from 0.5 to 3600", id="lease that is no number"),
        pytest.param("DRAIN_S", "inf", "must be a number from 0 to 86400", id="endless drain"),
        pytest.param("RETENTION_H", "0", "must be a number from 0.01 to 87600", id="retention"),
        pytest.param("MAX_MESSAGE_BYTES", "1", "must be a whole number from 1024 to 16777216", id="message size"),
        pytest.param("HTTP_ALLOW_PLAIN", "perhaps", "must be true or false", id="boolean"),
        pytest.param("LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning', 'error' or 'critical'", id="log level"),
        pytest.param("LOG_FORMAT", "xml", "must be 'text' or 'json'", id="log format"),
        pytest.param("STATE_DIR", "", "must be a path", id="no state folder"),
        pytest.param("STATE_DIR", __file__, "must be a folder, which is made if it does not exist", id="state file"),
        pytest.param("INVENTORY_FILE", "/no/file", "must be a file that exists and can be read", id="no file"),
        pytest.param("CLOUDS_FILE", "/", "must be a file that exists and can be read", id="folder for file"),
        pytest.param("SCHEMAS_DIR", __file__, "must be a folder that exists and can be read", id="file for folder"),
    ],
)
def test_a_bad_value_is_told_with_name_value_source_and_what_is_allowed(name: str, value: str, allowed: str) -> None:
    """One line says it all."""
    shown = value if len(value) <= 200 else f"{value[:200]}…"
    assert faults({f"APPC_{name}": value}) == (f"{name}: {shown!r} from APPC_{name} {allowed}",)


def test_an_unknown_name_in_the_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    """Also one in capitals, which are the environment's."""
    config = written(tmp_path, "wrokers = 4\nLOCK_TTL_S = 5\n")
    assert faults({}, config) == (
        f"wrokers: '4' in {config} is no setting; did you mean workers?",
        f"LOCK_TTL_S: '5' in {config} is no setting; did you mean lock_ttl_s?",
    )


def test_an_unknown_name_that_is_near_nothing_is_told_with_all_names(tmp_path: Path) -> None:
    """A table of TOML, too, is only a name."""
    config = written(tmp_path, "[xyz]\nworkers = 4\n")
    assert faults({}, config) == (
        f"xyz: \"{{'workers': 4}}\" in {config} is no setting; these are: {', '.join(Settings.model_fields)}",
    )


def test_true_is_no_number(tmp_path: Path) -> None:
    """In TOML one can write that."""
    config = written(tmp_path, "workers = true\n")
    assert faults({}, config) == (f"WORKERS: 'true' from {config} must be a whole number from 1 to 1024",)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Those of the file, those of the environment, and rules between settings."""
    config = written(tmp_path, 'wrokers = 4\nworkers = 0\nhttp_host = "0.0.0.0"\nhttp_users_file = "/no/file"\n')
    told = faults({"APPC_BUS_URL": "x", "APPC_BUS_SECURITY_PROTOCOL": "SASL_SSL"}, config)
    assert [fault.split(":")[0] for fault in told] == [
        "wrokers",
        "BUS_URL",
        "BUS_SASL_MECHANISM",
        "BUS_USERNAME",
        "BUS_PASSWORD",
        "HTTP_USERS_FILE",
        "HTTP_HOST",
        "WORKERS",
    ]


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        pytest.param(
            {"HTTP_HOST": "0.0.0.0"},
            "HTTP_HOST: '0.0.0.0' from APPC_HTTP_HOST must be a loopback address, or needs HTTP_USERS_FILE and "
            "HTTP_TLS_CERT and HTTP_TLS_KEY (or HTTP_ALLOW_PLAIN=true)",
            id="beyond loopback with nothing",
        ),
        pytest.param(
            {"HTTP_HOST": "appc.example", "HTTP_USERS_FILE": __file__},
            "HTTP_HOST: 'appc.example' from APPC_HTTP_HOST must be a loopback address, or needs "
            "HTTP_TLS_CERT and HTTP_TLS_KEY (or HTTP_ALLOW_PLAIN=true)",
            id="beyond loopback without TLS",
        ),
        pytest.param(
            {"HTTP_HOST": "::", "HTTP_ALLOW_PLAIN": "true"},
            "HTTP_HOST: '::' from APPC_HTTP_HOST must be a loopback address, or needs HTTP_USERS_FILE",
            id="beyond loopback without users",
        ),
        pytest.param(
            {"HTTP_TLS_CERT": __file__},
            "HTTP_TLS_KEY: must be given, as HTTP_TLS_CERT is",
            id="certificate without key",
        ),
        pytest.param(
            {"HTTP_TLS_KEY": __file__},
            f"HTTP_TLS_KEY: '{__file__}' from APPC_HTTP_TLS_KEY must not be given without HTTP_TLS_CERT",
            id="key without certificate",
        ),
        pytest.param(
            {"RESPONSE_TOPIC": "APPC-LCM-READ"},
            "RESPONSE_TOPIC: 'APPC-LCM-READ' from APPC_RESPONSE_TOPIC must differ from REQUEST_TOPIC",
            id="answers on the request topic",
        ),
        pytest.param(
            {"DEAD_LETTER_TOPIC": "APPC-LCM-WRITE"},
            "DEAD_LETTER_TOPIC: 'APPC-LCM-WRITE' from APPC_DEAD_LETTER_TOPIC must differ from RESPONSE_TOPIC",
            id="dead letters among answers",
        ),
        pytest.param(
            {"BUS_USERNAME": "appc"},
            "BUS_USERNAME: 'appc' from APPC_BUS_USERNAME must come with BUS_SECURITY_PROTOCOL SASL_SSL or "
            "SASL_PLAINTEXT",
            id="user without SASL",
        ),
        pytest.param(
            {"INVENTORY_URL": "https://u:canary@h/aai", "INVENTORY_FILE": __file__},
            "INVENTORY_URL: 'https://***@h/aai' from APPC_INVENTORY_URL must not be given beside INVENTORY_FILE",
            id="two inventories",
        ),
        pytest.param(
            {"BUS_CA_FILE": __file__},
            f"BUS_CA_FILE: '{__file__}' from APPC_BUS_CA_FILE must come with BUS_SECURITY_PROTOCOL SSL or SASL_SSL",
            id="authority without TLS",
        ),
        pytest.param(
            {"BUS_SASL_MECHANISM": "GSSAPI"},
            f"BUS_SASL_MECHANISM: 'GSSAPI' from APPC_BUS_SASL_MECHANISM {MECHANISM}",
            id="mechanism",
        ),
    ],
)
def test_settings_that_do_not_go_together(environ: dict[str, str], fault: str) -> None:
    """The rule stands at one of the two, and names the other."""
    assert faults({f"APPC_{name}": value for name, value in environ.items()}) == (fault,)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param(b"workers = \n", "is no TOML: Invalid value (at line 1, column 11)", id="syntax"),
        pytest.param(b"workers = 1\nworkers = 2\n", "is no TOML: Cannot overwrite a value", id="name twice"),
        pytest.param(b"\xff", "is no TOML: 'utf-8' codec can't decode byte 0xff", id="no text"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: bytes, what: str) -> None:
    """With its path and where the fault is."""
    config = tmp_path / "appc.toml"
    config.write_bytes(text)
    (fault,) = faults({}, config)
    assert fault.startswith(f"{config}: {what}")


def test_a_file_that_is_named_must_exist(tmp_path: Path) -> None:
    """By the command line or by APPC_CONFIG."""
    config = tmp_path / "none.toml"
    assert faults({}, config) == (f"{config}: there is no such file",)
    assert faults({"APPC_CONFIG": str(config)}) == (f"{config}: there is no such file",)
    assert faults({}, tmp_path) == (f"{tmp_path}: there is no such file",)


def test_a_fault_shows_no_secret(tmp_path: Path) -> None:
    """Not in URLs, not of a password, not of a password whose name is misspelt, not in the chain of exceptions."""
    config = written(tmp_path, 'bus_pasword = "canary"\nbus_password = 5\n')
    environ = {"APPC_STORE_URL": "redis://u:canary@h:x", "APPC_BUS_URL": "kafka://u:canary@h:1"}
    with pytest.raises(SettingsError) as caught:
        load_settings(config, environ)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert caught.value.faults[:2] == (
        f"bus_pasword: '***' in {config} is no setting; did you mean bus_password?",
        f"BUS_URL: 'kafka://***@h:1' from APPC_BUS_URL {BUS}",
    )


NAMES = st.sampled_from([f"APPC_{name.upper()}" for name in Settings.model_fields])
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@settings(deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_value_is_taken_or_refused_in_one_line(environ: dict[str, str]) -> None:
    """Nothing but SettingsError comes out, and no value can add a line to it."""
    for fault in faults(environ):
        assert fault.isprintable()
        assert fault.split(":")[0] in Settings.model_fields.keys() | {name.upper() for name in Settings.model_fields}
