"""The public shape of volumes."""

from typing import Any

from isowright.practice.model import Volume

from .call import Call, stamp


def volume_body(call: Call, volume: Volume) -> dict[str, Any]:
    """The public shape of a volume; times are UTC without Z, `bootable` is a text."""
    state = call.world.state
    attachments = []
    if volume.server_id:
        attachments.append(
            {
                "server_id": volume.server_id,
                "attachment_id": volume.attachment_id,
                "attached_at": stamp(volume.attached_at, micro=True, zone=""),
                "host_name": None,
                "volume_id": volume.id,
                "device": volume.device,
                "id": volume.id,
            }
        )
    user = next((u.id for u in state.users.values() if u.name == volume.made_by), "")
    base = call.world.urls.get("evs", call.base)
    body: dict[str, Any] = {
        "id": volume.id,
        "name": volume.name,
        "status": volume.status,
        "size": volume.size,
        "volume_type": volume.volume_type,
        "bootable": "true" if volume.boot else "false",
        "availability_zone": volume.zone,
        "attachments": attachments,
        "links": [{"rel": "self", "href": f"{base}/v2/{volume.project_id}/os-vendor-volumes/{volume.id}"}],
        "description": "",
        "created_at": stamp(volume.created, micro=True, zone=""),
        "updated_at": stamp(volume.updated, micro=True, zone=""),
        "snapshot_id": None,
        "source_volid": None,
        "os-vol-tenant-attr:tenant_id": volume.project_id,
        "os-vol-host-attr:host": None,
        "consistencygroup_id": None,
        "replication_status": "disabled",
        "encrypted": False,
        "metadata": {
            "hw:passthrough": "false",
            "resourceSpecCode": volume.volume_type,
            "orderID": "",
            "billing": "1",
        },
        "multiattach": False,
        "shareable": False,
        "user_id": user,
        "service_type": "EVS",
        "tags": dict(volume.tags),
        "wwn": None,
        "enterprise_project_id": volume.enterprise_project_id,
    }
    image = state.images.get(volume.image_id)
    if image:
        body["volume_image_metadata"] = {
            "image_id": image.id,
            "image_name": image.name,
            "min_disk": str(image.min_disk),
            "virtual_env_type": image.env_type,
            "__os_type": image.os_type,
            "__os_version": image.os_version,
        }
    return body
