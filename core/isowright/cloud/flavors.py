"""Which flavors can run an ISO machine, why the others cannot, and which is best. Pure.

Rule of the vendor's walk-through: general computing, 2 vCPU, at least 4 GiB, KVM; plus what the extra specs say about
availability (ECS API reference, "Querying details about flavors"; SDK model Flavor).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from isowright.cloud.models import Flavor

Tone = Literal["good", "warning", "sold-out", "muted"]

VCPUS = 2
MIN_RAM = 4096  # MB
FLAVOR_SOLD_OUT = ("Ecs.0018", "Ecs.0019", "Ecs.0319")  # not disk types, which have a code of their own

_ZONE_STATUS = re.compile(r"([^\s,()]+)\s*\(\s*(\w+)\s*\)")
_TYPES = {
    "entry": "Entry-level, not general computing",
    "computingv3": "General computing-plus, not general computing",
    "cpuv1": "Computing I, not general computing",
    "cpuv2": "Computing II, not general computing",
    "highmem": "Memory-optimised, not general computing",
    "saphana": "Large-memory, not general computing",
    "diskintensive": "Disk-intensive, not general computing",
    "highio": "Ultra-high I/O, not general computing",
    "gpu": "GPU-accelerated, not general computing",
    "fpga": "FPGA-accelerated, not general computing",
}


class Verdict(msgspec.Struct, frozen=True):
    """reason: "" if it fits, else why not, in a few words. tone: for the chip. note: a caution on a fitting one."""

    reason: str
    tone: Tone
    note: str = ""


def judge(flavor: Flavor, zone: str, *, architecture: str = "x86", any_type: bool = False) -> Verdict:
    """any_type: drop the general-computing rule, for zones that offer no such flavor."""
    if reason := _unfit(flavor, architecture, any_type=any_type):
        return Verdict(reason, "muted")
    return _availability(flavor, zone)


def fit(flavor: Flavor, zone: str, *, architecture: str = "x86") -> str:
    """ "" if it fits, else the reason in words."""
    return judge(flavor, zone, architecture=architecture).reason


def rank(flavors: Iterable[Flavor], zone: str, *, architecture: str = "x86", any_type: bool = False) -> list[Flavor]:
    """The fitting ones, best first: without caution, smallest memory, newest generation."""
    judged = [(f, judge(f, zone, architecture=architecture, any_type=any_type)) for f in flavors]
    good = [(f, v) for f, v in judged if not v.reason]
    good.sort(key=lambda pair: (bool(pair[1].note), pair[0].ram, -generation(pair[0]), pair[0].id))
    return [f for f, _ in good]


def next_after(flavors: Iterable[Flavor], zone: str, tried: Collection[str]) -> Flavor | None:
    """The best fitting one for the same architecture that is none of `tried`, whose first may be listed no more."""
    listed = list(flavors)
    arm = any(is_arm(flavor) for flavor in listed if flavor.id in tried)
    best = rank(listed, zone, architecture="arm" if arm else "x86")
    return next((flavor for flavor in best if flavor.id not in tried), None)


def generation(flavor: Flavor) -> int:
    """7 for "s7"; 0 if it tells none."""
    match = re.match(r"[a-z]+(\d+)", flavor.specs.get("ecs:generation") or flavor.id)
    return int(match.group(1)) if match else 0


def describe(flavor: Flavor) -> str:
    """ "2 vCPU, 4 GiB"."""
    return f"{flavor.vcpus} vCPU, {flavor.ram / 1024:g} GiB"


def status_in(flavor: Flavor, zone: str) -> str:
    """normal, promotion, obt, obt_sellout, sellout, abandon…: the zone's own word, else the region's."""
    for name, status in _ZONE_STATUS.findall(flavor.specs.get("cond:operation:az", "")):
        if name == zone:
            return str(status)
    return flavor.specs.get("cond:operation:status") or "normal"


def is_arm(flavor: Flavor) -> bool:
    return flavor.specs.get("ecs:instance_architecture", "").startswith("arm")


def _unfit(flavor: Flavor, architecture: str, *, any_type: bool) -> str:
    arm = architecture.startswith("arm") or architecture == "aarch64"
    kind = flavor.specs.get("ecs:performancetype") or flavor.specs.get("hws:performancetype") or ""
    kvm = flavor.specs.get("ecs:virtualization_env_types", "CloudCompute") == "CloudCompute" and bool(kind)
    checks = (  # the first that is not met names the reason
        (is_arm(flavor) == arm, "For x86 systems only" if arm else "For ARM systems only"),
        (not flavor.disabled, "Disabled by the cloud"),
        (kvm, "Xen, KVM is needed"),
        (any_type or kind == ("kunpeng_computing" if arm else "normal"), _TYPES.get(kind, "Not general computing")),
        (flavor.vcpus == VCPUS, f"{flavor.vcpus} vCPU, {VCPUS} are needed"),
        (flavor.ram >= MIN_RAM, "Less than 4 GiB of memory"),
        ("demand" in flavor.specs.get("cond:operation:charge", "demand"), "Not billed by use"),
    )
    return next((reason for met, reason in checks if not met), "")


def _availability(flavor: Flavor, zone: str) -> Verdict:
    status = status_in(flavor, zone)
    if status in ("normal", "promotion"):
        return Verdict("", "good")
    if status == "obt":
        return Verdict("", "warning", "In open beta")
    if status in ("sellout", "obt_sellout"):
        return Verdict(f"Sold out in {zone}", "sold-out")
    if status == "abandon":
        return Verdict(f"Withdrawn in {zone}", "sold-out")
    return Verdict(f"Not offered in {zone}", "sold-out")
