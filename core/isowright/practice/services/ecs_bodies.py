"""The public shapes of servers, their disks, flavors and ECS jobs."""

import hashlib
from typing import Any

from isowright.practice.catalog import FLAVORS
from isowright.practice.model import Flavor, Job, Server, Volume
from isowright.practice.world import World

from .call import stamp

_VM_STATES = {"BUILD": "building", "ACTIVE": "active", "SHUTOFF": "stopped", "ERROR": "error", "REBOOT": "active"}


def _power_state(server: Server) -> int:
    """0 none, 1 running, 4 off."""
    return {"ACTIVE": 1, "REBOOT": 1, "SHUTOFF": 4}.get(server.status, 0)


def _end(world: World, server: Server) -> dict[str, str]:
    """Named only where it is set, as in the recording; a cloud that does not know it never names it."""
    if server.ends is None or world.faults.auto_terminate() != "known":
        return {}
    return {"auto_terminate_time": stamp(server.ends)}


def server_body(world: World, server: Server) -> dict[str, Any]:
    """As a recorded live answer has it: texts for vcpus, ram and flags, null as the boot index of data disks."""
    flavor = FLAVORS[server.flavor_id]
    mark = hashlib.sha256(server.id.encode()).hexdigest()
    addresses: dict[str, Any] = {}
    if server.launched is not None:
        mac = ":".join(("fa", "16", "3e", mark[0:2], mark[2:4], mark[4:6]))
        addresses[server.vpc_id] = [
            {
                "version": "4",
                "addr": server.address,
                "OS-EXT-IPS-MAC:mac_addr": mac,
                "OS-EXT-IPS:port_id": server.port_id,
                "OS-EXT-IPS:type": "fixed",
            }
        ]
    fault = None
    if server.fault:
        fault = {"message": server.fault, "code": 500, "details": None, "created": stamp(server.updated)}
    groups = [world.state.security_groups[group] for group in server.security_groups]
    return {
        "fault": fault,
        "serverNovaLock": False,
        "id": server.id,
        "name": server.name,
        "status": server.status,
        "addresses": addresses,
        "flavor": {
            "id": flavor.id,
            "name": flavor.id,
            "disk": "0",
            "vcpus": str(flavor.vcpus),
            "ram": str(flavor.ram),
            "gpus": [],
            "asic_accelerators": [],
        },
        "image": {"id": server.image_id},
        "accessIPv4": "",
        "accessIPv6": "",
        "progress": 0,
        "hostId": mark[:56],
        "updated": stamp(server.updated),
        **_end(world, server),
        "created": stamp(server.created),
        "metadata": server.metadata,
        "tags": server.tags,
        "description": server.description,
        "locked": False,
        "config_drive": "",
        "tenant_id": server.project_id,
        "user_id": server.user_id,
        "key_name": None,
        "os-extended-volumes:volumes_attached": [
            {
                "id": volume.id,
                "device": volume.device,
                "bootIndex": "0" if volume.boot else None,
                "delete_on_termination": "true" if volume.delete_on_termination else "false",
            }
            for volume in world.servers.shown_volumes(server)
        ],
        "OS-EXT-STS:task_state": server.task_state,
        "OS-EXT-STS:power_state": _power_state(server),
        "OS-EXT-STS:vm_state": _VM_STATES.get(server.status, "active"),
        "OS-EXT-SRV-ATTR:host": "az1.dc1",
        "OS-EXT-SRV-ATTR:instance_name": f"instance-{mark[:8]}",
        "OS-EXT-SRV-ATTR:hypervisor_hostname": "nova001@1",
        "OS-EXT-SRV-ATTR:user_data": None,
        "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": server.zone,
        "os:scheduler_hints": {},
        "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
        "OS-EXT-SRV-ATTR:ramdisk_id": "",
        "enterprise_project_id": server.enterprise_project_id,
        "OS-SRV-USG:launched_at": stamp(server.launched, micro=True, zone="") if server.launched else None,
        "OS-SRV-USG:terminated_at": None,
        "OS-EXT-SRV-ATTR:kernel_id": "",
        "OS-EXT-SRV-ATTR:launch_index": 0,
        "host_status": "UP",
        "OS-EXT-SRV-ATTR:reservation_id": f"r-{mark[8:16]}",
        "OS-EXT-SRV-ATTR:hostname": server.name.lower(),
        "sys_tags": [{"key": "_sys_enterprise_project_id", "value": server.enterprise_project_id}],
        "security_groups": [{"name": group.name, "id": group.id} for group in groups],
    }


def attachment_body(server: Server, volume: Volume, number: int) -> dict[str, Any]:
    """A disk in the block_device answer: here the boot index is a number."""
    return {
        "pciAddress": f"0000:02:{number + 1:02d}.0",
        "volumeId": volume.id,
        "device": volume.device,
        "serverId": server.id,
        "id": volume.id,
        "size": volume.size,
        "bootIndex": number,
        "bus": "virtio",
    }


def flavor_body(base: str, project_id: str, flavor: Flavor) -> dict[str, Any]:
    generation = flavor.id.split(".")[0]
    specs = {"ecs:generation": generation, "resource_type": f"IOoptimized{generation.upper()}"}
    if flavor.performance:
        specs["ecs:performancetype"] = flavor.performance
    if flavor.virtualization:
        specs["ecs:virtualization_env_types"] = flavor.virtualization
    if flavor.architecture:
        specs["ecs:instance_architecture"] = flavor.architecture
    specs |= {"quota:vif_max_num": "2", "cond:compute": "autorecovery"}
    if flavor.status:
        specs["cond:operation:status"] = flavor.status
    if flavor.zones:
        specs["cond:operation:az"] = ", ".join(f"{zone}({status})" for zone, status in flavor.zones)
    if flavor.charge:
        specs["cond:operation:charge"] = flavor.charge
    links = [
        {"rel": "self", "href": f"{base}/v1.0/{project_id}/flavors/{flavor.id}", "type": None},
        {"rel": "bookmark", "href": f"{base}/{project_id}/flavors/{flavor.id}", "type": None},
    ]
    return {
        "id": flavor.id,
        "name": flavor.id,
        "vcpus": str(flavor.vcpus),
        "ram": flavor.ram,
        "disk": "0",
        "swap": "",
        "OS-FLV-EXT-DATA:ephemeral": 0,
        "OS-FLV-DISABLED:disabled": flavor.disabled,
        "rxtx_factor": 1.0,
        "rxtx_quota": None,
        "rxtx_cap": None,
        "os-flavor-access:is_public": flavor.public,
        "links": links,
        "attachableQuantity": {"free_scsi": 23, "free_blk": 15, "free_disk": 23, "free_nic": 2},
        "os_extra_specs": specs,
    }


_SUB_TYPES = {
    "createServer": "createSingleServer",
    "deleteServer": "deleteSingleServer",
    "stopServer": "stopSingleServer",
    "startServer": "startSingleServer",
    "rebootServer": "rebootSingleServer",
}


def job_body(world: World, job: Job) -> dict[str, Any]:
    """A running job has no error keys at all, a failed parent only says that its sub-job failed."""
    status = world.jobs.status(job)
    times = {
        "begin_time": stamp(job.begin, milliseconds=True),
        "end_time": stamp(job.end, milliseconds=True) if job.done else "",
    }
    body: dict[str, Any] = {"status": status, "entities": {}, "job_id": job.id, "job_type": job.type, **times}
    ids = job.subject.get("server_ids") or [job.subject["server_id"]]
    if job.type == "detachVolume":
        body["entities"] = {"server_id": ids[0], "volume_id": job.subject["volume_id"]}
        if job.done:
            body |= {"error_code": job.error_code, "fail_reason": job.fail_reason}
        return body
    subs = []
    mute = job.twist == "no-ids" and job.done
    for number, server_id in enumerate(ids if status != "INIT" and not mute else []):
        entities: dict[str, Any] = {"server_id": server_id}
        if status == "FAIL":
            entities["errorcode_message"] = job.fail_reason
        sub: dict[str, Any] = {
            "status": status,
            "entities": entities,
            "job_id": job.sub_job_id[:-2] + f"{number:02x}",
            "job_type": _SUB_TYPES[job.type],
            **times,
        }
        if job.done:
            sub |= {"error_code": job.error_code, "fail_reason": job.fail_reason}
        subs.append(sub)
    body["entities"] = {"sub_jobs_total": len(ids), "sub_jobs": subs}
    if job.done:
        failed = bool(job.error_code)
        body["error_code"] = "Common.0021" if failed else None
        body["fail_reason"] = "Sub job fail!" if failed else None
    return body
