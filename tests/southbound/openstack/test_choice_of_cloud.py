"""Which cloud a message means, and which addresses it may name (contract section 8)."""

import pytest

from appc.lcm.errors import InvalidInputParameter
from appc.lcm.vm_id import Origin, VmId
from appc.southbound.openstack.choice import Named, check, choose
from appc.southbound.openstack.clouds_file import Cloud

KEYSTONE = "https://keystone.example:5000/v3"
VM = "aaaaaaaa-0000-4000-8000-000000000001"
P1, P2, P3 = ("1" * 32, "2" * 32, "3" * 32)


def clouds(*rows: Cloud) -> dict[str, Cloud]:
    """By their names."""
    return {cloud.name: cloud for cloud in rows}


def at(url: str, name: str = "lab", **known: object) -> Cloud:
    """A cloud with this auth_url."""
    return Cloud(name, Origin.of(url), **known)  # type: ignore[arg-type]


def link(url: str) -> VmId:
    """A vm-id that is a link."""
    return VmId.parse(url)


LAB = clouds(at(KEYSTONE))
TWO = clouds(at(KEYSTONE, "blue"), at("http://other.example/v3", "green"))
SHARED = clouds(at(KEYSTONE, "one", project_id=P1), at(KEYSTONE, "two", project_id=P2))


def chosen(named: Named, among: dict[str, Cloud], **defaults: str) -> str | None:
    """The name of the chosen cloud."""
    cloud = choose(named, among, **defaults)
    return cloud.name if cloud else None


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(KEYSTONE, id="as configured"),
        pytest.param("https://keystone.example:5000", id="another path"),
        pytest.param("HTTPS://KEYSTONE.example:5000/v2.0/", id="letter case"),
    ],
)
def test_an_identity_url_means_the_cloud_with_its_scheme_host_and_port(url: str) -> None:
    """The path does not matter: older clients send that of version 2."""
    assert chosen(Named(url), LAB) == "lab"


def test_default_ports_are_ports() -> None:
    """`https://host` and `https://host:443` are one address."""
    assert chosen(Named("https://keystone.example:443/v3"), clouds(at("https://keystone.example/v3"))) == "lab"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://keystone.example:5000/v3", id="another scheme"),
        pytest.param("https://keystone.example:5001/v3", id="another port"),
        pytest.param("https://keystone.example/v3", id="the default port"),
        pytest.param("https://evil.example:5000/v3", id="another host"),
    ],
)
def test_an_identity_url_of_no_cloud_is_301(url: str) -> None:
    """The field is named, the configured clouds are, and their addresses are not."""
    with pytest.raises(InvalidInputParameter, match=r"payload\.identity-url is of none .*: lab$") as raised:
        choose(Named(url), LAB)
    assert "keystone" not in raised.value.message


@pytest.mark.parametrize(
    ("named", "name"),
    [
        pytest.param(Named(KEYSTONE, P2), "two", id="by the tenant-id"),
        pytest.param(Named(KEYSTONE, P1.upper()), "one", id="in any letter case"),
        pytest.param(Named(KEYSTONE, None, link(f"{KEYSTONE}/{P2}/servers/{VM}")), "two", id="by the link's project"),
        pytest.param(
            Named(KEYSTONE, P1, link(f"{KEYSTONE}/{P2}/servers/{VM}")), "one", id="the tenant-id before the link"
        ),
    ],
)
def test_of_several_clouds_with_one_address_the_project_chooses(named: Named, name: str) -> None:
    """The tenant-id, then the link's project."""
    assert chosen(named, SHARED) == name


def test_the_project_may_be_given_by_name() -> None:
    """clouds.yaml often has only names."""
    by_name = clouds(at(KEYSTONE, "one", project_name="red"), at(KEYSTONE, "two", project_name="blue"))
    assert chosen(Named(KEYSTONE, "blue"), by_name) == "two"


def test_a_project_known_only_by_name_is_told_by_the_catalogue() -> None:
    """As long as it was not seen, an id fits both."""
    one, two = at(KEYSTONE, "one", project_name="red"), at(KEYSTONE, "two", project_name="blue")
    with pytest.raises(InvalidInputParameter, match="one, two"):
        choose(Named(KEYSTONE, P2), clouds(one, two))
    seen = at(KEYSTONE, "two", project_name="blue", project_id=P2, learned=True)
    assert chosen(Named(KEYSTONE, P2), clouds(one, seen)) == "two"


@pytest.mark.parametrize(
    ("named", "wording"),
    [
        pytest.param(Named(KEYSTONE), r"fits several clouds, one, two", id="several left"),
        pytest.param(Named(KEYSTONE, P3), r"payload\.tenant-id.* is of none of the clouds one, two", id="none left"),
    ],
)
def test_none_or_several_left_is_301_that_names_them(named: Named, wording: str) -> None:
    """The client can tell them apart by the tenant-id."""
    with pytest.raises(InvalidInputParameter, match=wording):
        choose(named, SHARED)


@pytest.mark.parametrize(
    ("among", "defaults", "name"),
    [
        pytest.param(TWO, {"inventory": "green", "os_cloud": "blue"}, "green", id="the inventory's"),
        pytest.param(TWO, {"os_cloud": "blue"}, "blue", id="else OS_CLOUD"),
        pytest.param(LAB, {}, "lab", id="else the only one"),
    ],
)
def test_without_an_identity_url_the_defaults_choose(
    among: dict[str, Cloud], defaults: dict[str, str], name: str
) -> None:
    """The inventory's cloud of the VM, else OS_CLOUD, else the only one."""
    assert chosen(Named(), among, **defaults) == name


@pytest.mark.parametrize(
    ("defaults", "wording"),
    [
        pytest.param({}, "which of the clouds blue, green", id="several, and no default"),
        pytest.param(
            {"os_cloud": "red"}, "OS_CLOUD names cloud red, configured are blue, green", id="OS_CLOUD is wrong"
        ),
        pytest.param({"inventory": "red"}, "the inventory names cloud red", id="the inventory is wrong"),
    ],
)
def test_no_default_is_301_that_names_the_clouds(defaults: dict[str, str], wording: str) -> None:
    """Nobody guesses."""
    with pytest.raises(InvalidInputParameter, match=wording):
        choose(Named(), TWO, **defaults)


def test_without_clouds_and_addresses_it_is_left_to_the_execution() -> None:
    """A cloud may be configured while the request waits."""
    assert choose(Named(None, P1), {}) is None
    check(Named(), {})


@pytest.mark.parametrize(
    ("named", "field"),
    [
        pytest.param(Named(KEYSTONE), "payload.identity-url", id="identity-url"),
        pytest.param(Named(None, None, link(f"{KEYSTONE}/servers/{VM}")), "payload.vm-id", id="link"),
    ],
)
def test_an_address_without_any_cloud_is_301(named: Named, field: str) -> None:
    """No address is believed for want of something to compare it with."""
    for judge in (check, choose):
        with pytest.raises(InvalidInputParameter, match=field):
            judge(named, {})


def link_to(host: str, project: str = "") -> Named:
    """A message that names a VM by a link and nothing else."""
    return Named(None, None, link(f"http://{host}/v2.1{project and '/' + project}/servers/{VM}"))


@pytest.mark.parametrize(
    ("cloud", "host"),
    [
        pytest.param(at(KEYSTONE), "keystone.example", id="the host of the auth_url, at any port"),
        pytest.param(at(KEYSTONE), "unknown.example", id="not decidable before the catalogue was seen"),
        pytest.param(at(KEYSTONE, compute_hosts=frozenset({"nova.example"})), "nova.example:8774", id="of Nova"),
    ],
)
def test_a_link_to_a_host_of_the_cloud_is_accepted(cloud: Cloud, host: str) -> None:
    """Hosts are compared with those of the auth_url and of the compute endpoints."""
    check(link_to(host), clouds(cloud))
    assert choose(link_to(host), clouds(cloud)) is cloud


def test_a_link_to_another_host_is_301() -> None:
    """It may be meant for another cloud, so the VM may be another one."""
    seen = clouds(at(KEYSTONE, compute_hosts=frozenset({"nova.example"}), learned=True))
    for judge in (check, choose):
        with pytest.raises(InvalidInputParameter, match=r"payload\.vm-id is a link"):
            judge(link_to("evil.example"), seen)


def test_a_link_must_be_one_into_the_chosen_cloud() -> None:
    """That it is one into another configured cloud does not help."""
    two = clouds(
        at(KEYSTONE, "blue", compute_hosts=frozenset({"nova.blue"})),
        at("http://other.example/v3", "green", compute_hosts=frozenset({"nova.green"})),
    )
    named = Named(KEYSTONE, None, link(f"http://nova.green/servers/{VM}"))
    with pytest.raises(InvalidInputParameter, match="not of cloud blue"):
        choose(named, two)


def test_a_link_into_another_project_is_301_once_the_project_is_known() -> None:
    """S4: the token that was seen says which project the cloud's user works for."""
    seen = at(KEYSTONE, project_id=P1, compute_hosts=frozenset({"nova.example"}), learned=True)
    assert chosen(link_to("nova.example", P1), clouds(seen)) == "lab"
    with pytest.raises(InvalidInputParameter, match="another project"):
        choose(link_to("nova.example", P2), clouds(seen))


def test_an_administrators_cloud_serves_every_project() -> None:
    """Migrate and Evacuate need one; the server's own project is compared when it is found."""
    seen = at(KEYSTONE, project_id=P1, compute_hosts=frozenset({"nova.example"}), learned=True, admin=True)
    assert chosen(link_to("nova.example", P2), clouds(seen)) == "lab"
