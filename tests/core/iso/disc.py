"""Small discs of any kind, made by pycdlib: what our own parsers read was written by somebody else's code."""

import io
import struct

import pycdlib

BIOS, UEFI, POWERPC = 0, 0xEF, 1
PRIMARY = 16 * 2048  # where the primary volume descriptor is
BOOT_IMAGE = b"\xeb\xfe".ljust(2048, b"\0")  # a jump to itself: BIOS looks no further


def _short(number, folder=False):
    return f"D{number:06d}" if folder else f"F{number:06d}.;1"


class _Paths:
    """Legal short names for any paths, folders made as they are met."""

    def __init__(self, iso, *, rock_ridge, joliet, udf):
        self.iso, self.kinds = iso, (rock_ridge, joliet, udf)
        self.folders = {"": ""}
        self.count = 0

    def _names(self, path):
        rock_ridge, joliet, udf = self.kinds
        names = {"rr_name": path.rsplit("/", 1)[-1]} if rock_ridge else {}
        names |= {"joliet_path": f"/{path}"} if joliet else {}
        return names | ({"udf_path": f"/{path}"} if udf else {})

    def _short(self, path, *, folder=False):
        parent, _, name = path.rpartition("/")
        self.count += 1
        plain = _short(self.count, folder) if self.kinds[0] else name.upper() + ("" if folder else ";1")
        return f"{self.folder(parent)}/{plain}"

    def folder(self, path):
        if path not in self.folders:
            self.folders[path] = short = self._short(path, folder=True)
            self.iso.add_directory(short, **self._names(path))
        return self.folders[path]

    def file(self, path, data):
        short = self._short(path)
        self.iso.add_fp(io.BytesIO(data), len(data), short, **self._names(path))
        return short


def disc(
    volume_id="TEST",
    files=(),
    *,
    boots=((BIOS, "noemul"),),
    rock_ridge=True,
    joliet=False,
    udf=False,
    isohybrid=False,
    **fields,
):
    """The bytes of an ISO. files: path → text or bytes; boots: (platform, emulation) each."""
    iso = pycdlib.PyCdlib()
    iso.new(
        interchange_level=3 if rock_ridge else 4,
        vol_ident=volume_id[:15],  # Joliet has room for no more
        rock_ridge="1.09" if rock_ridge else None,
        joliet=3 if joliet else None,
        udf="2.60" if udf else None,
        **fields,
    )
    try:
        paths = _Paths(iso, rock_ridge=rock_ridge, joliet=joliet, udf=udf)
        image = bytearray(BOOT_IMAGE)
        if isohybrid:
            image[64:68] = b"\xfb\xc0\x78\x70"  # what pycdlib looks for before it writes a partition table
        for number, (platform, emulation) in enumerate(boots):
            data = bytes(image)
            if emulation == "floppy":
                data = data.ljust(1474560, b"\0")
            if emulation == "hdemul":
                data = bytes(446) + struct.pack("<B3xB3xII", 0x80, 0x0C, 1, 1) + bytes(48) + b"\x55\xaa"
            short = paths.file(f"boot{number}.bin", data)
            more = {"bootcatfile": "/BOOT.CAT;1"} if number == 0 else {}
            if number == 0 and rock_ridge:
                more["rr_bootcatname"] = "boot.cat"
            if joliet and number == 0:
                more["joliet_bootcatfile"] = "/boot.cat"
            if udf and number == 0:
                more["udf_bootcatfile"] = "/boot.cat"
            iso.add_eltorito(
                short,
                boot_load_size={"hdemul": 1, "floppy": 2880}.get(emulation, 4),
                platform_id=platform,
                media_name=emulation,
                efi=platform == UEFI and number > 0,
                **more,
            )
        if isohybrid:
            iso.add_isohybrid()
        for path, data in dict(files).items():
            paths.file(path, data if isinstance(data, bytes) else data.encode())
        out = io.BytesIO()
        iso.write_fp(out)
        data = bytearray(out.getvalue())
        data[PRIMARY + 40 : PRIMARY + 72] = volume_id.encode().ljust(32)
        return bytes(data)
    finally:
        iso.close()


def wim(build, *, server, arch=9, editions=("ServerStandard", "ServerDatacenter"), size=4096):
    """A Windows image file as far as its XML goes."""
    kind = "Server" if server else "Client"
    images = "".join(
        f'<IMAGE INDEX="{number}"><WINDOWS><ARCH>{arch}</ARCH><EDITIONID>{edition}</EDITIONID>'
        f"<INSTALLATIONTYPE>{kind}</INSTALLATIONTYPE><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR>"
        f"<BUILD>{build}</BUILD></VERSION></WINDOWS></IMAGE>"
        for number, edition in enumerate(editions, start=1)
    )
    xml = "\ufeff".encode("utf-16-le") + f"<WIM>{images}</WIM>".encode("utf-16-le")
    header = bytearray(208)
    header[:8] = b"MSWIM\0\0\0"
    struct.pack_into("<II", header, 8, 208, 0x10D00)
    struct.pack_into("<QQQ", header, 72, len(xml) | 2 << 56, size, len(xml))
    return bytes(header).ljust(size, b"\x5a") + xml


def code(inspection):
    return [finding.code for finding in inspection.findings]


def moved(data, content, block):
    """The disc with the file of that content told to lie at another block; what is there is not changed."""
    here = data.find(content)
    assert here >= 0
    assert here % 2048 == 0
    assert data.find(content, here + 1) < 0
    old, new = (struct.pack("<I", n) + struct.pack(">I", n) for n in (here // 2048, block))
    assert data.count(old) >= 1
    return data.replace(old, new)


def stretched(data, size):
    """The disc as if it had that many bytes, by its own descriptor."""
    out = bytearray(data)
    out[PRIMARY + 80 : PRIMARY + 88] = struct.pack("<I", size // 2048) + struct.pack(">I", size // 2048)
    return bytes(out)
