"""One virtual model for every list: frozen row objects, column specifications, a filter as typed.

Filtering happens in Python over search keys made once, and resets the model: 10,000 rows take 2 ms, a proxy model many
times that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Generic, Literal, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class Role(IntEnum):
    """What the table's delegate asks for, beyond the text."""

    CHIPS = Qt.ItemDataRole.UserRole + 1  # tuple[ChipSpec, ...] painted after the text
    ICON = Qt.ItemDataRole.UserRole + 2  # (Phosphor name, tone) before the text
    REASON = Qt.ItemDataRole.UserRole + 3  # why the row cannot be chosen, "" if it can
    ROW = Qt.ItemDataRole.UserRole + 4  # the row object
    COLUMN = Qt.ItemDataRole.UserRole + 5  # the Column


@dataclass(frozen=True)  # no slots: Column[Flavor](…) could not be made
class Column(Generic[R]):
    """One column: title, text of a row; `width` in units, 0 for the column that takes the rest.

    `chips` gives (text, tone, icon) triples as widgets.ChipSpec, `icon` a (Phosphor name, tone) pair. `tone` is the
    colour of the words: "text" for what identifies the row, "muted" for facts about it.
    """

    title: str
    text: Callable[[R], str]
    width: float = 0
    align: Literal["left", "right"] = "left"
    tone: str = "text"
    elide: Literal["middle", "right"] = "middle"
    chips: Callable[[R], Sequence[Any]] | None = None
    icon: Callable[[R], tuple[str, str] | None] | None = None


class RowsModel(QAbstractTableModel, Generic[R]):
    """`key(row)` identifies a row across refreshes; `excluded(row)` gives the reason why it cannot be chosen.

    `search(row)` is what the filter looks in, all texts and chips of the row unless told otherwise; each word of the
    filter must be found, in any order and case.
    """

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], Any],
        search: Callable[[R], str] | None = None,
        excluded: Callable[[R], str] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._key = key
        self._search = search or self._all_texts
        self._excluded = excluded or (lambda _row: "")
        self._rows: list[R] = []
        self._keys: list[str] = []
        self._shown: list[R] = []
        self._shown_keys: list[str] = []
        self._words: list[str] = []
        self._filter = ""

    # -- what pages use

    def set_rows(self, rows: Sequence[R]) -> None:
        """Show these rows, in this order, through the filter in use."""
        keys = [self._search(row).casefold() for row in rows]
        self.beginResetModel()
        self._rows, self._keys = list(rows), keys
        self._sift(self._rows, self._keys)
        self.endResetModel()

    def set_filter(self, text: str) -> None:
        """Show only rows in which every word of `text` occurs."""
        words = text.casefold().split()
        if words == self._words:
            self._filter = text
            return
        # More typed: what was sifted out stays out.
        narrower = bool(self._words) and all(any(old in new for new in words) for old in self._words)
        self._filter, self._words = text, words
        self.beginResetModel()
        if narrower:
            self._sift(self._shown, self._shown_keys)
        else:
            self._sift(self._rows, self._keys)
        self.endResetModel()

    def filter(self) -> str:
        """The filter in use, as typed."""
        return self._filter

    def total(self) -> int:
        """How many rows there are without the filter."""
        return len(self._rows)

    def shown(self) -> int:
        """How many rows the filter lets through."""
        return len(self._shown)

    def rows(self) -> list[R]:
        """All rows."""
        return list(self._rows)

    def row_at(self, index: Index | int) -> R:
        """The row shown at an index or position; IndexError beyond the end."""
        return self._shown[index if isinstance(index, int) else index.row()]

    def position(self, key: Any) -> int:
        """Where the row with this key is shown, -1 if it is not."""
        return next((at for at, row in enumerate(self._shown) if self._key(row) == key), -1)

    def find(self, key: Any) -> R | None:
        """The row with this key, shown or not."""
        return next((row for row in self._rows if self._key(row) == key), None)

    def key_of(self, row: R) -> Any:
        """The key of a row."""
        return self._key(row)

    def reason(self, row: R) -> str:
        """Why a row cannot be chosen, empty if it can."""
        return self._excluded(row)

    # --

    def _sift(self, rows: list[R], keys: list[str]) -> None:
        if not self._words:
            self._shown, self._shown_keys = rows, keys
            return
        if len(self._words) == 1:
            word = self._words[0]
            kept = [at for at, key in enumerate(keys) if word in key]
        else:
            words = self._words
            kept = [at for at, key in enumerate(keys) if all(word in key for word in words)]
        self._shown, self._shown_keys = [rows[at] for at in kept], [keys[at] for at in kept]

    def _all_texts(self, row: R) -> str:
        found = [column.text(row) for column in self.columns]
        found += [chip[0] for column in self.columns if column.chips is not None for chip in column.chips(row)]
        return " ".join(found)

    # -- QAbstractTableModel

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        if not self._excluded(self._shown[index.row()]):
            flags |= Qt.ItemFlag.ItemIsSelectable
        return flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._shown[index.row()], self.columns[index.column()]
        answer = self._ANSWERS.get(role)
        return None if answer is None else answer(self, row, column)

    def spoken(self, row: R, column: Column[R]) -> str:
        """What a screen reader says for a cell: its text and its chips."""
        words = [column.text(row), *(chip[0] for chip in column.chips(row))] if column.chips else [column.text(row)]
        return ", ".join(word for word in words if word)

    _ANSWERS: ClassVar[dict[int, Callable[[RowsModel[Any], Any, Column[Any]], Any]]] = {
        Qt.ItemDataRole.DisplayRole: lambda _model, row, column: column.text(row),
        Role.CHIPS: lambda _model, row, column: tuple(column.chips(row)) if column.chips is not None else (),
        Role.ICON: lambda _model, row, column: column.icon(row) if column.icon is not None else None,
        Role.REASON: lambda model, row, _column: model.reason(row),
        Role.ROW: lambda _model, row, _column: row,
        Role.COLUMN: lambda _model, _row, column: column,
        Qt.ItemDataRole.AccessibleTextRole: lambda model, row, column: model.spoken(row, column),
        Qt.ItemDataRole.AccessibleDescriptionRole: lambda model, row, _column: model.reason(row),
    }
