"""One REST service: what is asked of it, and what its answers and its silence mean."""

import asyncio
import ssl
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from appc.lcm.artifact import TemplateFormat
from appc.lcm.device_settings import RestSettings
from appc.lcm.errors import DgFailure
from appc.lcm.ports.credentials import Credentials
from appc.lcm.ports.execution import Run
from appc.lcm.redaction import redacted_text

#: Bytes of an answer; configurations of devices stay far below.
_LONGEST = 16 * 1024 * 1024
#: Characters of a service's words that are passed on.
_LONGEST_WORDS = 400
#: How often it is looked whether the run has been cancelled, in seconds.
_LOOK_S = 0.1
_MEDIA_TYPES = {
    TemplateFormat.JSON: "application/json",
    TemplateFormat.XML: "application/xml",
    TemplateFormat.TEXT: "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Answer:
    """What a service answered with one of the statuses that are success."""

    content: str
    format: TemplateFormat


class Service:
    """A service at an address of the inventory."""

    def __init__(self, address: str, settings: RestSettings, credentials: Credentials, run: Run) -> None:
        host = f"[{address}]" if ":" in address else address
        port = f":{settings.port}" if settings.port else ""
        self._base = f"{settings.scheme}://{host}{port}"
        self._settings = settings
        self._credentials = credentials
        self._run = run

    def ask(self, method: str, path: str, content: str = "", form: TemplateFormat = TemplateFormat.JSON) -> Answer:
        """Ask and wait for the answer; redirects are answers, and are not followed.

        Raises: DgFailure (401) with the HTTP error or what was wrong with the connection; what the run raises.
        """
        what = f"{method} {self._base}{path}"
        with self._run.step(what):
            try:
                return asyncio.run(self._watched(what, method, path, content, form))
            except TimeoutError:
                self._run.progress(what)  # which raises, if it was the run's time limit
                raise DgFailure(f"no answer within {self._settings.timeout_s:g} s: {what}") from None
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                raise DgFailure(f"the service is out of reach: {_words(reason)}: {what}") from None

    async def _watched(self, what: str, method: str, path: str, content: str, form: TemplateFormat) -> Answer:
        """The exchange, given up as soon as the run is over."""
        exchange = asyncio.ensure_future(self._exchange(what, method, path, content, form))
        try:
            async with asyncio.timeout(min(self._settings.timeout_s, max(0.0, self._run.remaining_s()))):
                while not (await asyncio.wait({exchange}, timeout=_LOOK_S))[0]:
                    self._run.progress(what)
            return exchange.result()
        finally:
            exchange.cancel()

    async def _exchange(self, what: str, method: str, path: str, content: str, form: TemplateFormat) -> Answer:
        # what comes is bounded by its length: nothing is unpacked
        headers = {"Accept-Encoding": "identity"} | ({"Content-Type": _MEDIA_TYPES[form]} if content else {})
        named = {"sni_hostname": self._settings.server_name} if self._settings.server_name else {}
        # no proxy and no netrc of the environment: the address is the inventory's, and so is who is told a password
        async with (
            httpx.AsyncClient(verify=self._tls(), auth=self._login(), timeout=None, trust_env=False) as client,
            client.stream(
                method, self._base + path, content=content.encode(), headers=headers, extensions=named
            ) as response,
        ):
            received = bytearray()
            async for piece in response.aiter_raw():
                received += piece
                if len(received) > _LONGEST:
                    raise DgFailure(f"the answer has more than {_LONGEST} bytes: {what}")
        text = received.decode(errors="replace")
        if not self._settings.expects(response.status_code):
            raise DgFailure(f"{_named(response.status_code)}: {_words(text) or 'no explanation'}: {what}")
        return Answer(text, _format(response.headers.get("content-type", "")))

    def _login(self) -> httpx.BasicAuth | None:
        settings = self._settings
        if not settings.user:
            return None
        secret = self._credentials.secret(settings.password_file) if settings.password_file else ""
        return httpx.BasicAuth(settings.user, secret)

    def _tls(self) -> ssl.SSLContext:
        settings = self._settings
        authority = self._credentials.file(settings.ca_file) if settings.ca_file else None
        try:
            context = ssl.create_default_context(cafile=authority)
        except (OSError, ssl.SSLError):
            raise DgFailure(f"credential {settings.ca_file} holds no certificates") from None
        if not settings.verify_tls:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def _named(status: int) -> str:
    phrase = next((each.phrase for each in HTTPStatus if each == status), "")
    return f"{status} {phrase}".rstrip()


def _words(text: str) -> str:
    """What a service says, in one line, without secrets and not without end."""
    line = " ".join(redacted_text(text[: 10 * _LONGEST_WORDS]).split())
    return line if len(line) <= _LONGEST_WORDS else f"{line[:_LONGEST_WORDS]}…"


def _format(content_type: str) -> TemplateFormat:
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")):
        return TemplateFormat.JSON
    return TemplateFormat.XML if kind.endswith(("/xml", "+xml")) else TemplateFormat.TEXT
