"""`appc serve`: the controller, from the ready line to its end."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from appc.bootstrap.application import Application, Replacements, build
from appc.commands.configuration import settings_or_exit
from appc.commands.stop_signals import listen_for_stops
from appc.controller.replies import until_available
from appc.lcm.ports.failures import Misconfigured, Unavailable
from appc.settings import Settings
from appc.telemetry.logs import configure_logging

_log = logging.getLogger(__name__)


def serve_until_stopped(config: Path | None, replacements: Replacements | None = None) -> int:
    """Run until SIGTERM or SIGINT; 0 after a stop in order, 1 at once at the second signal or if it cannot start."""
    settings = settings_or_exit(config)
    configure_logging(settings.log_format, settings.log_level, sys.stderr)
    stopping = threading.Event()

    def stop(number: signal.Signals) -> None:
        if stopping.is_set():
            os._exit(1)
        _log.info("%s: stopping; a second one ends at once", number.name)
        stopping.set()

    def thread_died(what: threading.ExceptHookArgs) -> None:
        name = what.thread.name if what.thread else "a thread"
        _log.critical(
            "%s ended by a defect; so does the controller: its next life recovers", name, exc_info=what.exc_value
        )
        os._exit(1)

    listen_for_stops(stop)
    # a controller without its listener or its dispatcher would look alive and do nothing
    threading.excepthook = thread_died
    try:
        application = _built(settings, replacements, stopping)
        ready = application is not None and application.start()
    except (Misconfigured, Unavailable, OSError) as error:
        print(f"appc serve: {error}", file=sys.stderr)
        return 2 if isinstance(error, Misconfigured) else 1
    if application is None:
        return 0
    if ready:
        print(application.ready_line, flush=True)
    stopping.wait()
    application.stop()
    return 0


def _built(settings: Settings, replacements: Replacements | None, stopping: threading.Event) -> Application | None:
    """The controller; None if it is told to stop before bus and store are there.

    Where both are files of this machine, one that cannot be used is an error: nobody is about to start it.
    """
    if settings.store_url == "sqlite:" and settings.bus_url == "embedded:":
        return build(settings, replacements, stopping)
    built: list[Application] = []
    until_available(lambda: built.append(build(settings, replacements, stopping)), stopping)
    return built[0] if built else None
