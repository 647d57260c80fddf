"""The reference pages: actions, codes, settings and metrics, from the tables that the controller runs by."""

from collections.abc import Callable, Iterable, Mapping

from appc.lcm import errors
from appc.lcm.actions import ACTIONS, Action
from appc.lcm.errors import LcmError
from appc.lcm.status import STATUSES
from appc.settings import Settings
from appc.telemetry.metric_names import METRICS


def actions_page() -> str:
    """The 33 actions."""
    rows = [
        (
            f"`{action.name}`",
            f"`{action.rpc_name}`",
            ", ".join(sorted(action.scopes)),
            action.protocol.value,
            _payload(action),
            _words(action.output),
        )
        for action in ACTIONS.values()
    ]
    return page(
        "Actions",
        "The 33 actions of the LCM API guide. Keys of the payload in **bold** are required; they may stand at the top "
        "level or inside `configuration-parameters`, with `-` or `_`. Unknown keys are passed on to templates. "
        "`output` holds these members besides `common-header` and `status`. Actions by the controller are answered "
        "once, at once; all others with 100 and one final answer. `appc actions --json` prints the same.",
        table(("action", "rpc-name", "scope", "by", "payload", "output"), rows),
    )


def codes_page() -> str:
    """Every status code that is sent."""
    meanings = _meanings()
    rows = [
        (
            str(code),
            status.category.value,
            "yes" if status.final else "no",
            f"`{status.template}`",
            meanings.get(code, ""),
        )
        for code, status in STATUSES.items()
    ]
    return page(
        "Status codes",
        "Every code of this version. A rejection (2xx, 3xx, 450) is a single answer; an accepted asynchronous action "
        "gets one 100, possibly 501s, and exactly one final 4xx. A text that explains more follows the message after "
        "`: `.",
        table(("code", "category", "final", "message", "when"), rows),
    )


def settings_page() -> str:
    """Every setting."""
    names = Settings.model_fields
    defaults = Settings()
    rows = [
        (f"`{name.upper()}`", f"`{defaults.shown(name)}`", field.description or "") for name, field in names.items()
    ]
    return page(
        "Settings",
        "Environment variables `APPC_<NAME>`, or the same names in lower case in a TOML file that `--config` or "
        "`APPC_CONFIG` names; the environment wins. A bad value stops the start; `appc doctor` shows what is "
        "in effect.",
        table(("name", "default", "meaning"), rows),
    )


def metrics_page() -> str:
    """Every metric."""
    rows = [(f"`{name}`", metric.kind.value, _words(metric.labels), metric.meaning) for name, metric in METRICS.items()]
    return page("Metrics", "What `/metrics` shows, for Prometheus.", table(("name", "kind", "labels", "meaning"), rows))


#: The generated pages, in the order of the navigation.
GENERATED: Mapping[str, Callable[[], str]] = {
    "reference/actions.md": actions_page,
    "reference/codes.md": codes_page,
    "reference/settings.md": settings_page,
    "reference/metrics.md": metrics_page,
}


def _meanings() -> dict[int, str]:
    """When each code is sent, in the words of its error class."""
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, LcmError)]
    told = {
        each.code: (each.__doc__ or "").split(": ", 1)[-1].strip().splitlines()[0]
        for each in reversed(classes)
        if hasattr(each, "code")
    }
    return told | {
        100: "the request was accepted; a final answer follows",
        400: "it is done, or there was nothing to do",
        501: "done in part, or done and not recorded; a final answer follows",
    }


def _payload(action: Action) -> str:
    keys = action.payload.model_fields.items()
    return ", ".join(
        f"**{field.alias or name}**" if field.is_required() else (field.alias or name) for name, field in keys
    )


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words)) or "none"


def page(title: str, text: str, content: str) -> str:
    """A page with one heading."""
    return f"# {title}\n\n{text}\n\n{content}\n"


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [
        headings,
        tuple("---" for _ in headings),
        *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
