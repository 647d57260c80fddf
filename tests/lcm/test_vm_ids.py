"""Contract sections 4 ("VM identity") and 8: a UUID, or a self-link of which only UUID and project are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.lcm.errors import InvalidInputParameter
from appc.lcm.vm_id import Origin, VmId, vm_uuid
from tests.fakes.requests import VM_A

PROJECT = "0123456789abcdef0123456789abcdef"
NOVA = Origin("http", "nova.example", 8774)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(VM_A, id="as OpenStack writes it"),
        pytest.param(VM_A.upper(), id="in upper case"),
        pytest.param(VM_A.replace("-", ""), id="without dashes"),
    ],
)
def test_a_uuid_is_compared_in_lower_case_with_dashes(text: str) -> None:
    """One spelling inside."""
    assert VmId.parse(text) == VmId(VM_A)
    assert vm_uuid(text, "$.x") == VM_A


@pytest.mark.parametrize(
    ("text", "vm"),
    [
        pytest.param(f"http://nova.example:8774/servers/{VM_A}", VmId(VM_A, NOVA), id="shortest"),
        pytest.param(f"http://nova.example:8774/v2.1/servers/{VM_A}", VmId(VM_A, NOVA), id="with version"),
        pytest.param(
            f"http://nova.example:8774/v2/{PROJECT}/servers/{VM_A}", VmId(VM_A, NOVA, PROJECT), id="with project"
        ),
        pytest.param(
            f"http://nova.example:8774/v2/01234567-89AB-cdef-0123-456789abcdef/servers/{VM_A}",
            VmId(VM_A, NOVA, PROJECT),
            id="with dashed project",
        ),
        pytest.param(
            f"https://nova.example/compute/v2.1/{PROJECT}/servers/{VM_A.upper()}",
            VmId(VM_A, Origin("https", "nova.example", 443), PROJECT),
            id="behind a path, upper case",
        ),
        pytest.param(
            f"HTTP://NOVA.example/servers/{VM_A}",
            VmId(VM_A, Origin("http", "nova.example", 80)),
            id="host in upper case",
        ),
        pytest.param(f"http://[::1]:8774/servers/{VM_A}", VmId(VM_A, Origin("http", "::1", 8774)), id="IPv6 address"),
    ],
)
def test_a_self_link_names_the_vm(text: str, vm: VmId) -> None:
    """http or https, ending in /servers/<uuid>."""
    assert VmId.parse(text) == vm


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("vm-one", id="a word"),
        pytest.param(VM_A[:-1], id="a digit short"),
        pytest.param(VM_A + "0", id="a digit too many"),
        pytest.param(VM_A.replace("a", "g"), id="no hexadecimal digit"),
        pytest.param(f" {VM_A}", id="a space before"),
        pytest.param(f"{VM_A}\n", id="a line break after"),
        pytest.param(VM_A.replace("0", "\u0660"), id="other scripts' digits"),
        pytest.param(f"/servers/{VM_A}", id="a path"),
        pytest.param(f"ftp://nova.example/servers/{VM_A}", id="another scheme"),
        pytest.param(f"file:///servers/{VM_A}", id="a file"),
        pytest.param(f"http:///servers/{VM_A}", id="no host"),
        pytest.param(f"http://admin@nova.example/servers/{VM_A}", id="user"),
        pytest.param(f"http://admin:x@nova.example/servers/{VM_A}", id="user and password"),
        pytest.param(f"http://@nova.example/servers/{VM_A}", id="empty user"),
        pytest.param(f"http://nova.example/servers/{VM_A}?x=1", id="query"),
        pytest.param(f"http://nova.example/servers/{VM_A}?", id="empty query"),
        pytest.param(f"http://nova.example/servers/{VM_A}#x", id="fragment"),
        pytest.param(f"http://nova.example/servers/{VM_A}#", id="empty fragment"),
        pytest.param(f"http://nova.example/servers/{VM_A}/", id="slash after"),
        pytest.param(f"http://nova.example/servers/{VM_A}/action", id="something after"),
        pytest.param(f"http://nova.example/servers/x/{VM_A}", id="something between"),
        pytest.param(f"http://nova.example/images/{VM_A}", id="an image"),
        pytest.param("http://nova.example/servers/vm-one", id="no UUID"),
        pytest.param(f"http://nova.example/../servers/{VM_A}%00", id="escapes"),
        pytest.param(f"http://nova.example\\@evil.example/servers/{VM_A}", id="backslash"),
        pytest.param(f"http://nova.example:port/servers/{VM_A}", id="a port that is none"),
        pytest.param(f"http://nova.example:99999/servers/{VM_A}", id="a port out of range"),
        pytest.param(f"http://[::1/servers/{VM_A}", id="a bracket short"),
        pytest.param(f"http://no va.example/servers/{VM_A}", id="a space in the host"),
        pytest.param(f"http://nova.example/\tservers/{VM_A}", id="a tab"),
    ],
)
def test_anything_else_is_301(text: str) -> None:
    """Names the field; what was given is not repeated."""
    with pytest.raises(InvalidInputParameter, match="vm-id"):
        VmId.parse(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("http://a.example:80/v3", "http://A.example/identity", True, id="default port, letter case, path"),
        pytest.param("https://a.example:443", "https://a.example/v3", True, id="https default port"),
        pytest.param("http://a.example", "https://a.example", False, id="scheme"),
        pytest.param("http://a.example:5000", "http://a.example:5001", False, id="port"),
        pytest.param("http://a.example:0", "http://a.example:80", False, id="port 0 is not the default one"),
        pytest.param("http://a.example", "http://b.example", False, id="host"),
        pytest.param("http://a.example", "http://a.example.evil.example", False, id="longer host"),
    ],
)
def test_urls_are_compared_by_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    """Contract section 8, `identity-url`."""
    assert Origin.of(one) is not None
    assert (Origin.of(one) == Origin.of(other)) is same


@pytest.mark.parametrize(
    "url", ["", "x", "ftp://a.example", "http://u@a.example", "http://", "http://a b", "http://a:x"]
)
def test_what_is_no_plain_http_url_has_no_origin(url: str) -> None:
    """Without userinfo."""
    assert Origin.of(url) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:38701", "https://[::1]:443"])
def test_an_origin_is_shown_as_a_url(url: str) -> None:
    """As people write it."""
    assert str(Origin.of(url)) == url


@given(text=st.text() | st.text("htp:/servs.@?#[]%\\0123456789abcdef-", max_size=80).map(lambda t: "http://" + t))
def test_any_text_is_a_vm_or_301(text: str) -> None:
    """Nothing else comes out."""
    try:
        vm = VmId.parse(text)
    except InvalidInputParameter:
        return
    assert vm_uuid(vm.uuid, "x") == vm.uuid
