"""Settings for a command, or the end of it with exit code 2."""

import os
import sys
from pathlib import Path

from appc.settings import Settings, SettingsError, load_settings


def settings_or_exit(config: Path | None, **overrides: object) -> Settings:
    """The settings of contract section 2; what is wrong with them goes to standard error."""
    try:
        settings = load_settings(config, os.environ, **overrides)
    except SettingsError as error:
        print(f"appc: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    for warning in settings.warnings:
        print(f"appc: warning: {warning}", file=sys.stderr)
    return settings
