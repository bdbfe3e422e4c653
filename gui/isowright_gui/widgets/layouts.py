"""Boxes whose gaps and margins are given in units of the theme, and follow it when the font changes."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from isowright_gui.theme import rescale, theme

Margins = tuple[float, float, float, float]
NONE: Margins = (0, 0, 0, 0)
NARROW = 150  # units of a page's width below which its margins are thin and what stands side by side stacks


def column(parent: QWidget | None = None, *, gap: float = 2, margins: Margins = NONE) -> QVBoxLayout:
    """A column; `gap` and `margins` (left, top, right, bottom) in units."""
    layout = QVBoxLayout() if parent is None else QVBoxLayout(parent)
    set_units(layout, gap, margins)
    return layout


def row(parent: QWidget | None = None, *, gap: float = 2, margins: Margins = NONE) -> QHBoxLayout:
    """A row; `gap` and `margins` (left, top, right, bottom) in units."""
    layout = QHBoxLayout() if parent is None else QHBoxLayout(parent)
    set_units(layout, gap, margins)
    return layout


def grid(parent: QWidget | None = None, *, gap: float = 2, margins: Margins = NONE) -> QGridLayout:
    """A grid; `gap` and `margins` (left, top, right, bottom) in units."""
    layout = QGridLayout() if parent is None else QGridLayout(parent)
    set_units(layout, gap, margins)
    return layout


def set_units(layout: QLayout, gap: float, margins: Margins = NONE) -> None:
    """Give any layout gaps in units."""
    layout.setProperty("units", [gap, *margins])
    rescale(layout)


def thin(margins: Margins, width: int) -> Margins:
    """The margins of what is `width` pixels wide: left and right are halved where room is scarce."""
    left, top, right, bottom = margins
    return (left / 2, top, right / 2, bottom) if width < theme().s(NARROW) else margins


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let go of the widgets in it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()
