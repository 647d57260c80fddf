"""A Cinder volume driver on sparse files: real copies for snapshots, clones and images; attaching is a no-op."""

import io
import os

from cinder import interface
from cinder.volume import configuration, driver
from oslo_config import cfg

opts = [cfg.StrOpt("lab_volume_dir", default="lab-volumes")]
cfg.CONF.register_opts(opts, group=configuration.SHARED_CONF_GROUP)


@interface.volumedriver
class LabVolumeDriver(driver.VolumeDriver):
    VERSION = "1"
    CI_WIKI_NAME = "none"

    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.configuration.append_config_values(opts)
        self.dir = self.configuration.lab_volume_dir

    @staticmethod
    def get_driver_options():
        return opts

    def _p(self, o):
        return os.path.join(self.dir, o["id"])

    def _size(self, path, gb):
        with open(path, "ab") as f:
            f.truncate(gb << 30)

    def check_for_setup_error(self):
        os.makedirs(self.dir, exist_ok=True)

    def _update_volume_stats(self):
        self._stats = {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name") or "lab",
            "vendor_name": "lab",
            "driver_version": self.VERSION,
            "storage_protocol": "fake",
            "pools": [
                {
                    "pool_name": "lab",
                    "total_capacity_gb": 100000,
                    "free_capacity_gb": 90000,
                    "provisioned_capacity_gb": 0,
                    "reserved_percentage": 0,
                    "thin_provisioning_support": True,
                    "multiattach": True,
                    "max_over_subscription_ratio": 20.0,
                    "consistent_group_snapshot_enabled": True,
                }
            ],
        }

    def create_volume(self, volume):
        self._size(self._p(volume), volume["size"])

    def _copy(self, src, dst):
        # only the bytes that are there: the sparse tail is made again by truncate
        with open(src, "rb") as i, open(dst, "wb") as o:
            end = os.fstat(i.fileno()).st_size
            pos = 0
            while pos < end:
                try:
                    d = os.lseek(i.fileno(), pos, os.SEEK_DATA)
                except OSError:
                    break
                h = os.lseek(i.fileno(), d, os.SEEK_HOLE)
                i.seek(d)
                o.seek(d)
                o.write(i.read(h - d))
                pos = h
            o.truncate(end)

    def create_snapshot(self, snapshot):
        self._copy(os.path.join(self.dir, snapshot["volume_id"]), self._p(snapshot))

    def create_volume_from_snapshot(self, volume, snapshot):
        self._copy(self._p(snapshot), self._p(volume))
        self._size(self._p(volume), volume["size"])

    def create_cloned_volume(self, volume, src):
        self._copy(self._p(src), self._p(volume))
        self._size(self._p(volume), volume["size"])

    def revert_to_snapshot(self, context, volume, snapshot):
        self._copy(self._p(snapshot), self._p(volume))

    def extend_volume(self, volume, new_size):
        self._size(self._p(volume), new_size)

    def delete_volume(self, volume):
        if os.path.exists(self._p(volume)):
            os.unlink(self._p(volume))

    delete_snapshot = delete_volume

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        # taken instead of Cinder's own download, which wants qemu-img
        self.create_volume(volume)
        self.copy_image_to_volume(context, volume, image_service, image_meta["id"])
        return {}, True

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        # no qemu-img here: the image's bytes are the volume's first bytes
        with open(self._p(volume), "r+b") as f:
            image_service.download(context, image_id, f)
        self._size(self._p(volume), volume["size"])

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        with open(self._p(volume), "rb") as f:
            head = f.read(1 << 20)
        image_service.update(context, image_meta["id"], {}, io.BytesIO(head))

    def initialize_connection(self, volume, connector):
        return {"driver_volume_type": "fake", "data": {"volume_id": volume["id"], "device_path": self._p(volume)}}

    def terminate_connection(self, volume, connector, **kw):
        pass

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass
