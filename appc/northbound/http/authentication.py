"""Basic authentication (RFC 7617) by a file of `user:hash` lines, as `htpasswd -B` writes them (contract section 2)."""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Self

import anyio
import anyio.to_thread
import bcrypt
from starlette.types import ASGIApp, Receive, Scope, Send

from appc.northbound.http.faults import Fault, FaultTable

#: What says only that the controller is there; everything else wants a user.
OPEN_PATHS = frozenset({"/healthz", "/readyz"})

#: Passwords verified at once: bcrypt takes a core for as long as it takes.
_VERIFIERS = 4

#: bcrypt looks at no more bytes; `htpasswd` cuts longer passwords without a word, so they are cut here.
_BCRYPT_BYTES = 72

#: The costs that `htpasswd -C` allows; a hash of cost 31 would take a day for each request.
_COSTS = range(4, 18)

_HASH = re.compile(rb"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="appc", charset="UTF-8"'}


class UsersFileError(ValueError):
    """The users' file cannot be used; says the file, the line and why, never what stands there."""


class Users:
    """Who may come in. For several threads."""

    def __init__(self, hashes: Mapping[bytes, bytes]) -> None:
        """`hashes`: the bcrypt hash of each user's password; at least one."""
        self._hashes = dict(hashes)
        self._stand_ins = tuple(self._hashes.values())
        # Whoever reads the memory of this process finds no digest that could be looked up or compared with another's.
        self._key = secrets.token_bytes(32)
        self._verified: set[bytes] = set()

    @classmethod
    def read(cls, path: Path) -> Self:
        """The users of a file; empty lines and those that begin with `#` are skipped. Raises: UsersFileError."""
        try:
            lines = path.read_bytes().splitlines()
        except OSError as error:
            raise UsersFileError(f"{path}: {error.strerror}") from error
        hashes: dict[bytes, bytes] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith(b"#"):
                continue
            user, _, hashed = line.partition(b":")
            fault = _fault_of(user, hashed.strip(), hashes)
            if fault:
                raise UsersFileError(f"{path}, line {number}: {fault}")
            hashes[user] = hashed.strip()
        if not hashes:
            raise UsersFileError(f"{path}: no user in it; `htpasswd -B {path} NAME` adds one")
        return cls(hashes)

    def remembers(self, user: bytes, password: bytes) -> bool:
        """Whether these were verified before; takes microseconds."""
        return self._digest(user, password) in self._verified

    def verify(self, user: bytes, password: bytes) -> bool:
        """Whether this is the user's password; blocks for as long as bcrypt takes, for an unknown user too."""
        digest = self._digest(user, password)
        # Many first requests of a client come at once: those that waited for their turn need no bcrypt of their own.
        if digest in self._verified:
            return True
        hashed = self._hashes.get(user)
        right = bcrypt.checkpw(password[:_BCRYPT_BYTES], hashed or self._stand_in(user)) and hashed is not None
        if right:
            self._verified.add(digest)
        return right

    def _digest(self, user: bytes, password: bytes) -> bytes:
        # A user's name holds no colon, so no two pairs read the same.
        return hashlib.blake2b(user + b":" + password[:_BCRYPT_BYTES], key=self._key).digest()

    def _stand_in(self, user: bytes) -> bytes:
        # Always the same one for the same name: as costs may differ from line to line, so would an answer's time.
        return self._stand_ins[int.from_bytes(self._digest(user, b"")) % len(self._stand_ins)]


def _fault_of(user: bytes, hashed: bytes, known: Mapping[bytes, bytes]) -> str | None:
    found = _HASH.fullmatch(hashed)
    if not user:
        return "not of the form user:hash"
    if not found:
        return "not a bcrypt hash; `htpasswd -B` writes them"
    if int(found[1]) not in _COSTS:
        return f"a bcrypt cost of {int(found[1])}; allowed are {_COSTS.start} to {_COSTS.stop - 1}"
    return "a user that an earlier line has too" if user in known else None


class BasicAuthentication:
    """ASGI middleware: 401 for whoever does not say who he is."""

    def __init__(self, app: ASGIApp, faults: FaultTable, users: Users) -> None:
        self._app = app
        self._faults = faults
        self._users = users
        self._verifiers = anyio.CapacityLimiter(_VERIFIERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS or await self._admits(scope):
            await self._app(scope, receive, send)
            return
        fault = Fault(HTTPStatus.UNAUTHORIZED, "a user and password of the users' file are wanted", _CHALLENGE)
        await self._faults.answer(scope["path"], fault)(scope, receive, send)

    async def _admits(self, scope: Scope) -> bool:
        credentials = _credentials([value for name, value in scope["headers"] if name == b"authorization"])
        if credentials is None:
            return False
        if self._users.remembers(*credentials):
            return True
        return await anyio.to_thread.run_sync(self._users.verify, *credentials, limiter=self._verifiers)


def _credentials(headers: list[bytes]) -> tuple[bytes, bytes] | None:
    """User and password as bytes: what they mean is between the users' file and the client."""
    if len(headers) != 1:
        return None
    scheme, _, token = headers[0].partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(token.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    return (user, password) if colon else None
