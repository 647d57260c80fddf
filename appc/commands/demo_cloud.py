"""`appc demo-cloud`: the demonstration's cloud alone (contract section 1)."""

import os
import sys
import threading
from pathlib import Path

from appc.commands.configuration import settings_or_exit
from appc.commands.stop_signals import listen_for_stops
from appc.demo.cloud import DemoCloud

#: Where users and `appc serve` find the cloud: in the state directory.
CLOUDS_FILE = "demo-clouds.yaml"


def run_cloud(port: int, delay_s: float, effects: Path | None, config: Path | None) -> int:
    """Run until SIGTERM or SIGINT; the ready line comes when clouds.yaml is written."""
    # the clouds file may name what this command is about to write
    settings = settings_or_exit(config, clouds_file="", inventory_file="")
    stopping = threading.Event()
    listen_for_stops(lambda _: stopping.set())
    try:
        with DemoCloud(delay_s=delay_s, effects=effects, port=port) as cloud:
            file = write_clouds_file(settings.state_dir, cloud.clouds_yaml())
            print(f"ready {cloud.url}", flush=True)
            for server in cloud.servers():
                print(f"{server.id}  {server.status:8}  {server.name}", flush=True)
            for volume in cloud.volumes():
                print(f"{volume.id}  volume    {volume.name}", flush=True)
            print(f"clouds file: {file} (APPC_CLOUDS_FILE={file})", flush=True)
            stopping.wait()
    except OSError as error:
        print(f"appc demo-cloud: {error}", file=sys.stderr)
        return 1
    return 0


def write_clouds_file(state_dir: Path, text: str) -> Path:
    """Write the cloud's clouds.yaml, readable by its owner only, in one step."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = state_dir / CLOUDS_FILE
    fresh = file.with_suffix(".new")
    descriptor = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as stream:
        stream.write(text)
    fresh.replace(file)
    return file
