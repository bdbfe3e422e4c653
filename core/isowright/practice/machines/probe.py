"""Can real machines be had here? The programs are looked for, and a tiny guest is booted: nothing else is proof.

/dev/kvm may open and still hang every guest (seen in nested virtualization), so it is used only if the processor offers
virtualization and a guest has really run on it.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from . import MachineError
from .command import Tools, common

INSTALL = "apt-get install --no-install-recommends qemu-system-x86 qemu-utils ovmf"
# By the program that installs packages; names as Fedora, Arch and openSUSE have them.
_INSTALLS = (
    ("apt-get", INSTALL),
    ("dnf", "dnf install qemu-system-x86-core qemu-img edk2-ovmf"),
    ("pacman", "pacman -S --needed qemu-system-x86 qemu-img edk2-ovmf"),
    ("zypper", "zypper install qemu-x86 qemu-tools qemu-ovmf-x86_64"),
)
_LIMIT = 10.0  # seconds that the tiny guest has
_ANSWER = 0x2A
_EXIT = _ANSWER * 2 + 1  # how QEMU's isa-debug-exit device says that the guest wrote _ANSWER to it
# Real mode: AL = the answer; write it to port 0xF4; halt if that did not end the machine.
_PROBE_CODE = bytes([0xB0, _ANSWER, 0xE6, 0xF4, 0xFA, 0xF4, 0xEB, 0xFD])
_FIRMWARE = (
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
    ("/usr/share/qemu/ovmf-x86_64-code.bin", "/usr/share/qemu/ovmf-x86_64-vars.bin"),
)

_proven: dict[tuple[str, str], Tools] = {}  # in this process: programs do not change while it runs


def install_command() -> str:
    """What installs all that real machines need here, to be run as root."""
    return next((command for program, command in _INSTALLS if shutil.which(program)), INSTALL)


async def probe() -> Tools:
    """What to run machines with. Raises MachineError with what is missing and what to do about it."""
    if sys.platform != "linux":
        # Elsewhere QEMU has no sandbox, and nothing tells the processes of a crash from others'.
        raise MachineError("Real machines need Linux: on this system the practice cloud only plays them.")
    qemu, img = shutil.which("qemu-system-x86_64"), shutil.which("qemu-img")
    if qemu is None or img is None:
        missing = [name for name, path in (("qemu-system-x86_64", qemu), ("qemu-img", img)) if path is None]
        raise MachineError(
            f"Real machines need QEMU, and {' and '.join(missing)} cannot be found. Install: {install_command()}"
        )
    proven = _proven.get((qemu, img))
    if proven is None:
        proven = await _prove(Tools(qemu, img, guard=await _guard(), firmware=find_firmware()))
        _proven[qemu, img] = proven
    return replace(proven, firmware=find_firmware())


async def _prove(tools: Tools) -> Tools:
    if _kvm_may_work():
        fast = replace(tools, accelerator="kvm")
        if not await _trouble(fast):
            return fast
    trouble = await _trouble(tools)
    if trouble:
        raise MachineError(
            f"QEMU is here, but a tiny guest does not boot with it: {trouble} Install it anew: {install_command()}"
        )
    return tools


async def _trouble(tools: Tools) -> str:
    """Boots the tiny guest; "" if it ran, else a sentence about what happened."""
    with tempfile.TemporaryDirectory(prefix="isowright-probe-") as folder:
        disk = Path(folder) / "probe.img"
        # Of a disk of 64 KiB the firmware boots nothing.
        disk.write_bytes((_PROBE_CODE.ljust(510, b"\0") + b"\x55\xaa").ljust(1024**2, b"\0"))
        file = {"driver": "file", "filename": str(disk)}
        command = [
            *common(tools),
            *("-machine", "q35", "-m", "64M", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"),
            *("-blockdev", json.dumps({"driver": "raw", "node-name": "disk", "file": file})),
            *("-device", "virtio-blk-pci,drive=disk,bootindex=1"),
        ]
        try:
            status, said = await _run(command, _LIMIT)
        except OSError as error:
            return f"{tools.qemu} cannot be started ({error.strerror or error})."
    if status == _EXIT:
        return ""
    if status is None:
        return f"it had not run after {_LIMIT:.0f} seconds."
    return f"QEMU ended with status {status} ({' '.join(said.split())[:300] or 'without a word'})."


async def _run(command: list[str], limit: float) -> tuple[int | None, str]:
    """(exit status, what was said on standard error); None if it had to be ended."""
    null = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, stdin=null, stdout=null, stderr=asyncio.subprocess.PIPE, process_group=0
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), limit)
    except TimeoutError:
        return None, ""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode, errors.decode(errors="replace")


async def _guard() -> tuple[str, ...]:
    """util-linux's setpriv asks the kernel to end a process with its parent (prctl PR_SET_PDEATHSIG). Where it is not
    to be had, what is left after a crash is ended at the next start."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    if setpriv is None:
        return ()
    guard = (setpriv, "--pdeathsig", "KILL", "--")
    try:
        status, _ = await _run([*guard, sys.executable, "-I", "-S", "-c", ""], _LIMIT)
    except OSError:
        return ()
    return guard if status == 0 else ()


def find_firmware() -> tuple[Path, Path] | None:
    """UEFI code and the template of its variables, as they are now: the package may come and go."""
    pairs = [(Path(code), Path(variables)) for code, variables in _FIRMWARE]
    return next(((code, variables) for code, variables in pairs if code.is_file() and variables.is_file()), None)


def _kvm_may_work() -> bool:
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    try:
        return (
            re.search(r"\b(vmx|svm)\b", Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")) is not None
        )
    except OSError:
        return False
