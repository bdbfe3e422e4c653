"""The typed, frozen answers of all wizard pages: what to build, where and from what. Holds no secret.

A `Recipe` is what a profile stores, a run is started with and the wizard edits; `problems()` says what is missing or
impossible without asking the cloud. Units: disks in GB as the APIs count them, memory in MB.
"""

from __future__ import annotations

import math
import re
import unicodedata
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from isowright import names

Step = Literal["account", "iso", "image", "server", "network"]

PRACTICE = "practice"  # the cloud on this computer
CUSTOM = "custom"  # endpoints written out by the operator
SERVICES = ("iam", "ims", "ecs", "evs", "vpc", "obs", "eps")
DIRECT = "direct"  # as the proxy: none, whatever the system says
ALL_SERVICES = "*"  # in endpoints: the pattern for those that are not written out, with {service} and {region}
CONSOLE = "console"  # in endpoints: the cloud's web console, for people; no service
REQUIRED_SERVICES = ("iam", "ims", "ecs", "evs", "vpc", "obs")

DEFAULT_ENTERPRISE_PROJECT = "0"  # of every account, with or without the feature (EPS API reference)
MAX_ISO_BYTES = 128 * 1024**3  # IMG.0059
ANSWERS_TO_COME = "to come"  # of an ISO that shall install by itself, and cannot yet
MAX_SYSTEM_DISK = 1024  # GB; a system image cannot exceed it
MIN_DATA_DISK = 10  # GB; ECS create, data_volumes[].size
# Addresses of a run's own network. Other VPCs may have the same: nothing leads from one to another.
OWN_NETWORK = "192.168.0.0/24"
MAX_TAGS = 8  # of the cloud's ten, two mark the run
MAX_AUTO_DELETE = 720  # hours; the cloud takes up to three years, but a living run puts it off anyway

_NAME_FORBIDDEN = re.compile(r"[^A-Za-z0-9 ._\-一-鿿]")
_ENTERPRISE_PROJECT = re.compile(r"[A-Za-z0-9-]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TAG_KEY = re.compile(r"[A-Za-z0-9_\-一-鿿]{1,36}")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.\-一-鿿]{0,43}")


class Problem(msgspec.Struct, frozen=True):
    """One thing that stops a recipe: the step and field it belongs to, what is wrong, what to do."""

    step: Step
    field: str
    message: str
    remedy: str


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which cloud, and who signs in. `endpoints` maps service → URL, for `cloud="custom"` only; ALL_SERVICES → a
    pattern for all that are required. `like`: the cloud of the list that custom endpoints belong to one of its kind,
    "" = told by their domain."""

    cloud: str = ""
    region: str = ""
    method: Literal["password", "access_key", "temporary_key", "token"] = "password"
    domain: str = ""  # the account's name
    user: str = ""
    user_id: str = ""  # asked for together with a one-time code, by some clouds
    access_key: str = ""  # the key's id; its secret lives in the keyring
    project_id: str = ""
    project_name: str = ""
    endpoints: dict[str, str] = {}
    like: str = ""
    proxy: str = ""  # http://host:port, without credentials; "" = the system's, DIRECT = none
    proxy_user: str = ""  # who passes the proxy, "" = nobody needs to; the password lives in the keyring
    ca_file: str = ""
    keep_secret: bool = True  # in the system keyring

    @property
    def by_key(self) -> bool:
        """Requests are signed with a key, permanent or temporary."""
        return self.method in ("access_key", "temporary_key")

    @property
    def who(self) -> str:
        """Who signs in, in a word; "" where nothing tells."""
        if self.method == "token":
            return "a token"
        return self.access_key if self.by_key else self.user


class IsoSource(msgspec.Struct, frozen=True, omit_defaults=True):
    """An ISO file: an object of a bucket, or a file of this computer that is to become one."""

    bucket: str = ""
    key: str = ""
    size: int = 0  # bytes; 0 = not known
    delete_object: bool = False  # delete the object once the image is made
    path: str = ""  # absolute, on this computer: it is uploaded to `bucket` as `key`; "" = the object is there already
    sha256: str = ""  # what the file must have, 64 hexadecimal digits in lower case; "" = not compared
    limit: float = 0.0  # MB/s (10^6 bytes) that an upload may take at the most; 0 = no limit
    answers: str = ""  # absolute, on this computer: the installer's answer file, put onto what is uploaded; "" = none


class ImageSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """The image to be made."""

    name: str = ""  # may hold variables until a run is created: isowright.names
    description: str = ""
    os_type: Literal["Linux", "Windows", "Other"] = "Linux"
    os_version: str = ""
    min_disk: int = 40
    tags: dict[str, str] = {}
    enterprise_project_id: str = DEFAULT_ENTERPRISE_PROJECT
    firmware: Literal["", "bios", "uefi"] = ""  # of servers that start the ISO or the image; "" = the cloud's usual one
    name_pattern: str = ""  # of a run: what `name` was filled in from (isowright.names); "" = it was typed so


class ServerSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """The temporary server. The data disk becomes the image's system disk."""

    availability_zone: str = ""
    flavor_id: str = ""
    flavor_note: str = ""  # "2 vCPU, 4 GiB", shown on Review
    volume_type: str = ""
    system_disk: int = 40
    data_disk: int = 40
    # Hours after which the cloud deletes the server by itself, unless a living run has put it off; 0 = never.
    auto_delete_hours: Annotated[int, msgspec.Meta(ge=0, le=MAX_AUTO_DELETE)] = 24
    next_flavor: bool = False  # if the flavor is sold out at launch, take the next that fits instead of stopping


class NetworkSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the temporary server is plugged in. Names are for people; ids are what counts. `make`: into a VPC and a
    subnet of the run's own, made at its beginning and deleted at its end; those named here are not used then."""

    make: bool = False
    vpc_id: str = ""
    vpc_name: str = ""
    subnet_id: str = ""
    subnet_name: str = ""
    security_group_ids: tuple[str, ...] = ()
    security_group_names: tuple[str, ...] = ()
    public_ip: bool = False
    public_ip_type: str = "5_bgp"
    public_ip_mbit: int = 5


class AfterSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is done with the image once it is made and verified; nothing by default. Memory in MB, 0 = not set.

    test_boot: "log" starts a throw-away server from the image and reads its console's log, asking the operator where
    that tells nothing; "look" asks in any case. share_with: ids of projects, of other accounts too.
    """

    test_boot: Literal["", "log", "look"] = ""
    tags: dict[str, str] = {}  # added to those of the image
    min_ram: int = 0
    max_ram: int = 0
    share_with: tuple[str, ...] = ()
    copy_region: str = ""
    copy_project: str = ""  # its name in that region; "" = the region's own, which is called like the region
    copy_agency: str = ""  # what lets the image service write there
    copy_name: str = ""  # {name} = the image's own, as is ""
    export_bucket: str = ""
    export_key: str = ""  # {name} = the image's name
    export_format: Literal["", "qcow2", "vhd", "zvhd", "vmdk"] = ""  # "" = as the cloud stores it (quick export)

    @property
    def copies(self) -> bool:
        return bool(self.copy_region or self.copy_agency)

    @property
    def exports(self) -> bool:
        return bool(self.export_bucket or self.export_key)

    @property
    def changes(self) -> bool:
        """Whether something of the image itself is set."""
        return bool(self.tags or self.min_ram or self.max_ram)


class Recipe(msgspec.Struct, frozen=True, omit_defaults=True):
    """All answers."""

    account: Account = Account()
    iso: IsoSource = IsoSource()
    image: ImageSpec = ImageSpec()
    server: ServerSpec = ServerSpec()
    network: NetworkSpec = NetworkSpec()
    after: AfterSpec = AfterSpec()

    def problems(self, step: Step | None = None) -> list[Problem]:
        """What is missing or impossible, in page order; only those of `step` if given. Empty = may be run."""
        checks = {
            "account": _account,
            "iso": _iso,
            "image": _image,
            "server": _server,
            "network": _network,
        }
        wanted = [step] if step else list(checks)
        return [problem for name in wanted for problem in checks[name](self)]


def image_name_problem(name: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) if IMS would refuse `name` (IMG.0002, IMG.0003), else None."""
    if not name:
        return "The image has no name.", "Type a name of 1 to 128 characters."
    if len(name) > 128:
        return f"The name has {len(name)} characters; 128 is the limit.", "Shorten it."
    if name != name.strip():
        return "The name begins or ends with a space.", "Remove the space."
    if bad := _NAME_FORBIDDEN.search(name):
        return (
            f"The name holds “{bad.group()}”, which the cloud refuses.",
            "Use letters, digits, space, - . and _ only.",
        )
    return None


def iso_key_problem(key: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) if IMS would refuse the object `key` as an ISO (IMG.0057, IMG.0175), else None."""
    if not key.lower().endswith(".iso"):
        return "This object is not an .iso file.", "Choose an object whose name ends in .iso."
    if " " in key:
        return (
            "The object's name holds a space, which the image service refuses.",
            "Copy the object to a name without spaces.",
        )
    return None


def proposed_key(file_name: str) -> str:
    """An object name that IMS takes, for a file of this name: letters, digits, - and _ (IMS guide, "Uploading an image
    file"), ending in .iso. "Debian 12.iso" → "Debian-12.iso"."""
    stem = file_name[:-4] if file_name.lower().endswith(".iso") else file_name
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    legal = re.sub(r"-*_-*", "_", re.sub(r"[^A-Za-z0-9_]+", "-", plain)).strip("-_")
    return f"{legal[:120] or 'installer'}.iso"


def _account(recipe: Recipe) -> list[Problem]:
    a = recipe.account
    found: list[Problem] = []

    def need(field: str, message: str, remedy: str) -> None:
        found.append(Problem("account", field, message, remedy))

    if not a.cloud:
        need("cloud", "No cloud is chosen.", "Choose the cloud that the image is for.")
    if not a.region:
        need("region", "No region is chosen.", "Choose a region.")
    if a.cloud == CUSTOM:
        found += _endpoints(a)
    if problem := proxy_problem(a.proxy):
        need("proxy", f"The proxy cannot be used: {problem}", "Use http://host:port, direct for none, or nothing.")
    if a.cloud != PRACTICE and a.method == "password":
        if not a.domain:
            need("domain", "The account name is missing.", "Enter the account that the user belongs to.")
        if not a.user:
            need("user", "The user name is missing.", "Enter the IAM user's name.")
    return found


def written_endpoints(account: Account) -> dict[str, str]:
    """Service → URL of custom endpoints, without slash at the end, the pattern filled in. Not checked."""
    pattern = account.endpoints.get(ALL_SERVICES, "")
    found: dict[str, str] = {}
    for service in SERVICES:
        url = account.endpoints.get(service, "")
        if not url and pattern and service in REQUIRED_SERVICES:
            url = pattern.replace("{service}", service).replace("{region}", account.region)
        if url:
            found[service] = url.rstrip("/")
    return found


def proxy_problem(proxy: str) -> str | None:
    """What is wrong with a proxy's address, or None."""
    if proxy in ("", DIRECT):
        return None
    if "@" in proxy:  # it would be written down with the run
        return "its address holds a user name or password, which have fields of their own."
    if is_socks(proxy):
        return "SOCKS is not supported; it has to be an HTTP proxy."
    try:
        parts = urlsplit(proxy)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    return None if good and not parts.path.strip("/") and proxy.isascii() else "it is not http://host:port."


def is_socks(proxy: str) -> bool:
    """Whether it is of a kind that many a system names, and that is not spoken here."""
    return proxy.lower().startswith("socks")


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a pattern for all endpoints, or None."""
    if "{service}" not in pattern:
        return "it has no {service}, so that all services would be one."
    rest = pattern.replace("{service}", "service").replace("{region}", "region")
    if "{" in rest or "}" in rest:
        return "it may hold {service} and {region} only."
    return endpoint_problem(rest)


def _endpoints(account: Account) -> list[Problem]:
    pattern = account.endpoints.get(ALL_SERVICES, "")
    if pattern and (problem := pattern_problem(pattern)):
        words = f"Pattern for all endpoints: {problem}"
        remedy = "Use one like https://{service}.{region}.cloud.example, or leave it empty."
        return [Problem("account", f"endpoints.{ALL_SERVICES}", words, remedy)]
    urls = written_endpoints(account)
    missing = [
        Problem("account", f"endpoints.{service}", f"The {service.upper()} endpoint is missing.", "Enter its URL.")
        for service in REQUIRED_SERVICES
        if not urls.get(service)
    ]
    wrong = [
        Problem(
            "account",
            f"endpoints.{service}",
            f"{service.upper()} endpoint: {problem}",
            "Use https://host, without a path.",
        )
        for service, url in urls.items()
        if (problem := endpoint_problem(url))
    ]
    return missing + wrong


def endpoint_problem(url: str) -> str | None:
    """What is wrong with an endpoint URL, or None. Plain http is for loopback alone."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that cannot be
        usable = False
    if "@" in url:  # not repeated: it may be a password
        return "it holds a user name or password."
    if not usable or not url.isascii():
        return f"“{url}” is not a URL."
    if parts.path.strip("/") or parts.query:
        return "it has a path; the service's own paths are added to it."
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return "http would send your password in the clear."
    return None


def _local_iso(iso: IsoSource) -> list[Problem]:
    """Of a file that is to be uploaded. Whether it is there is seen when it is opened."""
    found: list[Problem] = []

    def need(field: str, message: str, remedy: str) -> None:
        found.append(Problem("iso", field, message, remedy))

    if "\0" in iso.path or not Path(iso.path).is_absolute():
        need("path", f"“{iso.path}” is not the full path of a file.", "Give the path from the root of its disk on.")
    if not iso.bucket:
        need("bucket", "No bucket is chosen.", "Choose the bucket that the ISO is to be uploaded to.")
    if not iso.key:
        need("key", "The object has no name.", f"Name it, for example {proposed_key(Path(iso.path).name)}.")
    elif problem := iso_key_problem(iso.key):
        need("key", problem[0], f"Take another name, for example {proposed_key(iso.key)}.")
    if iso.size > MAX_ISO_BYTES:
        need("path", "The ISO is larger than 128 GB, the image service's limit.", "Choose a smaller ISO.")
    if problem := _answers_problem(iso.answers):
        need("answers", *problem)
    if iso.sha256 and not _SHA256.fullmatch(iso.sha256):
        need("sha256", "This is not a SHA-256.", "It has 64 digits, of 0 to 9 and a to f; or leave it empty.")
    if not math.isfinite(iso.limit) or iso.limit < 0:
        need("limit", "The limit is less than nothing.", "Enter MB/s, or 0 for no limit.")
    return found


def _answers_problem(answers: str) -> tuple[str, str] | None:
    if answers == ANSWERS_TO_COME:
        remedy = "Complete them on the ISO page, or choose By hand there."
        return "The installer's answers are not complete yet.", remedy
    if answers and ("\0" in answers or not Path(answers).is_absolute()):
        return f"“{answers}” is not the full path of an answer file.", "Give the path from the root of its disk on."
    return None


def _iso(recipe: Recipe) -> list[Problem]:
    return _local_iso(recipe.iso) if recipe.iso.path else _object_iso(recipe.iso)


def _object_iso(iso: IsoSource) -> list[Problem]:
    if iso.answers:
        remedy = "Choose the ISO's file on this computer, or no answer file."
        return [Problem("iso", "answers", "Answers cannot be put onto an ISO that is in a bucket already.", remedy)]
    if not iso.bucket:
        return [Problem("iso", "bucket", "No bucket is chosen.", "Choose the bucket that holds the ISO.")]
    if not iso.key:
        return [Problem("iso", "key", "No ISO is chosen.", "Choose an object whose name ends in .iso.")]
    if problem := iso_key_problem(iso.key):
        return [Problem("iso", "key", *problem)]
    if iso.size > MAX_ISO_BYTES:
        return [
            Problem("iso", "key", "The ISO is larger than 128 GB, the image service's limit.", "Choose a smaller ISO.")
        ]
    return []


def _image(recipe: Recipe) -> list[Problem]:
    from isowright.recipe_after import after_problems  # it needs the types of this module

    return _image_itself(recipe) + after_problems(recipe)


def tag_problem(key: str, value: str) -> tuple[str, str] | None:
    """(what is wrong, what to do) if IMS would refuse the tag (IMG.0115), else None."""
    if _TAG_KEY.fullmatch(key) and _TAG_VALUE.fullmatch(value):
        return None
    return (
        f"The tag “{key}={value}” is not allowed.",
        "Keys: 1 to 36 letters, digits, _ and -. Values: up to 43 of these and dots.",
    )


def _image_itself(recipe: Recipe) -> list[Problem]:
    image = recipe.image
    found: list[Problem] = []
    if problem := names.pattern_problem(recipe) or image_name_problem(names.for_rules(recipe)):
        found.append(Problem("image", "name", *problem))
    if len(image.description) > 1024 or re.search(r"[\r\n<>]", image.description):
        found.append(
            Problem(
                "image",
                "description",
                "The description is too long, or holds a line break, < or >.",
                "Use one line of at most 1,024 characters without < and >.",
            )
        )
    if not image.os_version:
        found.append(
            Problem("image", "os_version", "No OS version is chosen.", "Choose the one that the ISO installs.")
        )
    if not 1 <= image.min_disk <= MAX_SYSTEM_DISK:
        found.append(
            Problem("image", "min_disk", "The minimum disk must be 1 to 1,024 GB.", "Enter a size in this range.")
        )
    if not _ENTERPRISE_PROJECT.fullmatch(image.enterprise_project_id):
        found.append(
            Problem(
                "image",
                "enterprise_project_id",
                f"“{image.enterprise_project_id}” cannot be an enterprise project's ID.",
                "Copy the ID from the console, not the name; leave it empty for the default one.",
            )
        )
    if len(image.tags) > MAX_TAGS:
        found.append(Problem("image", "tags", "There are more than 8 tags.", "Remove some."))
    for key, value in image.tags.items():
        if problem := tag_problem(key, value):
            found.append(Problem("image", "tags", *problem))
    return found


def _server(recipe: Recipe) -> list[Problem]:
    server = recipe.server
    found: list[Problem] = []
    for field, value, what in (
        ("availability_zone", server.availability_zone, "availability zone"),
        ("flavor_id", server.flavor_id, "flavor"),
        ("volume_type", server.volume_type, "disk type"),
    ):
        if not value:
            found.append(Problem("server", field, f"No {what} is chosen.", f"Choose a {what}."))
    if not recipe.image.min_disk <= server.system_disk <= MAX_SYSTEM_DISK:
        found.append(
            Problem(
                "server",
                "system_disk",
                f"The system disk must be {recipe.image.min_disk} to 1,024 GB: at least the image's minimum disk.",
                "Enter a size in this range.",
            )
        )
    if not max(MIN_DATA_DISK, recipe.image.min_disk) <= server.data_disk <= MAX_SYSTEM_DISK:
        low = max(MIN_DATA_DISK, recipe.image.min_disk)
        found.append(
            Problem(
                "server",
                "data_disk",
                f"The data disk must be {low} to 1,024 GB: it becomes the image's system disk.",
                "Enter a size in this range.",
            )
        )
    return found


def _network(recipe: Recipe) -> list[Problem]:
    network = recipe.network
    found: list[Problem] = []
    if network.make:
        return found
    if not network.vpc_id:
        found.append(Problem("network", "vpc_id", "No VPC is chosen.", "Choose the VPC for the temporary server."))
    elif not network.subnet_id:
        found.append(Problem("network", "subnet_id", "No subnet is chosen.", "Choose a subnet with free addresses."))
    return found
