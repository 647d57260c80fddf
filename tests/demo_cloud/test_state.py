"""The world by itself, without HTTP; time is an argument, in seconds."""

from dataclasses import dataclass, field

import pytest

from appc.demo.cloud import actions
from appc.demo.cloud.actions import Action, Order
from appc.demo.cloud.refusals import Conflict, NotFound
from appc.demo.cloud.seed import demo_world
from appc.demo.cloud.state import World
from appc.demo.cloud.statuses import SETTLED, states_behind, status_of
from appc.demo.cloud.values import Effect, Put, Server

SNAPSHOT = Order(actions.CREATE_IMAGE, "snap")


@dataclass
class Scene:
    """A world of two servers whose changes take 10 s, and the effects that it recorded."""

    effects: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world: World = demo_world(2, 10.0, self.effects.append, 0.0)
        self.id = next(iter(self.world.servers))

    @property
    def server(self) -> Server:
        return self.world.servers[self.id]

    def act(self, action: Action, now: float, request: str | None = None) -> None:
        self.world.act(self.id, Order(action), request, now)

    def put(self, status: str, now: float = 0.0, task_state: str | None = None) -> None:
        self.world.put(self.id, Put(status, task_state), now)


@pytest.fixture
def scene() -> Scene:
    """At second 0, with nothing under way."""
    return Scene()


@pytest.mark.parametrize(
    ("before", "action", "meanwhile", "after", "power_state"),
    [
        pytest.param("SHUTOFF", actions.OS_START, ("SHUTOFF", "powering-on"), "ACTIVE", 1, id="start"),
        pytest.param("ACTIVE", actions.OS_STOP, ("ACTIVE", "powering-off"), "SHUTOFF", 4, id="stop"),
        pytest.param("ERROR", actions.OS_STOP, ("ERROR", "powering-off"), "SHUTOFF", 4, id="stop after an error"),
        pytest.param("ACTIVE", actions.REBOOT_SOFT, ("REBOOT", "rebooting"), "ACTIVE", 1, id="soft reboot"),
        pytest.param("ACTIVE", actions.REBOOT_HARD, ("HARD_REBOOT", "rebooting_hard"), "ACTIVE", 1, id="hard reboot"),
        pytest.param("ERROR", actions.REBOOT_HARD, ("ERROR", "rebooting_hard"), "ACTIVE", 1, id="hard reboot, error"),
        pytest.param("ACTIVE", actions.PAUSE, ("ACTIVE", "pausing"), "PAUSED", 3, id="pause"),
        pytest.param("PAUSED", actions.UNPAUSE, ("PAUSED", "unpausing"), "ACTIVE", 1, id="unpause"),
        pytest.param("ACTIVE", actions.SUSPEND, ("ACTIVE", "suspending"), "SUSPENDED", 4, id="suspend"),
        pytest.param("SUSPENDED", actions.RESUME, ("SUSPENDED", "resuming"), "ACTIVE", 1, id="resume"),
    ],
)
def test_an_action_shows_its_task_until_its_time_has_come(
    scene: Scene, before: str, action: Action, meanwhile: tuple[str, str], after: str, power_state: int
) -> None:
    """Status, task_state and power_state are Nova's, before and after the delay."""
    scene.put(before)
    scene.act(action, now=1)
    assert (scene.server.status, scene.server.task_state) == meanwhile
    scene.world.advance(10.9)
    assert scene.server.task_state is not None
    scene.world.advance(11)
    final = scene.server
    assert (final.status, final.task_state, final.power_state) == (after, None, power_state)


@pytest.mark.parametrize(
    ("status", "action", "attr", "state"),
    [
        pytest.param("SHUTOFF", actions.OS_STOP, "vm_state", "stopped", id="stop what is stopped"),
        pytest.param("ACTIVE", actions.OS_START, "vm_state", "active", id="start what runs"),
        pytest.param("PAUSED", actions.OS_STOP, "vm_state", "paused", id="stop what is paused"),
        pytest.param("SHUTOFF", actions.REBOOT_SOFT, "vm_state", "stopped", id="soft reboot of what is stopped"),
        pytest.param("BUILD", actions.OS_STOP, "vm_state", "building", id="stop what is being built"),
        pytest.param("ERROR", actions.CREATE_IMAGE, "vm_state", "error", id="snapshot after an error"),
    ],
)
def test_an_action_from_another_state_is_a_conflict(
    scene: Scene, status: str, action: Action, attr: str, state: str
) -> None:
    """The conflict names the attribute and its value, and nothing is scheduled."""
    scene.put(status)
    with pytest.raises(Conflict) as conflict:
        scene.act(action, now=1)
    assert (conflict.value.attr, conflict.value.state) == (attr, state)
    assert scene.world.next_due is None


def test_a_second_action_meanwhile_is_a_conflict_of_the_task(scene: Scene) -> None:
    """The vm_state would allow it, the task_state does not."""
    scene.act(actions.OS_STOP, now=1)
    with pytest.raises(Conflict) as conflict:
        scene.act(actions.OS_STOP, now=2)
    assert (conflict.value.attr, conflict.value.state) == ("task_state", "powering-off")


def test_a_hard_reboot_takes_the_place_of_a_soft_one(scene: Scene) -> None:
    """Only the hard one happens, at its own time."""
    scene.act(actions.REBOOT_SOFT, now=1)
    scene.act(actions.REBOOT_HARD, now=3, request="req-hard")
    scene.world.advance(12)
    assert scene.server.status == "HARD_REBOOT"
    scene.world.advance(13)
    assert [effect.request for effect in scene.effects] == ["req-hard"]


def test_effects_come_in_the_order_of_their_times_however_late_one_looks(scene: Scene) -> None:
    """Each carries the time at which it happened, not that of the look."""
    second = list(scene.world.servers)[1]
    scene.act(actions.OS_STOP, now=1, request="req-a")
    scene.world.act(second, Order(actions.PAUSE), None, 2)
    scene.world.advance(100)
    assert scene.effects == [Effect(11, scene.id, "os-stop", "req-a"), Effect(12, second, "pause", None)]
    assert scene.server.updated == 11


def test_an_effect_is_recorded_before_the_new_state_is_there() -> None:
    """Whoever records it still sees the old state."""
    seen: list[str] = []
    world: World = demo_world(1, 10.0, lambda effect: seen.append(world.servers[effect.server].status), 0.0)
    world.act(next(iter(world.servers)), Order(actions.OS_STOP), None, 0.0)
    world.advance(10)
    assert seen == ["ACTIVE"]


def test_a_change_that_cannot_be_recorded_does_not_happen() -> None:
    """It stays due, and happens once it can be recorded."""
    disk = {"full": True}

    def record(_: Effect) -> None:
        if disk["full"]:
            raise OSError("no space left")

    world = demo_world(1, 10.0, record, 0.0)
    (server_id,) = world.servers
    world.act(server_id, Order(actions.OS_STOP), None, 0.0)
    with pytest.raises(OSError, match="no space left"):
        world.advance(10)
    assert world.servers[server_id].status == "ACTIVE"
    disk["full"] = False
    world.advance(11)
    assert world.servers[server_id].status == "SHUTOFF"


def test_a_snapshot_goes_from_queued_over_saving_to_active(scene: Scene) -> None:
    """And the server through Nova's task states meanwhile."""
    image = scene.world.act(scene.id, SNAPSHOT, None, 0.0)
    assert image is not None
    seen = []
    for now in (0, 1, 3, 5, 10):
        scene.world.advance(now)
        seen.append((scene.server.task_state, scene.world.images[image.id].status))
    assert seen == [
        ("image_snapshot_pending", "queued"),
        ("image_snapshot", "queued"),
        ("image_pending_upload", "queued"),
        ("image_uploading", "saving"),
        (None, "active"),
    ]
    assert scene.server.status == "ACTIVE"
    assert scene.world.images[image.id].properties["instance_uuid"] == scene.id


def test_a_server_that_is_put_in_error_ends_what_it_was_doing(scene: Scene) -> None:
    """No effect, and no image that is never finished."""
    scene.world.act(scene.id, SNAPSHOT, None, 0.0)
    scene.world.put(scene.id, Put("ERROR", fault="host died"), 5)
    scene.world.advance(100)
    assert scene.effects == []
    assert len(scene.world.images) == 1
    assert (scene.server.status, scene.server.task_state) == ("ERROR", None)
    assert scene.server.fault is not None
    assert scene.server.fault.message == "host died"


def test_a_fault_is_forgotten_when_the_server_leaves_error(scene: Scene) -> None:
    """A hard reboot is one way out."""
    scene.put("ERROR")
    scene.act(actions.REBOOT_HARD, now=1)
    scene.world.advance(11)
    assert scene.server.fault is None


def test_a_server_that_never_ran_takes_no_action(scene: Scene) -> None:
    """Nova asks for a launch, after vm_state and task_state."""
    scene.put("BUILD")
    scene.world.servers[scene.id] = Server(
        scene.id, "never", None, "10.0.0.9", "host", 0, 0, launched=None, vm_state="active"
    )
    with pytest.raises(Conflict) as conflict:
        scene.act(actions.OS_STOP, now=1)
    assert conflict.value.state is None


def test_a_deleted_server_is_not_found(scene: Scene) -> None:
    """As one that never was."""
    scene.put("DELETED")
    for server_id in (scene.id, "never-was"):
        with pytest.raises(NotFound):
            scene.world.server(server_id)


@pytest.mark.parametrize("status", SETTLED)
def test_a_server_that_is_put_in_a_status_shows_it(scene: Scene, status: str) -> None:
    """With every status that there is."""
    scene.put(status)
    assert scene.server.status == status


def test_a_server_can_be_made_to_look_busy(scene: Scene) -> None:
    """For ever: nothing is scheduled."""
    scene.put("ACTIVE", task_state="powering-off")
    assert (scene.server.status, scene.server.task_state) == ("ACTIVE", "powering-off")
    assert scene.world.next_due is None


def test_ids_are_the_same_at_every_start() -> None:
    """Servers, images and volumes; and more servers do not change the first ones."""
    small, large = (demo_world(count, 1.0, lambda _: None, 0.0) for count in (2, 200))
    assert list(large.servers)[:2] == list(small.servers)
    assert len(set(large.servers)) == 200
    assert large.images.keys() == small.images.keys()
    assert large.block.volumes.keys() == small.block.volumes.keys()


def test_the_status_of_a_task_without_one_of_its_own_is_that_of_the_vm_state() -> None:
    """As for a server that is being stopped."""
    assert status_of("active", "powering-off") == "ACTIVE"
    assert status_of("active", "reboot_started_hard") == "HARD_REBOOT"


def test_a_filter_by_status_looks_at_the_states_behind_it() -> None:
    """Letter case does not matter; an unknown status has no states."""
    assert states_behind(["shutoff"]) == ({"stopped"}, {"default"})
    assert states_behind(["NONSENSE"]) == (set(), set())
