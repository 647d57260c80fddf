"""Accounts, endpoints, flavors, an image, networks: through the APIs, with openstacksdk."""

import os
import sys
import time

import openstack

LAB = os.environ["LAB"]
conn = openstack.connect(
    load_envvars=False,
    load_yaml_config=False,
    region_name="RegionOne",
    auth=dict(
        auth_url="http://127.0.0.1:{}/v3".format(os.environ["P_KEYSTONE"]),
        username="admin",
        password="admin-pw",
        project_name="admin",
        user_domain_id="default",
        project_domain_id="default",
    ),
)
P = {k: os.environ["P_" + k.upper()] for k in ("nova", "glance", "cinder", "neutron", "placement")}


def identity():
    i = conn.identity
    for name, type_, path in (
        ("nova", "compute", "/v2.1"),
        ("glance", "image", ""),
        ("cinder", "block-storage", "/v3"),
        ("neutron", "network", ""),
        ("placement", "placement", ""),
    ):
        s = i.create_service(name=name, type=type_)
        for iface in ("public", "internal", "admin"):
            i.create_endpoint(
                service_id=s.id, interface=iface, region_id="RegionOne", url=f"http://127.0.0.1:{P[name]}{path}"
            )
    roles = {r.name: r for r in i.roles()}
    if "service" not in roles:
        roles["service"] = i.create_role(name="service")
    service = i.create_project(name="service", domain_id="default")
    demo = i.create_project(name="demo", domain_id="default")
    svc = i.create_user(name="lab-service", password="service-pw", domain_id="default", default_project_id=service.id)
    user = i.create_user(name="demo", password="demo-pw", domain_id="default", default_project_id=demo.id)
    for r in ("admin", "service"):
        i.assign_project_role_to_user(service, svc, roles[r])
    i.assign_project_role_to_user(demo, user, roles["member"])


def objects():
    wait()
    for id_, name, ram, vcpus, disk in (
        ("1", "m1.tiny", 512, 1, 1),
        ("2", "m1.small", 2048, 1, 20),
        ("3", "m1.medium", 4096, 2, 40),
    ):
        conn.compute.create_flavor(id=id_, name=name, ram=ram, vcpus=vcpus, disk=disk)
    for n in ("cirros", "cirros-2"):
        conn.image.create_image(
            n,
            data=b"not a real disk " * 64,
            disk_format="raw",
            container_format="bare",
            visibility="public",
            validate_checksum=False,
        )
    # Hosts that tests may break have a zone of their own.
    aggregate = conn.compute.create_aggregate(name="fragile", availability_zone="fragile")
    for host in os.environ["LAB_COMPUTES"].split()[2:]:
        conn.compute.add_host_to_aggregate(aggregate, host)
    net = conn.network.create_network(name="private", shared=True)
    conn.network.create_subnet(name="private-v4", network_id=net.id, ip_version=4, cidr="10.77.0.0/24")
    ext = conn.network.create_network(
        name="public", is_router_external=True, provider_network_type="flat", provider_physical_network="ext"
    )
    conn.network.create_subnet(
        name="public-v4", network_id=ext.id, ip_version=4, cidr="10.78.0.0/24", is_dhcp_enabled=False
    )
    # Nova's quotas are switched off by its configuration; Cinder's defaults are in its database.
    for project in conn.identity.projects():
        conn.set_volume_quotas(project.id, volumes=-1, snapshots=-1, gigabytes=-1)
    conn.block_storage.create_type(name="lab", extra_specs={"volume_backend_name": "lab"})


def wait(limit=60):
    end = time.time() + limit
    hosts = set(os.environ["LAB_COMPUTES"].split())
    while True:
        try:
            up = {s.host for s in conn.compute.services() if s.binary == "nova-compute" and s.state == "up"}
            vol = {s.binary for s in conn.block_storage.services() if s.state == "up"}
            hyp = {h.name for h in conn.compute.hypervisors()}
            if hosts <= up and hosts <= hyp and {"cinder-volume", "cinder-scheduler"} <= vol:
                return
            why = f"computes {up} hypervisors {hyp} cinder {vol}"
        except Exception as e:
            why = repr(e)
        if time.time() > end:
            sys.exit("not ready: " + why)
        time.sleep(0.3)


globals()[sys.argv[1]]()
