"""APPC's own programs on Message Router: its DMaaP adapter, its load test (facts 9.6, 9.7), and SDNC's topics."""

import json
from string import Template
from urllib.parse import quote
from uuid import uuid4

from tests.clients.conftest import Onap, Subscriber, codes_of, now

#: As its publisher is given it.
ADAPTER = Template(
    '{"version":"2.0","type":"request","cambria.partition":"APPC","correlation-id":"$request_id-1",'
    '"rpc-name":"health-check","body":{"input":{"common-header":{"timestamp":"${at}Z","api-ver":"2.00",'
    '"originator-id":"adapter","request-id":"$request_id","sub-request-id":"1","flags":{}},"action":"HealthCheck",'
    '"action-identifiers":{"vnf-id":"adapter"},"payload":""}}}'
)

#: As it stands in the plan.
JMETER = Template(
    """{
  "version": "2.01",
  "cambria.partition": "APPC",
  "correlation-id": "$request_id",
  "rpc-name": "audit",
  "type": "request",
  "body": {
    "input": {
      "common-header": {
        "timestamp": "${at}Z",
        "api-ver": "2.05",
        "originator-id": "jmeter",
        "request-id": "$request_id",
        "sub-request-id": "1",
        "flags": {"force": "FALSE", "ttl": "9900"}
      },
      "action": "Audit",
      "action-identifiers": {"vnf-id": "jmeter"},
      "payload": "{\\"publish-config\\":\\"N\\"}"
    }
  }
}
"""
)

SDNC = Template(
    '{"version":"2.0","type":null,"body":{"input":{"common-header":{"timestamp":"${at}Z","api-ver":"2.00",'
    '"originator-id":"MSO","request-id":"$request_id","sub-request-id":"1","flags":{"mode":"NORMAL","force":"FALSE",'
    '"ttl":65000}},"action":"ConfigModify","action-identifiers":{"vnf-id":"sdnc"},"payload":"{}"}},'
    '"rpc-name":"config-modify","correlation-id":"$request_id-1","cambria.partition":"SDNC"}'
)


def test_appc_dmaap_adapter_counts_characters(onap: Onap) -> None:
    """One frame a POST; for ASCII characters are bytes. It asks with timeout, limit and filter."""
    request_id = str(uuid4())
    client = Subscriber(onap, "timeout=15000&limit=1000&filter=" + quote('{"class":"Assigned"}'))
    message = ADAPTER.substitute(request_id=request_id, at=now()[:-3])
    frame = f"4.{len(message)}.APPC{message}".encode()
    headers = {"Content-Type": "application/cambria"}
    answer = onap.http.post("/events/APPC-LCM-READ", content=frame, headers=headers)
    assert (answer.status_code, answer.json()["count"]) == (200, 1)
    assert codes_of(client.by_correlation_id(f"{request_id}-1")) == [100, 400]


def test_appc_dmaap_adapter_hears_of_a_wrong_count(onap: Onap) -> None:
    """Beyond ASCII its frames are broken: not 200, so that it knows; nothing is published."""
    message = '{"vnf":"ä"}'
    frame = f"0.{len(message)}.{message}".encode()
    headers = {"Content-Type": "application/cambria"}
    answer = onap.http.post("/events/APPC-LCM-READ", content=frame, headers=headers)
    assert (answer.status_code, answer.json()["mrstatus"]) == (400, 3010)


def test_appc_jmeter_load_test_has_later_versions(onap: Onap) -> None:
    """Envelope 2.01, api-ver 2.05, a correlation-id without the sub-request-id that is there, a filter by it."""
    configured, request_id = str(uuid4()), str(uuid4())  # what it audits was configured before
    earlier, configure = Subscriber(onap), JMETER.substitute(request_id=configured, at=now()[:-4])
    configure = configure.replace('"Audit"', '"Configure"').replace('"audit"', '"configure"')
    headers = {"Content-Type": "application/json"}
    onap.http.post("/events/APPC-LCM-READ", content=configure.encode(), headers=headers)
    assert codes_of(earlier.by_correlation_id(configured)) == [100, 400]
    wanted = quote(json.dumps({"class": "Equals", "field": "correlation-id", "value": request_id}))
    client = Subscriber(onap, f"timeout=15000&filter={wanted}")
    message = JMETER.substitute(request_id=request_id, at=now()[:-4]).encode()
    answer = onap.http.post("/events/APPC-LCM-READ", content=message, headers=headers)
    assert answer.status_code == 200
    answers = client.by_correlation_id(request_id)
    assert codes_of(answers) == [100, 400]
    header = answers[-1]["body"]["output"]["common-header"]
    assert (header["api-ver"], header["sub-request-id"], header["flags"]["ttl"]) == ("2.05", "1", 9900)


def test_sdnc_has_topics_of_its_own(sdnc: Onap) -> None:
    """SO and the Java library with controllerType SDNC: partition `SDNC`, the same envelope."""
    request_id, client = str(uuid4()), Subscriber(sdnc)
    message = SDNC.substitute(request_id=request_id, at=now()[:-3])
    frame = f"4.{len(message)}.SDNC{message}".encode()
    headers = {"Content-Type": "application/cambria"}
    assert sdnc.http.post("/events/SDNC-LCM-READ", content=frame, headers=headers).status_code == 200
    assert codes_of(client.by_correlation_id(f"{request_id}-1")) == [100, 400]
    assert sdnc.http.post("/events/APPC-LCM-READ", content=frame, headers=headers).status_code == 404
