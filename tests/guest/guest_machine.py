"""A QEMU machine of these tests, without acceleration, watched and typed at through its serial line."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Self

CODE = ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd")
VARS = ("/usr/share/OVMF/OVMF_VARS_4M.fd", "/usr/share/OVMF/OVMF_VARS.fd")
MARKER = "ISOWRIGHT-MARKER "
INSTALLED = "100% installed with marker "


def missing(*, uefi: bool) -> str:
    """Why no such machine can be started here, "" = it can."""
    for program, package in (("qemu-system-x86_64", "qemu-system-x86"), ("qemu-img", "qemu-utils")):
        if shutil.which(program) is None:
            return f"there is no {program} here: apt-get install {package}"
    if uefi and not any(Path(path).exists() for path in CODE):
        return "there is no UEFI firmware here: apt-get install ovmf"
    return ""


def new_disk(path: Path, size: str = "1G") -> Path:
    """An empty qcow2."""
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, size], check=True)
    return path


class Machine:
    """A running machine, its first drive first. It ends when it powers off, or with the block it is used in."""

    def __init__(self, folder: Path, disks: list[Path], *, cd: Path | None = None, uefi: bool = False) -> None:
        command = ["qemu-system-x86_64", "-accel", "tcg", "-smp", "1", "-cpu", "max", "-machine", "q35", "-m", "384"]
        command += ["-display", "none", "-vga", "std", "-nic", "none", "-no-reboot", "-no-user-config", "-nodefaults"]
        command += ["-chardev", "stdio,id=line", "-serial", "chardev:line"]
        if uefi:
            code, variables = (next(path for path in paths if Path(path).exists()) for paths in (CODE, VARS))
            own = folder / f"{disks[-1].stem}.vars"
            shutil.copy(variables, own)
            command += ["-drive", f"if=pflash,format=raw,readonly=on,file={code}"]
            command += ["-drive", f"if=pflash,format=raw,file={own}"]
        for number, disk in enumerate(disks):
            command += ["-drive", f"if=none,id=disk{number},file={disk},format=qcow2"]
            command += ["-device", f"virtio-blk-pci,drive=disk{number},bootindex={number + 2}"]
        if cd is not None:
            command += ["-drive", f"if=none,id=cd,media=cdrom,readonly=on,file={cd},format=raw"]
            command += ["-device", "ide-cd,drive=cd,bootindex=1"]
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder
        )
        self._text = ""
        self._ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while data := self._process.stdout.read1():
            with self._news:
                self._text += data.decode("utf-8", "replace").replace("\r", "")
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def said(self) -> str:
        """All that came over the serial line, and QEMU's own complaints."""
        return self._text

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def until(self, text: str, seconds: float = 150, *, times: int = 1) -> str:
        """The rest of the line that the text is in for the n-th time, once it is whole."""

        def rest() -> str | None:
            found = self._text.split(text, times)
            return found[times].split("\n", 1)[0] if len(found) > times and "\n" in found[times] else None

        with self._news:
            self._news.wait_for(lambda: rest() is not None or self._ended, seconds)
            told = rest()
        assert told is not None, f"not said within {self.seconds:.0f} s: {text}\n{self._text[-3000:]}"
        return told.strip()

    def type(self, text: str) -> None:
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def until_off(self, seconds: float = 60) -> None:
        """It has powered itself off."""
        try:
            assert self._process.wait(seconds) == 0, self._text[-3000:]
        except subprocess.TimeoutExpired:
            raise AssertionError(f"not powered off within {seconds} s:\n{self._text[-3000:]}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdin.close()
        self._process.stdout.close()
