"""PySide6 6.12 gives away references to None on CPython up to 3.11 and ends in an abort after some thousand calls."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QLabel

CALLS = 300


def test_qt_calls_leave_the_references_of_none_alone(qapp):
    label = QLabel()

    def calls() -> None:
        for number in range(CALLS):
            label.setText(str(number))
            label.setMinimumWidth(number)
            label.setProperty("number", number)
            label.setParent(None)

    calls()  # whatever the first time allocates for good
    before = sys.getrefcount(None)
    calls()
    drift = sys.getrefcount(None) - before
    # From CPython 3.12 on None is immortal and the count a constant.
    assert abs(drift) < CALLS / 10, f"{drift} references to None in {4 * CALLS} calls"
    label.deleteLater()
