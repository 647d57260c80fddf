"""Keystone v3: discovery, tokens for the one user and project, and the check that guards the other services.

Source: the Identity API v3 reference; the refusal of a service call is that of keystonemiddleware.
"""

import hmac
import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud.answers import Call, as_json, endpoint, fixed
from appc.demo.cloud.faults import Fault, as_keystone, no_such_path, refusing
from appc.demo.cloud.isotime import micros
from appc.demo.cloud.seed import DEMO, REGION, TENANCY, stable_uuid
from appc.demo.cloud.tokens import Tokens

_UNAUTHORIZED = "The request you have made requires authentication."
_MEDIA_TYPE = "application/vnd.openstack.identity-v3+json"
_DOMAIN = {"id": "default", "name": "Default"}
_USER = {"id": TENANCY.user_id, "name": DEMO, "domain": _DOMAIN, "password_expires_at": None}
_PROJECT = {"id": TENANCY.project_id, "name": DEMO, "domain": _DOMAIN}
_ROLES = [{"id": stable_uuid("role", name).replace("-", ""), "name": name} for name in ("member", "reader")]
#: Type, name, and the path of the endpoint below the cloud's own URL.
_SERVICES = (
    ("identity", "keystone", "/v3"),
    ("compute", "nova", "/compute/v2.1"),
    ("image", "glance", "/image"),
    ("block-storage", "cinder", f"/volume/v3/{TENANCY.project_id}"),
    ("volumev3", "cinderv3", f"/volume/v3/{TENANCY.project_id}"),
)


class Keystone:
    """The identity service. `now` gives the time in seconds since the epoch."""

    def __init__(self, url: str, password: str, token_s: float, now: Callable[[], float]) -> None:
        self._url = url
        self._password = password
        self._tokens = Tokens(token_s)
        self._now = now
        self._catalog = [_catalog_entry(url, *service) for service in _SERVICES]

    def routes(self) -> list[Route]:
        """Discovery needs no token; all else but asking for a token does."""
        issue = endpoint(refusing(self._issue, as_keystone))
        show = endpoint(refusing(self._show, as_keystone), self.guard)
        catalog = endpoint(fixed({"catalog": self._catalog}), self.guard)
        version = endpoint(fixed({"version": self._described()}))
        rest = endpoint(refusing(no_such_path, as_keystone), self.guard)
        return [
            Route("/v3/auth/tokens", issue, methods=["POST"]),
            Route("/v3/auth/tokens", show, methods=["GET"]),
            Route("/v3/auth/tokens", endpoint(self._revoke, self.guard), methods=["DELETE"]),
            Route("/v3/auth/catalog", catalog, methods=["GET"]),
            Route("/", endpoint(fixed({"versions": {"values": [self._described()]}}, 300)), methods=["GET"]),
            Route("/v3", version, methods=["GET"]),
            Route("/v3/", version, methods=["GET"]),
            Route("/v3/{rest:path}", rest),
        ]

    def guard(self, request: Request) -> Response | None:
        """Refuse a service call without a valid token."""
        if self._tokens.ends(request.headers.get("x-auth-token"), self._now()) is not None:
            return None
        refusal = as_keystone(Fault(401, _UNAUTHORIZED))
        refusal.headers["WWW-Authenticate"] = f'Keystone uri="{self._url}/v3"'
        return refusal

    def _issue(self, call: Call) -> Response:
        auth = _member(_parsed(call.body), "auth")
        if not isinstance(_member(auth, "identity"), dict):
            raise Fault(400, "'identity' is a required property")
        if not (self._knows(_member(auth, "identity")) and _is_ours(_member(auth, "scope"))):
            raise Fault(401, _UNAUTHORIZED)
        token, end = self._tokens.issue(self._now())
        return as_json(self._token(end), 201, {"X-Subject-Token": token, "Vary": "X-Auth-Token"})

    def _knows(self, identity: object) -> bool:
        methods = _member(identity, "methods")
        user = _member(identity, "password", "user")
        password = _member(user, "password")
        if methods != ["password"] or not isinstance(password, str) or not _named(user, _USER):
            return False
        return hmac.compare_digest(password.encode(), self._password.encode())

    def _show(self, call: Call) -> Response:
        subject = call.request.headers.get("x-subject-token")
        end = self._tokens.ends(subject, self._now())
        if subject is None or end is None:
            raise Fault(404, "Failed to validate token")
        return as_json(self._token(end), headers={"X-Subject-Token": subject})

    def _revoke(self, call: Call) -> Response:
        self._tokens.revoke(call.request.headers.get("x-subject-token", ""))
        return Response(status_code=204)

    def _described(self) -> dict[str, object]:
        return {
            "id": "v3.14",
            "status": "stable",
            "updated": "2020-04-07T00:00:00Z",
            "links": [{"rel": "self", "href": f"{self._url}/v3/"}],
            "media-types": [{"base": "application/json", "type": _MEDIA_TYPE}],
        }

    def _token(self, end: float) -> dict[str, object]:
        token = {
            "methods": ["password"],
            "user": _USER,
            "project": _PROJECT,
            "is_domain": False,
            "roles": _ROLES,
            "catalog": self._catalog,
            "audit_ids": [stable_uuid("audit", str(end))[:22]],
            "issued_at": micros(self._now()),
            "expires_at": micros(end),
        }
        return {"token": token}


def _catalog_entry(url: str, kind: str, name: str, path: str) -> dict[str, object]:
    endpoints = [
        {
            "id": stable_uuid(interface, name).replace("-", ""),
            "interface": interface,
            "region": REGION,
            "region_id": REGION,
            "url": url + path,
        }
        for interface in ("public", "internal")
    ]
    service_id = stable_uuid("service", name).replace("-", "")
    return {"id": service_id, "type": kind, "name": name, "endpoints": endpoints}


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        raise Fault(400, "Malformed json in request body") from None


def _member(value: object, *path: str) -> object:
    """The member of a member, or None where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _named(given: object, known: Mapping[str, object]) -> bool:
    """Whether a user or a project is named by its id, or by its name and a domain."""
    if (given_id := _member(given, "id")) is not None:
        return given_id == known["id"]
    domain = _member(given, "domain")
    in_domain = _member(domain, "id") == _DOMAIN["id"] or _member(domain, "name") == _DOMAIN["name"]
    return in_domain and _member(given, "name") == known["name"]


def _is_ours(scope: object) -> bool:
    """Without a scope Keystone takes the user's default project, which here is the only one."""
    return scope is None or _named(_member(scope, "project"), _PROJECT)
