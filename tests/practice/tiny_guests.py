"""Guests of a few hundred bytes, put together here: an installer disc that installs, and discs and systems that wait.

Real mode code, begun by the PC's BIOS at 0x7C00. They write to the first serial port (0x3F8) and switch off by the ACPI
port to which QEMU's q35 firmware sets it (0x604). Disks of the BIOS: 0x80 is the system disk, 0x81 the data disk.
"""

import io

import pycdlib

_ZERO_SEGMENTS = bytes.fromhex("31c0 8ed8 8ec0")  # xor ax,ax; mov ds,ax; mov es,ax
_HALT = bytes.fromhex("fbf4ebfc")  # sti; hlt; again
_POWER_OFF = bytes.fromhex("ba0406 b80020 ef")  # mov dx,0x604; mov ax,0x2000; out dx,ax
_PACKET_AT, _SECTOR_AT, _START = 0x400, 0x600, 0x7C00


def _say(text):
    """mov dx,0x3F8, then mov al,… and out dx,al for each character."""
    return b"\xba\xf8\x03" + b"".join(b"\xb0" + bytes([c]) + b"\xee" for c in text.encode("ascii"))


def system(text="INSTALLED SYSTEM\n", *, power_off=False):
    """A boot sector that says so, and then waits for ever or switches off."""
    code = _say(text) + (_POWER_OFF if power_off else b"") + _HALT
    return code.ljust(510, b"\0") + b"\x55\xaa"


def installer(*, sector=None):
    """The boot code of a disc: writes `sector` onto the data disk and switches off."""
    # int 13h, function 43h (extended write) of disk 0x81, with the packet that says what goes where.
    write = b"\xbe" + (_START + _PACKET_AT).to_bytes(2, "little") + bytes.fromhex("b80043 b281 cd13")
    good = _say("INSTALLED\n") + _POWER_OFF + _HALT
    bad = _say("FAILED\n") + _HALT
    jump = b"\x73" + bytes([len(bad)])  # jnc over what is said of a failure
    code = _ZERO_SEGMENTS + _say("INSTALLER\n") + write + jump + bad + good
    return code.ljust(_PACKET_AT, b"\0") + _packet(1).ljust(_SECTOR_AT - _PACKET_AT, b"\0") + (sector or system())


def filling():
    """The boot code of a disc: writes 32 MiB onto the data disk, over and over."""
    packet = _START + _PACKET_AT
    again = b"\xbe" + packet.to_bytes(2, "little") + bytes.fromhex("b80043 b281 cd13")
    again += b"\x83\x06" + (packet + 8).to_bytes(2, "little") + b"\x7f"  # add word [the sector], 127
    code = _ZERO_SEGMENTS + _say("FILLING\n")
    code += again + b"\xeb" + bytes([256 - len(again) - 2])
    return (code.ljust(_PACKET_AT, b"\0") + _packet(127)).ljust(_SECTOR_AT, b"\0") + bytes([1] * 512)


def _packet(sectors):
    """What is to be written: `sectors` from the sector's place in memory to the beginning of the disk."""
    return bytes([16, 0, sectors, 0]) + (_START + _SECTOR_AT).to_bytes(2, "little") + bytes(2) + bytes(8)


def waiting():
    """The boot code of a disc that says so and waits for ever."""
    return (_say("WAITING\n") + _HALT).ljust(2048, b"\0")


def polite():
    """The boot code of a disc: waits for the power button, says good bye and switches off."""
    enable = bytes.fromhex("ba0206 b80001 ef")  # mov dx,0x602; mov ax,0x100; out dx,ax: the button may be heard of
    look = bytes.fromhex("ba0006 ed f6c401 74f7")  # mov dx,0x600; in ax,dx; test ah,1; jz back
    return (enable + _say("READY\n") + look + _say("BYE\n") + _POWER_OFF + _HALT).ljust(2048, b"\0")


def typewriter():
    """The boot code of a disc: writes what is typed onto the serial port and the screen; Enter switches off."""
    # xor ah,ah; int 16h (a key); out to the port; int 10h, function 0Eh (onto the screen); cmp al,13; jne back
    keys = bytes.fromhex("30e4 cd16 baf803 ee 50 b40e bb0700 cd10 58 3c0d 75eb")
    return (_ZERO_SEGMENTS + _say("TYPE\n") + keys + _POWER_OFF + _HALT).ljust(2048, b"\0")


def disc(code):
    """The bytes of an ISO (ISO 9660, El Torito without emulation) that starts with 2048 bytes of code."""
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=3, vol_ident="TINY")
    try:
        iso.add_fp(io.BytesIO(code), len(code), "/BOOT.BIN;1")
        iso.add_eltorito("/BOOT.BIN;1", bootcatfile="/BOOT.CAT;1", boot_load_size=4)
        out = io.BytesIO()
        iso.write_fp(out)
    finally:
        iso.close()
    return out.getvalue()
