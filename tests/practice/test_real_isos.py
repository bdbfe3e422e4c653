"""ISOs that nobody here wrote, those in Debian's packages, boot to their first screen on a real machine."""

import sys
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from isowright.practice.machines import Settings
from isowright.practice.server import practice_thread

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "core" / "iso"))

import tiny_guests
from test_machines_real import UEFI_HERE, Machines, Now, until
from test_machines_real import pytestmark as needs_qemu
from test_others_discs import unpacked

pytestmark = needs_qemu
UEFI = pytest.param("uefi", marks=[pytest.mark.matrix, pytest.mark.skipif(not UEFI_HERE, reason="NOT TRIED: no OVMF")])
TEXT = 400  # points of light that two lines of letters have at least
DARK = 60  # of 255
STAYS = 1.5  # seconds; what the display shows before a guest has set it up is gone by then


class Screen:
    """What a machine shows."""

    def __init__(self, machines, server_id):
        self._machines, self._server_id = machines, server_id

    def picture(self):
        """None while there is none."""
        answer = self._machines.client.control("GET", f"/practice/servers/{self._server_id}/screen.png")
        return QImage.fromData(answer.content) if answer.status_code == 200 else None


def added(picture, nothing):
    """How many points it lights that are dark on `nothing`: what firmware writes is on both. In another mode, all."""
    grey = [each.convertToFormat(QImage.Format.Format_Grayscale8) for each in (picture, nothing)]
    ours, other = map(_rows, grey)
    if picture.size() != nothing.size():
        return sum(point > DARK for row in ours for point in row)
    rows = ((left, right) for left, right in zip(ours, other, strict=True) if left != right)
    return sum(a > DARK >= b for left, right in rows for a, b in zip(left, right, strict=True))


def _rows(picture):
    data, step = bytes(picture.constBits()), picture.bytesPerLine()
    return [data[at * step : at * step + picture.width()] for at in range(picture.height())]


@pytest.fixture
def machines(new_client, tmp_path, request):
    settings = Settings(memory=384, patience=0.5, firmware=request.param)
    with practice_thread(tmp_path / "state", speed=600, machine="qemu", settings=settings) as (ready, _):
        client = new_client(ready)
        client.clock = Now()
        yield Machines(client)


def started(machines, name, data):
    """The screen of a server that boots this ISO."""
    bucket = machines.client.bucket["name"]
    answer = machines.client.obs("PUT", f"/{bucket}/{name}.iso", body=data)
    assert answer.status_code == 200, answer.text
    job = machines.ended("ims", machines.client.register(image_url=f"{bucket}:{name}.iso", name=f"iso of {name}"))
    image_id = machines.active(job["entities"]["image_id"])
    server_id, job = machines.launch(image_id, name=name)
    assert job["status"] == "SUCCESS", job
    return Screen(machines, server_id), server_id


@pytest.mark.timeout(300)
@pytest.mark.parametrize("machines", ["bios", UEFI], indirect=True)
def test_they_boot_to_their_first_screen(machines, request):
    firmware = request.node.callspec.params["machines"]
    cache = Path(request.config.cache.mkdir("debian-isos"))
    packages = ["memtest86+", "ipxe", *(["grub-rescue-pc"] if firmware == "bios" else [])]
    blank, empty = started(machines, "blank", tiny_guests.disc(tiny_guests.waiting()))
    if firmware == "bios":
        machines.says(empty, "WAITING")
    nothing = until(blank.picture, "the screen of a disc that shows nothing")
    machines.delete(empty)
    tried = 0
    for package in packages:
        isos = unpacked(package, cache)
        if isinstance(isos, str):
            continue
        iso = next((iso for iso in isos if "64" in iso.name), isos[0])
        screen, server_id = started(machines, package.replace("+", ""), iso.read_bytes())

        since = []

        def shows(screen=screen, since=since):
            picture = screen.picture()
            if picture is None or added(picture, nothing) < TEXT:
                since.clear()
                return False
            since.append(time.monotonic())
            return since[-1] - since[0] > STAYS

        until(shows, f"the first screen of {iso.name}", 120)
        machines.delete(server_id)
        tried += 1
    if not tried:
        pytest.skip(f"NOT TRIED: none of {', '.join(packages)} could be had")
