"""Another answer for the last stages of a run whose image is made: the Image page's fields in a dialog."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from isowright.recipe import Recipe
from isowright_gui.dialogs import Dialog, answered
from isowright_gui.pages.image_after import AfterFields, after_only
from isowright_gui.theme import theme
from isowright_gui.wizard.scroll import ScrollColumn


def _tr(text: str) -> str:
    return QCoreApplication.translate("Build", text)


class AfterDialog(Dialog):
    """Asks until what was answered is possible. `recipe`: with the answers as they stand."""

    def __init__(self, parent: QWidget, recipe: Recipe) -> None:
        super().__init__(parent, _tr("What is done with the image"))
        self.recipe = recipe
        self.form = AfterFields()
        self.form.show_answers(recipe.after, recipe.account.region, recipe.account.cloud)
        self.form.lay_out()
        self.form.changed.connect(self._take)
        area = ScrollColumn((0, 0, 3, 0))
        area.body.addWidget(self.form)
        area.setMinimumHeight(theme().s(110))
        self.body.addWidget(area, 1)
        self.add_buttons([("", _tr("&Not now"), "secondary"), ("go", _tr("&Go on with it"), "primary")])

    def _take(self, after: object) -> None:
        self.recipe = replace(self.recipe, after=after)

    def finish(self, answer: str) -> None:
        problems = after_only(self.recipe.problems("image")) if answer else []
        if not problems:
            super().finish(answer)
            return
        self.form.show_problems(problems)
        self.form.control(problems[0].field.removeprefix("after.")).setFocus()


async def ask_after(parent: QWidget, recipe: Recipe) -> Recipe | None:
    """The recipe with other answers for what comes after the image; None = nothing is to change."""
    dialog = AfterDialog(parent, recipe)
    await answered(dialog)
    return dialog.recipe if dialog.answer == "go" else None
