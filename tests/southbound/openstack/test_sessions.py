"""Sessions with a cloud: one token serves many calls, a new one comes in time, and certificates are verified."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from tests.fakes.faulty_cloud import FaultyCloud
from tests.servers.certificates import write_certificates
from tests.southbound.openstack.conftest import DELAY_S, Perform, edited


def test_one_token_and_one_session_serve_many_actions(
    cloud: DemoCloud, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """Whatever the number of requests, threads and servers."""
    ends = [perform.later(action, server.id) for server in cloud.servers() for action in ("Reboot", "Snapshot")]
    ends += [perform.later("Start", server.id) for server in cloud.servers()]
    for end in ends:
        end.exception()  # reboot and snapshot of one server may meet: a conflict, and an answer like any other
    assert len(through_proxy.calls_of("POST", "/auth/tokens")) == 1
    assert len(through_proxy.calls_of("GET", r"/compute/v2\.1/?$")) <= 2


def test_a_token_is_renewed_when_its_time_is_over(clouds_file: Path, perform: Perform) -> None:
    """By the date it carries, so no service has to refuse it."""
    with DemoCloud(DELAY_S, token_s=1) as cloud, FaultyCloud(cloud) as proxy:
        clouds_file.write_text(proxy.clouds_yaml())
        assert perform("Stop", cloud.servers()[0].id).code == 400
        tokens = {call.headers["x-auth-token"] for call in proxy.calls_of("GET", "/servers/")}
        assert len(tokens) > 1


class TestTls:
    """Contract section 8: TLS certificates are verified unless a cloud says otherwise by name."""

    @pytest.fixture
    def authority(self, tmp_path: Path) -> Path:
        """The certificate of the test's authority."""
        return tmp_path / "ca.pem"

    @pytest.fixture
    def secure(self, cloud: DemoCloud, clouds_file: Path, tmp_path: Path, authority: Path) -> Iterator[FaultyCloud]:
        """The cloud behind TLS; clouds.yaml leads there and knows nothing of the authority."""
        keys = tmp_path / "keys.pem"
        write_certificates(authority, keys)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(keys)
        with FaultyCloud(cloud, tls) as proxy:
            clouds_file.write_text(proxy.clouds_yaml())
            yield proxy

    def test_an_unknown_authority_is_refused_before_anything_is_sent(
        self, secure: FaultyCloud, vm: str, perform: Perform
    ) -> None:
        """The password stays at home, and the failure says what to do."""
        with pytest.raises(DgFailure, match=r"TLS certificate of cloud demo is not trusted: .* cacert in clouds\.yaml"):
            perform("Stop", vm)
        assert secure.calls == []

    @pytest.mark.parametrize("trust", [pytest.param(True, id="cacert"), pytest.param(False, id="verify: false")])
    def test_a_cloud_may_name_its_authority_or_do_without(
        self, trust: bool, secure: FaultyCloud, authority: Path, vm: str, clouds_file: Path, perform: Perform
    ) -> None:
        """For this cloud alone."""
        edited(clouds_file, lambda entry: entry.update({"cacert": str(authority)} if trust else {"verify": False}))
        assert perform("Stop", vm).code == 400

    def test_a_certificate_for_another_host_is_refused(
        self, secure: FaultyCloud, authority: Path, vm: str, clouds_file: Path, perform: Perform
    ) -> None:
        """The authority is known, the name is not."""
        elsewhere = clouds_file.read_text().replace("https://127.0.0.1", "https://localhost")
        clouds_file.write_text(elsewhere)
        edited(clouds_file, lambda entry: entry.update({"cacert": str(authority)}))
        with pytest.raises(DgFailure, match="TLS certificate of cloud demo is not trusted"):
            perform("Stop", vm)
        assert secure.calls == []
