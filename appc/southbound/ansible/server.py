"""Playing by an Ansible server that speaks APPC's REST protocol (facts 7.2 to 7.4).

Where it is stands in the artifact's device settings: `url`, `user` and `password-file`; nothing of a request says so.
"""

import math
import queue
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from appc.lcm import strict_json
from appc.lcm.errors import DgFailure
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run
from appc.lcm.withheld import Secrets
from appc.southbound.ansible.fields import PlaybookFields
from appc.southbound.ansible.nodes import Node
from appc.southbound.ansible.results import configuration_in

#: The server's codes: under way, refused, and the end; a host's success has the same as the end's.
_PENDING, _REJECTED, _FINISHED, _FAILED = 100, 101, 200, 500
#: A question that the server keeps open until the play ends is asked again after this, in seconds.
_ANSWERS_S = 60.0
#: How long a connection may take, in seconds.
_CONNECTS_S = 10.0
#: Pauses between questions, in seconds: the first, how they grow, and the longest.
_FIRST_PAUSE_S, _GROWTH, _LONGEST_PAUSE_S = 0.2, 1.5, 15.0
#: How often one who waits for the server looks whether he is to go on, in seconds.
_TICK_S = 0.2
#: Characters of the server's words that are passed on.
_LONGEST_WORDS = 500


@dataclass(frozen=True)
class Order:
    """What is to be played where. `device`: the settings of the server, its password among them."""

    job: DeviceJob
    fields: PlaybookFields
    nodes: list[Node]
    device: Mapping[str, str]


class AnsibleServer:
    """Plays on servers. For many threads."""

    def carry_out(self, order: Order, run: Run) -> DeviceResult:
        """Have it played, wait for the end, and have its records deleted.

        Raises: DgFailure (401), what the run raises.
        """
        fields, nodes = order.fields, order.nodes
        secrets = Secrets(order.device, *order.job.given)
        limit_s = min(fields.timeout_s or run.remaining_s(), run.remaining_s())
        try:
            with _Conversation(order.device, run) as server:
                with run.step(f"playing {fields.playbook_name} on the Ansible server"):
                    server.begin(_body(fields, nodes, limit_s))
                    answer = server.result(limit_s)
                return _result(answer, fields.playbook_name, secrets)
        except DgFailure as failure:
            raise DgFailure(f"{failure.detail}: Ansible server {order.device['url']}") from None


def _body(fields: PlaybookFields, nodes: list[Node], limit_s: float) -> dict[str, Any]:
    """What is posted, by the server's rules: Timeout is text, EnvParameters always there."""
    listed = _node_list(nodes) if fields.auto_node_list else fields.node_list
    body = {
        "PlaybookName": fields.playbook_name,
        "Timeout": str(max(1, int(limit_s))),
        "EnvParameters": {**fields.env_parameters, **fields.extra_vars},
        "Version": fields.version,
        "InventoryNames": "VM" if fields.auto_node_list else fields.inventory_names,
        "NodeList": listed,
        "LocalParameters": fields.local_parameters or None,
        "FileParameters": fields.file_parameters or None,
    }
    return {name: value for name, value in body.items() if value is not None}


def _node_list(nodes: list[Node]) -> list[dict[str, Any]]:
    """The nodes of the inventory, grouped by their type."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for node in nodes:
        vm = {"ne_id": node.name, "fixed_ip_address": node.address}
        groups.setdefault(node.groups[0] if node.groups else "", []).append(vm)
    return [{"site": "site", "vnfc-type": group, "vm-info": vms} for group, vms in groups.items()]


class _Conversation:
    """One play on a server. Each question has a connection of its own: one that is given up harms no other."""

    def __init__(self, device: Mapping[str, str], run: Run) -> None:
        self._url = device["url"]
        self._auth = (device["user"], device.get("password", "")) if device.get("user") else None
        self._run = run
        self._id = ""

    def __enter__(self) -> "_Conversation":
        return self

    def __exit__(self, *_: object) -> None:
        """The server forgets the play, also one that is given up; nobody waits for that."""
        if self._id:
            threading.Thread(target=self._forget, name="ansible-server-forget", daemon=True).start()

    def begin(self, body: Mapping[str, Any]) -> None:
        """Post it. Raises: DgFailure (401) if it is not taken."""
        play_id = str(uuid4())
        try:
            answer = _read(self._ask("POST", {}, {"Id": play_id, **body}), taken=(200,))
        except httpx.HTTPError as error:
            raise DgFailure(f"Error posting request. Reason = {_words(error)}") from None
        self._id = play_id
        code, message = answer.get("StatusCode"), str(answer.get("StatusMessage", ""))[:_LONGEST_WORDS]
        if code == _REJECTED:
            raise DgFailure(f"Request for execution of playbook rejected. Reason = {message}")
        if code != _PENDING:
            raise DgFailure(f"the Ansible server answered the request with {code}: {message}; 100 or 101 was expected")

    def result(self, limit_s: float) -> Mapping[str, Any]:
        """The answer that says how it ended. Raises: DgFailure (401) at the time limit, or by a wrong answer."""
        ends_at, pause_s, trouble = time.monotonic() + limit_s, _FIRST_PAUSE_S, ""
        asked = {"Id": self._id, "Type": "GetResult"}
        while time.monotonic() < ends_at:
            self._run.progress("waiting for the Ansible server")
            try:
                answer = _read(self._ask("GET", asked, ends_at=ends_at), taken=(200, 400))
            except httpx.HTTPError as error:  # it may come back while the play goes on
                trouble = f"; the last question failed: {_words(error)}"
            else:
                if answer.get("StatusCode") != _PENDING:
                    return answer
                trouble = ""
            self._run.wait(min(pause_s, max(0.0, ends_at - time.monotonic())))
            pause_s = min(pause_s * _GROWTH, _LONGEST_PAUSE_S)
        raise DgFailure(f"Request timed out after {limit_s:g} s on the Ansible server{trouble}")

    def _ask(
        self, method: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None, ends_at: float = math.inf
    ) -> httpx.Response:
        """The answer to a question, which may keep its thread long; a cancellation does not wait for it.

        Raises: httpx.HTTPError, what the run raises.
        """
        answers: queue.SimpleQueue[httpx.Response | httpx.HTTPError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._request(method, query, body))
            except httpx.HTTPError as error:
                answers.put(error)

        threading.Thread(target=ask, name="ansible-server", daemon=True).start()
        while time.monotonic() < ends_at:
            self._run.progress("waiting for the Ansible server")
            with suppress(queue.Empty):
                answer = answers.get(timeout=_TICK_S)
                if isinstance(answer, httpx.HTTPError):
                    raise answer
                return answer
        raise httpx.ReadTimeout("it did not answer in time")

    def _request(self, method: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None) -> httpx.Response:
        return httpx.request(
            method,
            self._url,
            params=query,
            json=body,
            auth=self._auth,
            timeout=httpx.Timeout(_ANSWERS_S, connect=_CONNECTS_S),
            trust_env=False,
        )

    def _forget(self) -> None:
        with suppress(httpx.HTTPError):
            self._request("DELETE", {"Id": self._id})


def _read(response: httpx.Response, taken: tuple[int, ...]) -> Mapping[str, Any]:
    if response.status_code not in taken:
        raise DgFailure(f"the Ansible server answered {response.status_code}: {response.text[:_LONGEST_WORDS]}")
    try:
        return strict_json.parse_object(response.text)
    except ValueError as error:
        raise DgFailure(f"the Ansible server's answer is {error}") from None


def _result(answer: Mapping[str, Any], playbook: str, secrets: Secrets) -> DeviceResult:
    """The payload is Output, where there is one, else Results; every host must have succeeded."""
    code, results = answer.get("StatusCode"), answer.get("Results")
    message = str(answer.get("StatusMessage", ""))[:_LONGEST_WORDS]
    if code not in (_FINISHED, _FAILED):
        raise DgFailure(f"the Ansible server's result has {code}: {message}; 200 or 500 was expected")
    if not isinstance(results, Mapping):
        raise DgFailure(f"Results not found in GET for response: {message}")
    failed = [f"host {host}: {_host_words(each)}" for host, each in results.items() if not _succeeded(each)]
    if failed or not results:
        reasons = "; ".join(failed) or "on no host"
        raise DgFailure(secrets.taken_out_of(f"playbook {playbook} on the Ansible server: {message}; {reasons}"))
    given = answer.get("Output")
    output = given if isinstance(given, Mapping) and given else {}
    outputs = [output, *(each["Output"] for each in results.values() if isinstance(each.get("Output"), Mapping))]
    configuration = next((found for each in outputs if (found := configuration_in(each))), None)
    return DeviceResult(secrets.taken_out_of_data(dict(output or results)), configuration=configuration)


def _succeeded(host: object) -> bool:
    if not isinstance(host, Mapping):
        return False
    return host.get("StatusCode") == _FINISHED and host.get("StatusMessage") == "SUCCESS"


def _host_words(host: object) -> str:
    if not isinstance(host, Mapping):
        return "no result"
    return f"{str(host.get('StatusMessage', ''))[:_LONGEST_WORDS]} ({host.get('StatusCode')})"


def _words(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__
