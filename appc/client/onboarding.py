"""The doors of VNF owners and operators, as a client sees them: artifacts and stored configurations over HTTP."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from appc.client.access import Access, out_of_reach
from appc.client.errors import Unreachable
from appc.lcm.ports.failures import Unavailable

#: How long an answer may take, in seconds.
_ANSWER_S = 30.0


class Refusal(Exception):
    """The controller says no; `status` is HTTP's, the text its detail."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class OnboardingClient:
    """One controller's `/artifacts` and `/configurations`. Whatever is asked raises Refusal or Unreachable."""

    def __init__(self, url: str, access: Access | None = None) -> None:
        try:
            self._http = httpx.Client(**(access or Access()).over_http(url), timeout=_ANSWER_S)
        except Unavailable as error:
            raise Unreachable(str(error)) from None

    def artifacts(self) -> list[dict[str, Any]]:
        """Every version of every artifact, without its content."""
        return list(self._asked("GET", "/artifacts")["artifacts"])

    def artifact(self, id: str) -> dict[str, Any]:
        """One version, with its content."""
        return self._asked("GET", "/artifacts/" + _segment(id))

    def add(self, files: Mapping[str, str]) -> dict[str, Any]:
        """Load these files; what was loaded, and notes of what was left out."""
        return self._asked("POST", "/artifacts", json={"files": dict(files)})

    def remove(self, id: str) -> None:
        """Forget one version."""
        self._asked("DELETE", "/artifacts/" + _segment(id))

    def configurations(self, vnf_id: str) -> list[dict[str, Any]]:
        """The configurations of a VNF, newest first, without their content."""
        return list(self._asked("GET", "/configurations", params={"vnf-id": vnf_id})["configurations"])

    def configuration(self, id: str) -> dict[str, Any]:
        """One, with its content."""
        return self._asked("GET", "/configurations/" + _segment(id))

    def differences(self, id: str, other: str) -> dict[str, Any]:
        """How the other differs from the one."""
        return self._asked("GET", f"/configurations/{_segment(id)}/differences/{_segment(other)}")

    def _asked(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **arguments)
            document = response.json() if response.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable(out_of_reach(self._http.base_url, error)) from None
        if response.is_error:
            raise Refusal(response.status_code, str(document.get("detail", response.text)))
        return dict(document)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._http.close()


def _segment(text: str) -> str:
    return quote(text, safe="")
