"""Application: a controller put together from its parts, started and stopped in order."""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import timedelta

from appc.bootstrap.inventories import open_inventory, recording
from appc.bootstrap.openapi import http_document
from appc.bootstrap.opening import (
    Store,
    TopicBus,
    open_bus,
    open_credentials,
    open_devices,
    open_openstack,
    open_schemas,
    open_store,
    open_templates,
    open_tls,
    private_folder,
    read_users,
)
from appc.bus.embedded import EmbeddedBus
from appc.controller.backlog import Backlog
from appc.controller.controller import Controller
from appc.controller.core import Core
from appc.controller.decisions import Rules
from appc.controller.finisher import Finisher
from appc.controller.housekeeping import Chore, Housekeeping
from appc.controller.observers import Observers
from appc.controller.ownership import Ownership
from appc.controller.recovery import Recovery
from appc.controller.replies import Replies, until_available
from appc.controller.workers import WorkerPool
from appc.lcm.actions import DeviceProtocol
from appc.lcm.planning import Surroundings
from appc.lcm.policy import DEFAULT_POLICY
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.device import DeviceExecutor
from appc.lcm.ports.execution import Executor
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.inventory import Inventory
from appc.lcm.ports.outside import Ports
from appc.northbound.bus import BusListener, MessageReader, MessageTopics
from appc.northbound.configuration_feed import ConfigurationTopic
from appc.northbound.http.application import HttpApplication
from appc.northbound.http.openapi import openapi_door
from appc.northbound.http.server import HttpServer
from appc.northbound.message_router.arrivals import Arrivals
from appc.northbound.message_router.door import MessageRouter, Topics
from appc.northbound.message_router.groups import Groups
from appc.northbound.message_router.long_polls import LongPolls
from appc.northbound.onboarding.artifacts import ArtifactDoor
from appc.northbound.onboarding.configurations import ConfigurationDoor
from appc.northbound.operations import Operations
from appc.northbound.restconf.door import Restconf
from appc.settings import Settings
from appc.stores.artifacts.library import ArtifactLibrary
from appc.stores.configurations import StoredConfigurations
from appc.stores.identity import ControllerIdentity
from appc.stores.policy_file import read_policy
from appc.system_clock import SystemClock
from appc.telemetry.logs import LogObserver
from appc.telemetry.metrics import MetricsObserver
from appc.wire.answers import LcmAnswers

_log = logging.getLogger(__name__)

#: What a stop gives the finisher to store and publish the last answers, in seconds.
_LAST_ANSWERS_S = 5.0
#: What a stop gives open HTTP requests to end, in seconds; long polls end at once.
_LAST_POLLS_S = 2.0


@dataclass(frozen=True)
class Replacements:
    """What tests and benchmarks put in the place of the real thing; None is the real thing."""

    executors: Mapping[DeviceProtocol, Executor] | None = None
    devices: Mapping[DeviceProtocol, DeviceExecutor] | None = None
    inventory: Inventory | None = None
    clock: Clock | None = None
    open_store: Callable[[Settings, Clock], Store] = open_store
    open_bus: Callable[[Settings, Clock], TopicBus] = open_bus


class Application:
    """A controller that is put together and not yet started. `edge`: all that is served by HTTP.

    Raises: Misconfigured with what is wrong in the files that settings name; Unavailable if the store or
    the bus cannot be opened.
    """

    def __init__(self, settings: Settings, replaced: Replacements, stopping: threading.Event) -> None:
        self.settings = settings
        self._clock = replaced.clock or SystemClock()
        self._metrics = MetricsObserver()
        self._stopping = stopping
        with ExitStack() as opened:  # whatever fails here gives back what was taken before
            self._identity = opened.enter_context(ControllerIdentity(private_folder(settings.state_dir)))
            self._store = opened.enter_context(closing(replaced.open_store(settings, self._clock)))
            self._bus = opened.enter_context(closing(replaced.open_bus(settings, self._clock)))
            devices = replaced.devices or open_devices(settings, self._clock, opened)
            if replaced.inventory:
                self._inventories = recording(replaced.inventory, self._store, self._clock)
            else:
                self._inventories = open_inventory(settings, self._store, self._clock, opened)
            self._put_together(replaced, devices)
            self._opened = opened.pop_all()

    def _put_together(self, replaced: Replacements, devices: Mapping[DeviceProtocol, DeviceExecutor]) -> None:
        settings = self.settings
        core = self._core()
        replies = Replies(self._bus, self._store, self._stopping)
        self._library = ArtifactLibrary(open_templates(settings), self._store, self._clock)
        self._configurations = StoredConfigurations(self._store)
        ports = self._ports(replaced, devices)
        self._ownership = core.ownership
        # a stop does not end its tries at once: finals of the drain outlast a bus that is away for a moment
        self._finisher = Finisher(core, Replies(self._bus, self._store, threading.Event()))
        self._recovery = Recovery(self._store, core, self._finisher, replies)
        self._workers = WorkerPool(core, ports, self._finisher, settings.workers)
        around = Surroundings(ports, settings.default_ttl_s, settings.clock_skew_s)
        self._controller = Controller(core, around, replies, self._workers.wake)
        self._backlog = Backlog(self._store, settings.queue_size)
        self._schemas = open_schemas(settings)
        self._listener = self._bus_listener()
        self._groups = Groups(self._bus, self._store, self._clock)
        self.edge = self._edge()
        self._http = HttpServer(self.edge, settings.http_host, settings.http_port, open_tls(settings))
        self._housekeeping = Housekeeping(self._chores(), self._clock)
        self._watch()

    def start(self) -> bool:
        """Recover first, then work, then listen; waits for a bus or store that is away.

        False if it is told to stop before that. Raises: OSError if it cannot listen for HTTP.
        """
        with suppress(Unavailable):
            for warning in self._store.persistence_warnings():
                _log.warning("%s", warning)
        self._ownership.start()
        self._finisher.start()
        # what a former life left is answered before anything new is read
        ready = until_available(self._recovery.start, self._stopping)
        self._workers.start()
        ready = ready and until_available(self._make_topics, self._stopping)
        ready = ready and until_available(self._listener.start, self._stopping)
        self._http.start()
        self._housekeeping.start()
        return ready

    def _make_topics(self) -> None:
        """Clients look where the answers end before they ask, and create no topics. Raises: Unavailable."""
        for topic in (self.settings.response_topic, self.settings.dead_letter_topic):
            self._bus.end(topic)

    def stop(self) -> None:
        """Stop in order (contract section 7): what has not begun stays for the next controller."""
        self._stopping.set()
        self._listener.stop()  # its batch is answered and committed; then nothing new comes
        self._workers.stop(self.settings.drain_s)
        self._finisher.stop(_LAST_ANSWERS_S)  # after the workers: their outcomes are stored and published
        self._recovery.stop()
        self._housekeeping.stop()
        self._http.stop(_LAST_POLLS_S)  # last of the doors: clients could still read their answers
        with suppress(Unavailable):
            self._ownership.stop()  # only now: until here the lease has to be renewed
        self._opened.close()

    @property
    def url(self) -> str:
        """Where HTTP is served; complete once it has started."""
        return self._http.url

    @property
    def ready_line(self) -> str:
        """What `appc serve` prints when everything listens (contract section 1)."""
        bus, store = (self.settings.shown(name) for name in ("bus_url", "store_url"))
        return f"ready {self.url} bus={bus} store={store} state={self.settings.state_dir}"

    def _ports(self, replaced: Replacements, devices: Mapping[DeviceProtocol, DeviceExecutor]) -> Ports:
        settings = self.settings
        return Ports(
            self._inventories.inventory,
            replaced.executors or {DeviceProtocol.OPENSTACK: open_openstack(settings, self._clock)},
            self._library,
            devices,
            self._configurations,
            ConfigurationTopic(self._bus, settings.configuration_topic),
            self._inventories.records,
            self._clock,
            open_credentials(settings),
        )

    def _core(self) -> Core:
        settings = self.settings
        lease = timedelta(seconds=settings.lease_s)
        policy = read_policy(settings.policy_file) if settings.policy_file else DEFAULT_POLICY
        return Core(
            self._store,
            Ownership(self._store, self._identity.controller_id, lease, self._clock),
            Rules(LcmAnswers(settings.response_topic), settings.lock_ttl_s, settings.default_ttl_s, policy),
            Observers([LogObserver(), self._metrics]),
            self._clock,
        )

    def _bus_listener(self) -> BusListener:
        settings = self.settings
        topics = MessageTopics(settings.response_topic, settings.dead_letter_topic)
        reader = MessageReader(self._schemas, topics, settings.max_message_bytes)
        group, member = settings.consumer_group, self._identity.controller_id
        return BusListener(
            lambda: self._bus.consumer(settings.request_topic, group, member),
            self._controller,
            reader,
            self._backlog,
            lambda code: self._metrics.count("appc_dead_letters_total", code=str(code or "")),
        )

    def _edge(self) -> HttpApplication:
        settings = self.settings
        topics = Topics(
            settings.request_topic, settings.response_topic, settings.dead_letter_topic, settings.configuration_topic
        )
        polls = LongPolls(self._groups, Arrivals(self._bus))
        checks = {
            "bus": lambda: self._bus.end(settings.request_topic),
            "store": self._store.length,
            "controller": self._not_stopping,
        }
        doors = [
            MessageRouter(topics, self._bus, polls, settings.max_message_bytes).door(),
            Restconf(
                self._controller, self._backlog, self._can_publish, self._schemas, settings.max_message_bytes
            ).door(),
            ArtifactDoor(self._library).door(),
            ConfigurationDoor(self._configurations).door(),
            Operations(checks, self._metrics.registry).door(),
            openapi_door(http_document(self._schemas)),
        ]
        users = read_users(settings.http_users_file) if settings.http_users_file else None
        return HttpApplication(doors, users)

    def _chores(self) -> list[Chore]:
        settings = self.settings
        topic, group = settings.request_topic, settings.consumer_group
        kept = timedelta(hours=settings.retention_h)
        return [
            Chore("settling doubts", 1, self._controller.settle_doubts),
            Chore("forgetting judgements", 5, lambda: self._store.forget(topic, self._bus.committed(topic, group))),
            Chore("forgetting records", 60, lambda: self._store.prune(self._clock.now() - kept)),
            Chore("forgetting idle groups", 600, lambda: self._groups.forget_idle(self._clock.now())),
            *self._topic_chores(kept),
            *self._inventory_chores(),
        ]

    def _topic_chores(self, kept: timedelta) -> list[Chore]:
        bus = self._bus
        if isinstance(bus, EmbeddedBus):  # other buses have retention of their own
            return [Chore("forgetting messages", 60, lambda: bus.prune(self._clock.now() - kept))]
        return []

    def _inventory_chores(self) -> list[Chore]:
        refresh = self._inventories.refresh
        return [Chore("reading the inventory", 1, refresh)] if refresh else []

    def _watch(self) -> None:
        self._metrics.watch("appc_queue_length", self._store.length)
        self._metrics.watch("appc_workers", lambda: self.settings.workers)
        self._metrics.watch("appc_workers_busy", lambda: self._workers.busy)

    def _can_publish(self) -> None:
        """Raises: Unavailable where a call could be accepted, and its final answer would have nowhere to go."""
        self._not_stopping()
        self._bus.end(self.settings.response_topic)

    def _not_stopping(self) -> None:
        if self._stopping.is_set():
            raise Unavailable("the controller is stopping")


def build(
    settings: Settings, replacements: Replacements | None = None, stopping: threading.Event | None = None
) -> Application:
    """Put a controller together; raises as Application does. `stopping`: set from outside to end a start that waits."""
    return Application(settings, replacements or Replacements(), stopping or threading.Event())
