"""A connection to one cloud: openstacksdk makes it, then calls go out raw, as JSON over keystoneauth's adapters.

The SDK's resource layer takes 13 ms of CPU for a call, an adapter 1 ms. This module is imported when the first cloud
is reached, because importing openstacksdk takes 0.4 s.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
import yaml
from keystoneauth1.access import AccessInfo
from keystoneauth1.adapter import Adapter
from keystoneauth1.identity.base import BaseIdentityPlugin
from keystoneauth1.session import Session, TCPKeepAliveAdapter
from openstack.config import OpenStackConfig
from openstack.connection import Connection
from openstack.exceptions import ConfigException
from openstack.proxy import Proxy

from appc.lcm.vm_id import Origin
from appc.southbound.openstack.clouds_file import Cloud
from appc.southbound.openstack.errors import CloudFailure, ForeignRedirect, refusal, translated

# What it warns of is raised as well, and told once.
logging.getLogger("keystoneauth.identity").setLevel(logging.ERROR)

#: Seconds for a connection to be made and for an answer to begin, where clouds.yaml has no `api_timeout`.
_TIMEOUTS_S = (10.0, 60.0)
#: The same for calls that change nothing: they are repeated, and others wait for what they show.
_LOOK_TIMEOUTS_S = (10.0, 20.0)
#: The statuses that keystoneauth follows.
_REDIRECTS = frozenset({301, 302, 303, 305, 307, 308})
#: Connections kept open to one host: as many as threads call at once, more or less.
_POOL_SIZE = 64


@dataclass(frozen=True)
class Answer:
    """A successful answer; `body` is its JSON object, empty where it has none."""

    body: dict[str, Any]
    headers: Mapping[str, str]


class CloudConnection:
    """The services of one cloud. For many threads; every method may block for the time-outs and raises CloudFailure.

    `refused`: its credentials are none any more; perhaps those in clouds.yaml or beside it were changed.
    """

    def __init__(self, cloud: Cloud, file: Path) -> None:
        """Asks for a token at once, so that a connection that exists is one that works."""
        self._name = cloud.name
        self.refused = False
        with translated(cloud.name):
            self._sdk = Connection(config=_config(file).get_one(cloud=cloud.name))
            self._session = self._sdk.session
            try:
                access = _access(self._session)
            except BaseException:
                self.close()
                raise
        self.cloud = _learned(cloud, access) if access else cloud

    @cached_property
    def compute(self) -> "Service":
        """Nova."""
        with translated(self._name):
            return Service(self._name, _adapter(self._sdk.compute), self._refuse)

    @cached_property
    def image(self) -> "Service":
        """Glance."""
        with translated(self._name):
            return Service(self._name, _adapter(self._sdk.image), self._refuse)

    @cached_property
    def volume(self) -> "Service":
        """Cinder."""
        with translated(self._name):
            return Service(self._name, _adapter(self._sdk.block_storage), self._refuse)

    def _refuse(self) -> None:
        self.refused = True

    def close(self) -> None:
        """Close idle connections; what is under way ends as it likes."""
        self._session.session.close()


class Service:
    """One service of a cloud. Every call tells it who asks, by `X-OpenStack-Request-ID`."""

    def __init__(self, cloud: str, adapter: Adapter, refused: Callable[[], None]) -> None:
        """`refused` is called when it takes the cloud's credentials no more."""
        self._cloud = cloud
        self._adapter = adapter
        self._refused = refused

    def get(self, path: str, request_id: str, microversion: str | None = None) -> Answer:
        """Look. Never repeated here: the caller knows how long it may wait."""
        return self._call("GET", path, request_id, microversion=microversion)

    def post(self, path: str, body: object, request_id: str, microversion: str | None = None) -> Answer:
        """Change something. Never repeated: an answer that was lost says nothing of what was done."""
        return self._call("POST", path, request_id, json=body, microversion=microversion)

    def put(self, path: str, body: object, request_id: str, microversion: str | None = None) -> Answer:
        """Change something. Never repeated, as `post`."""
        return self._call("PUT", path, request_id, json=body, microversion=microversion)

    def delete(self, path: str, request_id: str, microversion: str | None = None) -> Answer:
        """Remove something. Never repeated, as `post`."""
        return self._call("DELETE", path, request_id, microversion=microversion)

    def supports(self, microversion: tuple[int, int]) -> bool:
        """Whether the service has this microversion or newer ones."""
        with translated(self._cloud):
            endpoint = self._adapter.get_endpoint_data()
        highest = endpoint.max_microversion if endpoint else None
        return highest is not None and highest >= microversion

    def _call(self, method: str, path: str, request_id: str, **more: Any) -> Answer:
        try:
            return self._answer(method, path, request_id, **more)
        except CloudFailure as failure:
            if failure.http_status == 401:
                self._refused()
            raise

    def _answer(self, method: str, path: str, request_id: str, **more: Any) -> Answer:
        with translated(self._cloud):
            response = self._adapter.request(path, method, global_request_id=request_id, raise_exc=False, **more)
        if response.status_code >= 300:
            raise refusal(self._cloud, response.status_code, response.headers, _without_token(response))
        try:
            body = response.json() if response.content else {}
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise CloudFailure(f"cloud {self._cloud} answered something that is no JSON object")
        return Answer(body, response.headers)


def _without_token(response: requests.Response) -> str:
    """The text of an answer. A service, or a proxy before it, may quote what it was sent."""
    token = response.request.headers.get("X-Auth-Token")
    return response.text.replace(str(token), "***") if token else response.text


class GuardedSession(Session):
    """keystoneauth's session with both time-outs, and without redirects to other addresses."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        transport = _Transport(
            tls_ciphers=self.tls_ciphers, tls_min_version=self.tls_min_version, pool_maxsize=_POOL_SIZE
        )
        for scheme in list(self.session.adapters):
            self.session.mount(scheme, transport)
        # keystoneauth follows redirects itself, with the password in the body and the token in the header.
        self.session.hooks["response"].append(_stay_at_home)


class _Transport(TCPKeepAliveAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = _LOOK_TIMEOUTS_S if request.method == "GET" else _TIMEOUTS_S
        return super().send(request, *args, **kwargs)


class _RefusedRedirect(ForeignRedirect, requests.RequestException):
    """Known to keystoneauth as a failure of the connection."""


def _stay_at_home(response: requests.Response, *args: object, **kwargs: object) -> None:
    """Glance redirects `/v2` to `/v2/`: that is fine. Another scheme, host or port is not."""
    location = response.headers.get("location")
    if location is not None and response.status_code in _REDIRECTS:
        target = Origin.of(urljoin(response.url, location))
        if target is None or target != Origin.of(response.url):
            response.close()
            raise _RefusedRedirect


def _config(file: Path) -> OpenStackConfig:
    """The configuration of this file and of secure.yaml beside it; no variable of the environment changes a cloud."""
    try:
        return OpenStackConfig(
            config_files=[str(file)],
            secure_files=[str(file.with_name(f"secure{suffix}")) for suffix in (".yaml", ".yml", ".json")],
            load_envvars=False,
            app_name="appc",
            session_constructor=GuardedSession,
        )
    except yaml.YAMLError:
        # Its text quotes the file, which may hold a password.
        raise ConfigException("the file is no valid YAML") from None


def _access(session: Session) -> AccessInfo | None:
    """The token and its catalogue; None where the cloud has no Keystone (`auth_type: none`)."""
    return session.auth.get_access(session) if isinstance(session.auth, BaseIdentityPlugin) else None


def _learned(cloud: Cloud, access: AccessInfo) -> Cloud:
    endpoints = access.service_catalog.get_endpoints_data(service_type="compute").get("compute", [])
    origins = [origin for endpoint in endpoints if (origin := Origin.of(endpoint.url or ""))]
    return replace(
        cloud,
        project_id=access.project_id or cloud.project_id,
        project_name=access.project_name or cloud.project_name,
        compute_hosts=cloud.compute_hosts or frozenset(origin.host for origin in origins),
        learned=True,
        admin="admin" in (access.role_names or ()),
    )


def _adapter(proxy: Proxy) -> Adapter:
    """The proxy's endpoint without what the proxy adds: statistics, a cache, and repetitions of calls."""
    return Adapter(
        session=proxy.session,
        service_type=proxy.service_type,
        service_name=proxy.service_name,
        interface=proxy.interface,
        region_name=proxy.region_name,
        endpoint_override=proxy.endpoint_override,
        version=proxy.version,
        min_version=proxy.min_version,
        max_version=proxy.max_version,
        default_microversion=proxy.default_microversion,
    )
