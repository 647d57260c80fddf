"""Contract section 4, check 1: what is wrong with a message, with which code, and in which order."""

import json
from pathlib import Path

import pytest

from appc.lcm.actions import ACTIONS
from appc.lcm.errors import ActionNotSupported
from appc.wire.envelope import Malformed, NotARequest, build_request, read_either, read_input, read_request
from appc.wire.schemas import Schemas
from tests.wire.corpus import BAD, FLAGS, GONE, GOOD, HEADER, IDS, MESSAGE, ORDER, Row, changed
from tests.wire.referee import DOCUMENTS, conforms

#: Actions of APPC's YANG model that the guide does not have.
YANG_ONLY = """
    Rollback Terminate SoftwareUpload LicenseManagement LiveUpgrade Test ConfigBackupDelete ConfigExport Query
    PreConfigure GetConfig PostRebuild PreRebuild PreEvacuate PostEvacuate PreMigrate PostMigrate Provisioning
    StartTraffic StatusTraffic StopTraffic ConfigScaleIn DownloadNESw ActivateNESw
""".split()  # noqa: SIM905  # a list of 24 strings is hard to read


def as_bytes(document: object) -> bytes:
    """A message as a client writes it."""
    return json.dumps(document).encode()


def refused(document: object, schemas: Schemas | None = None) -> Malformed:
    """What is said against the message."""
    with pytest.raises(Malformed) as caught:
        read_request(as_bytes(document), schemas=schemas)
    return caught.value


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in GOOD])
def test_what_section_3_1_allows_is_read(row: Row, no_schema: Schemas) -> None:
    """Schema and models, and a validator that is not ours, take each spelling the contract takes."""
    assert read_request(as_bytes(row.document)) == read_request(as_bytes(row.document), schemas=no_schema)
    assert conforms("request-envelope", row.document)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in (*BAD, *ORDER)])
def test_the_first_fault_decides_and_is_named_by_its_path(row: Row, no_schema: Schemas) -> None:
    """Schema and models, each alone, say the same code of the same field; the referee agrees that it is wrong."""
    malformed = refused(row.document)
    assert (malformed.error.code, row.path in malformed.error.message) == (row.code, True), malformed.error.message
    assert not conforms("request-envelope", row.document)
    by_models = refused(row.document, no_schema)
    assert (by_models.error.code, by_models.error.message) == (malformed.error.code, malformed.error.message)


def test_every_fault_is_named() -> None:
    """`appc check` shows them all, the one that decides first."""
    document = changed(
        {"version": "1.0", f"{HEADER}/api-ver": GONE, f"{FLAGS}/ttl": -1, "body/input/action": "X", f"{IDS}/vnf-id": ""}
    )
    assert [error.message for error in refused(document).errors] == [
        "MISSING MANDATORY PARAMETER - Parameter api-ver is missing: $.body.input.common-header.api-ver",
        "MISSING MANDATORY PARAMETER - Parameter vnf-id is missing: $.body.input.action-identifiers.vnf-id",
        "INVALID INPUT PARAMETER - $.version must be a string 2.<digits>, not '1.0'",
        "INVALID INPUT PARAMETER - $.body.input.common-header.flags.ttl must be 0 to 65535 whole seconds, not -1",
        "ACTION NOT SUPPORTED - X action is not supported: $.body.input.action",
    ]


@pytest.mark.parametrize("action", ACTIONS)
def test_each_of_the_33_actions_is_read(action: str) -> None:
    """Check 1 knows the guide's actions, by their names as the guide writes them."""
    assert read_request(as_bytes(changed({"body/input/action": action}))).request.action == action


@pytest.mark.parametrize("action", YANG_ONLY)
def test_actions_that_only_the_yang_knows_are_not_supported(action: str) -> None:
    """305, also for the 24 that APPC has and the guide does not."""
    malformed = refused(changed({"body/input/action": action}))
    assert isinstance(malformed.error, ActionNotSupported)
    assert malformed.error.fields["action"] == action
    assert malformed.error.message.startswith(f"ACTION NOT SUPPORTED - {action} action is not supported")


def test_the_24_actions_of_the_yang_are_all_there() -> None:
    """57 in the YANG, 33 in the guide."""
    assert len({*YANG_ONLY} - {*ACTIONS}) == 24


@pytest.mark.parametrize("kind", ["response", "error"])
@pytest.mark.parametrize("changes", [{}, {"body": GONE}, {"version": 5}], ids=["whole", "no body", "a bad version"])
def test_answers_on_the_request_topic_are_no_requests(kind: str, changes: dict[str, object]) -> None:
    """A forged or strayed answer is never answered, whatever else is wrong with it."""
    with pytest.raises(NotARequest, match=kind):
        read_request(as_bytes(changed({**changes, "type": kind})))


def test_unknown_members_are_ignored_and_named() -> None:
    """They change nothing in the request; the caller logs their paths."""
    document = changed(
        {"x": 1, "body/y": 1, "body/input/a b": 1, f"{HEADER}/api_ver": 1, f"{FLAGS}/TTL": 1, f"{IDS}/vm": {"deep": 1}}
    )
    reading = read_request(as_bytes(document))
    assert reading.request == read_request(as_bytes(MESSAGE)).request
    assert set(reading.unknown_members) == {
        "$.x",
        "$.body.y",
        "$.body.input['a b']",
        "$.body.input.common-header.api_ver",
        "$.body.input.common-header.flags.TTL",
        "$.body.input.action-identifiers.vm",
    }


def test_of_a_million_unknown_members_a_few_are_named() -> None:
    """A log line stays a line."""
    reading = read_request(as_bytes({**MESSAGE, **{f"m{n}{'x' * 90}": n for n in range(5000)}}))
    assert len(reading.unknown_members) == 20
    assert max(map(len, reading.unknown_members)) < 100


def test_identity_url_beside_another_action_than_snapshot_means_nothing() -> None:
    """The YANG gives it to Snapshot alone (facts 2.6)."""
    url = {"body/input/identity-url": "http://keystone:5000"}
    restart = read_request(as_bytes(changed(url)))
    snapshot = read_request(as_bytes(changed({**url, "body/input/action": "Snapshot", "rpc-name": "snapshot"})))
    assert (restart.request.identity_url, restart.unknown_members) == (None, ("$.body.input.identity-url",))
    assert (snapshot.request.identity_url, snapshot.unknown_members) == ("http://keystone:5000", ())


def test_a_bare_body_is_read_like_the_one_in_an_envelope() -> None:
    """RESTCONF's body: correlation-id by the guide's rule, rpc-name from the URL or the action's."""
    body = as_bytes(MESSAGE["body"])
    request = read_request(as_bytes(changed({"correlation-id": None}))).request
    assert read_input(body).request == request
    assert read_input(body, "RESTART").request.reply_to.rpc_name == "RESTART"
    assert read_either(body).request == request
    assert read_either(as_bytes(MESSAGE)).request.reply_to.correlation_id == "c09ac7d1-1"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param({}, "Parameter input is missing: $.input", id="empty"),
        pytest.param(
            MESSAGE["body"] | {"appc-provider-lcm:input": MESSAGE["body"]["input"]}, "$ must be", id="two inputs"
        ),
        pytest.param({"input": {"action": 5}}, "Parameter common-header is missing: $.input.common-header", id="302"),
    ],
)
def test_a_bare_body_is_judged_like_the_one_in_an_envelope(body: object, says: str) -> None:
    """The same rules, the paths from the body on."""
    with pytest.raises(Malformed) as caught:
        read_input(as_bytes(body))
    assert says in caught.value.error.message


def test_a_stricter_schema_of_the_operator_counts(tmp_path: Path) -> None:
    """SCHEMAS_DIR may narrow what is taken, also by members of its own."""
    for name, document in DOCUMENTS.items():
        (tmp_path / f"{name}.schema.json").write_text(json.dumps(document))
    ticket = {"required": ["ticket"], "properties": {"ticket": {"pattern": "^T-"}}}
    stricter = DOCUMENTS["lcm-input"] | {"allOf": [ticket]}
    (tmp_path / "lcm-input.schema.json").write_text(json.dumps(stricter))
    schemas = Schemas(tmp_path)
    assert refused(MESSAGE, schemas).error.message.endswith("Parameter ticket is missing: $.body.input.ticket")
    assert "$.body.input.ticket" in refused(changed({"body/input/ticket": "5"}), schemas).error.message
    assert read_request(as_bytes(changed({"body/input/ticket": "T-5"})), schemas=schemas).request.vnf_id == "vnf-1"


def test_the_message_of_the_corpus_is_what_the_client_builds() -> None:
    """Reading and building are each other's reverse."""
    request = read_request(as_bytes(MESSAGE)).request
    assert json.loads(build_request(request)) == MESSAGE
