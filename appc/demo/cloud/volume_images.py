"""The image of a server that boots from a volume: without data, it refers to snapshots of the server's volumes.

Source: Nova, `nova/compute/api.py`, `snapshot_volume_backed`.
"""

import json
import uuid
from dataclasses import replace

from appc.demo.cloud.attachments import ROOT
from appc.demo.cloud.block_storage import BlockStorage
from appc.demo.cloud.values import Image, Server, VolumeSnapshot


def complete(image: Image, server: Server, block: BlockStorage, now: float) -> Image:
    """The image as it is at once, with a snapshot begun of each volume."""
    mapping = []
    for volume_id in server.volumes:
        name = f"snapshot for {image.name}"
        asked = VolumeSnapshot(str(uuid.uuid4()), name, volume_id, 0, now, now, description="")
        snapshot = block.take_snapshot(asked, force=True, now=now)
        attachment = block.volumes[volume_id].attachment
        device = attachment.device if attachment else ROOT
        mapping.append(
            {
                "source_type": "snapshot",
                "destination_type": "volume",
                "snapshot_id": snapshot.id,
                "device_name": device,
                "boot_index": 0 if device == ROOT else None,
                "volume_size": snapshot.size,
                "delete_on_termination": False,
                "image_id": None,
                "volume_id": None,
            }
        )
    referring = {"block_device_mapping": json.dumps(mapping), "bdm_v2": "True", "root_device_name": ROOT}
    # Not an `image_type` of snapshot: Nova gives it to images with data only.
    kept = {name: value for name, value in image.properties.items() if name not in ("image_type", "instance_uuid")}
    return replace(image, status="active", size=0, properties={**kept, **referring})
