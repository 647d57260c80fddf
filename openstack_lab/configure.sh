# Writes every configuration file below $LAB/etc, and clouds.yaml; to be sourced. The passwords are for loopback only.
etc=$LAB/etc; db=$LAB/db; mkdir -p "$etc"/{keystone,placement,glance,neutron,cinder,nova} "$db" "$LAB"/{log,lock,images,staging,volumes,nova,cinder,neutron,conversion}
common() { cat <<C
[DEFAULT]
transport_url = fake:///
state_path = $LAB/$1
[oslo_concurrency]
lock_path = $LAB/lock
[oslo_messaging_notifications]
driver = noop
[oslo_policy]
enforce_scope = true
enforce_new_defaults = true
C
}
creds() { cat <<C
auth_type = password
auth_url = http://127.0.0.1:$P_KEYSTONE/v3
username = lab-service
password = service-pw
project_name = service
user_domain_id = default
project_domain_id = default
region_name = RegionOne
C
}
auth() { printf '[keystone_authtoken]\nwww_authenticate_uri = http://127.0.0.1:%s/v3\nservice_token_roles_required = true\nservice_token_roles = service\n' "$P_KEYSTONE"; creds; }
{ common keystone; cat <<C
[database]
connection = sqlite:///$db/keystone.sqlite
[token]
provider = fernet
expiration = 86400
[fernet_tokens]
key_repository = $LAB/fernet
[credential]
key_repository = $LAB/credkeys
[identity]
password_hash_rounds = 4
[cache]
enabled = true
backend = dogpile.cache.memory
C
} > "$etc/keystone/keystone.conf"
{ common placement; auth; cat <<C
[placement_database]
connection = sqlite:///$db/placement.sqlite
C
} > "$etc/placement/placement.conf"
{ common glance; auth; cat <<C
[DEFAULT]
enabled_backends = file:file
node_staging_uri = file://$LAB/staging
worker_self_reference_url = http://127.0.0.1:$P_GLANCE
[database]
connection = sqlite:///$db/glance.sqlite
[paste_deploy]
flavor = keystone
config_file = $VENV/etc/glance/glance-api-paste.ini
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = $LAB/images
[os_glance_staging_store]
filesystem_store_datadir = $LAB/staging
[os_glance_tasks_store]
filesystem_store_datadir = $LAB/staging
C
} > "$etc/glance/glance-api.conf"
{ common neutron; auth; cat <<C
[DEFAULT]
auth_strategy = keystone
core_plugin = ml2
service_plugins = router
api_paste_config = $VENV/etc/neutron/api-paste.ini
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
dhcp_agent_notification = false
[database]
connection = sqlite:///$db/neutron.sqlite
[ml2]
type_drivers = local,flat,vxlan
tenant_network_types = local
mechanism_drivers = lab
extension_drivers = port_security
[ml2_type_flat]
flat_networks = *
[nova]
C
creds; } > "$etc/neutron/neutron.conf"
{ common cinder; auth; cat <<C
[DEFAULT]
auth_strategy = keystone
host = cinder1
periodic_interval = 10
scheduler_driver_init_wait_time = 1
my_ip = 127.0.0.1
enabled_backends = lab
default_volume_type = lab
glance_api_servers = http://127.0.0.1:$P_GLANCE
api_paste_config = $VENV/etc/cinder/api-paste.ini
image_conversion_dir = $LAB/conversion
report_interval = 3
service_down_time = 15
periodic_fuzzy_delay = 0
[lab]
volume_driver = lab_cinder.LabVolumeDriver
volume_backend_name = lab
lab_volume_dir = $LAB/volumes
[database]
connection = sqlite:///$db/cinder.sqlite
[coordination]
backend_url = file://$LAB/cinder
[nova]
C
creds; echo '[service_user]'; echo 'send_service_user_token = true'; creds; } > "$etc/cinder/cinder.conf"
{ common nova; auth; cat <<C
[DEFAULT]
compute_driver = lab_driver.LabDriver
# Servers that ask for no zone stay out of the one whose hosts the tests break.
default_schedule_zone = nova
host = controller
my_ip = 127.0.0.1
report_interval = 3
service_down_time = 12
update_resources_interval = 10
sync_power_state_interval = 20
periodic_fuzzy_delay = 0
vif_plugging_is_fatal = false
vif_plugging_timeout = 0
allow_resize_to_same_host = false
reclaim_instance_interval = 0
force_config_drive = false
shelved_offload_time = 0
[api]
auth_strategy = keystone
[wsgi]
api_paste_config = $VENV/etc/nova/api-paste.ini
[database]
connection = sqlite:///$db/nova_cell1.sqlite
[api_database]
connection = sqlite:///$db/nova_api.sqlite
[quota]
instances = -1
cores = -1
ram = -1
[scheduler]
discover_hosts_in_cells_interval = -1
workers = 1
[conductor]
workers = 1
[compute]
live_migration_wait_for_vif_plug = false
[vnc]
enabled = false
[glance]
api_servers = http://127.0.0.1:$P_GLANCE
[cinder]
catalog_info = block-storage::publicURL
C
creds; for s in placement neutron service_user; do echo "[$s]"; creds; done; echo 'send_service_user_token = true'; } > "$etc/nova/nova.conf"
# Nova refuses a second start of a compute whose identity file is gone; the driver makes its own stable ids
echo 7f3c4a52-7f0e-4f0b-9a51-5d5b3d6f1a11 > "$LAB/nova/compute_id"
cat > "$LAB/clouds.yaml" <<C
clouds:
  lab-admin: {region_name: RegionOne, auth: {auth_url: "http://127.0.0.1:$P_KEYSTONE/v3", username: admin, password: admin-pw, project_name: admin, user_domain_id: default, project_domain_id: default}}
  lab: {region_name: RegionOne, auth: {auth_url: "http://127.0.0.1:$P_KEYSTONE/v3", username: demo, password: demo-pw, project_name: demo, user_domain_id: default, project_domain_id: default}}
C
