"""What went wrong at a cloud, in words (contract section 3.3, 401).

    DgFailure              401
    └── CloudFailure            a call to OpenStack did not succeed

Every message says what failed and where (the cloud's name), and where it helps what to do. None holds an address,
a credential or a token: everything in clouds.yaml but the names of clouds is secret (section 8).
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from appc.lcm.errors import DgFailure

if TYPE_CHECKING:
    from keystoneauth1.exceptions import HttpError

#: The contract's words; other HTTP errors go by their number.
_WORDS = {400: "badRequest", 401: "unauthorized", 403: "forbidden", 404: "itemNotFound", 409: "conflict"}
#: Longest message of a service that is passed on, in characters.
_LONGEST = 400
#: No service is left alone for longer than this before a call is repeated, in seconds.
_LONGEST_PAUSE_S = 30.0
#: What the text of a failed connection gives away about its cause.
_CAUSES = (
    ("refused", "the connection was refused"),
    ("getaddrinfo|[Nn]ame or service|resolv", "its host name is not known"),
    ("unreachable|[Nn]o route", "there is no route to it"),
    ("timed out", "the connection timed out"),
    ("reset|closed|abort|EOF|[Bb]roken pipe|IncompleteRead", "the connection was lost"),
)


class ForeignRedirect(OSError):
    """An endpoint redirected to another address, which must see neither credentials nor tokens."""


class CloudFailure(DgFailure):
    """A call that did not succeed; `http_status` is None where there was no answer.

    `unsent`: the service never saw the call; `pause_s`: how long it asks to be left alone.
    """

    def __init__(
        self, detail: str, http_status: int | None = None, *, unsent: bool = False, pause_s: float = 0.0
    ) -> None:
        super().__init__(detail)
        self.http_status = http_status
        self.unsent = unsent
        self.pause_s = pause_s

    @property
    def passing(self) -> bool:
        """Trying again may help. Whether it does no harm is another question."""
        return self.http_status is None or self.http_status >= 500 or self.http_status in (408, 429)

    @property
    def undone(self) -> bool:
        """It is certain that nothing was done, and trying again may help: whatever the call, it may be repeated."""
        return self.passing and (self.unsent or self.http_status == 429)

    @property
    def lost(self) -> bool:
        """Nobody knows whether the call was carried out."""
        return self.passing and not self.undone


class Misconfigured(CloudFailure):
    """The call could not even be made: trying again without a change of clouds.yaml is in vain."""

    @property
    def passing(self) -> bool:
        """Nothing was done, and nothing will be."""
        return False


def refusal(cloud: str, status: int, headers: Mapping[str, str], text: str) -> CloudFailure:
    """An answer with an error status, as a failure: the service's own message, and the id to look for in its log."""
    detail = f"{_word(status)}: {_service_message(status, headers, text).removesuffix('.')}: {where(cloud, headers)}"
    return CloudFailure(detail, status, pause_s=_pause_s(headers))


def where(cloud: str, headers: Mapping[str, str]) -> str:
    """The cloud's name, and the id by which its log knows the call that was answered with these headers."""
    request_id = headers.get("x-openstack-request-id") or headers.get("x-compute-request-id")
    return f"cloud {cloud}, {request_id}" if request_id else f"cloud {cloud}"


@contextmanager
def translated(cloud: str) -> Iterator[None]:
    """Whatever openstacksdk and keystoneauth raise, as a CloudFailure."""
    # Imported here because this module is read long before the first cloud is reached.
    from keystoneauth1 import exceptions as keystone
    from openstack import exceptions as sdk

    try:
        yield
    except keystone.HttpError as error:
        raise _without_token(cloud, error) from error
    except (keystone.CatalogException, sdk.ServiceDisabledException) as error:
        raise Misconfigured(
            f"cloud {cloud} has no such service in its catalogue: check region_name and interface in clouds.yaml"
        ) from error
    except (keystone.AuthPluginException, sdk.ConfigException) as error:
        raise Misconfigured(f"the entry of cloud {cloud} in clouds.yaml is wrong: {_one_line(str(error))}") from error
    except keystone.SSLError as error:
        raise Misconfigured(
            f"the TLS certificate of cloud {cloud} is not trusted: its authority belongs into cacert in clouds.yaml"
        ) from error
    except keystone.ClientException as error:
        raise _without_answer(cloud, error) from error
    except sdk.SDKException as error:
        # Its text may hold addresses.
        raise CloudFailure(f"cloud {cloud} gave openstacksdk no valid answer ({type(error).__name__})") from error
    except OSError as error:
        raise Misconfigured(f"a file that the entry of cloud {cloud} in clouds.yaml names cannot be read") from error


def _without_token(cloud: str, error: "HttpError") -> CloudFailure:
    """Services answer the caller themselves: who raises this is Keystone, asked for a token before the call."""
    headers, text = (error.response.headers, error.response.text) if error.response is not None else ({}, "")
    advice = ". Check the credentials in clouds.yaml" if error.http_status == 401 else ""
    message = _service_message(error.http_status, headers, text).removesuffix(".") + advice
    detail = f"{_word(error.http_status)}: {message}: {where(cloud, headers)}"
    return CloudFailure(detail, error.http_status, unsent=True, pause_s=_pause_s(headers))


def _without_answer(cloud: str, error: Exception) -> CloudFailure:
    chain = list(_chain(error))
    if any(isinstance(link, ForeignRedirect) for link in chain):
        return Misconfigured(
            f"cloud {cloud} redirects to another address, which is not followed: "
            "if that is right, clouds.yaml must name the new address"
        )
    text = " ".join(map(repr, chain))
    cause = next((words for pattern, words in _CAUSES if re.search(pattern, text)), "it gave no valid answer")
    return CloudFailure(
        f"cloud {cloud} is out of reach: {cause}; check that it runs and can be reached from here",
        unsent=any(isinstance(link, _never_connected()) for link in chain),
    )


def _never_connected() -> tuple[type[Exception], ...]:
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    return ConnectTimeoutError, NewConnectionError


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _word(status: int) -> str:
    return _WORDS.get(status, str(status))


def _pause_s(headers: Mapping[str, str]) -> float:
    """`Retry-After` in seconds (RFC 9110, 10.2.3); a date there is not used by OpenStack."""
    text = headers.get("retry-after", "")
    return min(float(text), _LONGEST_PAUSE_S) if text.isdecimal() else 0.0


def _service_message(status: int, headers: Mapping[str, str], text: str) -> str:
    kind = headers.get("content-type", "")
    message = _from_json(text) if "json" in kind else _from_html(text) if "html" in kind else text
    return _one_line(message) or next((s.phrase for s in HTTPStatus if s == status), "no explanation")


def _from_json(text: str) -> str:
    """Nova, Cinder and Keystone: `{"<word>": {"message": ...}}`."""
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    members = [body, *body.values()] if isinstance(body, dict) else []
    return next((str(member["message"]) for member in members if isinstance(member, dict) and "message" in member), "")


def _from_html(text: str) -> str:
    """Glance: a page with a title, the same as a heading, and the message."""
    body = re.sub(r"(?is)<(head|h1|title)\b.*?</\1>", " ", text)
    return html.unescape(re.sub(r"<[^>]*>", " ", body))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
