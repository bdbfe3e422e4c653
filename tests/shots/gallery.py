"""Draw every widget in its states, light and dark, at 1× and 2×, into PNG files: gallery.py [folder].

The ratio of a screen is fixed when the application starts, so each ratio is a process of its own.
"""

import os
import subprocess
import sys
from pathlib import Path


def draw(folder: Path, ratio: int) -> None:
    from PySide6.QtWidgets import QApplication

    from isowright_gui.theme import install

    app = QApplication(sys.argv[:1])
    font = app.font()
    font.setPointSize(10)
    app.setFont(font)
    theme = install(app, "light")
    from gallery_pages import PAGES

    for name, make in PAGES.items():
        for scheme in ("light", "dark"):
            theme.set_scheme(scheme)
            page = make()
            page.show()
            app.processEvents()
            page.grab().save(str(folder / f"widgets-{name}-{scheme}-{ratio}x.png"))
            page.close()
            page.deleteLater()
            app.processEvents()


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "shots")
    target.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 2:
        draw(target, int(sys.argv[2]))
    else:
        for each in ("1", "2"):
            settings = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": each}
            subprocess.run([sys.executable, __file__, str(target), each], env=settings, check=True)
