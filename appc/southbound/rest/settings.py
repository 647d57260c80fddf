"""What an artifact says of its REST services: the members of its `device`."""

from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from appc.lcm.device_settings import DeviceSettings, Name

#: The path and the query of a URL; the host is never part of it.
Path = Annotated[str, StringConstraints(pattern=r"^/(?:[!-.0-~][!-~]*)?$")]


def _statuses(text: str) -> str:
    known = {str(status.value) for status in HTTPStatus}
    if not text.split() or set(text.split()) - known:
        raise ValueError("must be HTTP statuses with blanks between them")
    return text


class RestSettings(DeviceSettings):
    """What can be said of a REST service.

    `path`: asked for the action itself; `read_path`: with GET, for the running configuration after a change.
    `server_name`: the name in the service's certificate, where that is not its address. `expect`: the statuses
    that are success, else all from 200 to 299.
    """

    scheme: Literal["https", "http"] = "https"
    port: int | None = Field(None, ge=1, le=65_535)
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: Path = "/"
    read_path: Path | None = None
    expect: Annotated[str, AfterValidator(_statuses)] | None = None
    user: Name | None = None
    password_file: Name | None = None
    ca_file: Name | None = None
    server_name: Name | None = None
    verify_tls: bool = True
    timeout_s: float = Field(30, gt=0, le=3600)

    def expects(self, status: int) -> bool:
        """Whether this status is success."""
        return str(status) in self.expect.split() if self.expect else 200 <= status <= 299
