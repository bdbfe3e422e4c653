"""A ready profile for a practice cloud: everything chosen, nothing secret in it."""

from pathlib import Path

import tomli_w

from .model import ZONES, State


def write_profile(state: State, urls: dict[str, str], path: Path) -> None:
    user = next(iter(state.users.values()))
    project = next(p for p in state.projects.values() if p.name == state.region)
    bucket = next(b for b in state.buckets.values() if b.name.startswith("practice-isos"))
    key = next(k for k in bucket.objects if k.startswith("ubuntu"))
    vpc = next(v for v in state.vpcs.values() if v.project_id == project.id)
    subnet = next(s for s in state.subnets.values() if s.vpc_id == vpc.id and s.name == "subnet-default")
    group = next(g for g in state.security_groups.values() if g.project_id == project.id)
    profile = {
        "schema": 1,
        "name": "practice",
        "account": {
            "cloud": "custom",
            "region": state.region,
            "method": "password",
            "domain": state.domain_name,
            "user": user.name,
            "project_id": project.id,
            "project_name": project.name,
            "endpoints": {name: url for name, url in urls.items() if name not in {"control", "console"}},
        },
        "iso": {"bucket": bucket.name, "key": key, "size": bucket.objects[key].size},
        "image": {
            "name": "practice-image",
            "os_type": "Linux",
            "os_version": "Ubuntu 22.04 server 64bit",
            "min_disk": 40,
        },
        "server": {
            "availability_zone": ZONES[0],
            "flavor_id": "s6.large.2",
            "volume_type": "GPSSD",
            "system_disk": 40,
            "data_disk": 40,
        },
        "network": {
            "vpc_id": vpc.id,
            "vpc_name": vpc.name,
            "subnet_id": subnet.id,
            "subnet_name": subnet.name,
            "security_group_ids": [group.id],
            "security_group_names": [group.name],
        },
    }
    path.write_text(tomli_w.dumps(profile), encoding="utf-8")
