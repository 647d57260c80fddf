"""The inventory on A&AI: what is known of VNFs, 306 and 313, and what it means that A&AI is away."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from appc.lcm.ports.failures import Misconfigured, Unavailable
from appc.lcm.ports.inventory import NotRecorded, VfModule, Vm, Vnf, Vnfc
from appc.stores.aai.client import AaiClient
from appc.stores.aai.inventory import FRESH_S, AaiInventory
from tests.fakes.clock import FakeClock
from tests.fakes.requests import VM_A, VM_B
from tests.servers.aai_server import PASSWORD, AaiServer, aai_server, related, relationship
from tests.servers.certificates import write_certificates
from tests.servers.web_service import Reply

VNF = "/network/generic-vnfs/generic-vnf/vnf-1"
TENANT = "/cloud-infrastructure/cloud-regions/cloud-region/CloudOwner/east/tenants/tenant/t1/vservers/vserver"
MODEL = "/service-design-and-creation/models/model/inv-1/model-vers/model-ver/ver-1"
WEB = "/network/vnfcs/vnfc/web"


@pytest.fixture
def aai() -> Iterator[AaiServer]:
    """One VNF with two VMs, a VNFC on the first, and a module."""
    with aai_server() as server:
        vms = [
            relationship("vserver", f"{TENANT}/{vm}", cloud_region__cloud_region_id="east", vserver__vserver_id=vm)
            for vm in (VM_A, VM_B)
        ]
        module = relationship("vf-module", f"{VNF}/vf-modules/vf-module/m1", vf_module__vf_module_id="m1")
        server.add(
            VNF,
            vnf_id="vnf-1",
            vnf_name="Firewall",
            vnf_type="vFW/vFW 0",
            orchestration_status="Configured",
            ipv4_oam_address="192.0.2.1",
            relationship_list=related(*vms, relationship("vnfc", WEB), relationship("pserver", "/anything")),
            vf_modules={
                "vf-module": [
                    {"vf-module-id": "m1", "model-invariant-id": "inv-1", "model-version-id": "ver-1"},
                    {"vf-module-id": "m2", "vf-module-name": "two"},
                ]
            },
        )
        addresses = [{"l3-interface-ipv4-address": "192.0.2.2"}]
        server.add(
            f"{TENANT}/{VM_A}",
            vserver_id=VM_A.upper(),
            vserver_name="fw-1",
            l_interfaces={"l-interface": [{"interface-name": "eth0", "l3-interface-ipv4-address-list": addresses}]},
            relationship_list=related(module),
        )
        server.add(f"{TENANT}/{VM_B}", vserver_id=VM_B)
        server.add(
            WEB,
            vnfc_name="web",
            nfc_naming_code="front",
            orchestration_status="NOT CONFIGURED",
            ipaddress_v4_oam_vip="192.0.2.3",
            relationship_list=related(vms[0]),
        )
        server.add(MODEL, model_name="Vfw..base..module-0", model_version="1.0")
        yield server


@pytest.fixture
def clock() -> FakeClock:
    """By which what A&AI said grows old."""
    return FakeClock()


@pytest.fixture
def inventory(aai: AaiServer, clock: FakeClock) -> Iterator[AaiInventory]:
    """On that A&AI."""
    inventory = AaiInventory(AaiClient(aai.url), clock)
    yield inventory
    inventory.close()


def test_a_vnf_is_read_with_all_that_is_related_to_it(inventory: AaiInventory) -> None:
    """VMs by their cloud regions, VNFCs by the VM that runs them, modules by their models."""
    assert inventory.vnf("vnf-1") == Vnf(
        "vnf-1",
        "vFW/vFW 0",
        "Configured",
        (Vm(VM_A, "fw-1", "east", None, "m1", ("192.0.2.2",)), Vm(VM_B, None, "east")),
        (Vnfc("web", VM_A, "front", "NOT CONFIGURED", "192.0.2.3"),),
        (VfModule("m1", None, "Vfw..base..module-0"), VfModule("m2", "two")),
        "Firewall",
        "192.0.2.1",
    )


def test_a_vnf_that_aai_does_not_have_is_unknown(inventory: AaiInventory) -> None:
    """404 is no VNF, which is answered 306."""
    assert inventory.vnf("vnf-2") is None


def test_a_vnf_without_type_or_stable_state_has_none(aai: AaiServer, inventory: AaiInventory) -> None:
    """313 is planning's to say; ONAP's own words for states are not ours."""
    aai.add("/network/generic-vnfs/generic-vnf/bare", vnf_id="bare", vnf_type="", orchestration_status="Active")
    assert inventory.vnf("bare") == Vnf("bare", None, None, ())


def test_what_was_related_and_is_gone_is_passed_over(aai: AaiServer, inventory: AaiInventory) -> None:
    """A VM that is being deleted does not make its VNF unreadable."""
    del aai.objects[f"{TENANT}/{VM_B}"]
    vnf = inventory.vnf("vnf-1")
    assert vnf
    assert vnf.vms
    assert [vm.vm_id for vm in vnf.vms] == [VM_A]


@pytest.mark.parametrize(
    "vnf_id",
    [
        pytest.param("../../vnfcs/vnfc/web", id="upwards"),
        pytest.param("vnf-1?depth=0", id="query"),
        pytest.param("vnf-1#", id="fragment"),
        pytest.param("vnf 1/%2e%2e/ü", id="blanks and escapes"),
        pytest.param("..", id="the parent"),
    ],
)
def test_an_id_is_one_segment_of_a_path(aai: AaiServer, inventory: AaiInventory, vnf_id: str) -> None:
    """Nothing in a vnf-id makes it another object."""
    assert inventory.vnf(vnf_id) is None
    assert aai.asked == [f"GET /network/generic-vnfs/generic-vnf/{vnf_id}"]


def test_a_link_to_elsewhere_stays_at_this_aai(aai: AaiServer, inventory: AaiInventory) -> None:
    """Of a related-link only the path counts."""
    aai.objects[VNF]["relationship-list"]["relationship"][0]["related-link"] = "http://192.0.2.66/aai/v24/other"
    assert inventory.vnf("vnf-1")
    assert "GET /other" in aai.asked


def test_an_answer_counts_for_a_while(aai: AaiServer, inventory: AaiInventory, clock: FakeClock) -> None:
    """What is asked for again within ten seconds is not asked of A&AI, also that there is no such VNF."""
    inventory.vnf("vnf-1")
    inventory.vnf("vnf-2")
    asked = len(aai.asked)
    aai.objects[VNF]["vnf-type"] = "new"
    clock.advance(FRESH_S - 1)
    inventory.vnf("vnf-1")
    inventory.vnf("vnf-2")
    assert len(aai.asked) == asked
    clock.advance(1)
    vnf = inventory.vnf("vnf-1")
    assert vnf
    assert vnf.type == "new"
    assert aai.asked.count(f"GET {MODEL}") == 1  # the name of a model's version never changes


class TestAway:
    """A&AI that cannot be asked knows neither that there is such a VNF nor that there is none."""

    @pytest.mark.parametrize(
        ("reply", "said"),
        [
            pytest.param(Reply(500, b'{"password": "canary"}'), r'answers 500: {"password": "\*\*\*"}', id="fault"),
            pytest.param(Reply(401), "answers 401: no explanation", id="log-in"),
            pytest.param(Reply(302, headers={"Location": "http://127.0.0.1:1/"}), "answers 302", id="redirect"),
            pytest.param(Reply(200, b"<html>"), "answers no JSON", id="no JSON"),
            pytest.param(Reply(200, b"[]"), "answers no JSON object", id="no object"),
            pytest.param(Reply(200, b'{"vnf-name": "x"}'), "is not understood: vnf-id: Field required", id="no id"),
            pytest.param(
                Reply(200, b'{"vnf-id": "x", "vf-modules": {"vf-module": [1]}}'),
                r"is not understood: vf-modules\.0: ",
                id="another shape",
            ),
        ],
    )
    def test_is_told_without_secrets(self, aai: AaiServer, inventory: AaiInventory, reply: Reply, said: str) -> None:
        """Unavailable: the bus waits, HTTP answers 503."""
        aai.failing = reply
        with pytest.raises(Unavailable, match=said) as away:
            inventory.vnf("vnf-1")
        assert "canary" not in str(away.value)
        aai.failing = None
        assert inventory.vnf("vnf-1")  # what failed is not remembered

    def test_is_told_when_nobody_listens(self, clock: FakeClock) -> None:
        """With the address, and without the password."""
        with aai_server() as gone:
            inventory = AaiInventory(AaiClient(gone.url), clock)
        with pytest.raises(
            Unavailable, match=rf"A&AI at http://127\.0\.0\.1:{gone.service.port} is out of reach"
        ) as away:
            inventory.vnf("vnf-1")
        assert PASSWORD not in str(away.value)
        with pytest.raises(NotRecorded, match="is out of reach"):
            inventory.record_configured("vnf-1", [Vnfc("web", state="CONFIGURED")])
        with pytest.raises(Unavailable):
            inventory.probe()


class TestRecords:
    """VNFCs are created or updated to CONFIGURED (guide, "Configure" and "ConfigScaleOut")."""

    def test_a_known_vnfc_is_updated(self, aai: AaiServer, inventory: AaiInventory) -> None:
        """Only its status: the rest is A&AI's own. It is seen at once."""
        inventory.vnf("vnf-1")
        inventory.record_configured("vnf-1", [Vnfc("web", VM_A, "other", "CONFIGURED")])
        assert aai.objects[WEB]["orchestration-status"] == "CONFIGURED"
        assert aai.objects[WEB]["nfc-naming-code"] == "front"
        vnf = inventory.vnf("vnf-1")
        assert vnf
        assert [vnfc.state for vnfc in vnf.vnfcs] == ["CONFIGURED"]

    def test_a_new_one_is_created_on_its_vm(self, aai: AaiServer, inventory: AaiInventory) -> None:
        """Related to its VNF and to the vserver that runs it."""
        inventory.record_configured("vnf-1", [Vnfc("fw-2", VM_B, "back", "CONFIGURED", "192.0.2.4")])
        created = aai.objects["/network/vnfcs/vnfc/fw-2"]
        assert created["nfc-function"] == "back"
        assert created["ipaddress-v4-oam-vip"] == "192.0.2.4"
        to = [each["related-to"] for each in created["relationship-list"]["relationship"]]
        assert to == ["generic-vnf", "vserver"]

    def test_a_refusal_is_told(self, aai: AaiServer, inventory: AaiInventory) -> None:
        """With A&AI's own words and what was asked: an intermediate 501."""
        with pytest.raises(NotRecorded, match=r"answers 404: .*Relationship target not found.*: PUT http://127"):
            inventory.record_configured("vnf-unknown", [Vnfc("new", None, "back", "CONFIGURED")])


def test_certificates_are_verified(tmp_path: Path, clock: FakeClock) -> None:
    """By the authority of INVENTORY_CA_FILE, else by those of the system."""
    write_certificates(tmp_path / "ca", tmp_path / "keys")
    with aai_server(tmp_path / "keys") as server:
        server.add(VNF, vnf_id="vnf-1")
        with closing(AaiInventory(AaiClient(server.url, tmp_path / "ca"), clock)) as inventory:
            assert inventory.vnf("vnf-1")
        with (
            closing(AaiInventory(AaiClient(server.url), clock)) as inventory,
            pytest.raises(Unavailable, match="certificate verify failed"),
        ):
            inventory.vnf("vnf-1")
    (tmp_path / "none").write_text("no certificate")
    with pytest.raises(Misconfigured, match=r"INVENTORY_CA_FILE .*none: holds no certificates"):
        AaiClient(server.url, tmp_path / "none")
