"""Attacks by addresses (SSRF, credential capture, foreign projects): a canary listens, and nobody comes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appc.demo.cloud import DemoCloud
from appc.demo.cloud.seed import TENANCY
from appc.lcm.errors import DgFailure, InvalidInputParameter, Rejected
from appc.lcm.payloads import VmPayload
from appc.lcm.ports.inventory import Vm, Vnf
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.executor import OpenStackExecutor
from tests.fakes.canary import Canary
from tests.fakes.faulty_cloud import FaultyCloud, answering, as_admin
from tests.fakes.inventory import FakeInventory
from tests.fakes.lives import World
from tests.southbound.openstack.conftest import Perform, Until


@pytest.fixture
def canary() -> Iterator[Canary]:
    """Must not be visited."""
    with Canary() as bird:
        yield bird


@pytest.fixture
def world() -> Iterator[World]:
    """A store and a bus for a controller."""
    world = World()
    yield world
    world.close()


@pytest.fixture
def seen(clouds: Clouds) -> Clouds:
    """The clouds, their catalogues seen."""
    clouds.warm()
    return clouds


def judged(executor: OpenStackExecutor, vm: str, **members: str) -> None:
    """What admission does with a payload."""
    payload = VmPayload.parse(json.dumps({name.replace("_", "-"): value for name, value in members.items()}))
    executor.check(payload)
    executor.place(payload, vm, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:{canary}/v3",
        "http://localhost:{canary}/v3",
        "http://localhost:{keystone}/v3",
        "http://[::1]:{keystone}/v3",
        "http://[::ffff:127.0.0.1]:{keystone}/v3",
        "http://0x7f000001:{keystone}/v3",
        "http://2130706433:{keystone}/v3",
        "http://127.1:{keystone}/v3",
        "http://127.0.0.1:6379/",
        "http://127\u30020\u30020\u30021:{keystone}/v3",
        "http://xn--127-0-0-1:{keystone}/v3",
        "http://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3:{canary}/v3",
        "http://127.0.0.1%00.evil.example:{keystone}/v3",
        "http://good@127.0.0.1:{canary}/v3",
        "http://127.0.0.1.:{keystone}/v3",
        "http://127.0.0.1:0{keystone}0/v3",
        "http://user@127.0.0.1:{keystone}/v3",
        "http://127.0.0.1:{keystone}@127.0.0.1:{canary}/v3",
        "http://127.0.0.1:{canary}#@127.0.0.1:{keystone}/v3",
        "http://127.0.0.1:{canary}\\@127.0.0.1:{keystone}/v3",
        "http://127.0.0.1:{keystone}\t.evil.example/v3",
        "http://\uff11\uff12\uff17.0.0.1:{keystone}/v3",
        "//127.0.0.1:{keystone}/v3",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{canary}/_x",
        "https://127.0.0.1:{keystone}/v3",
        "127.0.0.1:{keystone}",
    ],
)
def test_an_identity_url_that_is_not_exactly_a_configured_one_is_301(
    url: str, cloud: DemoCloud, vm: str, canary: Canary, executor: OpenStackExecutor
) -> None:
    """S1, S3: compared as text, never resolved, never requested."""
    keystone = cloud.url.rpartition(":")[2].removesuffix("/v3")
    address = url.replace("{canary}", str(canary.port)).replace("{keystone}", keystone)
    with pytest.raises(InvalidInputParameter, match=r"payload\.identity-url"):
        judged(executor, vm, identity_url=address)
    assert canary.visitors == 0


@pytest.mark.parametrize(
    "path",
    [
        "/servers/../../v3/users",
        "/servers/%2e%2e/users",
        "/servers/{vm}/action",
        "/servers/{vm};jsessionid=1",
        "/servers/{vm}?x=http://127.0.0.1/",
        "/servers/{vm}#fragment",
        "/servers/",
        "/servers/not-a-uuid",
        "/servers/{vm}/../../images/{vm}",
        "/v2.1//servers/{vm}",
    ],
)
def test_a_link_with_tricks_in_its_path_is_301(
    path: str, cloud: DemoCloud, vm: str, seen: Clouds, executor: OpenStackExecutor
) -> None:
    """S2: only `/servers/<uuid>` at the end of a plain path is a link to a VM; nothing is called."""
    before = cloud.calls
    origin = cloud.url.removesuffix("/v3")
    with pytest.raises(Rejected, match=r"payload\.vm-id"):
        judged(executor, vm, vm_id=origin + path.replace("{vm}", vm))
    assert cloud.calls == before


def test_a_link_to_another_host_is_301_and_never_requested(
    vm: str, canary: Canary, seen: Clouds, executor: OpenStackExecutor
) -> None:
    """S2: the host is compared with the catalogue."""
    with pytest.raises(InvalidInputParameter, match=r"payload\.vm-id"):
        judged(executor, vm, vm_id=f"http://localhost:{canary.port}/v2.1/servers/{vm}")
    assert canary.visitors == 0


def test_a_link_is_taken_for_its_uuid_and_never_requested(
    vm: str, canary: Canary, seen: Clouds, perform: Perform, effects: Callable[[], list[str]]
) -> None:
    """S2: the host is right, and the port leads elsewhere; the call goes where the catalogue says."""
    assert perform("Stop", vm, vm_id=f"http://127.0.0.1:{canary.port}/v2.1/servers/{vm}").code == 400
    assert (effects(), canary.visitors) == (["os-stop"], 0)


def test_a_link_that_could_not_be_judged_at_admission_is_judged_before_anything_is_done(
    vm: str, canary: Canary, perform: Perform, effects: Callable[[], list[str]]
) -> None:
    """S2: the catalogue had not been seen when the request was accepted."""
    with pytest.raises(DgFailure, match=r"payload\.vm-id is a link to a host that is not of cloud demo"):
        perform("Stop", vm, vm_id=f"http://localhost:{canary.port}/v2.1/servers/{vm}")
    assert (effects(), canary.visitors) == ([], 0)


def test_the_catalogue_is_fetched_in_the_background_once_a_link_needs_it(
    vm: str, canary: Canary, executor: OpenStackExecutor, clouds: Clouds, until: Until
) -> None:
    """S2: the first such message is accepted, a later one is judged at once."""
    address = f"http://localhost:{canary.port}/v2.1/servers/{vm}"
    judged(executor, vm, vm_id=address)
    until(lambda: clouds.configured().clouds["demo"].learned)
    with pytest.raises(InvalidInputParameter):
        judged(executor, vm, vm_id=address)


def test_a_link_into_another_project_changes_nothing(
    cloud: DemoCloud, vm: str, perform: Perform, executor: OpenStackExecutor, effects: Callable[[], list[str]]
) -> None:
    """S4: 401 where the project was not known at admission, 301 from then on."""
    foreign = f"{cloud.url.removesuffix('/v3')}/compute/v2.1/{'f' * 32}/servers/{vm}"
    with pytest.raises(DgFailure, match="another project"):
        perform("Stop", vm, vm_id=foreign)
    with pytest.raises(InvalidInputParameter, match="another project"):
        judged(executor, vm, vm_id=foreign)
    assert effects() == []


def test_a_vm_of_another_vnf_is_refused_before_any_call(
    cloud: DemoCloud, seen: Clouds, executor: OpenStackExecutor, world: World
) -> None:
    """S4: the inventory says which VMs are the VNF's, whatever form the message names one in."""
    mine, foreign = (server.id for server in cloud.servers())
    world.inventory = FakeInventory([Vnf("vnf-1", "default", vms=(Vm(mine, cloud="demo"),))])
    life = world.life(executor=executor)
    link = json.dumps({"vm-id": f"{cloud.url.removesuffix('/v3')}/compute/v2.1/servers/{foreign}"})
    before = cloud.calls
    assert life.submit(world.request(foreign, action="Stop")) == [313]
    assert life.submit(world.request(foreign, action="Stop", payload=link)) == [313]
    assert life.submit(world.request(mine, action="Stop", payload=link)) == [301]
    assert cloud.calls == before


def test_a_cloud_that_only_seemed_to_be_of_the_tenant_is_not_acted_on(
    vm: str, clouds_file: Path, perform: Perform, effects: Callable[[], list[str]]
) -> None:
    """S4: two clouds share an auth_url, and one is known by its project's id: its token tells another name."""
    contents = json.loads(clouds_file.read_text())
    demo = contents["clouds"]["demo"]
    by_id = {**demo, "auth": {**demo["auth"], "project_id": TENANCY.project_id}}
    del by_id["auth"]["project_name"], by_id["auth"]["project_domain_name"]
    contents["clouds"]["by-id"] = by_id
    clouds_file.write_text(json.dumps(contents))
    task = perform.task("Stop", vm, identity_url=demo["auth"]["auth_url"], tenant_id="another")
    with pytest.raises(DgFailure, match=r"payload\.tenant-id, .* is of none of the clouds by-id, demo"):
        perform.execute(task)
    assert effects() == []


def test_an_administrator_does_not_act_on_a_server_of_another_project_than_the_links(
    vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Callable[[], list[str]]
) -> None:
    """S4: an administrator sees every server, so the server's own project is compared with the link's."""
    through_proxy.spoil("POST", "/auth/tokens", as_admin)
    with pytest.raises(DgFailure, match=r"is not of the project that payload\.vm-id names"):
        perform("Stop", vm, vm_id=f"{through_proxy.origin}/v2.1/{'f' * 32}/servers/{vm}")
    assert effects() == []


@pytest.mark.parametrize("status", [301, 302, 303, 305, 307, 308])
@pytest.mark.parametrize("path", ["/v3/auth/tokens", "/v3$"])
def test_credentials_do_not_follow_a_redirect(
    status: int, path: str, vm: str, canary: Canary, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """S3: whoever answers for Keystone cannot send the password elsewhere."""
    elsewhere = answering(status, location=f"http://127.0.0.1:{canary.port}/v3/auth/tokens")
    for method in ("GET", "POST"):
        through_proxy.spoil(method, path, elsewhere, times=10)
        through_proxy.spoil(method, "/v3/auth/tokens", elsewhere, times=10)
    with pytest.raises(DgFailure, match="cloud demo redirects to another address, which is not followed"):
        perform("Stop", vm)
    assert canary.visitors == 0


def test_tokens_do_not_follow_a_redirect(vm: str, canary: Canary, through_proxy: FaultyCloud, perform: Perform) -> None:
    """S3: a redirect of Nova would show the token to the new address."""
    through_proxy.spoil("GET", f"/servers/{vm}", answering(302, location=f"http://127.0.0.1:{canary.port}/"), times=10)
    with pytest.raises(DgFailure, match="redirects to another address"):
        perform("Stop", vm)
    assert canary.visitors == 0


def test_a_redirect_to_the_same_address_is_followed(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """Glance redirects `/v2` to `/v2/`, and some proxies do the like."""
    path = f"/compute/v2.1/servers/{vm}"
    through_proxy.spoil("GET", f"{path}$", answering(302, location=f"{through_proxy.origin}{path}?"))
    assert perform("Stop", vm).code == 400


def test_secrets_of_clouds_yaml_are_in_no_message(
    cloud: DemoCloud,
    vm: str,
    through_proxy: FaultyCloud,
    clouds_file: Path,
    perform: Perform,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """S16: whatever fails, neither the password nor the token nor the address is told."""
    caplog.set_level("DEBUG")
    assert perform("Start", vm).code == 400
    token = through_proxy.calls_of("GET", "/servers/")[0].headers["x-auth-token"]
    password = json.loads(clouds_file.read_text())["clouds"]["demo"]["auth"]["password"]
    through_proxy.spoil("POST", "/action", answering(500, f"X-Auth-Token: {token}"), times=9)
    with pytest.raises(DgFailure, match="DG FAILURE - 500: ") as broken:
        perform("Stop", vm)
    clouds_file.write_text(cloud.clouds_yaml().replace(password, "wr0ng-" + password))
    with pytest.raises(DgFailure, match="DG FAILURE - unauthorized: ") as refused:
        perform("Stop", vm)
    cloud.stop()
    with pytest.raises(DgFailure, match="out of reach") as unreachable:
        perform("Stop", vm)
    told = broken.value.message + refused.value.message + unreachable.value.message
    for secret in (password, token):
        assert secret not in told + caplog.text
    assert cloud.url.rpartition(":")[2].removesuffix("/v3") not in told
