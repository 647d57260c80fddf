"""What every way of playing on this machine has to do; each has a file that runs this."""

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from appc.lcm.errors import Aborted, DgFailure
from appc.lcm.ports.device import DeviceResult
from appc.southbound.ansible.executor import AnsibleExecutor, Folders
from appc.southbound.ansible.playing import Player
from appc.stores.credentials import CredentialsFolder
from tests.fakes.run import FakeRun
from tests.southbound.ansible.jobs import PLAYBOOKS, a_job

#: Texts that do harm to whoever takes them for a template, an expression or a command; each would leave a file.
ATTACKS = [
    "{{ lookup('pipe', 'touch CANARY') }}",
    "{% for x in range(3) %}{{ lookup('pipe', 'touch CANARY') }}{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "${jndi:ldap://127.0.0.1/a}",
    "$(touch CANARY) `touch CANARY` ; touch CANARY | touch CANARY",
    "!vault |\n  $ANSIBLE_VAULT;1.1;AES256",
    "!unsafe x",
    '"}}, {"x": {{ 1 }}',
    "# jinja2: variable_start_string: '[['\n[[ lookup('pipe', 'touch CANARY') ]]",
]


def processes_with(mark: str) -> list[str]:
    """The command lines of processes that have this argument."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(mark in word for word in command):
            found.append(" ".join(command))
    return found


class StoppingRun(FakeRun):
    """A run that is cancelled as soon as the play is inside a task."""

    def progress(self, what: str, percent: int | None = None) -> None:
        super().progress(what, percent)
        if what.startswith("task "):
            threading.Timer(0.5, self.cancel).start()  # the task's own processes shall be there


class PlayerContract:
    """`player` is a fixture of the file that runs this; `folder` is where plays have their folders."""

    #: What tells the processes of this class from those of others, and what it is attacked with.
    mark: str
    attacks: Sequence[str]

    @pytest.fixture
    def executor(self, player: Player, folder: Path) -> Iterator[AnsibleExecutor]:
        """An executor on the test's playbooks."""
        yield AnsibleExecutor(Folders(PLAYBOOKS, folder, folder), player, CredentialsFolder(folder))
        assert [each for each in folder.glob("run-*") if (each / "variables.yml").exists()] == []

    def played(self, executor: AnsibleExecutor, fields: dict[str, Any], **more: Any) -> DeviceResult:
        """What comes of it, on this machine."""
        return executor.carry_out(a_job(fields, **more), FakeRun())

    def test_what_the_template_says_reaches_the_playbook(self, executor: AnsibleExecutor) -> None:
        """Each field of the guide's examples; `set_stats` is the payload, its configData the configuration."""
        node = {"ne_id": "lb-1", "fixed_ip_address": "10.0.0.7"}
        fields = {
            "PlaybookName": "inputs",
            "NodeList": [{"vm-info": [node], "site": "east 1", "vnfc-type": "load-balancer"}],
            "EnvParameters": {"from_env": "grün", "ConfigFileName": "../config.json", "absent": ""},
            "ExtraVars": {"from_extra": [1, {"two": 2}]},
            "LocalParameters": {"lb-1": {"from_local": True}},
            "FileParameters": {"config.json": {"destinations": ["a"]}},
            "Timeout": "60",
        }
        run = FakeRun()
        job = a_job(fields, device={"connection": "local"}, parameters={"given": "by the payload"})
        result = executor.carry_out(job, run)
        assert result.payload == {
            "env": "grün",
            "extra": [1, {"two": 2}],
            "local": True,
            "file": '{"destinations": ["a"]}',
            "appc": "ConfigBackup vnf-1 by the payload",
            "groups": "east_1 load_balancer",
            "host": "lb-1 lb-1 10.0.0.7",
            "interpreter": sys.executable,
            "info": {"configData": {"hostname": "grün"}},
        }
        assert result.configuration
        assert (result.configuration.content, result.configuration.format) == ('{"hostname": "grün"}', "json")
        assert run.steps == ["playing inputs.yml"]
        assert ("task say it", None) in run.reports

    @pytest.mark.parametrize(
        ("end", "says"),
        [
            pytest.param(
                "fail",
                "DG FAILURE - playbook ends: task 'the service is up' failed on host localhost: "
                "non-zero return code: the service has crashed",
                id="with host, task and message",
            ),
            pytest.param(
                "loop",
                "DG FAILURE - playbook ends: task 'each program runs' failed on host localhost: "
                "2 of 3 items failed, the last by: Error executing command. /nowhere/b: No such file or directory",
                id="with what became of a loop",
            ),
            pytest.param(
                "no_log",
                "DG FAILURE - playbook ends: task 'the password is right' failed on host localhost: "
                "the result is hidden, for the task says no_log",
                id="without what no_log hides",
            ),
        ],
    )
    def test_a_failed_play_is_401(self, executor: AnsibleExecutor, end: str, says: str) -> None:
        """What was rescued or ignored is not what failed."""
        variables = {"end": end, "admin_password": "hunter2secret"}
        with pytest.raises(DgFailure) as failure:
            self.played(executor, {"PlaybookName": "ends.yml", "EnvParameters": variables})
        assert str(failure.value) == says.replace("playbook ends", "playbook ends.yml")

    def test_a_host_out_of_reach_is_401(self, executor: AnsibleExecutor) -> None:
        """By its name."""
        node = {"ne_id": "lb-1", "fixed_ip_address": "127.0.0.1"}
        fields = {"PlaybookName": "folder", "NodeList": [{"vm-info": [node]}]}
        with pytest.raises(DgFailure, match="host lb-1 is unreachable: "):
            self.played(executor, fields, device={"port": "1", "user": "nobody"})

    def test_a_playbook_that_is_none_is_401(self, executor: AnsibleExecutor) -> None:
        """In Ansible's words."""
        with pytest.raises(DgFailure, match=r"playbook broken: .*no_such_module_at_all"):
            self.played(executor, {"PlaybookName": "broken"})

    def test_input_is_never_a_template(self, executor: AnsibleExecutor, folder: Path) -> None:
        """S6: whatever a text looks like, and wherever in the input it stands, the playbook gets it as it is."""
        for attack in self.attacks:
            attack = attack.replace("CANARY", str(folder / "canary"))
            fields = {
                "PlaybookName": "echo",
                "EnvParameters": {"given": attack, "nested": {"a list": [attack, {"deep": attack}]}, attack: attack},
                "LocalParameters": {"localhost": {"local": attack}},
                "FileParameters": {"given.txt": attack},
            }
            result = self.played(executor, fields, parameters={"given": attack, attack: attack})
            assert result.payload
            assert result.payload["given"] == attack
            assert result.payload["nested"] == {"a list": [attack, {"deep": attack}]}
            assert result.payload["local"] == attack
            assert not (folder / "canary").exists()

    def test_the_time_limit_ends_all_that_belongs_to_the_play(self, executor: AnsibleExecutor) -> None:
        """The template's Timeout, in seconds; also what has a session of its own dies."""
        seconds = f"{os.getpid()}.1{self.mark}"
        fields = {"PlaybookName": "sleep", "EnvParameters": {"seconds": seconds}, "Timeout": 4}
        begun = monotonic()
        with pytest.raises(DgFailure, match=r"playbook sleep\.yml timed out after 4 s, (task sleep long|beginning)"):
            self.played(executor, fields)
        assert monotonic() - begun < 20
        assert processes_with(seconds) == []

    def test_a_cancellation_ends_all_that_belongs_to_the_play(self, executor: AnsibleExecutor) -> None:
        """At once, as the stop of a controller needs it."""
        seconds = f"{os.getpid()}.2{self.mark}"
        job = a_job({"PlaybookName": "sleep", "EnvParameters": {"seconds": seconds}})
        with pytest.raises(Aborted):
            executor.carry_out(job, StoppingRun())
        assert processes_with(seconds) == []

    def test_the_folder_of_a_play_is_private_and_the_environment_without_secrets(
        self, executor: AnsibleExecutor
    ) -> None:
        """Mode 0700, gone afterwards; settings of the controller and of clouds are not passed on."""
        payload = self.played(executor, {"PlaybookName": "folder"}).payload
        assert payload
        assert (payload["mode"], payload["environment"]) == ("0700", "")
        assert not Path(payload["path"]).exists()

    def test_vaulted_files_are_read(self, executor: AnsibleExecutor) -> None:
        """By the password file that Ansible's own ANSIBLE_VAULT_PASSWORD_FILE names."""
        assert self.played(executor, {"PlaybookName": "vault"}).payload == {"said": "hush"}

    def test_a_host_s_key_must_be_known(self, executor: AnsibleExecutor) -> None:
        """Ansible's own default, unless the operator says otherwise."""
        assert self.played(executor, {"PlaybookName": "host_keys"}).payload == {"checked": True}

    def test_what_is_no_number_in_json_is_null(self, executor: AnsibleExecutor) -> None:
        """Not a number, and infinity: RFC 8259 has neither. The play has succeeded all the same."""
        result = self.played(executor, {"PlaybookName": "no_numbers"})
        assert result.payload == {"info": {"configData": {"a": None, "b": [None, None, 1.5]}}}
        assert result.configuration
        assert result.configuration.content == '{"a": null, "b": [null, null, 1.5]}'
