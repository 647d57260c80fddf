"""What a real device does not do when asked to: silence, lost sessions, hostile XML, refusals half-way."""

import re
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from appc.lcm.errors import Aborted, DgFailure
from appc.lcm.ports.device import DeviceResult
from appc.southbound.netconf.executor import NetconfExecutor
from appc.stores.credentials import CredentialsFolder
from appc.system_clock import SystemClock
from tests.fakes.run import FakeRun
from tests.servers.scripted_device import BASE, PASSWORD, USER, ScriptedDevice, scripted_device
from tests.southbound.netconf.conftest import Job

CONTENT = '<streams xmlns="urn:example:appc-test"/>'
ERROR = "<rpc-error><error-type>protocol</error-type><error-tag>{}</error-tag></rpc-error>"
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">{}]><!--reply--><data>&l9;</data>'.format(
    "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "&a;" * 10}">' for n in range(10))
)
Carry = Callable[..., DeviceResult]


def answering(**answers: str | None) -> Callable[[str], str | None]:
    """A device that says yes to everything but these operations, by their names with `_` for `-`."""
    usual: dict[str, str | None] = {"get-config": "<data/>"}
    usual.update({name.replace("_", "-"): answer for name, answer in answers.items()})
    return lambda operation: usual.get(operation, "<ok/>")


@pytest.fixture
def carry(tmp_path: Path, job: Job) -> Carry:
    """Carries an action out on a scripted device."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    executor = NetconfExecutor(CredentialsFolder(tmp_path), SystemClock())

    def carry_out(
        device: ScriptedDevice, action: str = "Configure", run: FakeRun | None = None, timeout_s: str = "20"
    ) -> DeviceResult:
        settings = {
            "port": str(device.port),
            "user": USER,
            "password-file": "password",
            "verify-host-key": "false",
            "timeout-s": timeout_s,
        }
        return executor.carry_out(job(settings, CONTENT, action), run or FakeRun())

    return carry_out


def test_a_password_is_read_when_it_is_needed(carry: Carry, tmp_path: Path) -> None:
    """So that a new one counts at once; a wrong one is told without saying it."""
    with scripted_device(answering()) as device:
        assert carry(device).configuration
        (tmp_path / "password").write_text("wrong-canary")
        with pytest.raises(DgFailure, match="the device refused the log-in; check user, key and password") as failed:
            carry(device)
    assert "canary" not in str(failed.value)


@pytest.mark.parametrize(
    ("refusing", "cleared_by"),
    [
        pytest.param("edit-config", ["discard-changes", "unlock"], id="edit"),
        pytest.param("commit", ["cancel-commit", "discard-changes", "unlock"], id="commit"),
        pytest.param("get-config", ["cancel-commit", "discard-changes", "unlock"], id="read before confirming"),
    ],
)
def test_a_change_that_fails_half_way_is_taken_back(carry: Carry, refusing: str, cleared_by: list[str]) -> None:
    """The candidate is reset and unlocked; what was committed and not confirmed is cancelled."""
    answers = {refusing.replace("-", "_"): ERROR.format("resource-denied")}
    with scripted_device(answering(**answers)) as device, pytest.raises(DgFailure, match="resource-denied"):
        carry(device)
    assert [each for each in device.asked if each != "close-session"][-len(cleared_by) :] == cleared_by


def test_without_confirmed_commits_a_change_stands_that_cannot_be_read_back(carry: Carry) -> None:
    """It succeeded; why the configuration is not there is told (an intermediate 501)."""
    with scripted_device(answering(get_config=ERROR.format("access-denied")), ["candidate:1.0"]) as device:
        result = carry(device)
    assert result.configuration is None
    assert "access-denied" in result.configuration_problem


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        pytest.param("lock", "no answer within 1 s: lock of candidate, device 127", id="at the first request"),
        pytest.param("commit", "no answer within 1 s: confirmed commit, device 127", id="at the commit"),
    ],
)
def test_a_silent_device_ends_the_action(carry: Carry, operation: str, said: str) -> None:
    """After timeout-s; nothing more is asked of it, the end of the session takes the change back."""
    with scripted_device(answering(**{operation: None})) as device, pytest.raises(DgFailure, match=said):
        carry(device, timeout_s="1")
    assert device.asked[-1] == operation


def test_a_stop_ends_the_wait_for_a_device(carry: Carry) -> None:
    """Aborted, as soon as the run is cancelled."""
    run = FakeRun()
    with scripted_device(answering(lock=None)) as device:

        def stop() -> None:
            device.silent.wait(10)
            run.cancel()

        threading.Thread(target=stop).start()
        with pytest.raises(Aborted):
            carry(device, run=run)


def test_a_time_limit_ends_before_the_device_is_asked(carry: Carry) -> None:
    """Nothing is sent any more."""
    with scripted_device(answering()) as device, pytest.raises(DgFailure, match="the time limit is over"):
        carry(device, run=FakeRun(time_limit_s=0))
    assert device.asked == []


def test_a_lost_session_is_told(carry: Carry) -> None:
    """The device hangs up in the middle of the change."""
    said = "Unexpected session close: edit-config of candidate, device 127"
    with scripted_device(answering(edit_config="")) as device, pytest.raises(DgFailure, match=said):
        carry(device)


def test_a_device_that_offers_nothing_to_edit_is_told(carry: Carry) -> None:
    """No candidate and no writable running configuration."""
    said = "the device offers no candidate or running configuration to edit"
    with scripted_device(answering(), []) as device, pytest.raises(DgFailure, match=said):
        carry(device)


class TestHostileXml:
    """A device is not trusted with more than its own configuration."""

    @pytest.mark.parametrize(
        ("reply", "said"),
        [
            pytest.param(LAUGHS, "reply (is no XML|declares a document type)", id="billion laughs"),
            pytest.param(
                '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><!--reply--><data>&x;</data>',
                "declares a document type",
                id="external entity",
            ),
            pytest.param(
                '<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/hostname">%p;]><!--reply--><data/>',
                "reply (is no XML|declares a document type)",
                id="parameter entity",
            ),
            pytest.param(
                "<data>" + "<a>" * 10_000 + "</a>" * 10_000 + "</data>", "is no XML: .*depth", id="deep nesting"
            ),
            pytest.param("<data>", "is no XML", id="cut off"),
        ],
    )
    def test_a_reply_is_refused(self, carry: Carry, reply: str, said: str) -> None:
        """Nothing of it is expanded or fetched, and it costs neither time nor memory."""
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with scripted_device(answering(get_config=reply)) as device, pytest.raises(DgFailure, match=said):
            carry(device, "Audit")
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 50_000

    def test_an_xinclude_is_a_piece_of_configuration(self, carry: Carry) -> None:
        """It is read as any other element; nothing is included."""
        include = (
            '<data><i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/hostname" parse="text"/></data>'
        )
        with scripted_device(answering(get_config=include)) as device:
            read = carry(device, "Audit").configuration
        assert read
        assert re.search("<i:include [^>]*/>", read.content)

    def test_a_hello_that_laughs_is_refused(self, carry: Carry) -> None:
        """In the very first message."""
        inside = f"<hello xmlns='{BASE}'><capabilities><capability>&l9;</capability></capabilities></hello>"
        with scripted_device(
            answering(), hello=LAUGHS.partition("<!--")[0].replace("DOCTYPE l", "DOCTYPE hello") + inside
        ) as device:
            begun = time.process_time()
            with pytest.raises(DgFailure, match="the device's hello is no XML"):
                carry(device, "Audit")
            assert time.process_time() - begun < 1
