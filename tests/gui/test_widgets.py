"""Widgets, driven by keys and clicks."""

import gc
import time
from typing import NamedTuple

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QWidget
from shiboken6 import isValid

from isowright_gui import theme_tokens
from isowright_gui import widgets as w
from isowright_gui.models import Column, RowsModel
from isowright_gui.theme import install, theme

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
Key = Qt.Key


@pytest.fixture(autouse=True)
def light(qapp):
    install(qapp, "light")


@pytest.fixture
def window(qtbot):
    """A shown window with a column, `window.box`."""
    widget = QWidget()
    widget.box = w.column(widget, margins=(4, 4, 4, 4))
    widget.resize(600, 500)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def put(window, *widgets):
    for each in widgets:
        window.box.addWidget(each)
    QApplication.processEvents()
    return widgets[0]


# -- buttons and inputs


def test_busy_button_keeps_its_width_and_ignores_clicks(qtbot, window):
    button = put(window, w.BusyButton("Sign in to the cloud now", "primary"))
    clicks = []
    button.clicked.connect(lambda: clicks.append(1))
    width = button.width()
    button.set_busy("Wait…")
    QApplication.processEvents()
    assert button.width() == width
    assert button.isEnabled()
    assert button.accessibleDescription() == "Wait…"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(button, Key.Key_Space)
    button.click()
    assert not clicks
    button.set_busy(None)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(button, Key.Key_Space)
    assert len(clicks) == 2


def test_field_error_replaces_help_and_reaches_screen_readers(window):
    edit = w.LineEdit("debian")
    field = put(window, w.Field("&Name", edit, "Free in this project."))
    assert field.label.buddy() is edit
    interface = QAccessible.queryAccessibleInterface(edit)
    assert edit.accessibleName() == "Name"
    assert interface.text(QAccessible.Text.Description) == "Free in this project."
    field.set_checking(True, "Checking whether the name is free…")
    assert field.checking()
    assert field.line() == "Checking whether the name is free…"
    field.set_error("An image with this name exists. Try debian-2.")
    assert not field.checking()
    assert field.line() == "An image with this name exists. Try debian-2."
    assert interface.text(QAccessible.Text.Description) == field.line()
    assert edit.property("bad") is True
    colours = {edit.grab().toImage().pixelColor(0, y).name() for y in range(10, edit.height() - 10)}
    assert colours == {theme_tokens.LIGHT["danger"].lower()}
    field.set_error(None)
    assert field.line() == "Free in this project."
    assert edit.property("bad") is False
    field.set_ok("Free.")
    assert field.ok()
    assert field.line() == "Free."


def test_password_reveals_and_hides(qtbot, window):
    edit = put(window, w.PasswordEdit())
    qtbot.keyClicks(edit, "secret")
    assert edit.echoMode() == QLineEdit.EchoMode.Password
    qtbot.mouseClick(edit.button, Qt.MouseButton.LeftButton)
    assert edit.revealed()
    assert edit.button.accessibleName() == "Hide what is typed"
    edit.clear()
    assert not edit.revealed()


def test_search_clears_by_button_and_escape(qtbot, window):
    edit = put(window, w.SearchEdit("Filter by name"))
    assert edit.accessibleName() == "Filter by name"
    edit.setFocus()
    qtbot.keyClicks(edit, "large")
    assert edit.button.isVisible()
    qtbot.mouseClick(edit.button, Qt.MouseButton.LeftButton)
    assert edit.text() == ""
    assert not edit.button.isVisible()
    window.activateWindow()
    qtbot.waitUntil(edit.hasFocus)
    qtbot.keyClicks(edit, "x")
    qtbot.keyClick(edit, Key.Key_Escape)
    assert edit.text() == ""


def test_combo_keeps_the_choice_across_refreshes(window):
    combo = put(window, w.ComboBox([("One", 1), ("Two", 2)]))
    said = []
    combo.currentIndexChanged.connect(said.append)
    assert combo.choose(2)
    assert said == [1]
    combo.set_items([("Two", 2), ("Three", 3)])
    assert combo.currentData() == 2
    assert not combo.choose(9)


def test_spin_boxes_stand_as_high_as_combos(window):
    spin, combo, edit = w.SpinBox(40, 1), w.ComboBox([("One", 1)]), w.LineEdit("x")
    put(window, spin, combo, edit)
    assert {spin.height(), combo.height(), edit.height(), theme().s(8)} == {theme().s(8)}
    assert spin.text() == "40 GiB"


def test_segmented_by_keyboard(qtbot, window):
    switch = w.Segmented([("Password", "password"), ("Access key", "key"), ("Token", "token")], "Sign in with")
    after = w.LineEdit()
    put(window, switch, after)
    said = []
    switch.changed.connect(said.append)
    first, second, third = switch.buttons()
    second.setEnabled(False)
    window.activateWindow()
    first.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(first.hasFocus)
    qtbot.keyClick(first, Key.Key_Right)
    assert switch.value() == "token"
    assert third.hasFocus()
    qtbot.keyClick(third, Key.Key_Right)
    assert switch.value() == "password"
    qtbot.keyClick(first, Key.Key_End)
    assert said == ["token", "password", "token"]
    qtbot.keyClick(third, Key.Key_Tab)
    assert after.hasFocus()
    qtbot.keyClick(after, Key.Key_Backtab)
    assert third.hasFocus()  # one stop in the tab order: the chosen segment


def test_disclosure(qtbot, window):
    fold = put(window, w.Disclosure("Advanced"))
    inner = w.LineEdit()
    fold.add(inner)
    assert not inner.isVisible()
    qtbot.keyClick(fold.button, Key.Key_Space)
    assert inner.isVisible()
    assert fold.button.accessibleDescription() == "Open"


def test_elided_label_keeps_the_whole_text(window):
    label = put(window, w.ElidedLabel("debian-12.7.0-amd64-netinst-with-a-very-long-name.iso" * 3))
    assert label.toolTip() == label.text() == label.accessibleName()
    assert window.minimumSizeHint().width() < 200
    label.setText("short")
    assert label.toolTip() == ""


# -- tables


class Flavor(NamedTuple):
    name: str
    reason: str = ""


@pytest.fixture
def table(window):
    model = RowsModel(
        [
            Column[Flavor]("Flavor", lambda row: row.name),
            Column[Flavor]("Fit", lambda _: "", 60, chips=lambda row: (w.ChipSpec(row.reason or "Available"),)),
        ],
        key=lambda row: row.name,
        excluded=lambda row: row.reason,
    )
    model.set_rows([Flavor("a"), Flavor("b", "Sold out"), Flavor("c")])
    found = put(window, w.Table(model, "Flavors"))
    found.rows_model = model
    found.said = []
    found.chosen_changed.connect(lambda row: found.said.append(row and row.name))
    return found


def middle_of(table, row):
    return table.visualRect(table.model().index(row, 0)).center()


def test_table_chooses_by_click_but_never_excluded_rows(qtbot, table):
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(table, 2))
    assert table.chosen() == Flavor("c")
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle_of(table, 1))
    assert table.chosen() == Flavor("c")
    assert table.currentIndex().row() == 1
    assert table.said == ["c"]
    assert not table.choose("b")


def test_table_by_keyboard_passes_over_excluded_rows(qtbot, table):
    table.window().activateWindow()
    table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(table.hasFocus)
    assert table.chosen() is None  # arriving is not choosing
    assert table.currentIndex().row() == 0
    qtbot.keyClick(table, Key.Key_Down)
    assert (table.currentIndex().row(), table.chosen()) == (1, None)
    qtbot.keyClick(table, Key.Key_Down)
    assert table.chosen() == Flavor("c")
    qtbot.keyClick(table, Key.Key_Home)
    assert table.said == ["c", "a"]


def test_table_space_chooses_the_row_arrived_at(qtbot, table):
    table.window().activateWindow()
    table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(table.hasFocus)
    qtbot.keyClick(table, Key.Key_Space)
    assert table.chosen() == Flavor("a")


def test_choice_survives_filter_and_ends_with_its_row(table):
    table.choose("c")
    table.rows_model.set_filter("a")
    assert table.chosen() == Flavor("c")
    table.rows_model.set_filter("")
    assert table.selectionModel().selectedRows()[0].row() == 2
    table.rows_model.set_rows([Flavor("new"), Flavor("c")])
    assert table.selectionModel().selectedRows()[0].row() == 1
    assert table.said == ["c"]
    table.rows_model.set_rows([Flavor("a")])
    assert table.chosen() is None
    assert table.said == ["c", None]


def test_table_fills_whole_rows(qtbot, table):
    table.choose("a")
    qtbot.mouseMove(table.viewport(), QPoint(5, 5))
    qtbot.mouseMove(table.viewport(), middle_of(table, 2))
    qtbot.waitUntil(lambda: table.hovered() == 2)
    image = table.viewport().grab().toImage()
    right = table.viewport().width() - theme().s(2)
    colour = {row: image.pixelColor(right, middle_of(table, row).y() + theme().s(3)).name() for row in (0, 1, 2)}
    light = theme_tokens.LIGHT
    assert colour[0] == light["accent_soft"].lower()
    assert colour[2] == light["hover"].lower()
    assert colour[1] not in {colour[0], colour[2]}


def test_enter_opens_rows_or_reaches_the_page(qtbot, table, window):
    opened = []
    table.opened.connect(opened.append)
    table.choose("a")
    qtbot.keyClick(table, Key.Key_Return)
    assert not opened
    table._opens = True
    qtbot.keyClick(table, Key.Key_Return)
    assert opened == [Flavor("a")]


def test_ten_thousand_rows_are_filtered_and_drawn(qtbot, table):
    """How quickly is measured by the benchmark of lists."""
    table.rows_model.set_rows([Flavor(f"s{n % 7}.large.{n}", "Sold out" if n % 5 == 0 else "") for n in range(10_000)])
    table.choose("s1.large.9997", scroll=True)
    for typed, left in (("s3", 1429), ("s3.l", 1429), ("", 10_000), ("large.99", 111), ("", 10_000)):
        table.rows_model.set_filter(typed)
        QApplication.processEvents()
        assert table.rows_model.rowCount() == left


# -- lists in their states


def test_list_waits_before_it_shows_a_skeleton(qtbot, window):
    rows = QWidget()
    listing = put(window, w.StatefulList(rows))
    start = time.monotonic()
    listing.set_loading("Asking for flavors…")
    assert not listing.skeleton_shown()
    qtbot.waitUntil(listing.skeleton_shown)
    assert time.monotonic() - start >= 0.14
    assert not listing.sentence_shown() or time.monotonic() - start >= 1.8
    qtbot.waitUntil(listing.sentence_shown)
    assert time.monotonic() - start >= 1.8
    listing.set_content()
    assert rows.isVisible()
    listing.set_loading("Asking again…")
    assert listing.busy()
    assert rows.isVisible()  # a refresh keeps the old rows
    listing.set_loading("Another question…", keep=False)
    listing.set_content()
    listing.set_loading("Another question…", keep=False)
    assert not rows.isVisible()


def test_list_states_and_their_buttons(qtbot, window):
    listing = put(window, w.StatefulList(QWidget()))
    said = []
    listing.retry.connect(lambda: said.append("retry"))
    listing.clear_filter.connect(lambda: said.append("clear"))
    listing.action.connect(lambda: said.append("action"))
    listing.set_empty("No ISO in this folder", "Look in another folder.", action="Choose a folder…")
    qtbot.mouseClick(listing.notice.first, Qt.MouseButton.LeftButton)
    listing.set_no_match("No flavor matches “gpu”", "312 are hidden.")
    qtbot.mouseClick(listing.notice.first, Qt.MouseButton.LeftButton)
    listing.set_error("The list could not be loaded", "No answer within 30 seconds.", "request 7c5f")
    assert not listing.notice.details.isVisible()
    qtbot.mouseClick(listing.notice.second, Qt.MouseButton.LeftButton)
    assert listing.notice.details.isVisible()
    qtbot.mouseClick(listing.notice.first, Qt.MouseButton.LeftButton)
    assert said == ["action", "clear", "retry"]
    assert listing.notice.accessibleName() == "The list could not be loaded"


def test_error_card_copies_its_details(qtbot, window):
    card = w.ErrorCard("Refused", "Nothing was created.", "Sign in again.", code="IAM.0011", request_id="7c5f")
    put(window, card)
    assert card.add_action("Sign in again").kind() == "primary"
    assert card.add_action("Leave").kind() == "secondary"
    qtbot.mouseClick(card._copy, Qt.MouseButton.LeftButton)
    copied = "Refused\nNothing was created.\nError code: IAM.0011\nRequest id: 7c5f"
    assert QGuiApplication.clipboard().text() == copied
    card.set_problem("Other", "", "Do this.")
    assert not card._copy.isVisible()


# -- shell


def make_steps():
    return [
        w.Step("account", "Account", "done", "Open Telekom Cloud · eu-de"),
        w.Step("iso", "ISO", "current"),
        w.Step("image", "Image", "problem", "debian-12"),
        w.Step("server", "Server"),
    ]


def test_stepper_by_mouse_and_keyboard(qtbot, window):
    stepper = put(window, w.Stepper())
    stepper.set_steps(make_steps())
    QApplication.processEvents()
    said = []
    stepper.activated.connect(said.append)
    account, iso, image, server = (stepper.row_of(each) for each in ("account", "iso", "image", "server"))
    qtbot.mouseClick(server, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(iso, Qt.MouseButton.LeftButton)
    assert not said
    qtbot.mouseClick(account, Qt.MouseButton.LeftButton)
    window.activateWindow()
    account.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(account.hasFocus)
    qtbot.keyClick(account, Key.Key_Down)
    qtbot.keyClick(iso, Key.Key_Down)
    assert image.hasFocus()
    qtbot.keyClick(image, Key.Key_Down)
    assert image.hasFocus()  # Server is not to be reached yet
    qtbot.keyClick(image, Key.Key_Return)
    assert said == ["account", "image"]
    assert account.accessibleDescription() == "Answered, Open Telekom Cloud · eu-de"
    assert server.accessibleDescription() == "Not yet"


def test_stepper_keeps_rows(window):
    stepper = put(window, w.Stepper())
    stepper.set_steps(make_steps())
    row = stepper.row_of("iso")
    stepper.set_steps([step._replace(state="done") for step in make_steps()], current="iso")
    assert stepper.row_of("iso") is row
    assert row.current
    stepper.set_practice(True)
    assert stepper.badge.isVisible()


def test_footer(qtbot, window):
    footer = put(window, w.Footer())
    footer.set_primary("Continue")
    footer.set_hint("1 check must be fixed first: Image quota", "danger")
    assert footer._glyph.state() == "failed"
    assert footer.height() >= theme().s(16)
    with qtbot.waitSignal(footer.primary):
        qtbot.mouseClick(footer.primary_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(footer.back):
        qtbot.mouseClick(footer.back_button, Qt.MouseButton.LeftButton)
    footer.set_back(None)
    assert not footer.back_button.isVisible()


def test_focus_ring_follows_the_keyboard_and_not_the_mouse(qtbot, window):
    one, two = w.LineEdit("one"), w.Button("Two")
    put(window, one, two)
    ring = w.FocusRing(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    one.setFocus(Qt.FocusReason.OtherFocusReason)
    QTest.keyClick(one, Key.Key_Tab)
    assert ring.target() is two
    assert ring.geometry() == two.geometry().adjusted(-4, -4, 4, 4)
    QTest.mouseClick(one, Qt.MouseButton.LeftButton)
    assert one.hasFocus()
    assert ring.target() is None
    QTest.keyClick(one, Key.Key_Tab)
    assert ring.target() is two
    two.hide()
    assert ring.target() is not two


def test_focus_ring_is_clipped_to_the_scroll_area(qtbot, window):
    area, inside = QScrollArea(), QWidget()
    box = w.column(inside)
    edits = [w.LineEdit(str(number)) for number in range(40)]
    for each in edits:
        box.addWidget(each)
    area.setWidget(inside)
    area.setWidgetResizable(True)
    put(window, area)
    ring = w.FocusRing(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    edits[0].setFocus(Qt.FocusReason.TabFocusReason)
    assert ring.target() is edits[0]
    area.verticalScrollBar().setValue(edits[0].y() + edits[0].height() // 2)
    viewport = area.viewport()
    assert ring.geometry().top() >= viewport.mapTo(window, QPoint(0, 0)).y()
    area.verticalScrollBar().setValue(600)
    assert ring.target() is None


def test_flow_grid_has_fewer_columns_when_narrow(qtbot, window):
    flow = w.FlowGrid(min_width=40)
    cards = [w.Card() for _ in range(4)]
    flow.set_widgets(cards)
    put(window, flow)
    window.resize(theme().s(140), 400)
    qtbot.waitUntil(lambda: flow.columns() == 3)
    assert cards[0].height() == cards[1].height()
    window.resize(theme().s(60), 400)
    qtbot.waitUntil(lambda: flow.columns() == 1)
    qtbot.waitUntil(lambda: cards[1].y() > cards[0].y())
    flow.set_widgets(cards[:1])
    qtbot.waitUntil(lambda: not isValid(cards[3]))


def test_timeline(qtbot, window):
    timeline = put(window, w.Timeline())
    first, second = timeline.add_stage("a", "Sign in"), timeline.add_stage("b", "Install the OS")
    timeline.set_state("a", "done")
    first.set_detail("d.white")
    first.set_log(["one", "two"])
    timeline.set_state("b", "running")
    second.set_progress(0.5)
    assert second.above_passed
    assert second.title.font().weight() == 600
    qtbot.waitUntil(second.bar.isVisible)
    assert first.log_button.isVisible()
    qtbot.keyClick(first.log_button, Key.Key_Space)
    assert first.log.isVisible()
    assert first.log.toPlainText() == "one\ntwo"
    body = w.Label("Your turn")
    timeline.set_state("b", "your_turn")
    second.set_body(body)
    qtbot.waitUntil(body.isVisible)
    assert not second.bar.isVisible()
    assert second.accessibleName() == "Install the OS: Your turn"
    second.set_body(None)
    qtbot.waitUntil(lambda: not isValid(body))


def test_resources_and_checks(qtbot, window):
    panel, check = w.ResourcePanel(), w.CheckItem("Image quota")
    put(window, panel, check)
    panel.set_resources([w.Resource("one", "ISO image"), w.Resource("two", "Disk", state="running", word="Starting")])
    rows = panel.findChildren(w.ResourceRow)
    assert [row.accessibleName() for row in rows] == ["one: Exists, ISO image", "two: Starting, Disk"]
    panel.set_resources([w.Resource("one", "ISO image", state="deleted")])
    qtbot.waitUntil(lambda: len(panel.findChildren(w.ResourceRow)) == 1)
    check.set_check("failed", why="100 of 100 images exist.", remedy="Open image list")
    assert check.accessibleName() == "Image quota: Must fix"
    with qtbot.waitSignal(check.remedy):
        qtbot.mouseClick(check.button, Qt.MouseButton.LeftButton)


def test_list_row_opens_by_key(qtbot, window):
    row = put(window, w.ListRow("debian-12", "Image created", glyph="done", facts=[("eu-de", 30)]))
    for key in (Key.Key_Return, Key.Key_Space):
        with qtbot.waitSignal(row.clicked):
            qtbot.keyClick(row, key)
    assert row.accessibleDescription() == "Image created, eu-de"


# -- movement and memory


def test_nothing_moves_while_hidden(qtbot, window):
    spinner, bar, glyph = w.Spinner(), w.ProgressBar(None), w.StateGlyph("running")
    put(window, spinner, bar, glyph)
    assert all(each.running() for each in (spinner, bar, glyph))
    phase = spinner.phase
    qtbot.waitUntil(lambda: spinner.phase != phase)
    window.hide()
    assert not any(each.running() for each in (spinner, bar, glyph))
    window.show()
    assert spinner.running()
    bar.set_fraction(0.4)
    glyph.set_state("done")
    assert not bar.running()
    assert not glyph.running()
    assert bar.accessibleDescription() == "40 %"


def test_reduced_motion_stands_still(window, monkeypatch):
    monkeypatch.setattr(theme(), "reduced_motion", True)
    assert not put(window, w.Spinner()).running()


def test_no_widget_is_left_behind(qtbot, qapp):
    def build() -> None:
        window = QWidget()
        box = w.column(window)
        stepper = w.Stepper()
        stepper.set_steps(make_steps())
        footer, timeline = w.Footer(), w.Timeline()
        timeline.add_stage("a", "Sign in").set_state("running")
        w.FocusRing(window)
        for each in (stepper, footer, timeline, w.Field("Name", w.PasswordEdit()), w.StatefulList(QWidget())):
            box.addWidget(each)
        window.show()
        qapp.processEvents()
        window.close()
        window.deleteLater()
        qtbot.waitUntil(lambda: not isValid(window))

    build()
    gc.collect()
    before = len(qapp.allWidgets())
    for _ in range(3):
        build()
    gc.collect()
    assert len(qapp.allWidgets()) == before
    theme().set_scheme("dark")  # nothing dead may be listening
