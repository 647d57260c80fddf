"""Changing and reading a device's configuration.

`<validate>` is not sent: with the test option of edit-config the device judges the same, and commit judges once more.
(netconfd 2.13 answers `<ok/>` to a commit that follows a `<validate>`, and applies nothing.)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lxml import etree

from appc.lcm.artifact import TemplateFormat
from appc.lcm.device_settings import DefaultOperation, NetconfSettings
from appc.lcm.errors import DgFailure
from appc.lcm.ports.device import Configuration
from appc.southbound.netconf.documents import BASE, config_element, config_text, parsed, replacing
from appc.southbound.netconf.session import Session


@dataclass(frozen=True)
class Change:
    """What an edit-config sends: the `<config>`, and what happens to what it does not mark itself."""

    config: str
    default_operation: DefaultOperation


@dataclass(frozen=True)
class Edited:
    """A change that was made, and the running configuration afterwards; `problem`: why that could not be read."""

    running: Configuration | None
    problem: str = ""


def read(session: Session, settings: NetconfSettings) -> Configuration:
    """The running configuration, or the subtree that the settings select. Raises: DgFailure (401)."""
    subtree = ("subtree", parsed(settings.filter)) if settings.filter else None
    reply = session.ask("get-config of running", lambda device: device.get_config("running", filter=subtree))
    data = reply.find(f"{{{BASE}}}data")
    if data is None:
        raise DgFailure("the reply to get-config holds no data")
    return Configuration(config_text(data), TemplateFormat.XML)


def change(settings: NetconfSettings, action: str, content: str) -> Change:
    """The filled template as this action's change. Raises: InvalidInputParameter (301)."""
    config, default_operation = config_element(content), settings.default_operation or "merge"
    if settings.replaces(action) and settings.filter:
        replacing(config, parsed(settings.filter))
    elif settings.replaces(action):
        default_operation = "replace"
    return Change(etree.tostring(config, encoding="unicode"), default_operation)


def edit(session: Session, settings: NetconfSettings, change: Change) -> Edited:
    """Make the change: on the candidate, confirmed, where the device can do that. Raises: DgFailure (401)."""
    if settings.target != "running" and session.can(":candidate"):
        return _by_candidate(session, settings, change)
    if session.can(":writable-running") and settings.target != "candidate":
        return _on_running(session, settings, change)
    raise DgFailure(f"the device offers no {settings.target or 'candidate or running'} configuration to edit")


def _by_candidate(session: Session, settings: NetconfSettings, change: Change) -> Edited:
    with _locked(session, "candidate"):
        session.ask(
            "edit-config of candidate",
            lambda device: device.edit_config(change.config, target="candidate", **_options(session, change)),
        )
        if not session.can(":confirmed-commit"):
            session.ask("commit", lambda device: device.commit())
            return _reread(session, settings)
        with _taken_back(session):
            timeout = str(settings.confirm_timeout_s)
            session.ask("confirmed commit", lambda device: device.commit(confirmed=True, timeout=timeout))
            # A change that cuts the device off cannot be confirmed, and the device takes it back.
            running = read(session, settings)
            session.ask("confirming commit", lambda device: device.commit())
        return Edited(running)


def _on_running(session: Session, settings: NetconfSettings, change: Change) -> Edited:
    with _locked(session, "running"):
        session.ask(
            "edit-config of running",
            lambda device: device.edit_config(change.config, target="running", **_options(session, change)),
        )
        return _reread(session, settings)


def _options(session: Session, change: Change) -> dict[str, Any]:
    return {
        "default_operation": change.default_operation,
        "test_option": "test-then-set" if session.can(":validate") else None,
        "error_option": "rollback-on-error" if session.can(":rollback-on-error") else None,
    }


def _reread(session: Session, settings: NetconfSettings) -> Edited:
    try:
        return Edited(read(session, settings))
    except DgFailure as failure:
        return Edited(None, failure.detail)


@contextmanager
def _locked(session: Session, datastore: str) -> Iterator[None]:
    """The datastore for this session alone; what failed leaves nothing behind in the candidate."""
    session.ask(f"lock of {datastore}", lambda device: device.lock(datastore))
    try:
        yield
    except BaseException:
        if datastore == "candidate":
            session.settle("discard-changes", lambda device: device.discard_changes())
        session.settle("unlock", lambda device: device.unlock(datastore))
        raise
    # The change is made, and whoever hangs up holds no lock: a refusal here is no failure of the action.
    session.settle("unlock", lambda device: device.unlock(datastore))


@contextmanager
def _taken_back(session: Session) -> Iterator[None]:
    """A confirmed commit that does not end well is cancelled; older devices do it when the session ends."""
    try:
        yield
    except BaseException:
        if session.can(":confirmed-commit:1.1"):
            session.settle("cancel-commit", lambda device: device.cancel_commit())
        raise
