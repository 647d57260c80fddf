"""Configurations to and from real devices: netconfd with a candidate, and one without."""

import re
from collections.abc import Iterator

import pytest
from ncclient import manager

from appc.lcm.artifact import TemplateFormat
from appc.lcm.errors import DgFailure
from appc.lcm.ports.device import DeviceResult
from appc.southbound.netconf.executor import NetconfExecutor
from appc.stores.credentials import CredentialsFolder
from appc.system_clock import SystemClock
from tests.fakes.run import FakeRun
from tests.servers.netconf_server import MODEL, NetconfServer
from tests.southbound.netconf.conftest import Job

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
FILTER = f'<streams xmlns="{MODEL}"/>'


def streams(inside: str) -> str:
    """A configuration of the test model."""
    return f'<streams xmlns="{MODEL}">{inside}</streams>'


def config(inside: str) -> str:
    """The same as it is read from a device."""
    return f'<config xmlns="{BASE}">{streams(inside)}</config>'


class Peer:
    """A device and an executor for it."""

    def __init__(self, server: NetconfServer, job: Job) -> None:
        self.server = server
        self.run = FakeRun()
        self._job = job
        self._executor = NetconfExecutor(CredentialsFolder(server.folder), SystemClock())

    def do(self, content: str = "", action: str = "Configure", **device: str | None) -> DeviceResult:
        """Carry an action out; members of the artifact's device with `_` for `-`, None for one that is left out."""
        settings = {name.replace("_", "-"): value for name, value in device.items()}
        members = {**self.server.device, "filter": FILTER, **settings}
        chosen = {name: value for name, value in members.items() if value is not None}
        return self._executor.carry_out(self._job(chosen, content, action), self.run)

    def running(self) -> str:
        """The running configuration as Audit reads it."""
        read = self.do(action="Audit").configuration
        assert read
        return read.content

    def client(self) -> manager.Manager:
        """Somebody else at the same device."""
        return manager.connect(
            host="127.0.0.1",
            port=self.server.port,
            username=self.server.device["user"],
            key_filename=str(self.server.folder / "key"),
            hostkey_verify=False,
            allow_agent=False,
            look_for_keys=False,
        )


@pytest.fixture(params=["candidate", "running_only"])
def peer(request: pytest.FixtureRequest, job: Job) -> Peer:
    """Each kind of device."""
    return Peer(request.getfixturevalue(request.param), job)


@pytest.fixture
def editable(candidate: NetconfServer, job: Job) -> Peer:
    """The one with a candidate."""
    return Peer(candidate, job)


@pytest.fixture
def other(editable: Peer) -> Iterator[manager.Manager]:
    """Somebody else's session with the device that has a candidate."""
    client = editable.client()
    yield client
    client.close_session()


def test_what_was_sent_is_what_runs(peer: Peer) -> None:
    """Configure makes the change and brings the running configuration back, as XML that can be sent again."""
    result = peer.do(streams("<limit>7</limit><stream><id>a</id><text>5 &lt; 6 &amp; ü</text></stream>"))
    assert result.configuration
    assert result.configuration.format is TemplateFormat.XML
    assert peer.running() == result.configuration.content
    assert "<limit>7</limit>" in peer.running()
    peer.do(result.configuration.content, "ConfigRestore", default_operation="replace")
    assert peer.running() == result.configuration.content


@pytest.mark.parametrize("filter", [pytest.param(FILTER, id="with a filter"), pytest.param(None, id="everything")])
def test_a_restore_deletes_what_was_added_since(peer: Peer, filter: str | None) -> None:
    """ConfigRestore replaces all that the filter selects; what an artifact says of it counts more."""
    peer.do(streams("<stream><id>mine</id></stream>"))
    stored = peer.do(action="Audit", filter=filter).configuration
    assert stored
    peer.do(streams("<stream><id>foreign</id></stream>"))
    peer.do(stored.content, "ConfigRestore", default_operation="merge", filter=filter)
    assert "foreign" in peer.running()
    restored = peer.do(stored.content, "ConfigRestore", filter=filter).configuration
    assert restored == stored
    assert "foreign" not in peer.running()


def test_a_restore_of_nothing_deletes_what_the_filter_selects(peer: Peer) -> None:
    """The stored configuration was an empty one."""
    peer.do(streams("<limit>7</limit>"))
    restored = peer.do(f'<config xmlns="{BASE}"/>', "ConfigRestore").configuration
    assert restored
    assert "streams" not in restored.content


@pytest.mark.parametrize("action", ["Audit", "Sync", "ConfigBackup"])
def test_some_actions_only_read(peer: Peer, action: str) -> None:
    """One get-config, and nothing is locked or changed."""
    result = peer.do(action=action)
    assert result.configuration
    assert [step.partition(",")[0] for step in peer.run.steps] == ["connect", "get-config of running"]


def test_a_candidate_is_locked_committed_read_back_and_confirmed(editable: Peer) -> None:
    """In this order; each is a step of the run that names the device."""
    editable.do(streams("<limit>8</limit>"))
    assert [step.partition(",")[0] for step in editable.run.steps] == [
        "connect",
        "lock of candidate",
        "edit-config of candidate",
        "confirmed commit",
        "get-config of running",
        "confirming commit",
    ]
    assert {step.partition(", ")[2] for step in editable.run.steps} == {f"device 127.0.0.1:{editable.server.port}"}


def test_a_device_without_candidate_is_edited_directly(running_only: NetconfServer, job: Job) -> None:
    """Its running configuration is locked meanwhile."""
    peer = Peer(running_only, job)
    peer.do(streams("<limit>9</limit>"))
    assert [step.partition(",")[0] for step in peer.run.steps] == [
        "connect",
        "lock of running",
        "edit-config of running",
        "get-config of running",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(
            "<limit>101</limit>", r"invalid-value: value not in range, at \S*/at:streams/at:limit", id="out of range"
        ),
        pytest.param(
            "<colour>red</colour>", r"unknown-element: unknown object, at \S*/at:streams", id="unknown element"
        ),
        pytest.param("<highest>nobody</highest>", r"data-missing: .*at:highest", id="points at nothing"),
    ],
)
def test_what_a_device_refuses_is_told_and_leaves_no_trace(peer: Peer, content: str, said: str) -> None:
    """401 with the tag, message and path of the rpc-error, the operation and the device; nothing of it remains."""
    before = peer.running()
    with pytest.raises(DgFailure, match=rf"DG FAILURE - {said}.*, device 127\.0\.0\.1:{peer.server.port}$"):
        peer.do(streams(f"<stream><id>never</id></stream>{content}"))
    assert peer.running() == before
    peer.do(streams("<limit>10</limit>"))  # the candidate is free of it, and unlocked
    assert "never" not in peer.running()


def test_a_candidate_that_another_session_holds_is_told(editable: Peer, other: manager.Manager) -> None:
    """Who holds it is named; once it is free, the change can be made."""
    with other.locked("candidate"), pytest.raises(DgFailure) as failed:
        editable.do(streams("<limit>11</limit>"))
    text = str(failed.value)
    assert re.search(r"lock-denied: .*held by the device's session \d+: lock of candidate, device", text), text
    editable.do(streams("<limit>11</limit>"))


def test_an_operation_of_the_data_model_is_called(peer: Peer) -> None:
    """`operation: rpc`: the template is its element."""
    call = f'<quiesce xmlns="{MODEL}"><seconds>5</seconds></quiesce>'
    assert peer.do(call, "QuiesceTraffic", operation="rpc").payload is None
    with pytest.raises(DgFailure, match=r"data-missing: .*: rpc quiesce, device"):
        peer.do(f'<quiesce xmlns="{MODEL}"/>', "QuiesceTraffic", operation="rpc")


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        pytest.param(
            "known_hosts_file", "empty", r"host key \(MD5 [0-9a-f:]+\) is not in the known hosts", id="host key"
        ),
        pytest.param("user", "nobody-here", "the device refused the log-in", id="user"),
        pytest.param("key_file", "hostkey", "the device refused the log-in", id="key"),
        pytest.param("key_file", "none", "credential none: there is no such file in CREDENTIALS_DIR", id="no file"),
        pytest.param("port", "1", r"Could not open socket to 127\.0\.0\.1:1: connect, device 127", id="nobody listens"),
    ],
)
def test_a_session_that_cannot_begin_is_told(editable: Peer, setting: str, value: str, said: str) -> None:
    """401: what was wrong, and where."""
    (editable.server.folder / "empty").touch()
    with pytest.raises(DgFailure, match=said):
        editable.do(action="Audit", **{setting: value})


def test_a_host_key_may_go_unverified_where_the_artifact_says_so(editable: Peer) -> None:
    """By name, per artifact: `verify-host-key: false`."""
    assert editable.do(action="Audit", known_hosts_file="empty", verify_host_key="false").configuration


def test_64_kilobytes_come_back_byte_for_byte(editable: Peer) -> None:
    """Sent, read, sent again and read again: always the same bytes. (bench/netconf.py does it a hundred times.)"""
    lines = "".join(f"<stream><id>s{n}</id><text>{n} &lt; &amp; ü {'x' * 80}</text></stream>" for n in range(550))
    sent = config(lines)
    assert len(sent.encode()) > 65_536
    editable.do(sent, "ConfigRestore", default_operation="replace")
    for _ in range(2):
        read = editable.running()
        assert read == sent
        editable.do(read, "ConfigRestore", default_operation="replace")
