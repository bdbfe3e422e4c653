"""What a practice world is made of: plain records that can be written to disk as they are.

Times are epoch seconds (UTC) of the world's clock; sizes of volumes are GB, of objects bytes, of memory MB, as in the
public API.
"""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

REGION = "practice-1"
OTHER_REGION = "practice-2"
AGENCIES = ("ims_copy_image",)  # let the image service write into the other region
ZONES = (f"{REGION}a", f"{REGION}b", f"{REGION}c")


class User(msgspec.Struct):
    """A person of the account. `rights` "none" may sign in and is then refused everywhere. `totp_secret`: of the
    virtual MFA device, in base32; "" = has none. `last_step`: of the last code that was taken. `federated`: has no
    password here."""

    id: str
    name: str
    password: str
    access_key: str
    secret_key: str
    rights: Literal["all", "none"] = "all"
    programmatic: bool = True
    enabled: bool = True
    wrong_passwords: int = 0
    locked_until: float = 0.0
    wrong_signatures: int = 0
    key_locked_until: float = 0.0
    totp_secret: str = ""
    last_step: int = 0
    federated: bool = False

    def __repr__(self) -> str:
        return f"User({self.name!r})"


class Project(msgspec.Struct):
    id: str
    name: str
    parent_id: str
    region: str
    description: str = ""


class Token(msgspec.Struct):
    """An issued token; the key under which it is kept is the hash of its text, the text itself is forgotten."""

    user_id: str
    project_id: str | None
    issued: float
    expires: float
    methods: list[str] = msgspec.field(default_factory=lambda: ["password"])


class TemporaryKey(msgspec.Struct):
    user_id: str
    secret: str
    token_hash: str
    expires: float

    def __repr__(self) -> str:
        return f"TemporaryKey(user_id={self.user_id!r})"


class Image(msgspec.Struct):
    id: str
    name: str
    project_id: str
    status: str
    disk_format: str
    env_type: str
    origin: str
    os_version: str
    os_type: str
    platform: str
    min_disk: int
    created: float
    updated: float
    made_by: str
    active_at: float | None = None
    registered: bool = False
    deleting: bool = False
    description: str = ""
    min_ram: int = 0
    max_ram: str = ""
    size: int = 0
    tags: list[str] = []
    firmware: str = "bios"
    architecture: str = "x86"
    enterprise_project_id: str = "0"
    parent_image: str = ""
    installed: bool = True
    members: dict[str, str] = {}
    extra: dict[str, str] = {}


class Volume(msgspec.Struct):
    id: str
    name: str
    project_id: str
    status: str
    size: int
    volume_type: str
    zone: str
    created: float
    updated: float
    made_by: str
    boot: bool = False
    server_id: str = ""
    device: str = ""
    attachment_id: str = ""
    attached_at: float = 0.0
    delete_on_termination: bool = False
    image_id: str = ""
    installed: bool = False
    enterprise_project_id: str = "0"
    tags: dict[str, str] = {}


class Server(msgspec.Struct):
    id: str
    name: str
    project_id: str
    status: str
    zone: str
    flavor_id: str
    image_id: str
    vpc_id: str
    subnet_id: str
    address: str
    port_id: str
    security_groups: list[str]
    volumes: list[str]
    created: float
    updated: float
    visible_at: float
    made_by: str
    user_id: str
    task_state: str | None = None
    volumes_shown: bool = False
    launched: float | None = None
    fault: str = ""
    description: str = ""
    tags: list[str] = []
    metadata: dict[str, str] = {}
    enterprise_project_id: str = "0"
    install_began: float | None = None
    install_ends: float | None = None
    ends: float | None = None


class Job(msgspec.Struct):
    """A running or finished job. `fail` and `hang` are decided when it starts, so that a restart changes nothing."""

    id: str
    service: Literal["ims", "ecs", "evs"]
    type: str
    project_id: str
    begin: float
    end: float
    done: bool = False
    hang: bool = False
    error_code: str | None = None
    fail_reason: str | None = None
    debris: bool = False
    twist: str = ""  # the fault script's action, where it is more than failing or hanging
    late: bool = False  # its time has passed, and it waits for the real work of a machine
    sub_job_id: str = ""
    subject: dict[str, Any] = {}


class Event(msgspec.Struct, order=True):
    """Something that happens to the world at a time, in the order (at, seq)."""

    at: float
    seq: int
    kind: str
    subject: str


class StoredObject(msgspec.Struct):
    """An object of a bucket. `blob` names the file with its bytes; "" reads as zeros (huge made-up objects)."""

    key: str
    size: int
    etag: str
    modified: float
    storage_class: str = "STANDARD"
    content_type: str = "application/octet-stream"
    blob: str = ""
    upload_id: str = ""
    meta: dict[str, str] = {}


class Upload(msgspec.Struct):
    """A multipart upload that is not complete: part number → (blob, MD5, size, time)."""

    id: str
    bucket: str
    key: str
    began: float
    content_type: str
    storage_class: str = "STANDARD"
    made_by: str = ""
    parts: dict[int, tuple[str, str, int, float]] = {}
    meta: dict[str, str] = {}


class Bucket(msgspec.Struct):
    """`encryption`: of new objects by default, "" = none, "kms", "AES256"."""

    name: str
    region: str
    created: float
    storage_class: str = "STANDARD"
    objects: dict[str, StoredObject] = {}
    encryption: str = ""


class Vpc(msgspec.Struct):
    id: str
    name: str
    cidr: str
    project_id: str
    description: str = ""
    enterprise_project_id: str = "0"
    tags: dict[str, str] = {}
    created: float = 0.0  # 0 = with the world
    made_by: str = ""
    ready_at: float = 0.0


class Subnet(msgspec.Struct):
    id: str
    neutron_subnet_id: str
    name: str
    cidr: str
    gateway: str
    vpc_id: str
    project_id: str
    free: int
    dhcp: bool = True
    description: str = ""
    name_servers: list[str] = []
    tags: dict[str, str] = {}
    created: float = 0.0
    made_by: str = ""
    ready_at: float = 0.0
    ports_until: float = 0.0  # ports of servers that are gone


class GroupRule(msgspec.Struct):
    """`low`, `high`: ports; None = any. `group`: members of that group alone."""

    id: str
    direction: str
    ethertype: str = "IPv4"
    protocol: str | None = None
    low: int | None = None
    high: int | None = None
    addresses: str | None = None
    group: str | None = None


class SecurityGroup(msgspec.Struct):
    id: str
    name: str
    description: str
    project_id: str
    rule_id: str
    rules: list[GroupRule] = []


class EnterpriseProject(msgspec.Struct):
    id: str
    name: str
    description: str
    status: int = 1


class Promise(msgspec.Struct):
    """What was answered to a create call that carried an X-Client-Token."""

    body_hash: str
    answer: dict[str, Any]
    at: float


class Quotas(msgspec.Struct):
    images: int = 50
    servers: int = 200
    cores: int = 800
    ram: int = 1638400
    volumes: int = 400
    gigabytes: int = 32768
    buckets: int = 100
    vpcs: int = 5


class State(msgspec.Struct):
    """Everything that survives a restart."""

    schema: int
    region: str
    domain_id: str
    domain_name: str
    born: float
    users: dict[str, User]
    projects: dict[str, Project]
    tokens: dict[str, Token] = {}
    temporary_keys: dict[str, TemporaryKey] = {}
    images: dict[str, Image] = {}
    servers: dict[str, Server] = {}
    volumes: dict[str, Volume] = {}
    jobs: dict[str, Job] = {}
    events: list[Event] = []
    seq: int = 0
    buckets: dict[str, Bucket] = {}
    uploads: dict[str, Upload] = {}
    vpcs: dict[str, Vpc] = {}
    subnets: dict[str, Subnet] = {}
    security_groups: dict[str, SecurityGroup] = {}
    enterprise_projects: dict[str, EnterpriseProject] = {}
    promises: dict[str, Promise] = {}
    quotas: Quotas = msgspec.field(default_factory=Quotas)
    ports: dict[str, int] = {}
    mutations: int = 0


@dataclass(frozen=True)
class Flavor:
    """A server size. `performance` "" = the key is absent (Xen flavors); `zones` overrides `status` per zone."""

    id: str
    vcpus: int
    ram: int
    performance: str
    virtualization: str = "CloudCompute"
    architecture: str = ""
    status: str = ""
    zones: tuple[tuple[str, str], ...] = ()
    charge: str = ""
    disabled: bool = False
    public: bool = True

    def status_in(self, zone: str) -> str:
        return dict(self.zones).get(zone) or self.status or "normal"


@dataclass(frozen=True)
class VolumeType:
    id: str
    name: str
    zones: tuple[str, ...]
    sold_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Caller:
    """Who is asking, after a token or signature was verified."""

    user: User
    project: Project | None
