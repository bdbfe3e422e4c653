"""The first day of a world: account, networks, quotas and buckets. Names and credentials are new in each world."""

import base64
import hashlib
import secrets
import string
import uuid

from .blobs import Blobs
from .isos import DEBIAN, ROCKY, UBUNTU, IsoPlan
from .model import (
    OTHER_REGION,
    REGION,
    Bucket,
    EnterpriseProject,
    GroupRule,
    Image,
    Project,
    SecurityGroup,
    State,
    StoredObject,
    Subnet,
    User,
    Vpc,
)

_README = """Installer ISOs of the practice cloud.

The files here are a few hundred kilobytes each. They have the volume names of real installers
and a boot sector that prints one line, and nothing else.
"""
_ALPHABET = string.ascii_uppercase + string.digits


def new_id() -> str:
    """Account, user, project and job ids: 32 hex digits."""
    return secrets.token_hex(16)


def new_uuid() -> str:
    return str(uuid.uuid4())


def new_access_key() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(20))


def _user(name: str) -> User:
    return User(new_id(), name, secrets.token_urlsafe(12), new_access_key(), secrets.token_urlsafe(30)[:40])


def new_state(now: float, blobs: Blobs) -> State:
    suffix = secrets.token_hex(2)
    domain_id = new_id()
    people = [
        _user(name) for name in ("builder", "locked-out", "console-only", "no-rights", "with-code", "from-elsewhere")
    ]
    people[1].locked_until = now + 10 * 365 * 86400.0
    people[2].programmatic = False
    people[3].rights = "none"
    people[4].totp_secret = base64.b32encode(secrets.token_bytes(20)).decode()
    people[5].federated = True
    main = Project(new_id(), REGION, domain_id, REGION)
    projects = [
        main,
        Project(new_id(), f"{REGION}_team-a", main.id, REGION, "sub-project"),
        Project(new_id(), OTHER_REGION, domain_id, OTHER_REGION),
        Project(new_id(), "MOS", domain_id, ""),
    ]
    state = State(
        schema=1,
        region=REGION,
        domain_id=domain_id,
        domain_name=f"practice-{suffix}",
        born=now,
        users={user.id: user for user in people},
        projects={project.id: project for project in projects},
    )
    for project in projects[:2]:
        _networks(state, project)
    for number, name in enumerate(("default", "images")):
        key = "0" if number == 0 else new_uuid()
        text = "Default enterprise project" if number == 0 else "Golden images"
        state.enterprise_projects[key] = EnterpriseProject(key, name, text)
    _buckets(state, now, suffix, blobs)
    _old_image(state, main, people[0], now)
    return state


def _networks(state: State, project: Project) -> None:
    home = Vpc(new_uuid(), "vpc-default", "192.168.0.0/16", project.id)
    lab = Vpc(new_uuid(), "vpc-lab", "10.20.0.0/16", project.id)
    for vpc in (home, lab):
        state.vpcs[vpc.id] = vpc
    plan = (
        ("subnet-default", "192.168.0.0/24", home, 244, True),
        ("subnet-full", "192.168.9.0/28", home, 0, True),
        ("subnet-static", "192.168.20.0/24", home, 250, False),
        ("subnet-lab", "10.20.1.0/24", lab, 249, True),
    )
    for name, cidr, vpc, free, dhcp in plan:
        gateway = cidr.split("/")[0].rsplit(".", 1)[0] + ".1"
        subnet = Subnet(new_uuid(), new_uuid(), name, cidr, gateway, vpc.id, project.id, free, dhcp)
        state.subnets[subnet.id] = subnet
    for name, text in (("default", "default"), ("build-no-inbound", "Nothing comes in")):
        group = SecurityGroup(new_uuid(), name, text, project.id, new_uuid())
        group.rules = [GroupRule(group.rule_id, "egress")]
        if name == "default":
            group.rules.append(GroupRule(new_uuid(), "ingress", group=group.id))
        state.security_groups[group.id] = group


def _buckets(state: State, now: float, suffix: str, blobs: Blobs) -> None:
    isos = Bucket(f"practice-isos-{suffix}", REGION, now - 40 * 86400)
    _put_iso(isos, "ubuntu-22_04_5-live-server-amd64.iso", UBUNTU, blobs, now - 9 * 86400)
    _put_iso(isos, "debian-12_7_0-amd64-netinst.iso", DEBIAN, blobs, now - 20 * 86400)
    _put_iso(isos, "more/Rocky-9_4-x86_64-dvd.iso", ROCKY, blobs, now - 30 * 86400)
    _put_text(isos, "README.txt", _README, blobs, now - 40 * 86400)
    odd = Bucket(f"practice-odd-{suffix}", REGION, now - 12 * 86400)
    _put_iso(odd, "Name with spaces.iso", DEBIAN, blobs, now - 3 * 86400)
    _put_iso(odd, "archived-installer.iso", DEBIAN, blobs, now - 300 * 86400, storage_class="COLD")
    _put_text(odd, "not-an-iso.iso", "This is a text file.\n", blobs, now - 2 * 86400)
    _put_text(odd, "empty.iso", "", blobs, now - 2 * 86400)
    huge = 129 * 1024**3
    odd.objects["too-large.iso"] = StoredObject("too-large.iso", huge, secrets.token_hex(16) + "-8000", now - 86400)
    far = Bucket(f"practice-far-{suffix}", OTHER_REGION, now - 5 * 86400)
    _put_iso(far, "debian-12_7_0-amd64-netinst.iso", DEBIAN, blobs, now - 4 * 86400)
    warm = Bucket(f"practice-warm-{suffix}", REGION, now - 60 * 86400, "WARM", encryption="kms")
    _put_iso(warm, "debian-12_7_0-amd64-netinst.iso", DEBIAN, blobs, now - 50 * 86400, storage_class="WARM")
    for bucket in (isos, odd, far, warm):
        bucket.objects = dict(sorted(bucket.objects.items()))
        state.buckets[bucket.name] = bucket


def _put_iso(
    bucket: Bucket, key: str, plan: IsoPlan, blobs: Blobs, modified: float, storage_class: str = "STANDARD"
) -> None:
    blob, digest, size = blobs.iso(plan)
    bucket.objects[key] = StoredObject(key, size, digest, modified, storage_class, "application/x-iso9660-image", blob)


def _put_text(bucket: Bucket, key: str, text: str, blobs: Blobs, modified: float) -> None:
    data = text.encode()
    blob = blobs.put(data)
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    bucket.objects[key] = StoredObject(key, len(data), digest, modified, content_type="text/plain", blob=blob)


def _old_image(state: State, project: Project, user: User, now: float) -> None:
    made = now - 60 * 86400
    image = Image(
        id=new_uuid(),
        name="debian-11-golden",
        project_id=project.id,
        status="active",
        disk_format="zvhd2",
        env_type="FusionCompute",
        origin=f"volume,{new_uuid()}",
        os_version="Debian GNU/Linux 11.0.0 64bit",
        os_type="Linux",
        platform="Debian",
        min_disk=40,
        created=made,
        updated=made + 400,
        made_by=user.name,
        active_at=made + 400,
        registered=True,
        size=1873000000,
    )
    state.images[image.id] = image
