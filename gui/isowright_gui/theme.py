"""The one theme of the app: tokens, unit, fonts, palette and sheet, rebuilt when the scheme or the font changes.

Widgets ask `theme()` at paint time (colours) and in `retheme()` (sizes): after each change the theme calls `retheme()`
of every widget that has one, sets the fonts given by `set_type`, re-scales the layouts made by `widgets.layouts`, and
then emits `changed`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QLayout, QStyle, QWidget
from shiboken6 import isValid

from isowright_gui import theme_icons, theme_pictures, theme_qss, theme_tokens

Scheme = Literal["system", "light", "dark"]

# × the app's size, weight. Labels and chips are a little smaller but heavier, so that they hold their own.
TYPES: dict[str, tuple[float, int]] = {
    "title": (1.6, 600),
    "heading": (1.15, 600),
    "strong": (1.0, 600),
    "button": (1.0, 500),
    "body": (1.0, 400),
    "label": (0.92, 500),
    "caption": (0.92, 400),
    "mono": (0.94, 400),
}
_MANY, _PAUSE_MS = 300, 15  # widgets that are styled in a moment; else a pause in the middle
_REMEMBERED = "_q_styleSheetWidgetFont"


class Theme(QObject):
    """Use `theme()`. Emits `changed` after palette, sheet, fonts and sizes have been brought up to date."""

    changed = Signal()

    def __init__(self, app: QApplication, scheme: Scheme) -> None:
        super().__init__(app)
        self._app = app
        self._wanted: Scheme = scheme
        self._system_palette = app.palette()
        self._tokens = theme_tokens.LIGHT
        self._colours: dict[str, QColor] = {}
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._fonts: dict[tuple[str, bool], QFont] = {}
        self._state: tuple[str, int, str] | None = None
        self._resized = False
        self._dressing: list[QWidget] = []
        self._undressed = True
        self.u = 4
        self.scheme: Literal["light", "dark", "contrast"] = "light"
        self.reduced_motion = False
        hints = app.styleHints()
        app.setStyle("Fusion")
        if scheme != "system":
            hints.setColorScheme(_qt_scheme(scheme))  # so that title bars and native dialogs follow
        self.refresh()
        hints.colorSchemeChanged.connect(self.refresh)
        app.fontChanged.connect(self.refresh)

    def set_scheme(self, scheme: Scheme) -> None:
        """Follow the system, or keep to one scheme."""
        self._wanted = scheme
        self._app.styleHints().setColorScheme(_qt_scheme(scheme))
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Look at the system again; rebuild only if something is different."""
        scheme = self._look()
        u = max(4, round(QFontMetricsF(self._app.font()).height() / 4))
        state = (scheme, u, self._app.font().toString())
        if state == self._state:
            return
        first, resized = self._state is None, self._state is not None and self._state[1:] != state[1:]
        self._state, self.scheme, self.u = state, scheme, u
        self.reduced_motion = self._app.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0
        self._tokens = self._choose_tokens()
        self._colours.clear()
        self._fonts.clear()
        # Widgets are styled anew in a tenth of the time if the old sheet has gone before.
        self._app.setStyleSheet("")
        self._undressed = True
        self._app.setPalette(self.palette())
        self._resized = self._resized or resized
        if first or len(self._app.allWidgets()) < _MANY:
            self._dress()
            self._finish(first=first)
        elif not self._dressing:
            # Three pieces of work: the window answers between them, and what is half dressed is not shown.
            self._dressing = [window for window in self._app.topLevelWidgets() if window.updatesEnabled()]
            for window in self._dressing:
                window.setUpdatesEnabled(False)
            QTimer.singleShot(_PAUSE_MS, self, self._dress_and_finish)

    def _dress(self) -> None:
        self._app.setStyleSheet(self.qss())
        self._undressed = False

    def _dress_and_finish(self) -> None:
        self._dress()
        QTimer.singleShot(_PAUSE_MS, self, self._finish)

    def _finish(self, *, first: bool = False) -> None:
        if self._undressed:  # switched again meanwhile
            self._dress()
        resized, self._resized = self._resized, False
        if not first:
            self._bring_up_to_date(resized=resized)
        shown, self._dressing = self._dressing, []
        for window in shown:
            if isValid(window):
                window.setUpdatesEnabled(True)
        if not first:
            self.changed.emit()

    def _look(self) -> Literal["light", "dark", "contrast"]:
        if _high_contrast(self._app):
            return "contrast"
        if self._wanted != "system":
            return self._wanted
        return "dark" if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"

    def _choose_tokens(self) -> dict[str, str]:
        if self.scheme == "contrast":
            return theme_tokens.system_tokens(self._system_palette)
        return theme_tokens.DARK if self.scheme == "dark" else theme_tokens.LIGHT

    def _bring_up_to_date(self, *, resized: bool) -> None:
        for widget in self._app.allWidgets():
            kind = widget.property("textType")
            if resized and isinstance(kind, str):
                _set_font(widget, self.font(kind, tabular=bool(widget.property("tabular"))))
            retheme = getattr(widget, "retheme", None)
            if retheme is not None:
                retheme()
            if resized and widget.isWindow():
                for layout in widget.findChildren(QLayout):
                    rescale(layout)

    # -- what widgets ask for

    @property
    def tokens(self) -> dict[str, str]:
        """The colours in use: token → "#RRGGBB"."""
        return self._tokens

    def color(self, token: str) -> QColor:
        """A token's colour, shared: do not change it."""
        found = self._colours.get(token)
        if found is None:
            found = self._colours[token] = QColor(self._tokens[token])
        return found

    def word(self, tone: str) -> QColor:
        """The colour of words and glyphs in a tone: accent, success, warning, danger, neutral."""
        return self.color(theme_tokens.word_token(tone))

    def soft(self, tone: str) -> QColor:
        """The soft fill behind words of a tone."""
        return self.color(theme_tokens.soft_token(tone))

    def s(self, n: float) -> int:
        """`n` units in pixels."""
        return round(n * self.u)

    def font(self, kind: str, *, tabular: bool = False) -> QFont:
        """One of TYPES, derived from the app's font; `tabular` gives all digits the same width."""
        found = self._fonts.get((kind, tabular))
        if found is None:
            found = self._fonts[kind, tabular] = self._make_font(kind, tabular=tabular)
        return QFont(found)

    def _make_font(self, kind: str, *, tabular: bool) -> QFont:
        factor, weight = TYPES[kind]
        base = self._app.font()
        font = QFont(base)
        if kind == "mono":
            font.setFamilies(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families())
            font.setStyleHint(QFont.StyleHint.Monospace)
        if base.pointSizeF() > 0:
            font.setPointSizeF(base.pointSizeF() * factor)
        else:
            font.setPixelSize(round(base.pixelSize() * factor))
        font.setWeight(QFont.Weight(weight))
        if tabular:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def icon(self, name: str, tone: str = "text") -> QIcon:
        """A Phosphor icon ("ph.eye") in a token's colour; follows scheme changes by itself, painted at device ratio.

        KeyError if there is no such icon.
        """
        key = (name.removeprefix("ph."), tone)
        found = self._icons.get(key)
        if found is None:
            theme_icons.outline(key[0])  # an unknown name must fail here: an exception inside a paint is fatal
            found = self._icons[key] = QIcon(theme_icons.GlyphEngine(*key, self._tone_colour))
        return found

    def _tone_colour(self, tone: str) -> QColor:
        return self.word(tone) if tone == "neutral" else self.color(tone)

    def palette(self) -> QPalette:
        """The palette of the scheme in use (the system's own in high contrast)."""
        if self.scheme == "contrast":
            return self._system_palette
        return theme_tokens.make_palette(self._tokens)

    def qss(self) -> str:
        """The sheet of the scheme in use; empty in high contrast, where the system's own drawing is wanted."""
        if self.scheme == "contrast":
            return ""
        pictures = theme_pictures.pictures(self.scheme, self._tokens)
        return theme_qss.make_sheet(self._tokens, self.s, pictures)


def _qt_scheme(scheme: Scheme) -> Qt.ColorScheme:
    return {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(scheme, Qt.ColorScheme.Unknown)


def _high_contrast(app: QApplication) -> bool:
    """Whether the system asks for more contrast; Qt says so since 6.10."""
    ask: Callable[[], object] | None = getattr(app.styleHints(), "accessibility", None)
    if ask is None:
        return False
    preference = getattr(ask(), "contrastPreference", None)
    return preference is not None and getattr(preference(), "name", "") == "HighContrast"


def rescale(layout: QLayout) -> None:
    """Set spacing and margins of a layout from its dynamic property "units" (gap, left, top, right, bottom)."""
    units = layout.property("units")
    if not isinstance(units, list | tuple) or len(units) != 5:
        return
    gap, left, top, right, bottom = (theme().s(float(n)) for n in units)
    layout.setSpacing(gap)
    layout.setContentsMargins(left, top, right, bottom)


def set_type(widget: QWidget, kind: str, *, tabular: bool = False) -> None:
    """Give a widget one of TYPES; it keeps it when the app's font changes."""
    widget.setProperty("textType", kind)
    if tabular:
        widget.setProperty("tabular", True)
    _set_font(widget, theme().font(kind, tabular=tabular))


def _set_font(widget: QWidget, font: QFont) -> None:
    # With a sheet, Qt gives a widget back the font that it had when it was polished first; that memory must follow.
    if widget.property(_REMEMBERED) is not None:
        widget.setProperty(_REMEMBERED, font)
    widget.setFont(font)


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Change a dynamic property that the sheet looks at, and have the sheet look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


_instance: Theme | None = None


def install(app: QApplication, scheme: Scheme = "system") -> Theme:
    """Make the theme of this app, or set the scheme of the one that is there."""
    global _instance  # noqa: PLW0603  one app, one theme: Qt's palette and sheet are as global
    if _instance is None or _instance.parent() is not app:
        _instance = Theme(app, scheme)
    elif _instance._wanted != scheme:  # noqa: SLF001  same module
        _instance.set_scheme(scheme)
    return _instance


def theme() -> Theme:
    """The one theme; made on first use if `install` was not called. RuntimeError without an application."""
    if _instance is not None:
        return _instance
    app = QGuiApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("The theme needs a QApplication.")  # noqa: TRY004  a matter of order, not of types
    return install(app)


def icon(name: str, tone: str = "text") -> QIcon:
    """Short for `theme().icon(...)`."""
    return theme().icon(name, tone)
