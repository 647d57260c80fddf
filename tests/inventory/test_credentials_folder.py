"""CREDENTIALS_DIR: passwords and keys by the names that artifacts give (contract section 8)."""

from pathlib import Path

import pytest

from appc.lcm.errors import DgFailure
from appc.stores.credentials import CredentialsFolder


def test_a_password_is_what_its_file_holds_now(tmp_path: Path) -> None:
    """Without the line end that editors add; blanks are part of it; a new one counts at once."""
    credentials = CredentialsFolder(tmp_path)
    (tmp_path / "lb-admin").write_text(" ü secret \r\n")
    assert credentials.secret("lb-admin") == " ü secret "
    (tmp_path / "lb-admin").write_text("new")
    assert credentials.secret("lb-admin") == "new"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../outside", id="upwards"),
        pytest.param("/etc/hostname", id="absolute"),
        pytest.param("folder/inside", id="deeper"),
        pytest.param("..", id="the parent"),
        pytest.param(".hidden", id="hidden"),
        pytest.param("a\nb", id="line end"),
        pytest.param("nul\0", id="nul"),
        pytest.param("", id="empty"),
        pytest.param("x" * 101, id="too long"),
    ],
)
def test_a_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    """It is a plain file name, or refused."""
    (tmp_path / "outside").write_text("canary")
    (tmp_path / "in" / "folder").mkdir(parents=True)
    (tmp_path / "in" / "folder" / "inside").write_text("canary")
    with pytest.raises(DgFailure, match="is no name of a file in CREDENTIALS_DIR"):
        CredentialsFolder(tmp_path / "in").secret(name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "there is no such file in CREDENTIALS_DIR", id="absent"),
        pytest.param(b"canary" * 1000, "larger than 4096 bytes, it holds no password", id="too large"),
        pytest.param(b"canary\xff", "is not UTF-8", id="bytes"),
    ],
)
def test_what_is_no_password_is_told_without_showing_it(tmp_path: Path, content: bytes | None, said: str) -> None:
    """401 with the name."""
    if content is not None:
        (tmp_path / "lb-admin").write_bytes(content)
    with pytest.raises(DgFailure, match=f"credential lb-admin: .*{said}") as failed:
        CredentialsFolder(tmp_path).secret("lb-admin")
    assert "canary" not in str(failed.value)
