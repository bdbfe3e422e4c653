"""The pages of the gallery: functions that make a widget."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QRadioButton, QWidget

from isowright_gui import widgets as w


def page(title: str, width: int, height: int) -> tuple[QWidget, object]:
    widget = QWidget()
    widget.setWindowTitle(title)
    widget.resize(width, height)
    box = w.column(widget, gap=4, margins=(10, 7, 10, 7))
    box.addWidget(w.PageHeader(title, "Where the image will be made, and who you are there."))
    return widget, box


def line(*widgets: QWidget) -> object:
    box = w.row(gap=3)
    for each in widgets:
        box.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
    box.addStretch(1)
    return box


def off(widget: QWidget) -> QWidget:
    widget.setEnabled(False)
    return widget


def controls() -> QWidget:
    widget, box = page("Controls", 1120, 1000)
    busy = w.BusyButton("Sign in", "primary")
    busy.set_busy("Signing in…")
    box.addLayout(
        line(
            w.Button("Continue", "primary"),
            w.Button("New image", "primary", "plus"),
            off(w.Button("Continue", "primary")),
            busy,
            w.Button("Open console", "primary", "monitor-play"),
        )
    )
    box.addLayout(
        line(
            w.Button("Back"),
            off(w.Button("Back")),
            w.Button("Cancel run…", "danger"),
            off(w.Button("Cancel run…", "danger")),
            w.Button("Leave", "ghost"),
            w.Button("Edit", "link"),
            w.Button("Run", icon="play", small=True),
            w.Button("Copy", "ghost", "copy", small=True),
            w.IconButton("gear-six", "Settings"),
            w.IconButton("dots-three", "More", small=True),
        )
    )
    box.addLayout(
        line(
            w.Chip("Recommended", "accent"),
            w.Chip("Available", "success"),
            w.Chip("Few left", "warning"),
            w.Chip("Failed", "danger"),
            w.Chip("Sold out", "neutral"),
            w.Chip("Not an ISO", "neutral", "-"),
            w.PracticeBadge(),
        )
    )
    from isowright_gui.widgets.glyphs import STATES

    box.addLayout(line(*(w.StateGlyph(state, size=5) for state in STATES), w.Spinner(), w.Tile("hard-drives"), w.Tile("disc", "accent", size=10)))
    bars = w.row(gap=4)
    for fraction in (0.0, 0.45, 1.0, None):
        bars.addWidget(w.ProgressBar(fraction))
    box.addLayout(bars)
    banner = w.Banner(
        "One run was left unfinished",
        "“debian-12-base” stopped 2 hours ago at Capture the data disk. Its temporary server still exists and is billed.",
        tone="warning",
        icon="warning-fill",
    )
    banner.add_action("Leave", "ghost")
    banner.add_action("Clean up…")
    banner.add_action("Continue")
    box.addWidget(banner)
    small = w.Banner("Settings found in clouds.yaml: “otc-prod”", icon="file-search", closable=True)
    small.add_action("Use these", "link")
    box.addWidget(small)
    fields = w.row(gap=4)
    ok, bad, checking, disabled = (
        w.Field("Name", w.LineEdit("debian-12-base"), "Free in this project."),
        w.Field("Name", w.LineEdit("debian-12-base"), "Letters, digits, dashes."),
        w.Field("Name", w.LineEdit("debian-12"), ""),
        w.Field("Project", off(w.LineEdit("", "eu-de_images")), "Sign in first."),
    )
    ok.set_ok()
    bad.set_error("An image with this name exists. Try debian-12-base-2.")
    checking.set_checking(True, "Checking whether the name is free…")
    for each in (ok, bad, checking, disabled):
        fields.addWidget(each, 1, Qt.AlignmentFlag.AlignTop)
    box.addLayout(fields)
    fields = w.row(gap=4)
    secret = w.PasswordEdit()
    secret.setText("correct horse")
    search = w.SearchEdit("Filter by name, vCPU or memory")
    combo = w.ComboBox([("Open Telekom Cloud", "otc"), ("Huawei Cloud", "hw")])
    found = w.SearchEdit()
    found.setText("large")
    for each in (
        w.Field("Cloud", combo),
        w.Field("Password", secret),
        w.Field("One-time code", w.LineEdit("", "6 digits"), optional=True),
        w.Field("Data disk", w.SpinBox(40, 1), "Becomes the image: its size is the image's minimum disk."),
        w.Field("Filter", search),
        w.Field("Filter", found),
    ):
        fields.addWidget(each, 1, Qt.AlignmentFlag.AlignTop)
    box.addLayout(fields)
    boxes = [QCheckBox("Network by DHCP"), QCheckBox("virtio drivers"), QRadioButton("One"), QRadioButton("Two")]
    boxes[0].setChecked(True)
    boxes[2].setChecked(True)
    gone = QCheckBox("Not now")
    gone.setChecked(True)
    box.addLayout(
        line(
            w.Segmented([("Password", 1), ("Access key", 2)], "Sign in with"),
            *boxes,
            off(gone),
            w.Disclosure("Advanced: proxy and CA file"),
            w.Disclosure("Advanced: proxy", is_open=True),
        )
    )
    box.addWidget(
        w.CheckRow("Keep the password in the system keyring", "Stored by GNOME Keyring on this computer, never in a profile.")
    )
    box.addStretch(1)
    return widget


PAGES: dict[str, Callable[[], QWidget]] = {"controls": controls}
