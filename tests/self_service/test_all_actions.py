"""Each self-service action with each end it may come to, through the controller and real Ansible."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.southbound.ansible.warm_player import WarmPlayer
from tests.self_service.rows import PAYLOADS, ROWS
from tests.self_service.stage import ASKING, NOTHING, SLOW, Stage

Answers = dict[str, list[dict[str, Any]]]

#: 100 ACCEPTED, and then the final answer.
DONE, FAILED = (100, 400), (100, 401)


def codes(answers: list[dict[str, Any]]) -> tuple[int, ...]:
    """In order."""
    return tuple(answer["code"] for answer in answers)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, warm_player: WarmPlayer) -> Iterator[Stage]:
    """One controller for the whole table."""
    stage = Stage(tmp_path_factory.mktemp("self-service"), warm_player)
    yield stage
    stage.close()


def test_the_table_is_complete() -> None:
    """A row for each of the 19."""
    assert {row.action for row in ROWS} == {
        name for name, action in ACTIONS.items() if action.protocol is DeviceProtocol.SELF_SERVICE
    }
    assert len(ROWS) == 19


# Each column of the table is one test, so that its plays, side by side, are played once.


def test_success(stage: Stage) -> None:
    """100, then 400, with what the playbook says; each action on a healthy VNF, after what it needs before."""
    for turn in range(2):
        stage.ask(
            stage.request(row.before[turn], stage.vnf(row.action), PAYLOADS[row.before[turn]])
            for row in ROWS
            if len(row.before) > turn
        )
    answers = stage.ask(stage.request(row.action, stage.vnf(row.action), row.payload) for row in ROWS)
    said = {row.action: json.loads(answers[row.action][-1].get("payload", "{}")) for row in ROWS}
    ends = {action: (codes(each), each[-1]["message"]) for action, each in answers.items()}
    assert ends == {row.action: (DONE, "SUCCESS - request has been processed successfully") for row in ROWS}
    assert {row.action: {**said[row.action], **row.result} for row in ROWS} == said


def test_failure_of_the_playbook(stage: Stage) -> None:
    """100, then 401 with playbook, task and host; each action on a VNF whose device answers rubbish."""
    configured(stage, "broken-Audit")
    for row in ROWS:
        (stage.data / f"broken-{row.action}.json").write_text("rubbish")
    answers = stage.ask(stage.request(row.action, stage.vnf(f"broken-{row.action}"), row.payload) for row in ROWS)
    assert {vnf_id: codes(each) for vnf_id, each in answers.items()} == dict.fromkeys(answers, FAILED)
    assert [message for message in finals(answers) if not re.fullmatch(_FAILURE, message)] == []


def test_time_out(stage: Stage) -> None:
    """100, then 401 that says so; each action by a playbook that takes longer than the artifact's two seconds."""
    configured(stage, "slow-Audit")
    answers = stage.ask(stage.request(row.action, stage.vnf(f"slow-{row.action}", SLOW), row.payload) for row in ROWS)
    assert {vnf_id: codes(each) for vnf_id, each in answers.items()} == dict.fromkeys(answers, FAILED)
    assert [message for message in finals(answers) if not re.fullmatch(_TIME_OUT, message)] == []


def test_missing_artifact(stage: Stage) -> None:
    """Rejected: nobody has onboarded the VNF type."""
    answers = stage.ask(stage.request(row.action, stage.vnf(row.action, NOTHING), row.payload) for row in ROWS)
    says = f"WORKFLOW NOT FOUND - No workflow found for VNF type {NOTHING} and %s action"
    assert [(codes(answers[row.action]), *finals({row.action: answers[row.action]})) for row in ROWS] == [
        ((308,), says % row.action) for row in ROWS
    ]


def test_missing_parameter(stage: Stage) -> None:
    """Rejected: one that the contract requires, else one of the template."""
    payloads = {row.action: row.payload if row.without is None else row.without for row in ROWS}
    answers = stage.ask(stage.request(row.action, stage.vnf(row.action, ASKING), payloads[row.action]) for row in ROWS)
    said = {action: f"{each[0]['code']} {each[0]['message']}"[: len(SAYS[action])] for action, each in answers.items()}
    assert said == SAYS


_FAILURE = r"DG FAILURE - playbook vFW-demo/\S+: task '.+' failed on host localhost: .+"
_TIME_OUT = r"DG FAILURE - playbook sleep\.yml timed out after 2 s, (task sleep|beginning)"
SAYS = {row.action: row.says for row in ROWS}


def configured(stage: Stage, vnf_id: str) -> None:
    """Give a VNF a configuration, without which Audit has nothing to compare and so nothing to play."""
    stage.ask([stage.request("Configure", stage.vnf(vnf_id), PAYLOADS["Configure"])])


def finals(answers: Answers) -> list[str]:
    """The messages of the last answers."""
    return [each[-1]["message"] for each in answers.values()]
