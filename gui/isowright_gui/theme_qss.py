"""The style sheet, generated from tokens and the unit.

It does surfaces, borders, radii, paddings, hover, pressed and variants by dynamic property:
`kind` (buttons), `surface` (frames), `tone` (labels, soft frames), `bad` (inputs), `small` (buttons).
Fonts are not in it: a font in a sheet beats `setFont`. Colours are the tokens' values: `palette(…)` in a sheet knows
too few roles.
"""

from __future__ import annotations

from collections.abc import Callable


def make_sheet(t: dict[str, str], s: Callable[[float], int], pictures: dict[str, str]) -> str:
    """The whole sheet; `s` turns units into pixels. Heights are of the content, hence minus the two border lines."""
    return "\n".join((_frames(t, s), _buttons(t, s), _inputs(t, s, pictures), _choices(t, s, pictures), _views(t, s)))


def _frames(t: dict[str, str], s: Callable[[float], int]) -> str:
    soft = "\n".join(
        f'QFrame[surface="soft"][tone="{tone}"] {{ background: {t[tone + "_soft"]}; }}'
        for tone in ("accent", "success", "warning", "danger", "neutral")
    )
    words = "\n".join(
        f'QLabel[tone="{tone}"] {{ color: {t[tone]}; }}'
        for tone in ("text", "muted", "accent", "success", "warning", "danger")
    )
    return f"""
QWidget[surface="window"] {{ background: {t["window"]}; }}
QWidget[surface="sidebar"] {{ background: {t["sidebar"]}; }}
QFrame[surface="card"] {{ background: {t["surface"]}; border: 1px solid {t["hairline"]}; border-radius: {s(2.5)}px; }}
QFrame[surface="soft"] {{ border: 0; border-radius: {s(2.5)}px; background: {t["neutral_soft"]}; }}
{soft}
QFrame[surface="code"] {{ background: {t["surface"]}; border: 1px solid {t["hairline"]}; border-radius: {s(2)}px; }}
QFrame[surface="trough"] {{ background: {t["neutral_soft"]}; border: 0; border-radius: {s(1.5)}px; }}
QFrame[surface="hairline"] {{ background: {t["hairline"]}; border: 0; }}
QLabel {{ background: transparent; color: {t["text"]}; }}
QLabel:disabled {{ color: {t["disabled"]}; }}
QLabel[tone="neutral"] {{ color: {t["muted"]}; }}
{words}
QScrollArea, QScrollArea > QWidget > QWidget[surface=""] {{ background: transparent; border: 0; }}
QScrollArea > QWidget#qt_scrollarea_viewport {{ background: transparent; }}
QToolTip {{ background: {t["inverse"]}; color: {t["on_inverse"]}; border: 0; padding: {s(1)}px {s(2)}px; }}
QMenu {{ background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["border"]}; padding: {s(1)}px; }}
QMenu::item {{ padding: {s(1.5)}px {s(6)}px {s(1.5)}px {s(3)}px; border-radius: {s(1)}px; background: transparent; }}
QMenu::item:selected {{ background: {t["accent_soft"]}; color: {t["text"]}; }}
QMenu::item:disabled {{ color: {t["disabled"]}; }}
QMenu::icon {{ padding-left: {s(2)}px; }}
QMenu::separator {{ height: 1px; background: {t["hairline"]}; margin: {s(1)}px {s(2)}px; }}
QScrollBar:vertical {{ width: {s(2.5)}px; background: transparent; margin: 0; }}
QScrollBar:horizontal {{ height: {s(2.5)}px; background: transparent; margin: 0; }}
QScrollBar::handle {{ background: {t["border"]}; border-radius: {s(0.75)}px; margin: {s(0.5)}px; }}
QScrollBar::handle:vertical {{ min-height: {s(8)}px; }}
QScrollBar::handle:horizontal {{ min-width: {s(8)}px; }}
QScrollBar::handle:hover {{ background: {t["muted"]}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: transparent; border: 0; width: 0; height: 0; }}
"""


def _buttons(t: dict[str, str], s: Callable[[float], int]) -> str:
    # The focus ring is painted outside a control; Fusion's own rectangle inside it would be a second one.
    return f"""
QPushButton, QCheckBox, QRadioButton, QComboBox {{ outline: 0; }}
QPushButton {{ min-height: {s(8) - 2}px; padding: 0 {s(3)}px; border: 1px solid {t["border"]};
    border-radius: {s(1.5)}px; background: {t["surface"]}; color: {t["text"]}; }}
QPushButton:hover {{ background: {t["hover"]}; }}
QPushButton:pressed {{ background: {t["neutral_soft"]}; }}
QPushButton:disabled {{ background: transparent; border-color: {t["hairline"]}; color: {t["disabled"]}; }}
QPushButton[small="true"] {{ min-height: {s(7) - 2}px; padding: 0 {s(2.5)}px; }}
QPushButton[kind="primary"] {{ background: {t["fill"]}; border-color: {t["fill"]}; color: {t["on_fill"]};
    padding: 0 {s(4)}px; }}
QPushButton[kind="primary"]:hover {{ background: {t["fill_hover"]}; border-color: {t["fill_hover"]}; }}
QPushButton[kind="primary"]:pressed {{ background: {t["fill_pressed"]}; border-color: {t["fill_pressed"]}; }}
QPushButton[kind="primary"]:disabled {{ background: {t["neutral_soft"]}; border-color: {t["neutral_soft"]};
    color: {t["disabled"]}; }}
QPushButton[kind="danger"] {{ color: {t["danger"]}; }}
QPushButton[kind="danger"]:disabled {{ color: {t["disabled"]}; }}
QPushButton[kind="ghost"] {{ background: transparent; border-color: transparent; }}
QPushButton[kind="ghost"]:hover {{ background: {t["neutral_soft"]}; }}
QPushButton[kind="ghost"]:pressed {{ background: {t["hairline"]}; }}
QPushButton[kind="link"] {{ background: transparent; border-color: transparent; color: {t["accent"]}; padding: 0;
    min-height: {s(6)}px; text-align: left; }}
QPushButton[kind="link"]:hover, QPushButton[kind="link"]:pressed {{ text-decoration: underline; }}
QPushButton[kind="link"]:disabled {{ color: {t["disabled"]}; }}
QPushButton[kind="icon"] {{ background: transparent; border-color: transparent; padding: 0;
    min-width: {s(8) - 2}px; max-width: {s(8) - 2}px; }}
QPushButton[kind="icon"][small="true"] {{ min-width: {s(7) - 2}px; max-width: {s(7) - 2}px; }}
QPushButton[kind="icon"]:hover {{ background: {t["neutral_soft"]}; }}
QPushButton[kind="icon"]:pressed {{ background: {t["hairline"]}; }}
QPushButton[kind="segment"] {{ background: transparent; border-color: transparent; color: {t["muted"]};
    min-height: {s(7) - 2}px; border-radius: {s(1)}px; }}
QPushButton[kind="segment"]:hover {{ color: {t["text"]}; }}
QPushButton[kind="segment"]:checked {{ background: {t["surface"]}; border-color: {t["border"]}; color: {t["text"]}; }}
QPushButton[kind="segment"]:disabled {{ color: {t["disabled"]}; }}
QPushButton::menu-indicator {{ image: none; width: 0; }}
"""


def _inputs(t: dict[str, str], s: Callable[[float], int], pictures: dict[str, str]) -> str:
    every = "QLineEdit, QComboBox, QAbstractSpinBox"

    def when(state: str) -> str:
        return ", ".join(f"{each}{state}" for each in every.split(", "))

    return f"""
{every} {{ min-height: {s(8) - 2}px; border: 1px solid {t["border"]}; border-radius: {s(1.5)}px;
    background: {t["surface"]}; color: {t["text"]}; placeholder-text-color: {t["muted"]};
    selection-background-color: {t["fill"]}; selection-color: {t["on_fill"]}; }}
QLineEdit {{ padding: 0 {s(2)}px; }}
QComboBox {{ padding: 0 {s(2.25)}px; }}
{when(":hover")} {{ border-color: {t["muted"]}; }}
{when(":focus")} {{ border-color: {t["accent"]}; }}
{when('[bad="true"]')} {{ border-color: {t["danger"]}; }}
{when(":disabled")} {{ background: {t["sunken"]}; border-color: {t["hairline"]}; color: {t["disabled"]};
    placeholder-text-color: {t["disabled"]}; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:hover, QAbstractSpinBox QLineEdit:focus,
QAbstractSpinBox QLineEdit:disabled {{ border: 0; padding: 0; background: transparent; min-height: 0; }}
QAbstractSpinBox {{ padding: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ subcontrol-origin: border; width: {s(8)}px;
    height: {s(4)}px; border: 0; background: transparent; }}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
QAbstractSpinBox::up-arrow {{ image: url({pictures["up"]}); width: {s(3)}px; height: {s(3)}px; }}
QAbstractSpinBox::down-arrow {{ image: url({pictures["down"]}); width: {s(3)}px; height: {s(3)}px; }}
QAbstractSpinBox::up-arrow:disabled, QAbstractSpinBox::up-arrow:off {{ image: url({pictures["up_off"]}); }}
QAbstractSpinBox::down-arrow:disabled, QAbstractSpinBox::down-arrow:off {{ image: url({pictures["down_off"]}); }}
QComboBox::drop-down {{ border: 0; width: {s(8)}px; background: transparent; }}
QComboBox::down-arrow {{ image: url({pictures["down"]}); width: {s(4)}px; height: {s(4)}px; }}
QComboBox::down-arrow:disabled {{ image: url({pictures["down_off"]}); }}
QComboBox QAbstractItemView {{ background: {t["surface"]}; color: {t["text"]}; border: 1px solid {t["border"]};
    padding: {s(1)}px; outline: 0; selection-background-color: {t["accent_soft"]}; selection-color: {t["text"]}; }}
QComboBox QAbstractItemView::item {{ min-height: {s(7.5)}px; padding: 0 {s(1.25)}px; border-radius: {s(1)}px; }}
QComboBox QAbstractItemView::item:selected {{ background: {t["accent_soft"]}; color: {t["text"]}; }}
QComboBox QAbstractItemView::item:disabled {{ color: {t["disabled"]}; }}
QPlainTextEdit, QTextEdit {{ border: 1px solid {t["border"]}; border-radius: {s(1.5)}px; background: {t["surface"]};
    color: {t["text"]}; placeholder-text-color: {t["muted"]}; padding: {s(1)}px;
    selection-background-color: {t["fill"]}; selection-color: {t["on_fill"]}; }}
QPlainTextEdit:focus, QTextEdit:focus {{ border-color: {t["accent"]}; }}
QPlainTextEdit[bad="true"] {{ border-color: {t["danger"]}; }}
QPlainTextEdit:disabled {{ background: {t["sunken"]}; border-color: {t["hairline"]}; color: {t["disabled"]}; }}
QPlainTextEdit[surface="sunken"] {{ border: 0; background: {t["sunken"]}; }}
"""


def _choices(t: dict[str, str], s: Callable[[float], int], pictures: dict[str, str]) -> str:
    return f"""
QCheckBox, QRadioButton {{ spacing: {s(2)}px; color: {t["text"]}; background: transparent; min-height: {s(5)}px; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {t["disabled"]}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {s(4.5) - 2}px; height: {s(4.5) - 2}px;
    border: 1px solid {t["border"]}; background: {t["surface"]}; }}
QCheckBox::indicator {{ border-radius: {s(1)}px; }}
QRadioButton::indicator {{ border-radius: {s(4.5) // 2}px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ background: {t["hover"]}; border-color: {t["muted"]}; }}
QCheckBox::indicator:checked {{ background: {t["fill"]}; border-color: {t["fill"]}; image: url({pictures["tick"]}); }}
QCheckBox::indicator:indeterminate {{ background: {t["fill"]}; border-color: {t["fill"]};
    image: url({pictures["dash"]}); }}
QRadioButton::indicator:checked {{ background: {t["fill"]}; border-color: {t["fill"]}; image: url({pictures["dot"]}); }}
QCheckBox::indicator:checked:hover, QRadioButton::indicator:checked:hover {{ background: {t["fill_hover"]};
    border-color: {t["fill_hover"]}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ background: {t["sunken"]};
    border-color: {t["hairline"]}; }}
QCheckBox::indicator:checked:disabled {{ image: url({pictures["tick_off"]}); }}
QRadioButton::indicator:checked:disabled {{ image: url({pictures["dot_off"]}); }}
"""


def _views(t: dict[str, str], s: Callable[[float], int]) -> str:
    return f"""
QTableView, QTreeView, QListView {{ background: transparent; border: 0; outline: 0; color: {t["text"]};
    alternate-background-color: transparent; selection-background-color: transparent; selection-color: {t["text"]}; }}
QTableView::item, QTableView::item:selected, QTableView::item:hover, QTreeView::item, QTreeView::item:selected,
QTreeView::item:hover, QTreeView::branch, QTreeView::branch:selected,
QTreeView::branch:hover {{ background: transparent; border: 0; }}
QHeaderView {{ background: transparent; border: 0; }}
QHeaderView::section {{ background: transparent; border: 0; color: {t["muted"]}; padding: 0 {s(3)}px; }}
QDialog {{ background: {t["window"]}; }}
"""
