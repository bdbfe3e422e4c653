"""The command line of a virtual machine. Pure: what is wanted in, arguments out.

Source: QEMU 7.2 manual, qemu(1). Disks and firmware are named in JSON, in which no character of a path needs escaping;
elsewhere commas are doubled.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# No network, no programs started, no rights gained: whatever the guest breaks stays in its own process.
SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"


@dataclass(frozen=True)
class Tools:
    """What was found on this computer. guard: put before a command, it ends the command with its parent. firmware:
    UEFI code and the template of its variables."""

    qemu: str
    img: str
    accelerator: Literal["kvm", "tcg"] = "tcg"
    guard: tuple[str, ...] = ()
    firmware: tuple[Path, Path] | None = None


@dataclass(frozen=True)
class Disk:
    """serial: what the guest sees as the disk's serial number, 20 characters at most."""

    path: Path
    format: Literal["raw", "qcow2"]
    serial: str


@dataclass(frozen=True)
class Plan:
    """One machine: `disks` in the order in which the guest sees them, `cd` before them when it looks for a system.
    variables: this machine's own UEFI variables; None = BIOS. memory: MiB."""

    name: str
    memory: int
    disks: tuple[Disk, ...]
    cd: Path | None
    log: Path
    vnc: Path
    variables: Path | None = None


def common(tools: Tools) -> list[str]:
    """What every machine has, the one that only proves that machines run too."""
    cpu = "host" if tools.accelerator == "kvm" else "max"
    # Translated code is kept within bounds: the default is a gigabyte beside the guest's memory.
    accelerator = "kvm" if tools.accelerator == "kvm" else "tcg,tb-size=128"
    return [
        *tools.guard,
        tools.qemu,
        *("-nodefaults", "-no-user-config", "-display", "none", "-nic", "none"),
        *("-sandbox", SANDBOX, "-accel", accelerator, "-cpu", cpu, "-smp", "1"),
    ]


def command_line(tools: Tools, plan: Plan, monitor: int) -> list[str]:
    """`monitor` is an open socket that speaks QMP; the machine waits there for its start (-S)."""
    machine = "q35"
    firmware: list[str] = []
    if plan.variables is not None:
        assert tools.firmware is not None, "a plan for UEFI needs its firmware"
        machine += ",pflash0=firmware,pflash1=variables"
        firmware = [
            *_node("firmware", tools.firmware[0], "raw", read_only=True),
            *_node("variables", plan.variables, "raw"),
        ]
    return [
        *common(tools),
        *("-name", _escaped(plan.name), "-machine", machine, "-m", f"{plan.memory}M", "-rtc", "base=utc", "-S"),
        *firmware,
        *("-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control"),
        *("-chardev", f"file,id=serial,append=on,path={_escaped(str(plan.log))}", "-serial", "chardev:serial"),
        *("-vga", "std", "-vnc", f"unix:{_escaped(str(plan.vnc))}"),
        # Entropy, and a pointer that is where the operator's is.
        *("-device", "virtio-rng-pci", "-device", "qemu-xhci", "-device", "usb-tablet"),
        *_drives(plan),
    ]


def _drives(plan: Plan) -> list[str]:
    drives: list[str] = []
    first = 1
    if plan.cd is not None:
        drives += [*_node("cd", plan.cd, "raw", read_only=True), "-device", f"ide-cd,drive=cd,bootindex={first}"]
        first += 1
    for number, disk in enumerate(plan.disks):
        name = f"vd{chr(ord('a') + number)}"
        device = f"virtio-blk-pci,drive={name},bootindex={first + number},serial={disk.serial[:20]}"
        drives += [*_node(name, disk.path, disk.format), "-device", device]
    return drives


def _node(name: str, path: Path, kind: str, *, read_only: bool = False) -> list[str]:
    node: dict[str, object] = {"driver": kind, "node-name": name, "read-only": read_only}
    file: dict[str, object] = {"driver": "file", "filename": str(path)}
    if not read_only:
        # What the guest gives back is given back here, and zeros take no room. Nothing is flushed to the real disk:
        # a practice cloud need not survive a power cut of its host.
        node |= {"discard": "unmap", "detect-zeroes": "unmap", "cache": {"no-flush": True}}
        file |= {"discard": "unmap", "cache": {"no-flush": True}}
    return ["-blockdev", json.dumps(node | {"file": file})]


def _escaped(text: str) -> str:
    return text.replace(",", ",,")
