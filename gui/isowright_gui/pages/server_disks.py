"""The temporary server's disks: their type, and both sizes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from isowright.errors import AppError
from isowright.recipe import ServerSpec
from isowright_gui.theme import theme
from isowright_gui.widgets import Button, ComboBox, Field, Section, SpinBox, row


def type_name(name: str) -> str:
    """A disk type for people: "High I/O (SAS)"; unknown ones as they are."""
    known = {
        "GPSSD": QCoreApplication.translate("ServerPage", "General purpose SSD"),
        "SSD": QCoreApplication.translate("ServerPage", "Ultra-high I/O"),
        "SAS": QCoreApplication.translate("ServerPage", "High I/O"),
        "ESSD": QCoreApplication.translate("ServerPage", "Extreme SSD"),
        "SATA": QCoreApplication.translate("ServerPage", "Common I/O"),
    }
    return f"{known[name]} ({name})" if name in known else name


class DisksForm(Section):
    """Signals: `type_chosen(name)`, `sizes_changed(system, data)` in GB, `retry` (the types could not be had)."""

    type_chosen = Signal(str)
    sizes_changed = Signal(int, int)
    retry = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("ServerPage", "Disks"), parent)
        self.kind = ComboBox()
        self.kind.setPlaceholderText(self.tr("Choose a disk type"))
        # Wider than any disk: what is impossible can be typed, and is then explained.
        self.system, self.data = (SpinBox(40, 1, 99999, suffix=self.tr(" GB")) for _ in range(2))
        self.fields = {
            "volume_type": Field(
                self.tr("Disk &type"), self.kind, self.tr("For both disks. Faster types shorten the installation.")
            ),
            "system_disk": Field(
                self.tr("S&ystem disk"), self.system, self.tr("Holds the installer; deleted afterwards.")
            ),
            "data_disk": Field(
                self.tr("&Data disk"),
                self.data,
                self.tr("Becomes the image: its size is the image's minimum disk."),
            ),
        }
        self.retry_button = Button(self.tr("Try a&gain"), "link")
        self.retry_button.setAccessibleDescription(self.tr("Ask for the disk types again"))
        self.retry_button.hide()
        self.add_head(self.retry_button)
        self._line = row(gap=5)
        for field in self.fields.values():
            self._line.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(self._line)
        self.failed = False
        self.kind.activated.connect(lambda at: self.type_chosen.emit(str(self.kind.itemData(at))))
        for spin in (self.system, self.data):
            spin.valueChanged.connect(lambda _: self.sizes_changed.emit(self.system.value(), self.data.value()))
        self.retry_button.clicked.connect(self.retry)

    def minimumSizeHint(self) -> QSize:
        """As narrow as one field: they can stand under each other."""
        return QSize(theme().s(60), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        down, beside = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._line.setDirection(down if self.width() < theme().s(110) else beside)

    def show_types(self, names: Sequence[str], chosen: str) -> None:
        """The types that the zone offers; an answer that is not among them is not shown as chosen."""
        self.failed = False
        self.retry_button.hide()
        with QSignalBlocker(self.kind):
            self.kind.set_items([(type_name(name), name) for name in names], keep=False)
            self.kind.setCurrentIndex(self.kind.findData(chosen) if chosen in names else -1)

    def show_kept(self, chosen: str) -> None:
        """The types are not known (yet); the answer is."""
        with QSignalBlocker(self.kind):
            self.kind.set_items([(type_name(chosen), chosen)] if chosen else [], keep=False)
            self.kind.setCurrentIndex(self.kind.findData(chosen) if chosen else -1)

    def show_error(self, error: AppError) -> None:
        """The types could not be had."""
        self.failed = True
        self.retry_button.show()
        words = self.tr("The disk types could not be loaded: {reason}").format(reason=f"{error.title} {error.remedy}")
        self.fields["volume_type"].set_error(words)

    def show_sizes(self, server: ServerSpec, least: int) -> None:
        """The sizes of the answer, and what they mean for the image. least: its minimum disk, in GB."""
        system = self.tr("Holds the installer; deleted afterwards. At least the image's minimum, {least} GB.")
        self.fields["system_disk"].set_help(system.format(least=least))
        data = self.tr("Becomes the image: servers made from it need {size} GB or more.")
        if server.data_disk > least:
            data = self.tr("Becomes the image: servers made from it need {size} GB or more, not only {least} GB.")
        self.fields["data_disk"].set_help(data.format(size=server.data_disk, least=least))
        for spin, value in ((self.system, server.system_disk), (self.data, server.data_disk)):
            if spin.value() != value:
                with QSignalBlocker(spin):
                    spin.setValue(value)
