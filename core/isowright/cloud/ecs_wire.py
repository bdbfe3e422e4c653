"""Bodies of the server calls. Pure. Source: ECS API reference; SDK models huaweicloudsdkecs v2."""

from __future__ import annotations

from typing import Any

import msgspec

from isowright.cloud.models import (
    AvailabilityZone,
    BlockDevice,
    CreatedServer,
    Flavor,
    Limits,
    Secret,
    Server,
)
from isowright.cloud.wire import Answer, decode, unreadable


class PublicIp(msgspec.Struct, frozen=True):
    """A public IP made with the server and deleted with it. mbit: bandwidth in Mbit/s."""

    type: str = "5_bgp"
    mbit: int = 5


class ServerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A temporary server. It boots an ISO image and carries exactly one data disk, or (data_disk 0) it starts from an
    ordinary image and has its system disk only. Sizes in GB."""

    name: str
    image_id: str
    flavor_id: str
    vpc_id: str
    subnet_id: str
    availability_zone: str
    volume_type: str
    system_disk: int
    data_disk: int
    security_group_ids: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    enterprise_project_id: str = "0"
    description: str = ""
    public_ip: PublicIp | None = None
    auto_terminate_time: str = ""  # UTC, "2031-04-05T06:07:00Z"; with it the data disk goes with the server


class _Servers(msgspec.Struct):
    servers: list[Server] = []


class _OneServer(msgspec.Struct):
    server: Server


class _Devices(msgspec.Struct):
    devices: list[BlockDevice] = msgspec.field(name="volumeAttachments", default_factory=list)


class _Flavors(msgspec.Struct):
    flavors: list[Flavor] = []


class _Absolute(msgspec.Struct):
    absolute: Limits


class _ZoneState(msgspec.Struct):
    available: bool = False


class _Zone(msgspec.Struct):
    name: str = msgspec.field(name="zoneName")
    state: _ZoneState | None = msgspec.field(name="zoneState", default=None)


class _Zones(msgspec.Struct):
    zones: list[_Zone] = msgspec.field(name="availabilityZoneInfo", default_factory=list)


class _Created(msgspec.Struct):
    job_id: str = ""
    server_ids: list[str] = msgspec.field(name="serverIds", default_factory=list)


class _Tag(msgspec.Struct):
    key: str
    value: str = ""


class _Resource(msgspec.Struct):
    resource_id: str
    tags: list[_Tag] = []


class _Resources(msgspec.Struct):
    resources: list[_Resource] = []


class _Output(msgspec.Struct):
    output: str


class _Link(msgspec.Struct):
    url: str


class _Console(msgspec.Struct):
    remote_console: _Link


def create_body(request: ServerRequest, *, dry_run: bool) -> dict[str, Any]:
    """`virtual_env_type` and `diskPrior` make it an ISO machine; without them the create fails or nothing boots."""
    iso = request.data_disk > 0
    server: dict[str, Any] = {
        "name": request.name,
        "imageRef": request.image_id,
        "flavorRef": request.flavor_id,
        "vpcid": request.vpc_id,
        "nics": [{"subnet_id": request.subnet_id}],
        "root_volume": {"volumetype": request.volume_type, "size": request.system_disk},
        "availability_zone": request.availability_zone,
        "count": 1,
        "extendparam": {"enterprise_project_id": request.enterprise_project_id},
        "server_tags": [{"key": key, "value": value} for key, value in request.tags.items()],
    }
    if iso:
        server["data_volumes"] = [{"volumetype": request.volume_type, "size": request.data_disk}]
        server["metadata"] = {"virtual_env_type": "IsoImage"}
        server["extendparam"]["diskPrior"] = "true"
    if request.security_group_ids:  # absent = the default group
        server["security_groups"] = [{"id": group} for group in request.security_group_ids]
    if request.auto_terminate_time:
        server["auto_terminate_time"] = request.auto_terminate_time
        if iso:
            server["data_volumes"][0]["delete_on_termination"] = True  # else it outlives the server, and is billed
    if request.description:
        server["description"] = request.description
    if request.public_ip:
        server["publicip"] = {
            "eip": {
                "iptype": request.public_ip.type,
                "bandwidth": {"size": request.public_ip.mbit, "sharetype": "PER"},
            },
            "delete_on_termination": True,
        }
    return {"dry_run": dry_run, "server": server}


def delete_body(server_id: str, *, delete_volumes: bool, delete_public_ip: bool) -> dict[str, Any]:
    return {
        "servers": [{"id": server_id}],
        "delete_publicip": delete_public_ip,
        "delete_volume": delete_volumes,
    }


def stop_body(server_id: str, *, hard: bool) -> dict[str, Any]:
    return {"os-stop": {"type": "HARD" if hard else "SOFT", "servers": [{"id": server_id}]}}


def start_body(server_id: str) -> dict[str, Any]:
    return {"os-start": {"servers": [{"id": server_id}]}}


def end_body(moment: str) -> dict[str, Any]:
    return {"auto_terminate_time": moment}


def disk_body(*, delete_on_termination: bool) -> dict[str, Any]:
    return {"block_device": {"delete_on_termination": delete_on_termination}}


def output_body(lines: int) -> dict[str, Any]:
    return {"os-getConsoleOutput": {"length": lines}}


def console_body() -> dict[str, Any]:
    return {"remote_console": {"protocol": "vnc", "type": "novnc"}}


def read_created(answer: Answer) -> CreatedServer:
    """Any 2xx with a job id will do. Raises UnreadableError."""
    found = decode(answer, _Created)
    if not found.job_id:
        raise unreadable(answer)
    return CreatedServer(found.job_id, tuple(found.server_ids))


def read_server(answer: Answer) -> Server:
    return decode(answer, _OneServer).server


def read_servers(answer: Answer) -> list[Server]:
    return decode(answer, _Servers).servers


def read_tagged(answer: Answer) -> list[str]:
    return [r.resource_id for r in decode(answer, _Resources).resources]


def read_tags(answer: Answer) -> dict[str, tuple[str, ...]]:
    """Server id → its tags as `key=value`."""
    return {r.resource_id: tuple(f"{t.key}={t.value}" for t in r.tags) for r in decode(answer, _Resources).resources}


def read_devices(answer: Answer) -> list[BlockDevice]:
    return decode(answer, _Devices).devices


def read_flavors(answer: Answer) -> list[Flavor]:
    return decode(answer, _Flavors).flavors


def read_limits(answer: Answer) -> Limits:
    return decode(answer, _Absolute).absolute


def read_zones(answer: Answer) -> list[AvailabilityZone]:
    return [AvailabilityZone(z.name, bool(z.state and z.state.available)) for z in decode(answer, _Zones).zones]


def read_output(answer: Answer) -> str:
    return decode(answer, _Output).output


def read_console(answer: Answer) -> Secret:
    return Secret(decode(answer, _Console).remote_console.url)
