"""Looking into a bucket: path, filter, and the folder's rows. Knows nothing of recipes."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QSizePolicy, QWidget

from isowright.flow import size_text
from isowright_gui.models import Column, RowsModel
from isowright_gui.pages.iso_listing import Entry, day_text, in_order, parent
from isowright_gui.theme import theme
from isowright_gui.widgets import (
    Button,
    ElidedLabel,
    IconButton,
    Label,
    SearchEdit,
    StatefulList,
    Table,
    TableCard,
    WrapLabel,
    clear,
    column,
    row,
)

_ICONS = {"folder": ("folder-simple-fill", "muted"), "iso": ("disc", "accent"), "other": ("file-text", "muted")}


class FolderTable(Table):
    """Enter opens a folder; on an ISO it reaches the page, whose primary button it presses. Backspace goes up."""

    up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace:
            self.up.emit()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            entry: Entry = self.model().row_at(self.currentIndex())  # type: ignore[attr-defined]  # a RowsModel
            if entry.kind == "folder":
                self.opened.emit(entry)
                return
        super().keyPressEvent(event)


class Browser(QWidget):
    """Signals: `folder_wanted(prefix)`, `refresh`, `retry`, `chosen(entry)` an ISO, `looked_at(entry)` any object."""

    folder_wanted = Signal(str)
    refresh = Signal()
    retry = Signal()
    chosen = Signal(object)
    looked_at = Signal(object)

    def __init__(self, lead: QWidget, year: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.prefix = ""
        self._bucket = ""
        self._complete = True
        self.model: RowsModel[Entry] = RowsModel(
            [
                Column(
                    self.tr("Name"),
                    lambda entry: entry.name,
                    chips=lambda entry: [(entry.chip, "neutral", "-")] if entry.chip else [],
                    icon=lambda entry: _ICONS[entry.kind],
                ),
                Column(
                    self.tr("Size"),
                    lambda entry: "" if entry.kind == "folder" else size_text(entry.size),
                    width=30,
                    align="right",
                    tone="muted",
                ),
                Column(self.tr("Changed"), lambda entry: day_text(entry.modified, year=year), width=26, tone="muted"),
            ],
            key=lambda entry: entry.key,
            search=lambda entry: entry.name,
            excluded=lambda entry: entry.problem[0] if entry.problem else "",
            parent=self,
        )
        self.up = IconButton("arrow-up", self.tr("Up to the parent folder"))
        self.up.clicked.connect(self._go_up)
        self.filter = SearchEdit(self.tr("Filter"))
        self.filter.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.filter.textChanged.connect(self._filtered)
        self.refresh_button = IconButton("arrow-clockwise", self.tr("Refresh the list"))
        self.refresh_button.clicked.connect(self.refresh)
        self._path = row(gap=1.5)
        path = QWidget()
        path.setLayout(self._path)
        path.setAccessibleName(self.tr("Folder"))
        path.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        bar = row(gap=2.5)
        bar.addWidget(lead, 20)  # bucket names are long and alike; what they leave is the path's
        bar.addWidget(self.up)
        bar.addWidget(path, 1)
        bar.addWidget(self.filter)
        bar.addWidget(self.refresh_button)
        self.table = FolderTable(self.model, self.tr("Objects in this folder"))
        self.list = StatefulList(TableCard(self.table), rows=5)
        self.list.retry.connect(self.retry)
        self.list.clear_filter.connect(self.filter.clear)
        self.list.action.connect(self._go_up)
        self._count = WrapLabel("", "caption", "muted")
        body = column(self, gap=3)
        self._top = column(gap=1)
        self._top.addLayout(bar)
        body.addLayout(self._top)
        body.addWidget(self.list, 1)
        body.addWidget(self._count)
        self.table.up.connect(self._go_up)
        self.table.opened.connect(self._opened)
        self.table.chosen_changed.connect(self._chosen)
        self.table.clicked.connect(self._current)
        self.table.selectionModel().currentChanged.connect(self._current)
        shortcut = QShortcut(QKeySequence("Alt+Up"), self)
        shortcut.activated.connect(self._go_up)
        self.retheme()
        self.show_path("", "")

    def retheme(self) -> None:
        self.list.setMinimumHeight(theme().s(52))
        self.filter.setMinimumWidth(theme().s(20))
        self.filter.setMaximumWidth(theme().s(40))

    def place_line(self, line: QWidget) -> None:
        """What is said of the bucket, under its name."""
        self._top.addWidget(line)

    # -- what the page shows

    def show_path(self, bucket: str, prefix: str) -> None:
        """Which folder is shown. Each folder above it is a link."""
        self._bucket, self.prefix = bucket, prefix
        self.up.setEnabled(bool(prefix))
        clear(self._path)
        parts = prefix.rstrip("/").split("/") if prefix else []
        above = [("/".join(parts[: at + 1]) + "/", part) for at, part in enumerate(parts[:-1])]
        if parts:
            above.insert(0, ("", bucket))
        if len(above) > 2:
            self._path.addWidget(Label("… /", tone="muted"))
            above = above[-1:]
        elif above and above[0][0] == "":
            above[0] = ("", self.tr("Top"))
        for target, name in above:
            link = Button(name if len(name) < 18 else f"{name[:8]}…{name[-7:]}", "link")
            link.setAccessibleName(self.tr("Open the folder {name}").format(name=name))
            link.clicked.connect(lambda _=False, target=target: self.folder_wanted.emit(target))
            self._path.addWidget(link)
            self._path.addWidget(Label("/", tone="muted"))
        here = ElidedLabel(parts[-1] if parts else "", tone="muted")
        here.setMinimumWidth(min(here.fontMetrics().horizontalAdvance(here.text()) + theme().s(1), theme().s(16)))
        self._path.addWidget(here, 1)

    def show_loading(self, *, keep: bool) -> None:
        """Asking. `keep`: the same folder again, whose rows stay meanwhile."""
        place = self.prefix.rstrip("/") or self._bucket
        words = self.tr("Asking for the objects in {place}…") if place else self.tr("Asking for your buckets…")
        self.list.set_loading(words.format(place=place), keep=keep)
        self._count.setText(self.tr("Asking again…") if keep else "")

    def show_rows(self, rows: list[Entry], *, complete: bool) -> None:
        """The rows known so far."""
        self._complete = complete
        self.model.set_rows(in_order(rows))
        self._show_state()

    def show_error(self, title: str, text: str, details: str) -> None:
        self.list.set_error(title, text, details)
        self._count.setText("")

    def show_message(self, title: str, text: str) -> None:
        """Nothing to browse: no bucket yet, or none at all."""
        self.model.set_rows([])
        self.list.set_empty(title, text, icon="database")
        self._count.setText("")

    def choose(self, key: str) -> None:
        """Show an object as chosen, if it is here."""
        if key and self.model.find(key) is not None:
            self.table.choose(key)

    # --

    def _show_state(self) -> None:
        total, shown = self.model.total(), self.model.shown()
        if total == 0 and self._complete:
            self.list.set_empty(
                self.tr("This folder is empty") if self.prefix else self.tr("This bucket is empty"),
                self.tr("Upload an ISO: choose On this computer. Or look elsewhere."),
                action=self.tr("Go up") if self.prefix else "",
            )
        elif shown == 0 and total:
            self.list.set_no_match(
                self.tr("Nothing matches “{text}”").format(text=self.model.filter()),
                self.tr("1 row is hidden by the filter.")
                if total == 1
                else self.tr("{count} rows are hidden by the filter.").format(count=total),
            )
        elif total:
            self.list.set_content()
        self._count.setText(self._count_text(total, shown))

    def _count_text(self, total: int, shown: int) -> str:
        place = "/".join(part for part in (self._bucket, self.prefix.rstrip("/")) if part)
        if not self._complete:
            return self.tr("{count} so far in {place}, still reading…").format(count=total, place=place)
        if not total:
            return ""
        if shown != total:
            return self.tr("{shown} of {count} in {place}").format(shown=shown, count=total, place=place)
        return (self.tr("1 entry in {place}") if total == 1 else self.tr("{count} entries in {place}")).format(
            count=total, place=place
        )

    def _filtered(self, text: str) -> None:
        self.model.set_filter(text)
        if self.list.state() in ("content", "no_match"):
            self._show_state()

    def _go_up(self) -> None:
        if self.prefix:
            self.folder_wanted.emit(parent(self.prefix))

    def _opened(self, entry: Entry) -> None:
        if entry.kind == "folder":
            self.folder_wanted.emit(entry.key)

    def _chosen(self, entry: Entry | None) -> None:
        if entry is not None and entry.kind == "iso":
            self.chosen.emit(entry)

    def _current(self, index: QModelIndex | QPersistentModelIndex, _: object = None) -> None:
        if index.isValid() and index.row() < self.model.shown() and self.table.hasFocus():
            entry = self.model.row_at(index)
            if entry.kind != "folder":
                self.looked_at.emit(entry)
