"""Widgets of the design system. Sizes in units (`theme().u`), words by types and tones, colours at paint time.

Types: title heading strong button body label caption mono. Tones: text muted accent success warning danger (neutral
in chips and banners). States of glyphs: done answered current running failed problem warning info waiting ahead
skipped deleted cancelled your_turn kept costs. Icons are Phosphor names ("play", "check-circle-fill").

Layout
    column(parent=None, *, gap=2, margins=(0, 0, 0, 0)), row(…), grid(…): boxes in units. clear(layout) deletes its
        widgets.
    FlowGrid(min_width=70, max_columns=3, gap=4): set_widgets(list), widgets(), columns(), clear().
    FocusRing(window): one per window; target(). Widgets with `paints_own_focus = True` are left alone.
    Hairline(): one pixel.

Words
    Label(text, kind="body", tone="", tabular=False), WrapLabel(…, selectable=False), ElidedLabel(…, mode=middle):
        set_tone.
    PageHeader(title, sentence): set_texts. KeyValue(key, value, stacked=, mono=, glyph=): set_value(value, glyph="").

Buttons
    Button(text, kind="secondary", icon="", small=False): set_kind, set_icon; kinds primary secondary danger ghost
        link.
    BusyButton(…): set_busy(verb | None), busy(). IconButton(icon, name, small=False).

Surfaces
    Card(padded=True, gap=2): body, add(widget), add_line(indent=0).
    Section(heading): heading, head, body, add_head(widget), add(widget, stretch=0).
    Banner(title, text="", tone="accent", icon="info", closable=False): add_action(text, kind) -> Button, set_texts;
        signal dismissed.
    Chip(text, tone="neutral", icon=""): set_chip, text(). ChipSpec(text, tone, icon) for cells. PracticeBadge().
    Tile(icon, tone="neutral", size=9), Icon(name, tone, size=4): set_icon.
    StateGlyph(state, size=4.5): set_state, state(). Spinner(size=4, tone="muted"). ProgressBar(fraction | None):
        set_fraction.
    Disclosure(text, is_open=False): body, add, set_open, is_open; signal toggled(bool).

Inputs
    Field(label, control, help_text="", optional=False): set_help, set_error(text | None), set_checking(bool,
        text=""),
        set_ok(text=""), reset, set_label, set_optional; error(), line(), checking(), ok(). The label is the control's
        buddy.
    LineEdit(text="", placeholder="", mono=False), PasswordEdit(placeholder), SearchEdit(placeholder).
    ComboBox([(text, data)]): set_items(items, keep=True), choose(data); currentData() as ever.
    SpinBox(value, minimum, maximum, suffix=" GiB"). CheckRow(text, help, checked=False): box, toggled, set_help.
    Segmented([(text, value)], name): value(), set_value, buttons(); signal changed(value).

Lists (models.RowsModel, models.Column)
    Table(model, name, opens=False): chosen() -> row | None, choose(key, scroll=True) -> bool; signals
        chosen_changed(row | None), opened(row). TableCard(table): give it to a StatefulList.
    StatefulList(content, rows=4, row_height=9): set_loading(sentence, keep=True), set_content(), set_empty(title,
        text,
        icon=, action=), set_no_match(title, text), set_error(title, text, details, icon=); state(), busy(); signals
        retry, clear_filter, action. Skeleton(rows, height).
    ListRow(title, second, glyph=, tone=, facts=[(text, width)], opens=True): set_state, set_fact, slot, beside;
        clicked.
    CheckItem(label): set_check(state, word="", why="", remedy="", other=""), state(); signals remedy, other.
    Resource(name, kind, icon, state, word); ResourceRow; ResourcePanel(heading=""): set_resources(list),
        set_sentence.

Shell and runs
    Stepper(): set_heading, set_practice(bool), set_steps([Step(id, title, state, answer)], current=""), row_of(id);
        signals activated(id), home, leave. Step states: done current ahead problem.
    Footer(): back_button, primary_button, set_back(text | None), set_primary(text, kind, icon), set_busy(verb |
        None),
        set_hint(text, tone="muted", glyph=""), add_action(text, kind, leading=False), remove_action; signals back,
        primary.
    ErrorCard(title, detail, remedy, request_id=, code=, facts=, framed=True): add_action(text, kind=None, icon=""),
        clear_actions, set_problem(…), details_text().
    Timeline(): add_stage(id, title) -> StageRow, stage(id), stages(), set_state(id, state, word="").
    StageRow: set_detail, set_elapsed, set_progress(fraction | None), set_live, append_log, set_log, set_log_open,
        set_body(widget | None); signal log_opened(bool). Change states through Timeline.set_state (connectors).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

# Modules are imported when something of theirs is first asked for: the first window needs half of them.
_MODULES = {
    "buttons": "BusyButton Button IconButton",
    "card": "Banner Card Section",
    "chip": "Chip ChipSpec PracticeBadge",
    "disclosure": "Disclosure",
    "error_card": "ErrorCard",
    "field": "Field",
    "flow_grid": "FlowGrid",
    "focus_ring": "FocusRing",
    "footer": "Footer",
    "glyphs": "Icon Spinner StateGlyph Tile",
    "inputs": "CheckRow ComboBox LineEdit PasswordEdit SearchEdit SpinBox",
    "labels": "ElidedLabel Hairline KeyValue Label PageHeader WrapLabel",
    "layouts": "clear column grid row",
    "progress": "ProgressBar",
    "rows": "CheckItem ListRow Resource ResourcePanel ResourceRow",
    "segmented": "Segmented",
    "skeleton": "Skeleton",
    "stateful_list": "StatefulList",
    "stepper": "Step Stepper",
    "table": "Table TableCard",
    "timeline": "StageRow Timeline",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


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
