#!/bin/bash
# Starts the lab, runs the tests of the executor on it, and stops it. Arguments go to pytest. Fails if the lab does.
set -euo pipefail
. "$(dirname "$0")/env.sh"
pytest=${1:?the pytest to run}
shift
mkdir -p "$CACHE"
# One lab at a time: its ports are fixed, because its databases hold them.
exec 9> "$CACHE/lock"
flock --nonblock 9 || { echo "another run uses the lab: $CACHE/lock"; exit 1; }
"$HERE/install.sh"
trap '"$HERE/stop.sh" 9>&-' EXIT
"$HERE/start.sh" 9>&-
cd "$HERE/.."
# Not the services' modules, and one pair of workers a core: rows wait for Nova most of the time.
env -u PYTHONPATH "$pytest" openstack_lab/tests --numprocesses "${LAB_WORKERS:-4}" "$@" 9>&-
