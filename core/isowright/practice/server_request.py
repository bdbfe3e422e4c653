"""What a request for an ISO server must look like: the checks of POST /cloudservers, one after the other.

Source: ECS API reference "Creating an ECS", IMS walk-through "Creating an Image from an ISO File", ECS error codes.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .catalog import FLAVORS
from .model import ZONES, Flavor, Image
from .refusals import Refusal

if TYPE_CHECKING:
    from .world import World

_NAME = re.compile(r"[A-Za-z0-9一-鿿_.-]{1,64}")
_META_KEY = re.compile(r"[A-Za-z0-9_:. -]{1,255}")


@dataclass(frozen=True)
class ServerRequest:
    name: str
    image_id: str
    flavor_id: str
    zone: str
    vpc_id: str
    subnet_id: str
    groups: list[str]
    root_type: str
    root_size: int
    data_type: str
    data_size: int  # 0 = no data disk: the server starts from an ordinary image
    data_dies: bool
    ends: float | None
    metadata: dict[str, str]
    tags: list[str]
    description: str
    enterprise_project_id: str


def _bad(message: str, *details: tuple[str, str]) -> Refusal:
    return Refusal(400, "Ecs.0005", message, details=list(details))


def _object(body: dict[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    if not isinstance(value, dict):
        raise _bad(f"The parameter {key} is missing or no object.")
    return value


def _size(volume: dict[str, Any], low: int, high: int, what: str) -> int:
    value = volume.get("size")
    if isinstance(value, str) and value.isdigit():
        # The walk-through's own sample sends sizes as strings, and it works.
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _bad(f"The size of the {what} is invalid: {low} to {high} GB.")
    return value


def check_request(world: "World", project_id: str, body: dict[str, Any]) -> ServerRequest:
    """The request in order, or the first refusal."""
    server = _object(body, "server")
    name = server.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _bad("The server name is missing or invalid.")
    if server.get("count", 1) != 1:
        raise _bad("An ISO image makes one server at a time.")
    zone = server.get("availability_zone", ZONES[0])
    if zone not in ZONES[:2]:
        raise _bad(f"The availability zone {zone} does not exist or is not available.")
    image_id = _check_image(world, project_id, server)
    flavor_id = _check_flavor(world, image_id, str(server.get("flavorRef", "")), zone)
    metadata = _check_metadata(server, iso=world.state.images[image_id].env_type == "IsoImage")
    root_type, root_size, data_type, data_size, data_dies = _check_disks(world, image_id, server, zone)
    nics = server.get("nics")
    if not isinstance(nics, list) or not 1 <= len(nics) <= 12 or not all(isinstance(n, dict) for n in nics):
        raise _bad("The parameter nics is missing or invalid.")
    groups = [str(g.get("id", "")) for g in server.get("security_groups") or []]
    subnet = world.networks.check(
        project_id, str(server.get("vpcid", "")), [str(n.get("subnet_id", "")) for n in nics], groups
    )
    extend = server.get("extendparam") or {}
    enterprise = str(extend.get("enterprise_project_id") or "0")
    if enterprise not in world.state.enterprise_projects:
        raise Refusal(400, "Ecs.0049", f"The enterprise project {enterprise} is disabled or does not exist.")
    _check_quotas(world, project_id, flavor_id, root_size + data_size)
    description = str(server.get("description") or "")
    if len(description) > 85 or re.search("[<>]", description):
        raise _bad("The description is invalid.")
    return ServerRequest(
        name=name,
        image_id=image_id,
        flavor_id=flavor_id,
        zone=zone,
        vpc_id=str(server["vpcid"]),
        subnet_id=subnet.id,
        groups=groups,
        root_type=root_type,
        root_size=root_size,
        data_type=data_type,
        data_size=data_size,
        data_dies=data_dies,
        ends=world.terminations.asked(server),
        metadata=metadata,
        tags=_check_tags(server),
        description=description,
        enterprise_project_id=enterprise,
    )


def _check_image(world: "World", project_id: str, server: dict[str, Any]) -> str:
    image = world.images.find(project_id, str(server.get("imageRef", "")))
    if image is None:
        raise Refusal(400, "Ecs.0031", f"The image {server.get('imageRef')} does not exist.")
    if image.status != "active" or image.deleting:
        raise Refusal(400, "Ecs.0032", f"The image {image.id} is not active.")
    return image.id


def _check_flavor(world: "World", image_id: str, flavor_id: str, zone: str) -> str:
    flavor = FLAVORS.get(flavor_id)
    if flavor is None or flavor.disabled or not flavor.public:
        raise Refusal(400, "Ecs.0029", f"The flavor {flavor_id} does not exist or cannot be used.")
    status = flavor.status_in(zone)
    if status in {"sellout", "obt_sellout"} or world.faults.sold_out(flavor_id):
        raise Refusal(400, "Ecs.0018", f"The flavor {flavor_id} is sold out in {zone}.")
    if status == "abandon":
        raise Refusal(400, "Ecs.0019", f"The flavor {flavor_id} has been withdrawn.")
    if flavor.charge and "demand" not in flavor.charge:
        raise Refusal(400, "Ecs.0027", f"The flavor {flavor_id} cannot be paid per use.")
    image = world.state.images[image_id]
    architecture = "arm64" if image.architecture == "arm" else ""
    if image.env_type != "IsoImage":
        _check_ordinary(image, flavor, architecture)
        return flavor_id
    general = "kunpeng_computing" if architecture else "normal"
    fits = (
        flavor.performance == general
        and flavor.virtualization == "CloudCompute"
        and flavor.architecture == architecture
        and flavor.vcpus == 2
        and flavor.ram >= 4096
    )
    if not fits:
        raise Refusal(400, "Ecs.0008", f"The flavor {flavor_id} does not fit the image: ISO images need a "
                      "general computing flavor with 2 vCPUs and at least 4 GB of memory.")  # fmt: skip
    return flavor_id


def _check_ordinary(image: Image, flavor: Flavor, architecture: str) -> None:
    """A server from an ordinary image may have any flavor that the image allows."""
    if flavor.architecture != architecture:
        raise Refusal(400, "Ecs.0008", f"The flavor {flavor.id} does not fit the architecture of the image.")
    if flavor.ram < image.min_ram or (image.max_ram and flavor.ram > int(image.max_ram)):
        raise Refusal(400, "Ecs.0008", f"The image does not allow {flavor.ram} MB of memory.")


def _check_metadata(server: dict[str, Any], *, iso: bool) -> dict[str, str]:
    metadata = server.get("metadata") or {}
    if not isinstance(metadata, dict) or len(metadata) > 10:
        raise _bad("The parameter metadata is invalid: at most 10 pairs.")
    for key, value in metadata.items():
        if not _META_KEY.fullmatch(key) or not isinstance(value, str) or len(value) > 255:
            raise _bad(f"The metadata {key} is invalid.")
    if not iso:
        if metadata.get("virtual_env_type") == "IsoImage":
            raise Refusal(400, "Ecs.0007", "The image is no ISO image.")
        return metadata
    if metadata.get("virtual_env_type") != "IsoImage":
        raise Refusal(400, "Ecs.0007", "The image is an ISO image: metadata.virtual_env_type must be IsoImage.")
    extend = server.get("extendparam") or {}
    if not isinstance(extend, dict) or extend.get("diskPrior") != "true":
        raise _bad("extendparam.diskPrior must be the string true for an ISO image.")
    return metadata


def _check_disks(world: "World", image_id: str, server: dict[str, Any], zone: str) -> tuple[str, int, str, int, bool]:
    root = _object(server, "root_volume")
    data = server.get("data_volumes")
    image = world.state.images[image_id]
    if image.env_type != "IsoImage" and not data:
        world.volumes.check_type(str(root.get("volumetype")), zone, what="root")
        size = _size(root, 1, 1024, "system disk") if root.get("size") else image.min_disk
        if size < image.min_disk:
            detail = ("Ecs.0202", f"The system disk must have at least {image.min_disk} GB.")
            raise _bad(f"The system disk size {size} is smaller than the image's min_disk.", detail)
        return str(root["volumetype"]), size, "", 0, False
    if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], dict):
        raise _bad("A server made from an ISO image needs exactly one data disk.")
    world.volumes.check_type(str(root.get("volumetype")), zone, what="root")
    world.volumes.check_type(str(data[0].get("volumetype")), zone, what="data")
    min_disk = world.state.images[image_id].min_disk
    root_size = _size(root, 1, 1024, "system disk") if root.get("size") else min_disk
    if root_size < min_disk:
        detail = ("Ecs.0202", f"The system disk must have at least {min_disk} GB.")
        raise _bad(f"The system disk size {root_size} is smaller than the image's min_disk.", detail)
    dies = data[0].get("delete_on_termination") is True and not world.faults.keeps_data_disks()
    data_size = _size(data[0], 10, 32768, "data disk")
    return str(root["volumetype"]), root_size, str(data[0]["volumetype"]), data_size, dies


def _check_tags(server: dict[str, Any]) -> list[str]:
    tags = [(str(t.get("key", "")), str(t.get("value", ""))) for t in server.get("server_tags") or []]
    if len(tags) > 10:
        raise Refusal(400, "Ecs.0905", "A server can have at most 10 tags.")
    if len({key for key, _ in tags}) != len(tags):
        raise Refusal(400, "Ecs.0907", "The tag keys must be unique.")
    for key, value in tags:
        if not 1 <= len(key) <= 36 or len(value) > 43 or re.search(r"[=*<>\\,|]", key + value) or "/" in key:
            raise Refusal(400, "Ecs.0906", f"The tag {key} is invalid.")
    return [f"{key}={value}" for key, value in tags]


def _check_quotas(world: "World", project_id: str, flavor_id: str, gigabytes: int) -> None:
    quotas = world.state.quotas
    flavor = FLAVORS[flavor_id]
    servers, cores, ram = world.servers.used(project_id)
    volumes, used = world.volumes.used(project_id)
    full = Refusal(400, "Ecs.0001", "The number of servers, cores or the memory exceeds the quota.")
    world.refuse_if_full("server", servers + 1, quotas.servers, full)
    world.refuse_if_full("cores", cores + flavor.vcpus, quotas.cores, full)
    world.refuse_if_full("ram", ram + flavor.ram, quotas.ram, full)
    disks = Refusal(400, "Ecs.0021", "The number or the capacity of disks exceeds the quota.")
    world.refuse_if_full("volume", volumes + 2, quotas.volumes, disks)
    world.refuse_if_full("gigabytes", used + gigabytes, quotas.gigabytes, disks)
