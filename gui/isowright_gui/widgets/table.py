"""The table: rows chosen one at a time, filled whole on hover and selection, chips and icons in cells.

A QTableView, with the row fills painted before the cells: QTreeView asks the model about every row at each reset, which
takes 150 ms for 10,000 rows of a Python model; this takes 10.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from isowright_gui.models import Role, RowsModel
from isowright_gui.theme import set_type, theme
from isowright_gui.theme_icons import paint_icon
from isowright_gui.widgets.chip import ChipSpec, chip_size, paint_chip

KEYBOARD = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
_Index = QModelIndex | QPersistentModelIndex


class RowDelegate(QStyledItemDelegate):
    """Paints the cells; the rows' fills are the view's."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        t, s = theme(), theme().s
        rect: QRect = option.rect
        column = index.data(Role.COLUMN)
        selected = self._table.is_selected(index.row())
        excluded = bool(index.data(Role.REASON))
        area = QRectF(rect).adjusted(s(3), 0, -s(3), 0)
        if (picture := index.data(Role.ICON)) is not None:
            side = s(4)
            place = QRectF(area.left(), area.center().y() - side / 2 + 0.5, side, side)
            paint_icon(painter, place, picture[0], t.word("neutral" if excluded else picture[1]))
            area.setLeft(area.left() + side + s(3))
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        chips = index.data(Role.CHIPS)
        if text:
            strong = selected and index.column() == 0
            painter.setFont(t.font("strong" if strong else "body", tabular=column.align == "right"))
            painter.setPen(t.color("muted" if excluded and column.tone == "text" else column.tone))
            metrics = painter.fontMetrics()
            room = area.width() - sum(chip_size(ChipSpec(*chip)).width() + s(2) for chip in chips)
            mode = Qt.TextElideMode.ElideMiddle if column.elide == "middle" else Qt.TextElideMode.ElideRight
            shown = metrics.elidedText(text, mode, int(max(room, min(area.width(), s(10)))))
            side_flag = Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
            painter.drawText(area, side_flag | Qt.AlignmentFlag.AlignVCenter, shown)
            area.setLeft(area.left() + metrics.horizontalAdvance(shown) + s(2.5))
        for chip in chips:
            spec = ChipSpec(*chip)
            size = chip_size(spec)
            width = min(size.width(), area.width())
            if width < s(6):
                break
            place = QRectF(area.left(), area.center().y() - size.height() / 2 + 0.5, width, size.height())
            paint_chip(painter, place, spec, on_selection=selected)
            area.setLeft(place.right() + s(1.5))


class Table(QTableView):
    """A list of a RowsModel.

    Signals: `chosen_changed(row or None)`, another row is chosen; `opened(row)`, Enter or double click.

    The choice is a key, not a position: it survives filters and refreshes, and ends (None) when its row is gone.
    Excluded rows can be reached with the keyboard, to read why, but not chosen. `name` is the accessible name.
    Enter reaches the page (its primary button) unless `opens` says that rows open.
    """

    chosen_changed = Signal(object)
    opened = Signal(object)
    paints_own_focus = True

    def __init__(self, model: RowsModel[Any], name: str, *, opens: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows, self._opens = model, opens
        self._chosen: Any = None
        self._hovered = -1
        self._ring = self._arriving = False
        self.setAccessibleName(name)
        set_type(self, "body")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.viewport().setMouseTracking(True)
        self.setItemDelegate(RowDelegate(self))
        vertical, header = self.verticalHeader(), self.horizontalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setMinimumSectionSize(1)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(1)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_type(header, "label")
        self.setModel(model)
        self.retheme()
        model.modelReset.connect(self._restore)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self._double_clicked)

    # -- what pages use

    def chosen(self) -> Any:
        """The row chosen, shown or filtered away, or None."""
        return None if self._chosen is None else self._rows.find(self._chosen)

    def choose(self, key: Any, *, scroll: bool = True) -> bool:
        """Choose the row with this key; None for no choice. False if there is none or it is excluded."""
        row = None if key is None else self._rows.find(key)
        if key is not None and (row is None or self._rows.reason(row)):
            return False
        changed = key != self._chosen
        self._chosen = key
        self._restore(scroll=scroll)
        if changed:
            self.chosen_changed.emit(row)
        return True

    def is_selected(self, position: int) -> bool:
        """Whether the row at this position is the chosen one."""
        return self._chosen is not None and self._rows.key_of(self._rows.row_at(position)) == self._chosen

    # -- choosing

    def selectionCommand(self, index: _Index, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:
        # An excluded row takes the focus, but leaves the choice where it is.
        if index.isValid() and not index.flags() & Qt.ItemFlag.ItemIsSelectable:
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return super().selectionCommand(index, event)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and self.hasFocus() and not self._arriving:
            self._take(current)
        self.viewport().update()

    def _clicked(self, index: QModelIndex) -> None:
        self._take(index)

    def _take(self, index: _Index) -> None:
        row = self._rows.row_at(index)
        key = self._rows.key_of(row)
        if key == self._chosen or self._rows.reason(row):
            return
        self._chosen = key
        self.viewport().update()
        self.chosen_changed.emit(row)

    def _double_clicked(self, index: QModelIndex) -> None:
        row = self._rows.row_at(index)
        if not self._rows.reason(row):
            self.opened.emit(row)

    def _restore(self, *, scroll: bool = False) -> None:
        """After a reset: select the chosen row again if it is shown; forget it if it is no more."""
        self._hovered = -1
        if self._chosen is not None and self._rows.find(self._chosen) is None:
            self._chosen = None
            self.chosen_changed.emit(None)
        at = -1 if self._chosen is None else self._rows.position(self._chosen)
        selection = self.selectionModel()
        if at < 0:
            selection.clear()
        else:
            index = self._rows.index(at, 0)
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            if scroll:
                self.scrollTo(index)
        self.viewport().update()

    # -- keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            index = self.currentIndex()
            if self._opens and index.isValid():
                self._double_clicked(index)
            else:
                event.ignore()
            return
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Escape}:
            event.ignore()
            return
        if key == Qt.Key.Key_Space:
            if self.currentIndex().isValid():  # where Tab has led, nothing is chosen yet
                self._take(self.currentIndex())
            return
        if key in {Qt.Key.Key_Home, Qt.Key.Key_End} and self._rows.shown():
            self.setCurrentIndex(self._rows.index(0 if key == Qt.Key.Key_Home else self._rows.shown() - 1, 0))
        else:
            super().keyPressEvent(event)
        self._ring = True
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() in KEYBOARD:
            self._ring = True
        elif event.reason() == Qt.FocusReason.MouseFocusReason:
            self._ring = False
        self._arriving = True  # Qt makes the first row the current one: to look at, not chosen yet
        super().focusInEvent(event)
        self._arriving = False
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._ring = False
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()

    def hovered(self) -> int:
        """The position of the row under the mouse, -1 if none."""
        return self._hovered

    # -- sizes

    def retheme(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme().s(9))
        self.horizontalHeader().setFixedHeight(theme().s(8.5))
        self._set_widths()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_widths()

    def _set_widths(self) -> None:
        """Columns of a fixed width are at least as wide as their title; the others share the rest."""
        if self.model() is None:
            return
        metrics = self.horizontalHeader().fontMetrics()
        fixed = {
            at: max(theme().s(column.width), metrics.horizontalAdvance(column.title) + theme().s(6) + 2)
            for at, column in enumerate(self._rows.columns)
            if column.width
        }
        free = [at for at in range(len(self._rows.columns)) if at not in fixed]
        rest = max(0, self.viewport().width() - sum(fixed.values()))
        for at, width in fixed.items():
            self.setColumnWidth(at, width)
        for place, at in enumerate(free):
            share = rest // len(free) + (rest % len(free) if place == 0 else 0)
            self.setColumnWidth(at, max(share, theme().s(20)))

    # -- paint

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_rows(painter)
        super().paintEvent(event)
        if self.hasFocus() and self._ring and self.currentIndex().isValid():
            with QPainter(self.viewport()) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(theme().color("accent"), 2))
                rect = QRectF(self._row_rect(self.currentIndex().row())).adjusted(1, 1, -1, -1)
                painter.drawRoundedRect(rect, theme().s(1.5), theme().s(1.5))

    def _row_rect(self, row: int) -> QRect:
        """The fill of a row: inset by a unit at the sides, by a pixel above and below."""
        inset = theme().s(1)
        width = self.viewport().width() - 2 * inset
        return QRect(QPoint(inset, self.rowViewportPosition(row) + 1), QPoint(inset + width - 1, 0)).adjusted(
            0, 0, 0, self.rowViewportPosition(row) + self.rowHeight(row) - 2
        )

    def _paint_rows(self, painter: QPainter) -> None:
        count = self._rows.shown()
        first = self.rowAt(0)
        if first < 0 or not count:
            return
        bottom = self.viewport().height()
        t, s = theme(), theme().s
        row = first
        while row < count and self.rowViewportPosition(row) < bottom:
            rect = self._row_rect(row)
            selected = self.is_selected(row)
            hovered = row == self._hovered and not self._rows.reason(self._rows.row_at(row))
            if selected or hovered:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(t.color("accent_soft" if selected else "hover"))
                painter.drawRoundedRect(QRectF(rect), s(1.5), s(1.5))
                if selected:
                    painter.setBrush(t.color("accent"))
                    bar = QRectF(rect.left(), rect.top() + s(2), 3, rect.height() - s(4))
                    painter.drawRoundedRect(bar, 1.5, 1.5)
            elif row + 1 < count and row + 1 != self._hovered and not self.is_selected(row + 1):
                y = self.rowViewportPosition(row) + self.rowHeight(row) - 1
                painter.fillRect(QRect(s(3), y, self.viewport().width() - s(6), 1), t.color("hairline"))
            row += 1


class TableCard(QFrame):
    """A table in its card, with the hairline under the header; `content` is what a StatefulList shows when loaded."""

    def __init__(self, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from isowright_gui.widgets.layouts import column

        self.table = table
        box = column(self, gap=0)
        box.addWidget(table)
        self.setFocusProxy(table)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        y = self.table.y() + self.table.horizontalHeader().height()
        with QPainter(self) as painter:
            painter.fillRect(QRect(0, y, self.width(), 1), theme().color("hairline"))
