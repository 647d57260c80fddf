"""How Cinder shows volumes and snapshots."""

from appc.demo.cloud.isotime import naive_micros
from appc.demo.cloud.seed import TENANCY
from appc.demo.cloud.values import Volume, VolumeSnapshot

#: While Nova has only reserved a volume, or after it let go of it, Cinder shows no attachment.
_SHOWN_ATTACHED = ("in-use", "detaching")


def volume_view(volume: Volume, root: str) -> dict[str, object]:
    """A volume with all its members; `root` is the URL of the project's volumes."""
    return {
        "id": volume.id,
        "name": volume.name,
        "links": [{"rel": "self", "href": f"{root}/volumes/{volume.id}"}],
        "status": volume.status,
        "size": volume.size,
        "attachments": _attachments(volume),
        "availability_zone": "nova",
        "bootable": "true" if volume.bootable else "false",
        "consistencygroup_id": None,
        "created_at": naive_micros(volume.created),
        "updated_at": naive_micros(volume.updated or volume.created),
        "description": volume.description,
        "encrypted": False,
        "metadata": dict(volume.metadata),
        "multiattach": False,
        "os-vol-tenant-attr:tenant_id": TENANCY.project_id,
        "replication_status": None,
        "snapshot_id": volume.snapshot_id,
        "source_volid": None,
        "user_id": TENANCY.user_id,
        "volume_type": "demo",
    }


def snapshot_view(snapshot: VolumeSnapshot) -> dict[str, object]:
    """A snapshot with all its members."""
    return {
        "id": snapshot.id,
        "name": snapshot.name,
        "description": snapshot.description,
        "volume_id": snapshot.volume_id,
        "status": snapshot.status,
        "size": snapshot.size,
        "metadata": dict(snapshot.metadata),
        "created_at": naive_micros(snapshot.created),
        "updated_at": naive_micros(snapshot.updated),
        "os-extended-snapshot-attributes:progress": "100%" if snapshot.status == "available" else "0%",
        "os-extended-snapshot-attributes:project_id": TENANCY.project_id,
    }


def _attachments(volume: Volume) -> list[dict[str, object]]:
    attachment = volume.attachment
    if attachment is None or volume.status not in _SHOWN_ATTACHED:
        return []
    return [
        {
            "id": volume.id,
            "volume_id": volume.id,
            "attachment_id": attachment.id,
            "server_id": attachment.server,
            "host_name": attachment.host,
            "device": attachment.device,
            "attached_at": naive_micros(attachment.since),
        }
    ]
