"""The commands of contract section 1. Heavy imports wait until their command runs."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="appc",
    help="A life cycle management controller for virtual network functions, compatible with ONAP APPC.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ConfigFile = Annotated[Path | None, typer.Option("--config", help="TOML file with settings; APPC_<NAME> wins over it.")]
VnfId = Annotated[str, typer.Option("--vnf-id", help="The VNF instance.")]
RequestId = Annotated[str | None, typer.Option(help="Default: a fresh UUID.")]
Timeout = Annotated[float, typer.Option(help="Seconds to wait for the final answer.", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def _action_names() -> list[str]:
    """What the shell may offer for ACTION."""
    from appc.lcm.actions import ACTIONS

    return list(ACTIONS)


def _modes() -> list[str]:
    """What it may offer for --mode."""
    from appc.lcm.request import Mode

    return list(Mode)


def main() -> None:
    """Run the command line; exit code 0 done, 1 rejected or failed, 2 wrong usage or configuration."""
    app()


@app.command()
def serve(config: ConfigFile = None) -> None:
    """Run the controller until SIGTERM or SIGINT."""
    from appc.commands.serve import serve_until_stopped

    raise typer.Exit(serve_until_stopped(config))


@app.command()
def demo() -> None:
    """Play the main job on the embedded default and show each request with its answers."""
    from appc.demo.scenario import play

    raise typer.Exit(play())


@app.command()
def send(
    action: Annotated[
        str, typer.Argument(help="One of the 33 actions: see `appc actions`.", autocompletion=_action_names)
    ],
    vnf_id: VnfId,
    vserver_id: Annotated[str | None, typer.Option(help="The VM, by its UUID.")] = None,
    vnfc_name: Annotated[str | None, typer.Option(help="The VNF component.")] = None,
    vf_module_id: Annotated[str | None, typer.Option(help="The VF module.")] = None,
    payload: Annotated[str | None, typer.Option(help="A JSON object, or @FILE that holds one.")] = None,
    request_id: RequestId = None,
    sub_request_id: RequestId = None,
    originator_id: Annotated[str, typer.Option(help="Who asks.")] = "appc-cli",
    mode: Annotated[str | None, typer.Option(help="EXCLUSIVE or NORMAL.", autocompletion=_modes)] = None,
    force: Annotated[bool, typer.Option("--force", help="Run beside whatever is in progress.")] = False,
    ttl: Annotated[
        int | None,
        typer.Option(
            help="Seconds for which it is valid. Default: the controller's DEFAULT_TTL_S, 30.", min=0, max=65535
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait for the final answer, or only for the 100.")
    ] = True,
    timeout: Timeout = 300,
    as_json: AsJson = False,
) -> None:
    """Send one request over the bus and show each answer as it arrives."""
    from appc.commands.send import Asked, ask_and_show

    asked = Asked(
        action, vnf_id, vserver_id, vnfc_name, vf_module_id, _payload(payload), request_id, sub_request_id,
        originator_id, mode, force, ttl,
    )  # fmt: skip
    raise typer.Exit(ask_and_show(asked, wait, timeout, as_json))


def _payload(argument: str | None) -> str | None:
    if argument is None or not argument.startswith("@"):
        return argument
    from appc.settings import MOST_MESSAGE_BYTES

    try:
        with open(argument[1:]) as file:
            text = file.read(MOST_MESSAGE_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"cannot read {argument[1:]}: {error}", param_hint="--payload") from None
    if len(text) > MOST_MESSAGE_BYTES:
        raise typer.BadParameter(f"{argument[1:]} is larger than any controller takes", param_hint="--payload")
    return text


@app.command()
def status(
    request_id: Annotated[str, typer.Argument(help="The request that is asked about.")],
    vnf_id: VnfId,
    sub_request_id: Annotated[str | None, typer.Option(help="Narrows the search.")] = None,
    timeout: Timeout = 300,
    as_json: AsJson = False,
) -> None:
    """Ask where a request stands (ActionStatus)."""
    from appc.commands.send import Asked, ask_and_show

    wanted = {"request-id": request_id, **({"sub-request-id": sub_request_id} if sub_request_id else {})}
    asked = Asked("ActionStatus", vnf_id, payload=json.dumps(wanted))
    raise typer.Exit(ask_and_show(asked, True, timeout, as_json))


VnfIdArgument = Annotated[str, typer.Argument(help="The VNF instance.")]
LockOwner = Annotated[str, typer.Option("--request-id", help="The owner of the lock.")]


@app.command()
def lock(vnf_id: VnfIdArgument, request_id: LockOwner, timeout: Timeout = 300, as_json: AsJson = False) -> None:
    """Lock a VNF: only requests of this request-id are accepted until it is unlocked."""
    _controller_action("Lock", vnf_id, request_id, timeout, as_json)


@app.command()
def unlock(vnf_id: VnfIdArgument, request_id: LockOwner, timeout: Timeout = 300, as_json: AsJson = False) -> None:
    """Give the lock of a VNF back."""
    _controller_action("Unlock", vnf_id, request_id, timeout, as_json)


@app.command("check-lock")
def check_lock(vnf_id: VnfIdArgument, timeout: Timeout = 300, as_json: AsJson = False) -> None:
    """Say whether a VNF is locked."""
    _controller_action("CheckLock", vnf_id, None, timeout, as_json)


def _controller_action(action: str, vnf_id: str, request_id: str | None, timeout: float, as_json: bool) -> None:
    from appc.commands.send import Asked, ask_and_show

    raise typer.Exit(ask_and_show(Asked(action, vnf_id, request_id=request_id), True, timeout, as_json))


@app.command()
def watch() -> None:
    """Follow requests and answers on the bus, one line each, until Ctrl-C."""
    from appc.commands.watch import watch_bus

    raise typer.Exit(watch_bus())


@app.command()
def actions(as_json: AsJson = False) -> None:
    """Show the table of actions."""
    from appc.commands.actions import action_rows, action_table
    from appc.lcm.actions import ACTIONS

    if as_json:
        print(json.dumps(action_rows(ACTIONS.values()), indent=2))
    else:
        action_table(ACTIONS.values())


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of everything that HTTP serves, as /openapi.json does."""
    from appc.bootstrap.openapi import http_document

    print(json.dumps(http_document(), indent=2))


@app.command()
def asyncapi(config: ConfigFile = None) -> None:
    """Print the AsyncAPI document of the bus, with the topics of these settings."""
    from appc.bootstrap.asyncapi import bus_document_of
    from appc.commands.configuration import settings_or_exit

    print(json.dumps(bus_document_of(settings_or_exit(config)), indent=2))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help='A message (envelope) or a body ({"input": …}); - is standard input.')],
    config: ConfigFile = None,
) -> None:
    """Check a message offline and say what is wrong with it, field by field."""
    from appc.commands.check import check_file

    raise typer.Exit(check_file(file, config))


@app.command()
def doctor(config: ConfigFile = None) -> None:
    """Check configuration, bus, store, clouds and playbooks; one line each, with the cure."""
    from appc.commands.doctor import examine

    raise typer.Exit(examine(config))


artifact = typer.Typer(help="What the owners of VNF types onboard: see docs/onboarding.md.", no_args_is_help=True)
config = typer.Typer(help="The configurations that ran on VNFs.", no_args_is_help=True)
app.add_typer(artifact, name="artifact")
app.add_typer(config, name="config")

Paths = Annotated[list[Path], typer.Argument(help="A folder with a vnf-type.yaml, or the files themselves.")]
Exports = Annotated[list[Path], typer.Argument(help="What the design tool exported: a folder or files.")]
ArtifactId = Annotated[str, typer.Argument(help="The id that `appc artifact list` shows.")]
ConfigId = Annotated[str, typer.Argument(help="An upload_config_id: see `appc config list`.")]


@artifact.command("list")
def artifact_list(as_json: AsJson = False) -> None:
    """Every artifact of the controller, in every version."""
    from appc.commands.onboarding import list_artifacts

    raise typer.Exit(list_artifacts(as_json))


@artifact.command("show")
def artifact_show(id: ArtifactId) -> None:
    """One version of an artifact, as JSON; secrets are not shown."""
    from appc.commands.onboarding import show_artifact

    raise typer.Exit(show_artifact(id))


@artifact.command("validate")
def artifact_validate(paths: Paths) -> None:
    """Say what is wrong with the files, by file, line and field; needs no controller."""
    from appc.commands.onboarding import validate_artifacts

    raise typer.Exit(validate_artifacts(paths))


@artifact.command("add")
def artifact_add(paths: Paths) -> None:
    """Load artifacts into the running controller, each as the newest version of itself."""
    from appc.commands.onboarding import add_artifacts

    raise typer.Exit(add_artifacts(paths))


@artifact.command("import")
def artifact_import(paths: Exports) -> None:
    """Load an export of APPC's design tool (CDT), unchanged."""
    from appc.commands.onboarding import add_artifacts

    raise typer.Exit(add_artifacts(paths))


@artifact.command("remove")
def artifact_remove(id: ArtifactId) -> None:
    """Forget one version of an artifact; the one before it is the newest again."""
    from appc.commands.onboarding import remove_artifact

    raise typer.Exit(remove_artifact(id))


@config.command("list")
def config_list(vnf_id: VnfIdArgument, as_json: AsJson = False) -> None:
    """The configurations of a VNF, newest first; a star marks the current ones."""
    from appc.commands.onboarding import list_configurations

    raise typer.Exit(list_configurations(vnf_id, as_json))


@config.command("show")
def config_show(id: ConfigId) -> None:
    """The content of a configuration, without its secrets."""
    from appc.commands.onboarding import show_configuration

    raise typer.Exit(show_configuration(id))


@config.command("diff")
def config_diff(id: ConfigId, other: ConfigId) -> None:
    """How the second differs from the first, by what they mean; 0 if they are equal, 1 if not."""
    from appc.commands.onboarding import show_differences

    raise typer.Exit(show_differences(id, other))


@app.command("demo-cloud")
def demo_cloud(
    port: Annotated[int, typer.Option(help="0 is any free port.", min=0, max=65535)] = 0,
    delay_s: Annotated[float, typer.Option(help="Seconds that each state change takes.", min=0)] = 1.0,
    effects: Annotated[Path | None, typer.Option(help="Append one JSON line for each change that happened.")] = None,
    config: ConfigFile = None,
) -> None:
    """Run the demonstration's OpenStack-compatible cloud alone, on 127.0.0.1."""
    from appc.commands.demo_cloud import run_cloud

    raise typer.Exit(run_cloud(port, delay_s, effects, config))
