"""Which cloud's ways custom endpoints have: told by their domain, or by the operator, who may know better."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from isowright.cloud import catalog
from isowright.recipe import PRACTICE, Account
from isowright_gui.widgets import ComboBox, Field

PRIVATE = "hcs"


class KindField(Field):
    """`Account.like`, "" for by domain. `choice.activated`: the operator chose."""

    def __init__(self, kind: str = "", parent: QWidget | None = None) -> None:
        tr = QCoreApplication.translate
        self._titles = dict(catalog.kinds())
        self.choice = ComboBox([(tr("KindField", "Told by the domain"), "")])
        for known, title in self._titles.items():
            self.choice.addItem(title, known)
        self._told = ""
        super().__init__(tr("KindField", "Kin&d of cloud"), self.choice, parent=parent)
        self.show_kind(kind)

    def kind(self) -> str:
        """The answer."""
        return self.choice.currentData() or ""

    def show_kind(self, kind: str) -> None:
        """Show an answer, even one that no cloud has: the sign-in says so."""
        if self.choice.findData(kind) < 0:
            self.choice.addItem(kind, kind)
        self.choice.choose(kind)

    def explain(self, account: Account) -> None:
        """What comes of the answer, with these endpoints."""
        text = self._sentence(account)
        if text != self._told:  # each key that is typed leads here
            self._told = text
            self.set_help(text)

    def _sentence(self, account: Account) -> str:
        if account.like:
            return self.tr("Its calls and limits are taken to be those of this cloud.")
        kind = catalog.kind_by_domain(account)
        if not kind:
            return self.tr("Decides which calls are made, and which limits hold.")
        if kind == PRACTICE:
            return self.tr("Now: a practice cloud on this computer.")
        if kind == PRIVATE:
            return self.tr("Now: a private cloud, where nothing optional is relied on.")
        return self.tr("Now: {title}.").format(title=self._titles[kind])
