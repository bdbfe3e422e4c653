"""Widgets of the design system."""

from isowright_gui.widgets.buttons import BusyButton, Button, IconButton
from isowright_gui.widgets.card import Banner, Card, Section
from isowright_gui.widgets.chip import Chip, ChipSpec, PracticeBadge
from isowright_gui.widgets.disclosure import Disclosure
from isowright_gui.widgets.error_card import ErrorCard
from isowright_gui.widgets.field import Field
from isowright_gui.widgets.flow_grid import FlowGrid
from isowright_gui.widgets.focus_ring import FocusRing
from isowright_gui.widgets.footer import Footer
from isowright_gui.widgets.glyphs import Icon, Spinner, StateGlyph, Tile
from isowright_gui.widgets.inputs import CheckRow, ComboBox, LineEdit, PasswordEdit, SearchEdit, SpinBox
from isowright_gui.widgets.labels import ElidedLabel, Hairline, KeyValue, Label, PageHeader, WrapLabel
from isowright_gui.widgets.layouts import clear, column, grid, row
from isowright_gui.widgets.progress import ProgressBar
from isowright_gui.widgets.rows import CheckItem, ListRow, Resource, ResourcePanel, ResourceRow
from isowright_gui.widgets.segmented import Segmented
from isowright_gui.widgets.skeleton import Skeleton
from isowright_gui.widgets.stateful_list import StatefulList
from isowright_gui.widgets.stepper import Step, Stepper
from isowright_gui.widgets.table import Table, TableCard
from isowright_gui.widgets.timeline import StageRow, Timeline

__all__ = [
    "Banner",
    "BusyButton",
    "Button",
    "Card",
    "CheckItem",
    "CheckRow",
    "Chip",
    "ChipSpec",
    "ComboBox",
    "Disclosure",
    "ElidedLabel",
    "ErrorCard",
    "Field",
    "FlowGrid",
    "FocusRing",
    "Footer",
    "Hairline",
    "Icon",
    "IconButton",
    "KeyValue",
    "Label",
    "LineEdit",
    "ListRow",
    "PageHeader",
    "PasswordEdit",
    "PracticeBadge",
    "ProgressBar",
    "Resource",
    "ResourcePanel",
    "ResourceRow",
    "SearchEdit",
    "Section",
    "Segmented",
    "Skeleton",
    "SpinBox",
    "Spinner",
    "StageRow",
    "StateGlyph",
    "StatefulList",
    "Step",
    "Stepper",
    "Table",
    "TableCard",
    "Tile",
    "Timeline",
    "WrapLabel",
    "clear",
    "column",
    "grid",
    "row",
]
