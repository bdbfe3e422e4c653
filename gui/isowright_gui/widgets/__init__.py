"""Widgets of the design system."""

from isowright_gui.widgets.buttons import BusyButton, Button, IconButton
from isowright_gui.widgets.card import Banner, Card, Section
from isowright_gui.widgets.chip import Chip, ChipSpec, PracticeBadge
from isowright_gui.widgets.disclosure import Disclosure
from isowright_gui.widgets.field import Field
from isowright_gui.widgets.glyphs import Icon, Spinner, StateGlyph, Tile
from isowright_gui.widgets.inputs import CheckRow, ComboBox, LineEdit, PasswordEdit, SearchEdit, SpinBox
from isowright_gui.widgets.labels import ElidedLabel, Hairline, KeyValue, Label, PageHeader, WrapLabel
from isowright_gui.widgets.layouts import clear, column, grid, row
from isowright_gui.widgets.progress import ProgressBar
from isowright_gui.widgets.segmented import Segmented

__all__ = [
    "Banner",
    "BusyButton",
    "Button",
    "Card",
    "CheckRow",
    "Chip",
    "ChipSpec",
    "ComboBox",
    "Disclosure",
    "ElidedLabel",
    "Field",
    "Hairline",
    "Icon",
    "IconButton",
    "KeyValue",
    "Label",
    "LineEdit",
    "PageHeader",
    "PasswordEdit",
    "PracticeBadge",
    "ProgressBar",
    "SearchEdit",
    "Section",
    "Segmented",
    "SpinBox",
    "Spinner",
    "StateGlyph",
    "Tile",
    "WrapLabel",
    "clear",
    "column",
    "grid",
    "row",
]
