#!/bin/bash
# Makes the databases, and Keystone's keys and first account; done once, the result is kept as a template.
set -euo pipefail
. "$(dirname "$0")/env.sh"
. "$HERE/configure.sh"
cd "$VENV/bin"

keystone() {
    local manage="./keystone-manage --config-file $etc/keystone/keystone.conf" url=http://127.0.0.1:$P_KEYSTONE/v3
    $manage db_sync
    $manage fernet_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
    $manage credential_setup --keystone-user "$(id -un)" --keystone-group "$(id -gn)"
    $manage bootstrap --bootstrap-password admin-pw --bootstrap-region-id RegionOne \
        --bootstrap-public-url "$url" --bootstrap-internal-url "$url" --bootstrap-admin-url "$url"
}
nova() {
    local manage="./nova-manage --config-file $etc/nova/nova.conf"
    $manage api_db sync
    $manage cell_v2 map_cell0 --database_connection "sqlite:///$db/nova_cell0.sqlite"
    $manage cell_v2 create_cell --name cell1
    $manage db sync
}
placement() { ./placement-manage --config-file "$etc/placement/placement.conf" db sync; }
glance() { ./glance-manage --config-file "$etc/glance/glance-api.conf" db_sync; }
cinder() { ./cinder-manage --config-file "$etc/cinder/cinder.conf" db sync; }
# Neutron's migrations are for MySQL and PostgreSQL; its own tests make SQLite's tables from the models, as here.
neutron() {
    ./python -c '
import sys, sqlalchemy
from neutron.db.migration.models import head
head.get_metadata().create_all(sqlalchemy.create_engine("sqlite:///" + sys.argv[1]))' "$db/neutron.sqlite"
}

pids=()
for service in keystone nova placement glance cinder neutron; do
    (set -e; "$service") > "$LAB/log/create-$service.log" 2>&1 &
    pids+=($!)
done
failed=
for pid in "${pids[@]}"; do wait "$pid" || failed=yes; done
[ -z "$failed" ] || { echo "the databases could not be made; see $LAB/log/create-*.log"; exit 1; }
