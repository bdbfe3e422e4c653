"""The rows model: filter as typed, keys across refreshes, quick with 10,000 rows."""

from typing import NamedTuple

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from isowright_gui.models import Column, Role, RowsModel
from isowright_gui.widgets import ChipSpec

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


class Flavor(NamedTuple):
    name: str
    cpus: int
    reason: str = ""


def make(rows=()) -> RowsModel[Flavor]:
    model = RowsModel(
        [
            Column[Flavor]("Flavor", lambda row: row.name),
            Column[Flavor]("vCPU", lambda row: str(row.cpus), 18, "right"),
            Column[Flavor]("Fit", lambda _: "", chips=lambda row: (ChipSpec(row.reason or "Available"),)),
        ],
        key=lambda row: row.name,
        excluded=lambda row: row.reason,
    )
    model.set_rows(rows)
    return model


ROWS = [Flavor("s3.large.2", 2), Flavor("s3.medium.1", 1, "Less than 4 GiB"), Flavor("c4.large.2", 2)]


def names(model):
    return [model.data(model.index(at, 0)) for at in range(model.rowCount())]


def test_filter_words_in_any_order_and_case(qapp):
    model = make(ROWS)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for typed, expected in {
        "LARGE": ["s3.large.2", "c4.large.2"],
        "large s3": ["s3.large.2"],
        "large s": ["s3.large.2"],
        "gib": ["s3.medium.1"],
        "nothing": [],
        "": [row.name for row in ROWS],
    }.items():
        model.set_filter(typed)
        assert names(model) == expected, typed
    assert model.total() == 3


def test_filter_stays_when_rows_are_refreshed(qapp):
    model = make(ROWS)
    model.set_filter("c4")
    model.set_rows([*ROWS, Flavor("c4.huge.8", 64)])
    assert names(model) == ["c4.large.2", "c4.huge.8"]
    assert model.position("s3.large.2") == -1
    assert model.find("s3.large.2") == ROWS[0]


def test_roles_and_flags(qapp):
    model = make(ROWS)
    number, fit = model.index(0, 1), model.index(1, 2)
    assert (
        model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    )
    assert number.data() == "2"
    assert fit.data(Role.CHIPS)[0].text == "Less than 4 GiB"
    assert fit.data(Qt.ItemDataRole.AccessibleTextRole) == "Less than 4 GiB"
    assert not model.flags(fit) & Qt.ItemFlag.ItemIsSelectable
    assert model.flags(fit) & Qt.ItemFlag.ItemIsEnabled
    assert model.flags(number) & Qt.ItemFlag.ItemIsSelectable


def test_ten_thousand_rows_are_filtered(qapp):
    """How quickly is measured by the benchmark of lists."""
    names = [f"s{n % 7}.large.{n}" for n in range(10_000)]
    model = make([Flavor(name, n % 64, "Sold out" if n % 5 == 0 else "") for n, name in enumerate(names)])
    for typed in ("s", "s3", "s3.", "large.99", "no such", ""):
        model.set_filter(typed)
        assert model.rowCount() == sum(typed in name for name in names)
