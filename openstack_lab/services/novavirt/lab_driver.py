"""Nova's own FakeDriver, with the three things a stand-alone process needs: stable node UUIDs,
snapshots that put bytes into Glance, and guests that outlive a restart of nova-compute."""

import io
import json
import os
import time
import uuid

import nova.conf
from nova import exception
from nova.compute import task_states
from nova.image import glance
from nova.virt import fake

CONF = nova.conf.CONF


class LabDriver(fake.FakeDriver):
    vcpus, memory_mb, local_gb = 64, 131072, 2000

    def init_host(self, host):
        super().init_host(host)
        self._set_nodes([host])
        self._file = os.path.join(CONF.state_path, f"guests-{host}.json")
        try:
            with open(self._file) as f:
                for u, (name, state) in json.load(f).items():
                    self.instances[u] = fake.FakeInstance(name, state, u)
        except FileNotFoundError:
            pass

    def _save(self):
        tmp = f"{self._file}.{uuid.uuid4().hex}"
        with open(tmp, "w") as f:
            json.dump({u: (i.name, i.state) for u, i in list(self.instances.items())}, f)
        os.replace(tmp, self._file)

    def _node_uuid(self, nodename):
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, nodename))

    def get_nodenames_by_uuid(self, refresh=False):
        return {self._node_uuid(n): n for n in self.get_available_nodes()}

    def get_available_resource(self, nodename):
        return dict(super().get_available_resource(nodename), uuid=self._node_uuid(nodename))

    def _delay(self, what, instance=None):
        """Slow or break an operation of all servers, or of one.

        $state_path/fault-WHAT, and fault-WHAT@NAME for the server of this name, hold seconds or `fail`.
        """
        for name in (what, f"{what}@{instance.display_name}" if instance else what):
            try:
                with open(os.path.join(CONF.state_path, f"fault-{name}")) as file:
                    fault = file.read().strip()
            except FileNotFoundError:
                continue
            if fault == "fail":
                raise exception.InternalError(f"lab: injected failure of {what}")
            time.sleep(float(fault))
            return

    def post_live_migration(self, context, instance, block_device_info, migrate_data=None):
        # the guest has left this host (as FakeLiveMigrateDriver has it)
        self.destroy(context, instance, network_info=None, block_device_info=block_device_info)

    def snapshot(self, context, instance, image_id, update_task_state):
        self._delay("snapshot", instance)
        if instance.uuid not in self.instances:
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        service = glance.get_default_image_service()
        meta = service.show(context, image_id)
        update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
        data = (f"lab snapshot of {instance.uuid}\n").encode()
        props = dict(meta.get("properties") or {}, image_location="snapshot", image_state="available")
        service.update(
            context,
            image_id,
            {
                "name": meta["name"],
                "status": "active",
                "disk_format": "raw",
                "container_format": "bare",
                "properties": props,
            },
            io.BytesIO(data),
            purge_props=False,
        )

    def live_migration(
        self, context, instance, dest, post_method, recover_method, block_migration=False, migrate_data=None
    ):
        try:
            self._delay("live_migration", instance)
        except exception.InternalError:  # a hypervisor's failure is rolled back: the guest stays where it is
            recover_method(context, instance, dest, migrate_data, migration_status="error")
            return
        super().live_migration(context, instance, dest, post_method, recover_method, block_migration, migrate_data)
        self._save()


def _wrap(name):
    base = getattr(fake.FakeDriver, name)

    def method(self, *a, **k):
        self._delay(name, next((one for one in (*a, *k.values()) if hasattr(one, "display_name")), None))
        try:
            return base(self, *a, **k)
        finally:
            self._save()

    method.__name__ = name
    setattr(LabDriver, name, method)


for _n in (
    "spawn",
    "destroy",
    "reboot",
    "power_on",
    "power_off",
    "finish_migration",
    "finish_revert_migration",
    "confirm_migration",
    "post_live_migration_at_destination",
    "unrescue",
    "rescue",
    "migrate_disk_and_power_off",
    "pre_live_migration",
):
    _wrap(_n)
