"""How it works, and what this program is made of: two dialogs."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from isowright_gui.dialogs import Dialog
from isowright_gui.widgets import Hairline, KeyValue, Label, WrapLabel, column

if TYPE_CHECKING:
    from isowright_gui.services import Services


def show_help(parent: QWidget) -> Dialog:
    """The whole way in a few sentences."""
    dialog = Dialog(parent, parent.tr("How it works"))
    steps = (
        (parent.tr("1. Say where and what"), parent.tr("Cloud and account, the ISO in a bucket, the image's name.")),
        (
            parent.tr("2. A temporary server is made"),
            parent.tr("It starts from your ISO, with an empty second disk. You see what it costs before it is made."),
        ),
        (
            parent.tr("3. You install the OS"),
            parent.tr("In the server's console, onto the second disk. Then power it off; Isowright goes on by itself."),
        ),
        (
            parent.tr("4. The disk becomes the image"),
            parent.tr("The image is checked, and everything else that the run made is deleted again."),
        ),
    )
    box = column(gap=3)
    for title, text in steps:
        part = column(gap=0.5)
        part.addWidget(Label(title, "strong"))
        part.addWidget(WrapLabel(text))
        box.addLayout(part)
    dialog.body.addLayout(box)
    dialog.body.addWidget(
        WrapLabel(
            parent.tr(
                "You may close the window at any time: a run is found again at the next start. Keys: Enter continues, "
                "Alt with an underlined letter presses that button, Ctrl+N begins a new image."
            ),
            "caption",
            "muted",
        )
    )
    return _open(dialog)


def show_about(parent: QWidget, services: Services | None) -> Dialog:
    """Versions, folders, licences."""
    dialog = Dialog(parent, parent.tr("About Isowright"))
    dialog.body.addWidget(WrapLabel(parent.tr("Turns installer ISOs into private images on Huawei Cloud and its kin.")))
    facts = column(gap=1)
    facts.addWidget(KeyValue(parent.tr("Version"), metadata.version("isowright"), mono=True))
    facts.addWidget(KeyValue(parent.tr("Qt"), metadata.version("PySide6-Essentials"), mono=True))
    facts.addWidget(KeyValue(parent.tr("Python"), platform.python_version(), mono=True))
    if services is not None:
        facts.addWidget(KeyValue(parent.tr("Profiles"), str(services.home.profiles_dir), mono=True))
        facts.addWidget(KeyValue(parent.tr("Data"), str(services.home.data), mono=True))
        facts.addWidget(KeyValue(parent.tr("Logs"), str(services.home.logs), mono=True))
    dialog.body.addWidget(Hairline())
    dialog.body.addLayout(facts)
    dialog.body.addWidget(
        WrapLabel(
            parent.tr("Apache License 2.0. Qt for Python under LGPL 3, Phosphor icons under MIT."), "caption", "muted"
        )
    )
    return _open(dialog)


def _open(dialog: Dialog) -> Dialog:
    dialog.add_buttons([("", dialog.tr("&Close"), "primary")])
    dialog.finished.connect(dialog.deleteLater)
    dialog.show_now()
    return dialog
