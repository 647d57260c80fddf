"""What a failure says (contract section 3.3): which service refused what and why, or what is out of reach."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from keystoneauth1 import exceptions as keystone
from openstack import exceptions as sdk
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProtocolError, ReadTimeoutError

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.errors import CloudFailure, refusal, translated
from appc.southbound.openstack.executor import OpenStackExecutor
from tests.fakes.clock import FakeClock
from tests.fakes.faulty_cloud import FaultyCloud, Response, answering, lost_before
from tests.southbound.openstack.conftest import PATIENCE_S, Perform, edited

JSON, HTML = "application/json", "text/html; charset=UTF-8"


def nova(word: str, message: str) -> str:
    """An error as Nova and Cinder write it."""
    return json.dumps({word: {"code": 400, "message": message}})


@pytest.mark.parametrize(
    ("status", "kind", "text", "detail"),
    [
        pytest.param(400, JSON, nova("badRequest", "No."), "badRequest: No", id="400"),
        pytest.param(401, JSON, nova("error", "Who?"), "unauthorized: Who?", id="401"),
        pytest.param(403, JSON, nova("forbidden", "Quota"), "forbidden: Quota", id="403"),
        pytest.param(404, JSON, nova("itemNotFound", "Gone"), "itemNotFound: Gone", id="404"),
        pytest.param(409, JSON, nova("conflictingRequest", "Busy"), "conflict: Busy", id="409"),
        pytest.param(500, JSON, nova("computeFault", "Oops"), "500: Oops", id="others go by their number"),
        pytest.param(413, JSON, '{"message": "Too much"}', "413: Too much", id="a message at the top"),
        pytest.param(
            404,
            HTML,
            "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1>No &lt;image&gt;<br/></body>",
            "itemNotFound: No <image>",
            id="Glance's page",
        ),
        pytest.param(503, "text/plain", "no server\n available", "503: no server available", id="a proxy's text"),
        pytest.param(502, "", "", "502: Bad Gateway", id="no text"),
        pytest.param(400, JSON, "{", "badRequest: Bad Request", id="broken JSON"),
        pytest.param(499, JSON, "[]", "499: no explanation", id="a status without a name"),
    ],
)
def test_a_refusal_passes_on_the_services_own_message(status: int, kind: str, text: str, detail: str) -> None:
    """In the contract's words, on one line, with the cloud and the id in the service's log."""
    headers = {"content-type": kind, "x-openstack-request-id": "req-1"}
    failure = refusal("lab", status, headers, text)
    assert failure.message == f"DG FAILURE - {detail}: cloud lab, req-1"
    assert refusal("lab", status, {"content-type": kind}, text).message.endswith(": cloud lab")


def test_a_long_message_is_cut() -> None:
    """An answer is no place for a page."""
    assert len(refusal("lab", 500, {}, "x" * 10_000).message) < 500


@pytest.mark.parametrize(
    ("error", "wording"),
    [
        pytest.param(
            keystone.ConnectFailure("[Errno 111] Connection refused"), "the connection was refused", id="refused"
        ),
        pytest.param(
            keystone.ConnectTimeout("Request to http://x timed out"), "the connection timed out", id="time-out"
        ),
        pytest.param(
            keystone.ConnectFailure("NameResolutionError: Failed to resolve 'x'"),
            "its host name is not known",
            id="DNS",
        ),
        pytest.param(keystone.ConnectFailure("[Errno 113] No route to host"), "there is no route to it", id="no route"),
        pytest.param(keystone.ConnectFailure("Connection reset by peer"), "the connection was lost", id="reset"),
        pytest.param(keystone.DiscoveryFailure("nothing"), "it gave no valid answer", id="no Keystone"),
        pytest.param(keystone.SSLError("self-signed"), "TLS certificate of cloud lab is not trusted", id="TLS"),
        pytest.param(keystone.EndpointNotFound("compute"), "no such service in its catalogue", id="no endpoint"),
        pytest.param(keystone.EmptyCatalog("empty"), "no such service in its catalogue", id="no catalogue"),
        pytest.param(keystone.MissingAuthPlugin(), "the entry of cloud lab in clouds.yaml is wrong", id="no plugin"),
        pytest.param(keystone.NoMatchingPlugin("x"), "The plugin x could not be found", id="unknown auth_type"),
        pytest.param(sdk.ConfigException("Cloud lab was not found."), "Cloud lab was not found", id="no such cloud"),
        pytest.param(
            sdk.SDKException("something"), "gave openstacksdk no valid answer", id="anything else of openstacksdk"
        ),
        pytest.param(OSError("cacert /x"), "a file that the entry of cloud lab", id="a missing file"),
    ],
)
def test_without_an_answer_the_failure_says_what_is_wrong_and_where(error: Exception, wording: str) -> None:
    """No address, whatever the library says."""
    with pytest.raises(CloudFailure, match=wording) as raised, translated("lab"):
        raise error
    assert "http:" not in raised.value.message
    assert "lab" in raised.value.message


def test_no_cloud_at_all_is_said_in_the_contracts_words(vm: str, clouds_file: Path, perform: Perform) -> None:
    """Section 8: the message names no address and no cloud is configured."""
    clouds_file.unlink()
    with pytest.raises(DgFailure) as raised:
        perform("Stop", vm)
    assert raised.value.message == "DG FAILURE - no cloud is configured"


def test_a_clouds_yaml_that_cannot_be_read_is_said_too(vm: str, clouds_file: Path, perform: Perform) -> None:
    """Else one would look for the reason for long."""
    clouds_file.write_text("clouds: {demo: {")
    with pytest.raises(
        DgFailure, match=r"no cloud is configured: clouds\.yaml cannot be used: no valid YAML in line 1"
    ):
        perform("Stop", vm)


def test_a_cloud_that_is_configured_no_more_is_said(
    vm: str, clouds_file: Path, perform: Perform, clouds: Clouds
) -> None:
    """Its entry went while the request waited."""
    task = perform.task("Stop", vm)
    clouds_file.write_text(clouds_file.read_text().replace('"demo": {', '"other": {', 1))
    executor = OpenStackExecutor(clouds, FakeClock())
    with pytest.raises(DgFailure, match="cloud demo is not configured any more"):
        executor.execute(task, perform.run)


@pytest.mark.parametrize(
    ("change", "wording"),
    [
        pytest.param(
            lambda c: c["auth"].update(password="no"),
            r"unauthorized: The request .* Check the credentials in clouds\.yaml",
            id="password",
        ),
        pytest.param(lambda c: c.update(region_name="Mars"), "no such service in its catalogue", id="region"),
        pytest.param(
            lambda c: c.update(auth_type="magic"), "is wrong: The plugin magic could not be found", id="plugin"
        ),
        pytest.param(lambda c: c["auth"].pop("auth_url"), "is wrong: .*auth_url", id="no auth_url"),
    ],
)
def test_a_wrong_entry_is_told_as_one(
    change: Callable[[dict[str, Any]], object], wording: str, vm: str, clouds_file: Path, perform: Perform
) -> None:
    """The operator finds the member to mend in clouds.yaml."""
    edited(clouds_file, change)
    with pytest.raises(DgFailure, match=wording):
        perform("Stop", vm)


def test_credentials_that_were_mended_work_at_once(vm: str, clouds_file: Path, perform: Perform) -> None:
    """A changed clouds.yaml is used by the next request."""
    good = clouds_file.read_text()
    edited(clouds_file, lambda cloud: cloud["auth"].update(password="no"))
    with pytest.raises(DgFailure, match="unauthorized"):
        perform("Stop", vm)
    clouds_file.write_text(good)
    assert perform("Stop", vm).code == 400


def test_credentials_beside_clouds_yaml_are_used(vm: str, clouds_file: Path, perform: Perform) -> None:
    """secure.yaml holds what clouds.yaml must not; after a refusal it is read again."""
    password = json.loads(clouds_file.read_text())["clouds"]["demo"]["auth"]["password"]
    edited(clouds_file, lambda cloud: cloud["auth"].pop("password"))
    secure = clouds_file.with_name("secure.yaml")
    secure.write_text(json.dumps({"clouds": {"demo": {"auth": {"password": "old"}}}}))
    with pytest.raises(DgFailure, match="unauthorized"):
        perform("Stop", vm)
    secure.write_text(json.dumps({"clouds": {"demo": {"auth": {"password": password}}}}))
    assert perform("Stop", vm).code == 400


def test_a_cloud_that_stops_and_starts_again_is_reached_again(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """The same connection works on."""
    assert perform("Stop", vm).code == 400
    cloud.stop()
    with pytest.raises(DgFailure, match=r"out of reach: the connection was (refused|lost)"):
        perform("Start", vm)
    cloud.start()
    assert perform("Start", vm).code == 400


def test_the_first_connection_is_tried_a_few_times(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """Asking for a token changes nothing."""
    through_proxy.spoil("POST", "/auth/tokens", lost_before, times=2)
    assert perform("Stop", vm).code == 400


def test_a_token_that_ran_out_is_renewed(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """keystoneauth asks for a new one and repeats what was refused for the old one."""
    perform("Stop", vm)
    expired = answering(401, '{"error": {"message": "expired"}}', content_type=JSON)
    through_proxy.spoil("GET", f"/servers/{vm}$", expired)
    through_proxy.spoil("POST", "/action", expired)
    assert perform("Start", vm).code == 400
    assert len(through_proxy.calls_of("POST", "/auth/tokens")) == 3


def test_time_outs_of_clouds_yaml_are_used(
    vm: str, through_proxy: FaultyCloud, clouds_file: Path, perform: Perform
) -> None:
    """A cloud that takes calls and does not answer is out of reach, and its call counts as lost."""
    ended = threading.Event()

    def silence(forward: Callable[[], Response]) -> None:
        ended.wait(PATIENCE_S)

    edited(clouds_file, lambda cloud: cloud.update(api_timeout=0.2))
    through_proxy.spoil("POST", "/action", silence)
    with pytest.raises(DgFailure, match="cloud demo is out of reach: the connection timed out"):
        perform("Reboot", vm)
    ended.set()


def test_every_call_tells_whose_request_it_serves(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """`X-OpenStack-Request-ID` is the UUIDv5 of the request's ids; asking for a token is no part of a request."""
    task = perform.task("Snapshot", vm)
    assert perform.execute(task).code == 400
    calls = [call for call in through_proxy.calls if "/servers/" in call.path or "/images/" in call.path]
    ids = [call.headers.get("x-openstack-request-id") for call in calls]
    assert set(ids) == {task.request.key.openstack_request_id}
    assert len(ids) >= 3


@pytest.mark.parametrize("path", ["/compute/v2.1/?$", "/image/?$"])
def test_a_service_whose_discovery_failed_once_is_found_later(
    path: str, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """openstacksdk remembers what it found; what it could not find must not be remembered."""
    through_proxy.spoil("GET", path, answering(503))
    with suppress(DgFailure):
        perform("Snapshot", vm)
    assert perform("Snapshot", vm).code == 400
    (*_, call) = through_proxy.calls_of("POST", "/action")
    assert call.headers.get("openstack-api-version") == "compute 2.45"


@pytest.mark.parametrize("action", ["Stop", "Reboot", "Snapshot"])
def test_what_was_turned_away_unread_is_asked_again(
    action: str, vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Callable[[], list[str]]
) -> None:
    """429: nothing was done, whatever the call; the service says how long it wants to be left alone."""
    through_proxy.spoil("POST", "/action", answering(429, retry_after="7"), times=2)
    begun = perform.clock.monotonic()
    assert perform(action, vm).code == 400
    assert perform.clock.monotonic() - begun == 14
    assert (len(through_proxy.calls_of("POST", "/action")), len(effects())) == (3, 1)


def test_a_call_that_was_never_sent_is_made_again(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """The old token was refused and Keystone could not give a new one just then: Nova was not told to reboot."""
    perform("Start", vm)
    through_proxy.spoil("POST", "/action", answering(401))
    through_proxy.spoil("POST", "/auth/tokens", answering(503))
    assert perform("Reboot", vm).code == 400


@pytest.mark.parametrize(
    ("error", "unsent"),
    [
        pytest.param(NewConnectionError(None, "refused"), True, id="no connection"),  # type: ignore[arg-type]
        pytest.param(ConnectTimeoutError(), True, id="no connection in time"),
        pytest.param(ProtocolError("reset"), False, id="a connection that broke"),
        pytest.param(ReadTimeoutError(None, "/", "timed out"), False, id="no answer in time"),  # type: ignore[arg-type]
    ],
)
def test_only_without_a_connection_a_call_is_known_to_be_unsent(error: Exception, unsent: bool) -> None:
    """Whatever was sent may have been carried out."""
    with pytest.raises(CloudFailure) as raised, translated("lab"):
        raise keystone.ConnectFailure("x") from error
    assert (raised.value.unsent, raised.value.undone, raised.value.lost) == (unsent, unsent, not unsent)
