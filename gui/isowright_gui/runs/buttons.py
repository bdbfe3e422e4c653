"""The footer of the run page: which buttons a phase has, and the hint beside them."""

from __future__ import annotations

from collections.abc import Sequence

from isowright.events import Resource
from isowright_gui.runs.words import clean_words
from isowright_gui.widgets import Footer


class RunFooter(Footer):
    """Buttons `cancel`, `again`, `receipt`, `clean`, `save`, and the primary one."""

    def __init__(self) -> None:
        super().__init__()
        self.set_back(None)
        self.cancel = self.add_action(self.tr("Cancel &run…"), "danger", leading=True)
        self.again = self.add_action(self.tr("Run &again"), leading=True)
        self.receipt = self.add_action(self.tr("Save &receipt…"), leading=True)
        self.clean = self.add_action(self.tr("Clean &up and end…"), "danger")
        self.save = self.add_action(self.tr("Save as &profile…"))

    def show_phase(self, phase: str, live: Sequence[Resource], *, console_opened: bool) -> None:
        """`live`: what the run has made and not deleted."""
        self.cancel.setVisible(phase in ("running", "your-turn", "installing", "boot-turn"))
        self.again.setVisible(phase in ("done", "cleaned"))
        self.receipt.setVisible(phase in ("failed", "cancelled", "cleaned"))  # that of a finished run has its own card
        self.clean.setVisible(phase in ("failed", "cancelled", "new"))
        self.save.setVisible(phase == "done")
        self.set_busy(None)
        match phase:
            case "your-turn":
                self.set_primary(self.tr("&Installation finished"), "primary" if console_opened else "secondary")
                self.set_hint(self.tr("Goes on by itself at power-off."))
            case "installing":
                self.set_primary(self.tr("&Installation finished"), "secondary")
                self.set_hint(self.tr("You can close the window: the run goes on at the next start."), glyph="info")
            case "boot-turn":
                self.set_primary("")
                self.set_hint(self.tr("The server is billed until you have said what you saw."))
            case "failed" | "cancelled" | "new":
                going_on = {"cancelled": self.tr("C&ontinue"), "new": self.tr("&Start")}
                self.set_primary(going_on.get(phase, ""))
                self.set_hint(clean_words(live), "warning" if live else "muted")
            case "held":
                self.set_primary("")
                self.set_hint(self.tr("Shown as it goes on. It can be stopped only where it is driven."), glyph="info")
            case "cleaning":
                self.set_primary("")
                self.set_hint(self.tr("You can close the window: nothing is forgotten."), glyph="info")
            case "done" | "cleaned":
                self.set_primary(self.tr("&Done"))
                self.set_hint(self.tr("The receipt is kept with the run.") if phase == "done" else "")
            case _:
                self.set_primary("")
                self.set_hint(self.tr("You can close the window: the run goes on at the next start."), glyph="info")
