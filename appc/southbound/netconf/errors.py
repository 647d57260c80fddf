"""What went wrong at a device, in words: every 401 says what was done, where, and with which message."""

from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree
from ncclient import NCClientError
from ncclient.operations import MissingCapabilityError
from ncclient.transport import AuthenticationError, SSHUnknownHostError
from paramiko import SSHException

from appc.lcm.errors import DgFailure
from appc.southbound.netconf.documents import BASE, Element, NoDocument

#: Longest message of a device that is passed on, in characters.
_LONGEST = 400


def refused(reply: Element, what: str) -> DgFailure | None:
    """The rpc-errors of a reply as a failure: tag, message and path of each; warnings are none."""
    errors = [each for each in reply.iter(f"{{{BASE}}}rpc-error") if _text(each, "error-severity") != "warning"]
    if not errors:
        return None
    texts = [_said(error) for error in errors]
    return DgFailure(f"{one_line('; '.join(texts))}: {what}")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Whatever ncclient and the SSH library below it raise, and a reply that is no XML, as a DgFailure."""
    try:
        yield
    except NoDocument as fault:
        raise DgFailure(f"the device's reply {one_line(str(fault))}: {what}") from fault
    except etree.XMLSyntaxError as fault:  # ncclient reads the greeting itself
        raise DgFailure(f"the device's hello is no XML: {one_line(str(fault))}: {what}") from fault
    except MissingCapabilityError as error:
        raise DgFailure(f"the device cannot do this: {one_line(str(error))}: {what}") from error
    except AuthenticationError as error:
        raise DgFailure(f"the device refused the log-in; check user, key and password: {what}") from error
    except SSHUnknownHostError as error:
        raise DgFailure(
            f"the device's host key (MD5 {error.fingerprint}) is not in the known hosts: compare it at the device, "
            f"then add what ssh-keyscan prints to the artifact's known-hosts-file: {what}"
        ) from error
    except (NCClientError, SSHException, OSError, EOFError) as error:
        # An unexpected end quotes everything that was under way, secrets among it.
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DgFailure(f"{one_line(reason)}: {what}") from error


def one_line(text: str) -> str:
    """Without line ends, and not without end."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _said(error: Element) -> str:
    parts = [f"{_text(error, 'error-tag') or 'operation-failed'}: {_text(error, 'error-message') or 'no explanation'}"]
    if path := _text(error, "error-path"):
        parts.append(f"at {path}")
    if (session := error.find(f"{{{BASE}}}error-info/{{{BASE}}}session-id")) is not None:
        parts.append(f"held by the device's session {session.text}")
    return ", ".join(parts)


def _text(error: Element, name: str) -> str:
    return (error.findtext(f"{{{BASE}}}{name}") or "").strip()
