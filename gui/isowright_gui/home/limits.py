"""What real machines of the practice cloud may take of this computer."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from isowright.practice_choice import Servers
from isowright_gui.dialogs import Dialog, answered
from isowright_gui.widgets import Field, SpinBox, WrapLabel

LEAST_MEMORY = 256  # MiB; no installer of today starts with less


async def ask_limits(parent: QWidget, servers: Servers) -> Servers | None:
    """The same with other limits; None for Cancel."""
    dialog = Dialog(parent, parent.tr("Limits of real machines"))
    text = parent.tr(
        "Servers of the practice cloud that QEMU runs take memory and disk space of this computer. "
        "A flavor with more memory gets this much; a disk that would need more than is left ends its job with an error."
    )
    dialog.body.addWidget(WrapLabel(text, "body", "muted"))
    memory = SpinBox(servers.memory, LEAST_MEMORY, 65536, suffix=parent.tr(" MiB"))
    memory.setSingleStep(256)
    disk = SpinBox(servers.disk, 1, 4096)
    dialog.body.addWidget(Field(parent.tr("&Memory of one machine"), memory))
    dialog.body.addWidget(Field(parent.tr("&Disks and images together"), disk))
    dialog.add_buttons([("", parent.tr("&Cancel"), "secondary"), ("ok", parent.tr("&Set"), "primary")])
    await answered(dialog)
    return replace(servers, memory=memory.value(), disk=disk.value()) if dialog.answer == "ok" else None
