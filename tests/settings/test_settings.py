"""The settings: where they come from, what they are without anything, what is shown of them (contract section 2)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from appc.settings import Settings, load_settings

#: The contract's table; 127.0.0.1 and the like as text.
DEFAULTS: Mapping[str, object] = {
    "bus_url": "embedded:",
    "bus_security_protocol": "PLAINTEXT",
    "bus_sasl_mechanism": None,
    "bus_username": None,
    "bus_password": None,
    "bus_ca_file": None,
    "request_topic": "APPC-LCM-READ",
    "response_topic": "APPC-LCM-WRITE",
    "dead_letter_topic": "APPC-LCM-DLQ",
    "configuration_topic": "APPC-CONFIGURATION",
    "consumer_group": "appc",
    "group_start": "end",
    "store_url": "sqlite:",
    "state_dir": Path("./var"),
    "http_host": "127.0.0.1",
    "http_port": 8181,
    "http_users_file": None,
    "http_allow_plain": False,
    "http_tls_cert": None,
    "http_tls_key": None,
    "default_ttl_s": 30,
    "clock_skew_s": 1,
    "lock_ttl_s": 900,
    "workers": 32,
    "queue_size": 1000,
    "lease_s": 10,
    "drain_s": 25,
    "retention_h": 168,
    "max_message_bytes": 1_048_576,
    "clouds_file": None,
    "inventory_file": None,
    "inventory_url": None,
    "inventory_ca_file": None,
    "policy_file": None,
    "playbooks_dir": None,
    "templates_dir": None,
    "ansible_mode": "warm",
    "credentials_dir": None,
    "schemas_dir": None,
    "log_format": None,
    "log_level": "info",
}


def written(folder: Path, text: str, name: str = "appc.toml") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_without_anything_the_defaults_are_the_contract_s() -> None:
    """Every name of the table and no other, each with its default."""
    settings = load_settings(None, {})
    assert {name: getattr(settings, name) for name in Settings.model_fields} == DEFAULTS
    assert settings.warnings == ()


def test_the_environment_is_read_by_upper_case_names() -> None:
    """`APPC_<NAME>`; other variables are nobody's business."""
    settings = load_settings(None, {"APPC_WORKERS": "4", "WORKERS": "5", "PATH": "/bin"})
    assert settings.workers == 4


def test_the_file_is_read_by_lower_case_names(tmp_path: Path) -> None:
    """TOML, numbers and booleans as TOML has them."""
    text = 'workers = 4\nlease_s = 2.5\nhttp_allow_plain = true\nlog_level = "debug"\n'
    settings = load_settings(written(tmp_path, text), {})
    assert (settings.workers, settings.lease_s, settings.http_allow_plain) == (4, 2.5, True)
    assert settings.log_level == "debug"


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    """Each setting for itself."""
    config = written(tmp_path, "workers = 4\nqueue_size = 5\nhttp_port = 6\n")
    settings = load_settings(config, {"APPC_QUEUE_SIZE": "50", "APPC_HTTP_PORT": "60"}, http_port=600)
    assert (settings.workers, settings.queue_size, settings.http_port) == (4, 50, 600)


def test_what_the_command_line_does_not_give_does_not_count() -> None:
    """None is "not given"."""
    assert load_settings(None, {"APPC_HTTP_PORT": "60"}, http_port=None).http_port == 60


def test_appc_config_names_the_file(tmp_path: Path) -> None:
    """Where --config does not."""
    config = written(tmp_path, "workers = 4\n")
    other = written(tmp_path, "workers = 5\n", "other.toml")
    assert load_settings(None, {"APPC_CONFIG": str(config)}).workers == 4
    assert load_settings(other, {"APPC_CONFIG": str(config)}).workers == 5


def test_an_empty_value_is_none_where_a_setting_may_be_absent(tmp_path: Path) -> None:
    """So the environment can take back what the file gives."""
    config = written(tmp_path, f'inventory_file = "{tmp_path}/appc.toml"\nlog_format = "json"\n')
    assert load_settings(config, {}).inventory_file == config
    settings = load_settings(config, {"APPC_INVENTORY_FILE": "", "APPC_LOG_FORMAT": ""})
    assert (settings.inventory_file, settings.log_format) == (None, None)


def test_a_group_s_start_is_a_word_or_a_time(tmp_path: Path) -> None:
    """A time without zone is UTC, as all times here; TOML has times of its own."""
    noon = datetime(2030, 1, 31, 12, tzinfo=UTC)
    for given in ("2030-01-31T12:00:00Z", "2030-01-31T13:00:00+01:00", "2030-01-31T12:00:00"):
        assert load_settings(None, {"APPC_GROUP_START": given}).group_start == noon
    assert load_settings(written(tmp_path, "group_start = 2030-01-31T12:00:00Z\n"), {}).group_start == noon
    assert load_settings(None, {"APPC_GROUP_START": "Beginning"}).group_start == "beginning"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("BUS_URL", "kafka://broker:9092", id="one broker"),
        pytest.param("BUS_URL", "kafka://a:9092,b.example:9093,[::1]:9094", id="several brokers"),
        pytest.param("STORE_URL", "redis://localhost", id="redis"),
        pytest.param("STORE_URL", "rediss://user:word@redis.example:6380/3", id="redis with everything"),
        pytest.param("STORE_URL", "rediss://[::1]:6379/?ssl_cert_reqs=required", id="redis with options"),
        pytest.param("REQUEST_TOPIC", "unauthenticated.APPC-LCM_READ", id="topic"),
        pytest.param("CONSUMER_GROUP", "appc:east/1", id="group"),
        pytest.param("HTTP_HOST", "localhost", id="host name"),
        pytest.param("HTTP_HOST", "::1", id="IPv6 host"),
        pytest.param("LOG_LEVEL", "warning", id="log level"),
        pytest.param("LOG_FORMAT", "text", id="log format"),
    ],
)
def test_legal_values_are_taken_as_they_are(name: str, value: str) -> None:
    """What the table's column says."""
    assert getattr(load_settings(None, {f"APPC_{name}": value}), name.lower()) == value


def test_words_are_taken_in_any_letter_case() -> None:
    """Levels, formats and Kafka's own words."""
    settings = load_settings(
        None, {"APPC_LOG_LEVEL": "INFO", "APPC_LOG_FORMAT": "JSON", "APPC_BUS_SECURITY_PROTOCOL": "ssl"}
    )
    assert (settings.log_level, settings.log_format, settings.bus_security_protocol) == ("info", "json", "SSL")


def test_the_bus_may_want_a_password() -> None:
    """TLS and SASL for Kafka; the password is a secret object."""
    settings = load_settings(
        None,
        {
            "APPC_BUS_URL": "kafka://broker:9092",
            "APPC_BUS_SECURITY_PROTOCOL": "SASL_SSL",
            "APPC_BUS_SASL_MECHANISM": "scram-sha-512",
            "APPC_BUS_USERNAME": "appc",
            "APPC_BUS_PASSWORD": "canary",
        },
    )
    assert settings.bus_sasl_mechanism == "SCRAM-SHA-512"
    assert settings.bus_password == SecretStr("canary")


def test_beyond_loopback_wants_users_and_tls_or_an_explicit_word(tmp_path: Path) -> None:
    """Users are always wanted; TLS unless HTTP_ALLOW_PLAIN says otherwise."""
    file = str(written(tmp_path, "x", "file"))
    users = {"APPC_HTTP_HOST": "0.0.0.0", "APPC_HTTP_USERS_FILE": file}
    assert load_settings(None, users | {"APPC_HTTP_ALLOW_PLAIN": "true"}).http_host == "0.0.0.0"
    assert load_settings(None, users | {"APPC_HTTP_TLS_CERT": file, "APPC_HTTP_TLS_KEY": file}).http_tls_key


def test_an_address_in_brackets_loses_them() -> None:
    """`[::1]` is how URLs write ::1."""
    assert load_settings(None, {"APPC_HTTP_HOST": "[::1]"}).http_host == "::1"


def test_unknown_variables_are_warned_of_with_the_nearest_name() -> None:
    """A misspelt name is not fatal: the variable may be another program's."""
    warnings = load_settings(None, {"APPC_WORKRES": "4", "APPC_zzz": "canary", "APPC_lock_ttl_s": "1"}).warnings
    assert warnings == (
        "APPC_WORKRES names no setting; did you mean APPC_WORKERS?",
        "APPC_zzz names no setting",
        "APPC_lock_ttl_s names no setting; did you mean APPC_LOCK_TTL_S?",
    )


def test_variables_of_the_commands_and_of_the_tests_are_known() -> None:
    """What the client commands read, and everything under APPC_TEST_."""
    names = ("APPC_URL", "APPC_USERNAME", "APPC_PASSWORD", "APPC_TEST_REDIS", "APPC_TEST_ANYTHING", "APPC_CONFIG")
    assert load_settings(None, dict.fromkeys(names, "")).warnings == ()


def test_every_setting_is_described_with_its_source(tmp_path: Path) -> None:
    """For `appc doctor`: name, value, and where it comes from."""
    config = written(tmp_path, "workers = 4\nqueue_size = 5\nlease_s = 2.5\n")
    settings = load_settings(config, {"APPC_WORKERS": "40"}, http_port=0)
    described = {line.name: (line.value, line.source) for line in settings.describe()}
    assert list(described) == [name.upper() for name in Settings.model_fields]
    assert described["WORKERS"] == ("40", "APPC_WORKERS")
    assert described["QUEUE_SIZE"] == ("5", str(config))
    assert described["LEASE_S"] == ("2.5", str(config))
    assert described["HTTP_PORT"] == ("0", "command line")
    assert described["RETENTION_H"] == ("168", "default")
    assert described["HTTP_ALLOW_PLAIN"] == ("false", "default")
    assert described["INVENTORY_FILE"] == ("none", "default")
    assert described["CLOUDS_FILE"] == ("the usual places of clouds.yaml", "default")


def test_secrets_are_shown_nowhere() -> None:
    """Neither the bus's password nor one inside a URL, neither described nor represented."""
    settings = load_settings(
        None,
        {
            "APPC_BUS_SECURITY_PROTOCOL": "SASL_SSL",
            "APPC_BUS_SASL_MECHANISM": "PLAIN",
            "APPC_BUS_USERNAME": "appc",
            "APPC_BUS_PASSWORD": "canary",
            "APPC_STORE_URL": "redis://:canary@localhost:6379/0?password=canary",
        },
    )
    described = {line.name: line.value for line in settings.describe()}
    assert described["BUS_PASSWORD"] == "***"
    assert described["STORE_URL"] == "redis://***@localhost:6379/0?password=***"
    assert "canary" not in f"{settings!r} {settings} {described}"
    assert "canary" in settings.store_url
