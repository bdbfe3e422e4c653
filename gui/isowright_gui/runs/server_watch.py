"""What the server is doing while the operator installs: its state, when something last changed, the end of its
console's log and its screen. What comes from the guest is shown as plain text only."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QBoxLayout, QPlainTextEdit, QWidget

from isowright.events import Sighting
from isowright.recipe import PRACTICE, Recipe
from isowright_gui.runs.screen import ScreenButton
from isowright_gui.theme import set_type, theme
from isowright_gui.widgets import Banner, Label, StateGlyph, WrapLabel, column, row

_LINES_SHOWN = 6


def _tr(text: str) -> str:
    return QCoreApplication.translate("ServerWatch", text)


def is_practice(recipe: Recipe) -> bool:
    """Whether nothing of a run is billed."""
    return recipe.account.cloud == PRACTICE


def state_words(state: str, task: str) -> tuple[str, str]:
    """Glyph and words of a server's state. Source: ECS API reference, "ECS Statuses"; unknown ones as they are."""
    glyph, words = {
        "ACTIVE": ("done", _tr("Running")),
        "BUILD": ("running", _tr("Being made")),
        "REBOOT": ("running", _tr("Restarting")),
        "HARD_REBOOT": ("running", _tr("Restarting")),
        "SHUTOFF": ("skipped", _tr("Powered off")),
        "ERROR": ("failed", _tr("In the state ERROR")),
    }.get(state, ("info", state))
    doing = {
        "powering-off": _tr("powering off"),
        "powering-on": _tr("powering on"),
        "rebooting": _tr("restarting"),
        "deleting": _tr("being deleted"),
    }.get(task, task)
    return ("running", f"{words}, {doing}") if doing else (glyph, words)


def ago(seconds: float) -> str:
    """ "just now", "40 s ago", "3 min ago", "2 h ago"."""
    whole = int(max(seconds, 0))
    if whole < 5:
        return _tr("just now")
    if whole < 60:
        return _tr("{s} s ago").format(s=whole // 5 * 5)
    if whole < 3600:
        return _tr("{m} min ago").format(m=whole // 60)
    return _tr("{h} h {m:02} min ago").format(h=whole // 3600, m=whole % 3600 // 60)


class ServerWatch(QWidget):
    """Signal `console`: the screen was clicked. `show_seen` shows everything anew, and leaves alone what is the same.

    practice: nothing is billed there.
    """

    console = Signal()

    def __init__(self, server: str, *, practice: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._practice = practice
        self._server = server
        self._png = b""
        self.heading = Label(self.tr("What the server is doing"), "label", "muted")
        self.setAccessibleName(self.heading.text())
        self.glyph = StateGlyph("waiting", size=4)
        self.state = Label("", "strong")
        self.changed = Label("", "caption", "muted")
        self.idle = Banner(" ", " ", tone="warning", icon="warning")
        self.idle.hide()
        self.said = WrapLabel("", "caption", "muted")
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setProperty("surface", "sunken")
        self.log.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.log.setTabChangesFocus(True)
        self.log.setAccessibleName(self.tr("Last lines of the server's console"))
        set_type(self.log, "mono")
        self.log.verticalScrollBar().rangeChanged.connect(self._to_the_end)
        self.log.hide()
        self.picture = ScreenButton(server)
        self.picture.clicked.connect(self.console)
        self._lay_out()
        self.retheme()

    def _lay_out(self) -> None:
        line = row(gap=2)
        line.addWidget(self.glyph)
        line.addWidget(self.state, 1)
        words = column(gap=1)
        words.addLayout(line)
        words.addWidget(self.changed)
        words.addWidget(self.said)
        words.addStretch(1)
        self._sides = row(gap=4)
        self._sides.addWidget(self.picture)
        self._sides.addLayout(words, 1)
        body = column(self, gap=2)
        body.addWidget(self.heading)
        body.addWidget(self.idle)
        body.addLayout(self._sides)
        body.addWidget(self.log)

    def set_narrow(self, narrow: bool) -> None:
        """The words under the screen."""
        self._sides.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def show_seen(self, seen: Sighting, lines: tuple[str, ...], now: datetime) -> None:
        """What was seen last, at `now`; lines: the end of the console's log."""
        glyph, words = state_words(seen.state, seen.task)
        self.glyph.set_state(glyph)
        self.state.setText(words)
        self.changed.setText(self.tr("Last change {ago}").format(ago=ago((now - seen.changed).total_seconds())))
        self._show_lines(seen, lines)
        if seen.idle == self.idle.isHidden():
            self._show_idle(idle=seen.idle)

    def _show_lines(self, seen: Sighting, lines: tuple[str, ...]) -> None:
        text = "\n".join(lines)
        copying = self.log.hasFocus() and self.log.textCursor().hasSelection()
        if text != self.log.toPlainText() and not copying:
            self.log.setPlainText(text)
            self._to_the_end()
        self.log.setVisible(bool(text))
        if seen.log == "untold":
            said = self.tr("This cloud does not tell what a server writes to its console.")
        elif seen.log == "told" and not text:
            said = self.tr(
                "Nothing has been written to the console's log yet; many installers only draw on the screen."
            )
        else:
            said = ""
        self.said.setText(said)
        self.said.setVisible(bool(said))

    def _to_the_end(self) -> None:
        """The last line shows, whatever the width; unless somebody reads with the keyboard."""
        if not self.log.hasFocus():
            bar = self.log.verticalScrollBar()
            bar.setValue(bar.maximum())

    def _show_idle(self, *, idle: bool) -> None:
        if idle:
            self.idle.set_texts(idle_words(self._server, practice=self._practice), _what_to_do())
        self.idle.setVisible(idle)

    def wants(self, png: bytes) -> bool:
        """Whether this picture is another one than the last."""
        if not png or png == self._png:
            return False
        self._png = png
        return True

    def retheme(self) -> None:
        height = self.log.fontMetrics().lineSpacing() * _LINES_SHOWN + theme().s(5)
        self.log.setFixedHeight(height)


def idle_words(server: str, *, practice: bool) -> str:
    """That nothing happens, for the page and for the desktop."""
    if practice:
        return _tr("Nothing has happened on {server} for 30 minutes.").format(server=server)
    return _tr("Nothing has happened on {server} for 30 minutes; the server is billed meanwhile.").format(server=server)


def _what_to_do() -> str:
    return _tr(
        "Open the console: the installer may be waiting for an answer. If the system is installed, say “Installation "
        "finished”. To give up, cancel the run and clean up."
    )
