"""Requests, good and bad, as rows: one message, and what is different in each row.

A change is written `{"body/input/action": "Stop"}`; GONE takes the member away.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GONE = object()

HEADER = "body/input/common-header"
FLAGS = f"{HEADER}/flags"
IDS = "body/input/action-identifiers"

#: As the guide has it, with every member that may be given.
MESSAGE: dict[str, Any] = {
    "version": "2.0",
    "type": "request",
    "correlation-id": "c09ac7d1-1",
    "rpc-name": "restart",
    "cambria.partition": "vnf-1",
    "body": {
        "input": {
            "common-header": {
                "timestamp": "2026-08-03T08:50:18.97Z",
                "api-ver": "2.00",
                "originator-id": "oss",
                "request-id": "c09ac7d1",
                "sub-request-id": "1",
                "x-onap-requestorid": "user@domain",
                "flags": {"mode": "NORMAL", "force": "FALSE", "ttl": 3600},
            },
            "action": "Restart",
            "action-identifiers": {"vnf-id": "vnf-1", "vserver-id": "b074cd1b-8d53-412e-a102-351cc51ac10a"},
            "payload": '{"identity-url": "http://keystone:5000/v3"}',
        }
    },
}


def changed(changes: Mapping[str, object], message: Mapping[str, Any] = MESSAGE) -> dict[str, Any]:
    """A copy of the message with these changes."""
    document = copy.deepcopy(dict(message))
    for path, value in changes.items():
        *parents, name = path.split("/")
        members = document
        for parent in parents:
            members = members[parent]
        if value is GONE:
            del members[name]
        else:
            members[name] = value
    return document


@dataclass(frozen=True)
class Row:
    """`code` None: a good message. Else check 1 ends with that code and the message names `path`."""

    id: str
    changes: dict[str, Any]
    code: int | None = None
    path: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The message."""
        return changed(self.changes)


def _good(id: str, path: str, *values: object) -> list[Row]:
    return [Row(f"{id}: {value!r}" if value is not GONE else f"{id}: absent", {path: value}) for value in values]


def _bad(code: int, path: str, *values: object, says: str = "") -> list[Row]:
    names = says or f"$.{path.replace('/', '.')}"
    shown = ["absent" if value is GONE else repr(value)[:40] for value in values]
    return [
        Row(f"{code} {path}: {text}", {path: value}, code, names) for value, text in zip(values, shown, strict=True)
    ]


def _header(name: str) -> str:
    return f"{HEADER}/{name}"


GOOD = [
    Row("every member", {}),
    *_good("version", "version", "2.0", "2.00", "2.01", "2.123456789"),
    *_good("type", "type", "request", None, GONE),
    *_good("correlation-id", "correlation-id", None, "", GONE, "c" * 5000, "\r\n\u001b[31m", "ü \U0001f600"),
    *_good("rpc-name of another action", "rpc-name", "stop", "no such rpc"),
    *_good("partition", "cambria.partition", None, GONE, "", "SDNC"),
    Row("input with the module's name", {"body": {"appc-provider-lcm:input": MESSAGE["body"]["input"]}}),
    *_good("timestamp", _header("timestamp"), "2026-08-03T08:50:18Z", "2026-08-03T08:50:18.0Z"),
    *_good("timestamp", _header("timestamp"), "2026-08-03T08:50:18.123456789Z", "2026-8-3T8:5:1Z"),
    *_good("timestamp", _header("timestamp"), "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"),
    *_good("leap day", _header("timestamp"), "2024-02-29T00:00:00Z", "2000-2-29T0:0:0Z", "0004-02-29T00:00:00Z"),
    *_good("api-ver", _header("api-ver"), "2.00", "2.05", "2.99"),
    *_good("originator-id", _header("originator-id"), "o", "o" * 40, "\U0001f600" * 40, 12, -1, 1.5, 10**40 - 1),
    *_good("request-id", _header("request-id"), "r", "r" * 40, " ", 0, 12, 1.5, 1e30, 1 - 10**39),
    *_good("sub-request-id", _header("sub-request-id"), None, "", GONE, "s" * 40, 12, 1.5),
    *_good("x-onap-requestorid", _header("x-onap-requestorid"), None, "", GONE, "u" * 100),
    *_good("flags", FLAGS, None, GONE, {}),
    *_good("mode", f"{FLAGS}/mode", None, GONE, "EXCLUSIVE", "Normal", "exclusive"),
    *_good("force", f"{FLAGS}/force", None, GONE, "TRUE", "true", "False", "Y", "n", True, False),
    *_good("ttl", f"{FLAGS}/ttl", None, GONE, 0, 65535, 3600.0, "0", "00", "65535", "000000065535"),
    *_good("other ids", f"{IDS}/vserver-id", None, GONE, "x"),
    *_good("other ids", f"{IDS}/vnfc-name", None, "x", " "),
    *_good("other ids", f"{IDS}/vf-module-id", None, "x"),
    *_good("other ids", f"{IDS}/service-instance-id", None, "x"),
    *_good("payload", "body/input/payload", None, "", GONE, "{}", "judged by check 4"),
    *_good("identity-url", "body/input/identity-url", None, "", "http://keystone:5000"),
    *_good("ONAP Policy's spelling", "body/input/action", "Configmodify"),
    Row(
        "unknown members on every level",
        {"x": 1, "body/x": [], "body/input/x": {}, f"{HEADER}/x": None, f"{FLAGS}/x": "", f"{IDS}/x": {"y": [1]}},
    ),
]

BAD = [
    *_bad(302, "version", GONE, None, ""),
    *_bad(301, "version", "1.0", "2", "2.", "2.0\n", " 2.0", "2.x", "3.0", 2.0, 2, True, [], {}),
    *_bad(301, "type", "", "Request", "reply", 1, True, {}),
    *_bad(301, "correlation-id", 1, True, [], {}),
    *_bad(302, "rpc-name", GONE, None, ""),
    *_bad(301, "rpc-name", 1, True, ["restart"], {}),
    *_bad(301, "cambria.partition", 1, True, [], says="$['cambria.partition']"),
    *_bad(302, "body", GONE, None, ""),
    *_bad(302, "body", {}, {"inputs": {}}, says="$.body.input"),
    *_bad(301, "body", "{}", 1, [], True),
    Row("301 two inputs", {"body/appc-provider-lcm:input": MESSAGE["body"]["input"]}, 301, "$.body "),
    *_bad(302, "body/input", None, ""),
    *_bad(301, "body/input", "x", [], 1, False),
    *_bad(302, "body/input", {}, says="$.body.input.common-header"),
    *_bad(302, HEADER, GONE, None, ""),
    *_bad(301, HEADER, "x", [], 1),
    *_bad(302, _header("timestamp"), GONE, None, ""),
    *_bad(301, _header("timestamp"), "yesterday", "2026-08-03", "2026-08-03T08:50:18", "2026-08-03T08:50:18+00:00"),
    *_bad(301, _header("timestamp"), "2026-08-03T08:50:18.Z", "2026-08-03T08:50:18.0123456789Z", "26-08-03T08:50:18Z"),
    *_bad(301, _header("timestamp"), "2026-08-03t08:50:18z", "2026-08-03T08:50:18Z\n", " 2026-08-03T08:50:18Z"),
    *_bad(301, _header("timestamp"), "2026-08-03T08:50:18,5Z", "٢٠٢٦-08-03T08:50:18Z", 1785747018, True, {}),
    *_bad(301, _header("timestamp"), "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z"),
    *_bad(301, _header("timestamp"), "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z"),
    *_bad(301, _header("timestamp"), "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z"),
    *_bad(301, _header("timestamp"), "0000-01-01T00:00:00Z"),
    *_bad(302, _header("api-ver"), GONE, None, ""),
    *_bad(301, _header("api-ver"), "2.0", "2.000", "1.00", "3.00", "2.xx", "2.00\n", 2.0, True),
    *_bad(302, _header("originator-id"), GONE, None, ""),
    *_bad(301, _header("originator-id"), "o" * 41, True, False, 10**40, -(10**39), 1e40, [], {}),
    *_bad(302, _header("request-id"), GONE, None, ""),
    *_bad(301, _header("request-id"), "r" * 41, True, 10**4000, ["r"], {}),
    *_bad(301, _header("sub-request-id"), "s" * 41, True, [], {}),
    *_bad(301, _header("x-onap-requestorid"), 1, True, []),
    *_bad(301, FLAGS, "", "x", [], 1, True),
    *_bad(301, f"{FLAGS}/mode", "", "SHARED", "NORMAL\n", "exclus\u0131ve", 1, True, []),
    *_bad(301, f"{FLAGS}/force", "", "YES", "1", "Y\n", "fal\u017fe", 1, 0, []),
    *_bad(301, f"{FLAGS}/ttl", -1, 65536, 1.5, "", "-1", "65536", "1.5", "1e3", "30\n", " 30", "٣", True, []),
    *_bad(302, "body/input/action", GONE, None, ""),
    *_bad(301, "body/input/action", 1, True, ["Restart"], {}),
    *_bad(305, "body/input/action", "restart", "Stopp", "Terminate", "Restart\n", "configmodify", "A" * 10000),
    *_bad(302, IDS, GONE, None, ""),
    *_bad(301, IDS, "vnf-1", ["vnf-1"], 1),
    *_bad(302, IDS, {}, says=f"$.{IDS.replace('/', '.')}.vnf-id"),
    *_bad(302, f"{IDS}/vnf-id", GONE, None, ""),
    *_bad(301, f"{IDS}/vnf-id", 1, True, [], {}),
    *_bad(301, f"{IDS}/vserver-id", "", 1, True, []),
    *_bad(301, f"{IDS}/vnfc-name", "", 1),
    *_bad(301, f"{IDS}/vf-module-id", "", 1),
    *_bad(301, f"{IDS}/service-instance-id", "", 1),
    *_bad(301, "body/input/payload", {}, [], 1, True),
    *_bad(301, "body/input/identity-url", 1, {}, True),
]

#: Several faults at once: 302 before 301 before 305, and within one code the order of section 3.1.
ORDER = [
    Row("302 before an earlier 301", {"version": 1, f"{IDS}/vnf-id": GONE}, 302, "vnf-id"),
    Row("301 before an earlier 305", {"body/input/action": "X", f"{IDS}/vserver-id": ""}, 301, "vserver-id"),
    Row("302 before 305", {"body/input/action": "X", f"{IDS}/vnf-id": ""}, 302, "vnf-id"),
    Row("envelope first", {"rpc-name": GONE, _header("timestamp"): GONE, IDS: GONE}, 302, "rpc-name"),
    Row("version before rpc-name", {"rpc-name": GONE, "version": GONE}, 302, "version"),
    Row("header before action", {"body/input/action": GONE, _header("request-id"): GONE}, 302, "request-id"),
    Row("action before identifiers", {IDS: GONE, "body/input/action": GONE}, 302, "action"),
    Row("timestamp before api-ver", {_header("api-ver"): "x", _header("timestamp"): "x"}, 301, "timestamp"),
    Row("ids before flags", {FLAGS: "x", _header("sub-request-id"): [1]}, 301, "sub-request-id"),
    Row("mode before ttl", {f"{FLAGS}/ttl": -1, f"{FLAGS}/mode": "x"}, 301, "mode"),
    Row("flags before identifiers", {f"{IDS}/vnfc-name": "", f"{FLAGS}/ttl": -1}, 301, "ttl"),
    Row("identifiers before the payload", {"body/input/payload": 1, f"{IDS}/vserver-id": ""}, 301, "vserver-id"),
]

ROWS = [*GOOD, *BAD, *ORDER]
