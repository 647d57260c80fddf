#!/bin/bash
# Starts the lab on 127.0.0.1 as new. The first time it makes the databases, and keeps them as a template.
set -euo pipefail
. "$(dirname "$0")/env.sh"
STATE="db images staging volumes nova cinder neutron fernet credkeys"
TEMPLATE=$LAB/template
began=$SECONDS
"$HERE/stop.sh"
mkdir -p "$LAB"/{log,run}
rm -f "$LAB"/run/*

launch() {
    setsid "$VENV/bin/python" "$HERE/services/serve.py" "$1" > "$LAB/log/$1.log" 2>&1 < /dev/null &
    echo $! > "$LAB/run/$1.pid"
}

await() {
    for service in "$@"; do
        until [ -s "$LAB/run/$service.ready" ]; do
            kill -0 "$(cat "$LAB/run/$service.pid")" 2>/dev/null || { echo "$service died:"; tail -n 20 "$LAB/log/$service.log"; exit 1; }
            [ $((SECONDS - began)) -lt 300 ] || { echo "$service is not ready; see $LAB/log/$service.log"; exit 1; }
            sleep 0.1
        done
    done
}

fresh=
[ -d "$TEMPLATE" ] || fresh=yes
for part in $STATE; do rm -rf "${LAB:?}/$part"; done
[ -n "$fresh" ] || cp -a "$TEMPLATE"/. "$LAB"/
. "$HERE/configure.sh"
if [ -n "$fresh" ]; then
    "$HERE/create.sh"
    # Accounts and endpoints first: the services' own log-ins need them.
    launch keystone
    await keystone
    "$VENV/bin/python" "$HERE/services/seed.py" identity
else
    launch keystone
fi
for service in placement glance neutron cinder nova; do launch "$service"; done
await keystone placement glance neutron cinder nova
if [ -n "$fresh" ]; then
    "$VENV/bin/python" "$HERE/services/seed.py" objects
    # Taken from stopped services, so that no database is half written.
    "$HERE/stop.sh"
    rm -rf "$TEMPLATE.new"
    mkdir "$TEMPLATE.new"
    for part in db images volumes nova cinder neutron fernet credkeys; do cp -a "$LAB/$part" "$TEMPLATE.new/"; done
    mv "$TEMPLATE.new" "$TEMPLATE"
    exec "$0"
fi
"$VENV/bin/python" "$HERE/services/seed.py" wait
echo "OpenStack is up after $((SECONDS - began)) s; OS_CLIENT_CONFIG_FILE=$LAB/clouds.yaml"
