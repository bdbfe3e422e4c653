"""What can be decided without a cloud: the order of stages, and which disk is the installed one."""

import pytest

from isowright.cloud.models import AttachedVolume, BlockDevice
from isowright.errors import WrongDiskError
from isowright.pipeline.stage import Stage
from isowright.stages import all_stages, in_order
from isowright.stages._disks import installed_disk


async def nothing(_ctx):
    return ""


def test_stages_are_found_and_in_order():
    assert [stage.id for stage in all_stages()] == [
        "sign-in",
        "make-network",
        "upload-iso",
        "register-iso",
        "launch-server",
        "install-os",
        "capture-disk",
        "verify-image",
        "clean-up",
        "test-boot",
        "set-properties",
        "share-image",
        "copy-image",
        "export-image",
    ]


def test_stages_that_wait_for_each_other_are_a_fault():
    ring = [Stage("a", "A", run=nothing, after=("b",)), Stage("b", "B", run=nothing, after=("a",))]
    with pytest.raises(ValueError, match="'a', 'b'"):
        in_order(ring)


def volume(name, index=None):
    return AttachedVolume(id=name, boot_index=index)


BOOT, DATA = volume("boot", "0"), volume("data")
BOOT_DEVICE = BlockDevice("boot", 40, "/dev/vda", 0)


@pytest.mark.parametrize("index", [None, "-1", "1", ""])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_disk_that_does_not_boot(index, order):
    disks = [BOOT, volume("data", index)]
    devices = [BOOT_DEVICE, BlockDevice("data", 50, "/dev/vdb", None)]
    assert installed_disk([disks[i] for i in order], [devices[i] for i in reversed(order)], 50) == "data"


@pytest.mark.parametrize(
    ("volumes", "devices"),
    [
        ([BOOT, DATA, volume("more")], [BOOT_DEVICE, BlockDevice("data", 50), BlockDevice("more", 50)]),
        ([BOOT, DATA, volume("more")], [BOOT_DEVICE, BlockDevice("data", 50), BlockDevice("more", 99)]),
        ([BOOT], [BOOT_DEVICE]),
        ([], []),
        ([DATA], [BlockDevice("data", 50)]),
        ([BOOT, DATA], [BOOT_DEVICE, BlockDevice("data", 60)]),
        ([BOOT, DATA], [BlockDevice("boot", 40, "", 1), BlockDevice("data", 50, "", 0)]),
        ([BOOT, volume("also", "0")], [BOOT_DEVICE, BlockDevice("also", 50, "", 0)]),
    ],
    ids=["two", "two, one of another size", "none", "empty", "no boot disk", "size", "contradiction", "two boot"],
)
def test_anything_else_is_no_guess(volumes, devices):
    with pytest.raises(WrongDiskError) as caught:
        installed_disk(volumes, devices, 50)
    assert caught.value.remedy
    assert "Nothing was captured" in caught.value.detail
