"""An error inside a page: what happened, what it means, what to do, and the details to copy."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from isowright.errors import AppError
from isowright_gui.widgets import ErrorCard


class ProblemCard(ErrorCard):
    """Hidden while there is no error. `retry`: the button that repeats what failed."""

    retry = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.error: AppError | None = None
        self.retry_button = self.add_action(self.tr("Try a&gain"), "secondary")
        self.retry_button.clicked.connect(self.retry)
        self.hide()

    def show_error(self, error: AppError | None) -> None:
        """Show it, or nothing."""
        self.error = error
        if error is not None:
            facts = [(self.tr("Request"), error.call)]
            self.set_problem(
                error.title, error.detail, error.remedy, request_id=error.request_id, code=error.code, facts=facts
            )
        self.setVisible(error is not None)
