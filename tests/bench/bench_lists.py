"""10,000 flavors, objects and images in the tables of the window: time from a key to the filtered, painted list.

Words that many rows hold, that few do and that none does are typed into the filter, key by key, and deleted.
"""

from __future__ import annotations

import random
import time

from PySide6.QtWidgets import QApplication
from table import Row, quantile

ROWS = 10_000


def _keystrokes(model, table, words: list[str]) -> list[float]:
    """Seconds a key takes: filter, reset, and the paint that shows it."""
    taken = []
    for word in words:
        typed = [word[:n] for n in range(1, len(word) + 1)]
        for text in typed + typed[-2::-1] + [""]:
            begun = time.perf_counter()
            model.set_filter(text)
            table.viewport().repaint()
            taken.append(time.perf_counter() - begun)
    return taken


def _pages():
    """(name, model, table, words) of the window's own lists, filled."""
    from isowright.cloud.models import Flavor
    from isowright_gui.models.rows import Column, RowsModel
    from isowright_gui.pages import iso_browser, iso_listing, server_flavors
    from isowright_gui.widgets import Label, Table, TableCard

    dice = random.Random(7)
    sizes = [("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16)]
    flavors = [
        Flavor(
            f"{kind}{n}.{size}.{ratio}",
            f"{kind}{n}.{size}.{ratio}",
            vcpus,
            vcpus * ratio * 1024,
            {"ecs:performancetype": dice.choice(["normal", "highmem", "entry"])},
        )
        for n in range(ROWS // 40)
        for kind in "scmhg"
        for size, vcpus in sizes
        for ratio in (2, 4)
    ]
    picker = server_flavors.FlavorPicker()
    rows = server_flavors.sort_out(flavors, "az-1")
    picker.show_offer(rows, "")
    picker.model.set_rows([*rows.fitting, *rows.excluded])
    yield "flavors", picker.model, picker.table, picker, ["large.4", "m19.2xlarge.2", "xyz"]
    browser = iso_browser.Browser(Label("bucket"), 2026)
    browser.show_rows(
        [
            iso_listing.Entry(
                "iso", f"debian-{n}-amd64-netinst.iso", f"debian-{n}.iso", n * 4096, "2026-11-01T00:00:00Z"
            )
            for n in range(ROWS)
        ],
        complete=True,
    )
    yield "objects", browser.model, browser.table, browser, ["netinst", "debian-77", "xyz"]
    images = RowsModel(
        [
            Column("Name", lambda row: row[0]),
            Column("OS", lambda row: row[1], width=40),
            Column("Size", lambda row: row[2], width=20, align="right"),
        ],
        key=lambda row: row[0],
    )
    images.set_rows([(f"golden-{n}", dice.choice(["Ubuntu 22.04", "Debian 12"]), f"{n % 64} GB") for n in range(ROWS)])
    card = TableCard(Table(images, "Images"))
    yield "images", images, card.table, card, ["golden", "ubuntu", "golden-99", "xyz"]


def measure() -> list[Row]:
    from isowright_gui import theme

    app = QApplication.instance() or QApplication([])
    theme.install(app)
    rows = []
    for name, model, table, page, words in _pages():
        page.resize(900, 640)
        page.show()
        app.processEvents()
        assert model.shown() == ROWS, model.shown()
        _keystrokes(model, table, words[:1])
        taken = _keystrokes(model, table, words * 3)
        worst = quantile(taken, 0.99)
        rows.append(
            Row(
                f"{ROWS:,} {name}: a key in the filter, p99",
                f"{worst * 1000:.1f} ms",
                f"median {quantile(taken, 0.5) * 1000:.1f} ms",
                "",
                "≤ 20 ms",
                worst <= 0.020,
            )
        )
        page.close()
        page.deleteLater()
    return rows
