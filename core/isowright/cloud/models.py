"""What the clouds answer, typed and lenient: unknown fields are ignored, missing optional ones have defaults.

Decoded with `msgspec.convert(..., strict=False)`, because the API's types wander ("2" and 2, "true" and true).
Sources: SDK models huaweicloudsdk{iam,ims,ecs,evs,vpc,eps} 3.1.219 and the services' API references.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from isowright.cloud.redact import remember


class Secret(msgspec.Struct, frozen=True):
    """A value that must not be seen; `reveal()` where it is really used. Texts for people and logs never hold it."""

    value: str

    def __post_init__(self) -> None:
        remember(self.value)

    def reveal(self) -> str:
        return self.value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self.value)


class Identity(msgspec.Struct, frozen=True):
    """Who is signed in, and until when (None: access keys do not expire, or do not tell). `renewed`: nobody has to do
    anything about that end."""

    user: str
    domain: str
    project_id: str
    project_name: str
    expires_at: datetime | None = None
    renewed: bool = True


class Project(msgspec.Struct, frozen=True):
    id: str
    name: str
    enabled: bool = True


class TemporaryKeys(msgspec.Struct, frozen=True):
    """AK/SK + security token from IAM `securitytokens`; dies at `expires_at`."""

    access: str
    secret: Secret
    security_token: Secret
    expires_at: datetime


class Job(msgspec.Struct, frozen=True):
    """One look at an asynchronous job, the same for IMS, ECS and EVS.

    status: INIT, RUNNING, SUCCESS, FAIL or an unknown word, upper case. fraction 0..1 or None. On FAIL, `error_code`
    and `reason` are the deepest that the answer holds. Ids are "" where the answer names none.
    """

    id: str
    status: str
    fraction: float | None = None
    task: str = ""
    error_code: str = ""
    reason: str = ""
    image_id: str = ""
    server_id: str = ""
    volume_id: str = ""
    type: str = ""  # "createServer"
    request_id: str = ""

    @property
    def ended(self) -> bool:
        return self.status in ("SUCCESS", "FAIL")


class Image(msgspec.Struct, frozen=True):
    """An IMS image. size: `__image_size` in bytes, 0 if not told. `data_origin`: `file,bucket:key`, `volume,<id>`…"""

    id: str
    name: str
    status: str
    min_disk: int = 0
    min_ram: int = 0
    created_at: str = ""
    virtual_env_type: str = ""
    disk_format: str = ""
    tags: tuple[str, ...] = ()
    protected: bool = False
    os_type: str = msgspec.field(name="__os_type", default="")
    os_version: str = msgspec.field(name="__os_version", default="")
    data_origin: str = msgspec.field(name="__data_origin", default="")
    size: int = msgspec.field(name="__image_size", default=0)
    firmware: str = msgspec.field(name="hw_firmware_type", default="")  # bios, uefi, or not told


class OsVersion(msgspec.Struct, frozen=True):
    """One entry of the cloud's OS list; `os_version` is what requests carry."""

    platform: str
    os_version: str
    os_type: str = "Linux"
    os_bit: int = 64
    os_version_key: str = ""


class ImageQuota(msgspec.Struct, frozen=True):
    used: int
    quota: int


class AttachedVolume(msgspec.Struct, frozen=True):
    """A disk in server details. `boot_index` "0" = boot disk; None, "-1" or others = not."""

    id: str
    device: str = ""
    boot_index: str | None = msgspec.field(name="bootIndex", default=None)
    delete_on_termination: bool = False

    @property
    def is_boot(self) -> bool:
        return self.boot_index == "0"


class Fault(msgspec.Struct, frozen=True):
    message: str = ""
    code: int = 0
    details: str | None = None


class ServerFlavor(msgspec.Struct, frozen=True):
    """The flavor as server details name it; ram in MB, 0 if not told."""

    id: str = ""
    vcpus: int = 0
    ram: int = 0


class Server(msgspec.Struct, frozen=True):
    """A server at rest has `task_state` None. power_state: 0 none, 1 running, 4 off."""

    id: str
    name: str
    status: str
    created: str = ""
    metadata: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    fault: Fault | None = None
    flavor: ServerFlavor = ServerFlavor()
    volumes: tuple[AttachedVolume, ...] = msgspec.field(name="os-extended-volumes:volumes_attached", default=())
    task_state: str | None = msgspec.field(name="OS-EXT-STS:task_state", default=None)
    power_state: int = msgspec.field(name="OS-EXT-STS:power_state", default=0)
    availability_zone: str = msgspec.field(name="OS-EXT-AZ:availability_zone", default="")
    auto_terminate_time: str = ""  # when the cloud deletes it by itself; "" = never, or not known to this cloud


class BlockDevice(msgspec.Struct, frozen=True):
    """A disk in `block_device`: size in GB, `boot_index` int (0 = boot disk) or None."""

    volume_id: str = msgspec.field(name="volumeId")
    size: int = 0
    device: str = ""
    boot_index: int | None = msgspec.field(name="bootIndex", default=None)


class CreatedServer(msgspec.Struct, frozen=True):
    """The answer to a create: `server_ids` are promises."""

    job_id: str
    server_ids: tuple[str, ...] = ()


class Flavor(msgspec.Struct, frozen=True):
    """ram in MB. `specs` are os_extra_specs, all strings."""

    id: str
    name: str
    vcpus: int
    ram: int
    specs: dict[str, str] = msgspec.field(name="os_extra_specs", default={})
    disabled: bool = msgspec.field(name="OS-FLV-DISABLED:disabled", default=False)


class AvailabilityZone(msgspec.Struct, frozen=True):
    name: str
    available: bool


class Limits(msgspec.Struct, frozen=True):
    """-1 = unlimited; RAM in MB."""

    max_servers: int = msgspec.field(name="maxTotalInstances", default=-1)
    used_servers: int = msgspec.field(name="totalInstancesUsed", default=0)
    max_cores: int = msgspec.field(name="maxTotalCores", default=-1)
    used_cores: int = msgspec.field(name="totalCoresUsed", default=0)
    max_ram: int = msgspec.field(name="maxTotalRAMSize", default=-1)
    used_ram: int = msgspec.field(name="totalRAMUsed", default=0)


class Share(msgspec.Struct, frozen=True):
    """One quota and what of it is taken; limit < 0 = unlimited."""

    limit: int = -1
    used: int = msgspec.field(name="in_use", default=0)
    reserved: int = 0

    def takes(self, need: int) -> bool:
        """Whether so much more fits."""
        return self.limit < 0 or self.used + self.reserved + need <= self.limit


class VolumeQuota(msgspec.Struct, frozen=True):
    """Disks and their GB, in all and by disk type, where the cloud limits them."""

    volumes: Share = Share()
    gigabytes: Share = Share()
    volumes_of: dict[str, Share] = {}
    gigabytes_of: dict[str, Share] = {}


class VolumeType(msgspec.Struct, frozen=True):
    name: str
    specs: dict[str, str | None] = msgspec.field(name="extra_specs", default={})

    def offered_in(self, zone: str) -> bool:
        """In the zone's list and not sold out there; a missing list counts as offered [sdk VolumeTypeExtraSpecs]."""
        return self._listed("RESKEY:availability_zones", zone, missing=True) and not self._listed(
            "os-vendor-extended:sold_out_availability_zones", zone, missing=False
        )

    def _listed(self, key: str, zone: str, *, missing: bool) -> bool:
        value = self.specs.get(key)
        if value is None:
            return missing
        return zone in [part.strip() for part in value.split(",")]


class Volume(msgspec.Struct, frozen=True):
    """size in GB. image_name, image_type: of the image that the disk was filled from ("IsoImage"), "" if of none."""

    id: str
    name: str
    status: str
    size: int = 0
    volume_type: str = ""
    bootable: bool = False
    tags: dict[str, str] = {}
    created_at: str = ""
    server_ids: tuple[str, ...] = ()
    image_name: str = ""
    image_type: str = ""


class Vpc(msgspec.Struct, frozen=True):
    """status: OK; CREATING while it is being made."""

    id: str
    name: str
    cidr: str = ""
    status: str = ""
    description: str = ""
    created_at: str = ""


class Subnet(msgspec.Struct, frozen=True):
    """`id` is what a server's nics take. `free_addresses` None = the cloud does not tell."""

    id: str
    name: str
    cidr: str = ""
    vpc_id: str = ""
    status: str = ""  # ACTIVE; UNKNOWN while it is being made
    description: str = ""
    dhcp_enable: bool = True
    name_servers: tuple[str, ...] = msgspec.field(name="dnsList", default=())
    free_addresses: int | None = msgspec.field(name="available_ip_address_count", default=None)


class SecurityRule(msgspec.Struct, frozen=True):
    """What a group lets through; None = any. direction: "ingress" or "egress". For ICMP the ports are type and code.

    Whom it is about: addresses, members of another group, or a named list of addresses. [sdk SecurityGroupRule]"""

    direction: str
    ethertype: str = "IPv4"
    protocol: str | None = None
    port_min: int | None = msgspec.field(name="port_range_min", default=None)
    port_max: int | None = msgspec.field(name="port_range_max", default=None)
    addresses: str | None = msgspec.field(name="remote_ip_prefix", default=None)
    group: str | None = msgspec.field(name="remote_group_id", default=None)
    address_group: str | None = msgspec.field(name="remote_address_group_id", default=None)


class SecurityGroup(msgspec.Struct, frozen=True):
    """rules: None where the cloud's list does not tell them."""

    id: str
    name: str
    description: str = ""
    rules: tuple[SecurityRule, ...] | None = msgspec.field(name="security_group_rules", default=None)


class VpcQuota(msgspec.Struct, frozen=True):
    """quota -1: no limit."""

    used: int
    quota: int


class EnterpriseProject(msgspec.Struct, frozen=True):
    id: str
    name: str
    status: int = 1


class Bucket(msgspec.Struct, frozen=True):
    name: str
    region: str = ""
    created: str = ""


class BucketInfo(msgspec.Struct, frozen=True):
    """From HEAD bucket. encryption of new objects by default: "" = none, "kms", "aes256"; None = not known."""

    name: str
    region: str = ""
    storage_class: str = "STANDARD"
    encryption: str | None = None


class ObjectEntry(msgspec.Struct, frozen=True):
    """One object of a listing; size in bytes."""

    key: str
    size: int
    modified: str = ""
    etag: str = ""
    storage_class: str = "STANDARD"


class ObjectPage(msgspec.Struct, frozen=True):
    """Objects and folders (prefixes ending in the delimiter); `next_marker` "" = the last page."""

    objects: tuple[ObjectEntry, ...] = ()
    folders: tuple[str, ...] = ()
    next_marker: str = ""


class ObjectInfo(msgspec.Struct, frozen=True):
    """From HEAD object."""

    key: str
    size: int
    etag: str = ""
    storage_class: str = "STANDARD"
    encrypted: str = ""  # "", "kms", "sse-c"
    modified: str = ""
    upload_id: str = ""  # of the multipart upload that it was made by, where the cloud tells
    meta: dict[str, str] = {}  # x-obs-meta-…, names in lower case without that prefix


class SentPart(msgspec.Struct, frozen=True):
    """A part of a multipart upload, as the cloud has it. etag: its MD5 in hex where the object is not encrypted."""

    number: int
    etag: str
    size: int


class OpenUpload(msgspec.Struct, frozen=True):
    """A multipart upload that was begun and neither completed nor aborted."""

    key: str
    id: str
    initiated: str = ""
