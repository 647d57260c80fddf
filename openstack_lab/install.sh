#!/bin/bash
# Puts the pinned services into $VENV: about 3 minutes and 680 MB the first time, nothing when they are there.
set -euo pipefail
. "$(dirname "$0")/env.sh"
[ -e "$VENV/.complete" ] && exit 0
echo "Installing OpenStack's services into $VENV (takes some minutes the first time)"
rm -rf "$VENV"
"${PYTHON:-python3}" -m venv "$VENV"
"$VENV/bin/pip" install --quiet --disable-pip-version-check --constraint "$HERE/constraints.txt" \
    nova keystone glance cinder openstack-placement neutron openstacksdk
touch "$VENV/.complete"
