"""The cards of Home: one a profile, one for the tour."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QMenu, QSizePolicy, QWidget

from isowright.errors import AppError
from isowright.profiles import ProfileInfo
from isowright.recipe import PRACTICE, Recipe
from isowright_gui.home.words import Line, place
from isowright_gui.theme import set_type, theme
from isowright_gui.widgets import (
    BusyButton,
    Card,
    ElidedLabel,
    Icon,
    IconButton,
    PracticeBadge,
    StateGlyph,
    Tile,
    column,
    row,
)


class _Card(Card):
    """Tile and two lines, a fact, a result with its button."""

    def __init__(self, icon: str, title: str, second: str, parent: QWidget | None = None) -> None:
        super().__init__(gap=3, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.head = row(gap=3)
        words = column(gap=0.5)
        self.title = ElidedLabel(title, "strong", mode=Qt.TextElideMode.ElideRight)
        words.addWidget(self.title)
        self.second = ElidedLabel(second, "body", "muted", mode=Qt.TextElideMode.ElideRight)
        words.addWidget(self.second)
        self.head.addWidget(Tile(icon))
        self.head.addLayout(words, 1)
        self.fact = row(gap=2)
        self.foot = row(gap=2)
        for part in (self.head, self.fact, self.foot):
            self.body.addLayout(part)
        self.setAccessibleName(title)

    def set_result(self, line: Line) -> None:
        self.glyph = StateGlyph(line.glyph, size=4)
        self.result = ElidedLabel(line.text, "body", line.tone, mode=Qt.TextElideMode.ElideRight)
        self.foot.addWidget(self.glyph)
        self.foot.addWidget(self.result, 1)

    def add_menu(self, name: str) -> QMenu:
        self.more = IconButton("dots-three", name, small=True)
        menu = QMenu(self.more)
        menu.setAccessibleName(name)
        self.more.setMenu(menu)
        self.head.addWidget(self.more, 0, Qt.AlignmentFlag.AlignTop)
        return menu

    def reserve(self) -> None:
        """All cards are of one height, whether their fact is a line of text or a badge."""
        self.fact.addStrut(theme().s(5.5))


class ProfileCard(_Card):
    """A saved profile. Signals carry its name; a damaged one shows its error and offers no Run."""

    run = Signal(str)
    edit = Signal(str)
    duplicate = Signal(str)
    export = Signal(str)
    delete = Signal(str)
    leftovers = Signal(str)
    compare = Signal(str)
    show_error = Signal(object)

    def __init__(self, info: ProfileInfo, result: Line, *, alone: bool = False, parent: QWidget | None = None) -> None:
        """alone: there is no other usable profile to compare it with."""
        recipe = info.recipe
        if recipe is None:
            super().__init__("warning", info.name, self._damaged_words(info.error), parent)
        else:
            super().__init__(_os_icon(recipe), info.name, place(recipe.account), parent)
        self.name = info.name
        menu = self.add_menu(self.tr("More about {name}").format(name=info.name))
        if recipe is None:
            self._fill_damaged(info, menu)
        else:
            self._fill(recipe, result, menu)
            if not alone:
                menu.addAction(self.tr("&Compare with…"), lambda: self.compare.emit(self.name))
        menu.addAction(self.tr("E&xport…"), lambda: self.export.emit(self.name))
        menu.addSeparator()
        menu.addAction(self.tr("De&lete…"), lambda: self.delete.emit(self.name))
        self.reserve()

    @staticmethod
    def _damaged_words(error: AppError | None) -> str:
        return error.title if error else ""

    def _fill(self, recipe: Recipe, result: Line, menu: QMenu) -> None:
        if recipe.account.cloud == PRACTICE:
            self.fact.addWidget(PracticeBadge())
        else:
            self.fact.addWidget(Icon("disc", size=4))
        path = recipe.iso.path
        iso = Path(path).name if path else recipe.iso.key.rsplit("/", 1)[-1]
        self.fact.addWidget(ElidedLabel(iso or self.tr("No ISO chosen yet"), "body", "muted"), 1)
        self.set_result(result)
        self.start = BusyButton(self.tr("Run"), "secondary", "play", small=True)
        self.start.setAccessibleName(self.tr("Run {name}").format(name=self.name))
        self.start.clicked.connect(lambda: self.run.emit(self.name))
        self.foot.addWidget(self.start)
        menu.addAction(self.tr("&Edit"), lambda: self.edit.emit(self.name))
        menu.addAction(self.tr("D&uplicate"), lambda: self.duplicate.emit(self.name))
        menu.addAction(self.tr("Find left&overs…"), lambda: self.leftovers.emit(self.name))

    def _fill_damaged(self, info: ProfileInfo, menu: QMenu) -> None:
        error = info.error
        self.fact.addWidget(ElidedLabel(info.path.name, "body", "muted"), 1)
        self.set_result(Line("problem", self.tr("Cannot be read"), "danger"))
        self.start = BusyButton(self.tr("Details"), "secondary", small=True)
        self.start.setAccessibleName(self.tr("Details of {name}").format(name=info.name))
        self.start.clicked.connect(lambda: self.show_error.emit(error))
        self.foot.addWidget(self.start)
        menu.addAction(self.tr("&What is wrong"), lambda: self.show_error.emit(error))


class TourCard(_Card):
    """The practice cloud's card: always there, so that the tour is one click away."""

    start_tour = Signal()
    start_over = Signal()
    leftovers = Signal()
    real_wanted = Signal(bool)
    limits_asked = Signal()

    def __init__(self, result: Line | None, parent: QWidget | None = None) -> None:
        super().__init__("graduation-cap", "", "", parent)
        self.title.setText(self.tr("Five-minute tour"))
        self.setAccessibleName(self.title.text())
        self.second.setText(self.tr("Practice cloud on this computer"))
        self.fact.addWidget(PracticeBadge())
        self.fact.addStretch(1)
        self.real = QCheckBox(self.tr("&Real machines (QEMU)"))
        set_type(self.real, "body")
        self.real.setToolTip(
            self.tr(
                "Servers boot the ISO that you upload and really install it, on this computer. Slower than played ones."
            )
        )
        self.real.clicked.connect(self.real_wanted)
        self.fact.addWidget(self.real)
        self.set_result(result or Line("info", self.tr("Not run yet, nothing is billed"), "muted"))
        self.start = BusyButton(self.tr("Start"), "secondary", "play", small=True)
        self.start.setAccessibleName(self.tr("Start the five-minute tour"))
        self.start.clicked.connect(self.start_tour)
        self.foot.addWidget(self.start)
        menu = self.add_menu(self.tr("More about the practice cloud"))
        menu.addAction(self.tr("Find left&overs…"), self.leftovers.emit)
        menu.addAction(self.tr("&Limits of real machines…"), self.limits_asked.emit)
        menu.addAction(self.tr("&Empty the practice cloud…"), self.start_over.emit)
        self.reserve()

    def show_real(self, *, on: bool, trying: bool = False) -> None:
        """`trying`: a guest is being booted to see whether they can be had."""
        self.real.setChecked(on)
        self.real.setEnabled(not trying)
        self.real.setText(self.tr("Trying QEMU…") if trying else self.tr("&Real machines (QEMU)"))


def _os_icon(recipe: Recipe) -> str:
    return "desktop" if recipe.image.os_type == "Windows" else "hard-drives"
