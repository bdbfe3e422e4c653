"""The start: the window shows and is painted before anything but Qt is imported; `life` does the rest behind it."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

import isowright_resources
from isowright_gui import theme
from isowright_gui.wizard.window import MainWindow


def make_application() -> QApplication:
    """The one QApplication, with its names, translation and theme."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    if not isinstance(app, QApplication):
        raise TypeError("A window needs a QApplication.")
    app.setApplicationName("isowright")
    app.setApplicationDisplayName("Isowright")
    app.setDesktopFileName("isowright")
    app.setQuitOnLastWindowClosed(False)
    install_translations(app, QLocale())
    return app


def install_translations(app: QApplication, locale: QLocale) -> None:
    """Qt's own texts and ours, where there are files for the system's language."""
    ours = str(Path(isowright_resources.__file__).parent / "i18n")
    for folder, name in ((QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath), "qtbase"), (ours, "isowright")):
        translator = QTranslator(app)
        if translator.load(locale, name, "_", folder):
            app.installTranslator(translator)


def main(*, profile: str | None = None, practice: bool = False) -> int:
    """The window. `profile`: open at Review with it. `practice`: start the practice cloud and point at the tour.

    Returns the exit status: 0, or 1 if the data folder cannot be used.
    """
    app = make_application()
    theme.install(app)
    window = MainWindow()
    window.show()
    app.processEvents()  # painted; no loop runs yet that this could nest in
    from isowright_gui import life

    try:
        return life.run(app, window, profile, practice=practice)
    finally:
        window.deleteLater()
