"""The theme: contrast of the tokens, live change of scheme and font, no colours elsewhere."""

import asyncio
import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPalette
from PySide6.QtWidgets import QApplication, QWidget

import isowright_gui
from isowright_gui import theme_tokens
from isowright_gui import widgets as w
from isowright_gui.theme import icon, install, theme

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCHEMES = {"light": theme_tokens.LIGHT, "dark": theme_tokens.DARK}
GROUNDS = ("window", "surface", "sidebar", "sunken", "hover")


@pytest.fixture(autouse=True)
def light(qapp):
    """Each test starts light at the app's own font, and leaves it so."""
    install(qapp, "light")
    font = qapp.font()
    yield
    qapp.setFont(font)
    install(qapp, "light")


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_formula():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_reach_4_5_on_every_ground(scheme):
    t = SCHEMES[scheme]
    pairs = [(word, ground) for word in ("text", "muted", "accent") for ground in (*GROUNDS, "accent_soft")]
    pairs += [(tone, ground) for tone in ("success", "warning", "danger") for ground in (*GROUNDS, f"{tone}_soft")]
    pairs += [(word, f"{tone}_soft") for word in ("text",) for tone in ("success", "warning", "danger", "neutral")]
    pairs += [("muted", "neutral_soft"), ("on_inverse", "inverse")]
    pairs += [("on_fill", fill) for fill in ("fill", "fill_hover", "fill_pressed")]
    weak = {
        pair: round(contrast(t[pair[0]], t[pair[1]]), 2) for pair in pairs if contrast(t[pair[0]], t[pair[1]]) < 4.5
    }
    assert not weak


@pytest.mark.parametrize("scheme", SCHEMES)
def test_control_borders_reach_3(scheme):
    t = SCHEMES[scheme]
    assert contrast(t["border"], t["window"]) >= 3
    assert contrast(t["border"], t["surface"]) >= 3
    assert contrast(t["accent"], t["window"]) >= 3  # the focus ring


def test_both_schemes_name_the_same_tokens():
    assert set(theme_tokens.LIGHT) == set(theme_tokens.DARK)
    assert set(theme_tokens.system_tokens(QPalette())) == set(theme_tokens.LIGHT)


def test_no_colour_outside_the_theme():
    colour = re.compile(r"""["']#[0-9A-Fa-f]{3,8}\b|QColor\(\s*["'\d]""")
    root = Path(isowright_gui.__file__).parent
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in sorted(root.rglob("*.py"))
        if not path.name.startswith("theme")
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1)
        if colour.search(text)
    ]
    assert not found


def average(image: QImage) -> QColor:
    """The colour of the most opaque pixel of an icon."""
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(pixels, key=QColor.alpha)


def test_scheme_switches_live(qtbot, qapp):
    window = QWidget()
    qtbot.addWidget(window)
    box = w.column(window)
    label, button = w.Label("A title", "title"), w.Button("Run", "danger", "play")
    box.addWidget(label)
    box.addWidget(button)
    window.show()
    picture = icon("check-circle-fill", "success")
    before = average(picture.pixmap(QSize(64, 64)).toImage()).name()
    with qtbot.waitSignal(theme().changed):
        theme().set_scheme("dark")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == theme_tokens.DARK["window"].lower()
    assert theme_tokens.DARK["fill"] in qapp.styleSheet()
    assert theme_tokens.LIGHT["fill"] not in qapp.styleSheet()
    after = average(picture.pixmap(QSize(64, 64)).toImage()).name()
    assert (before, after) == (theme_tokens.LIGHT["success"].lower(), theme_tokens.DARK["success"].lower())
    assert window.grab().toImage().pixelColor(1, 1).name() == theme_tokens.DARK["window"].lower()
    assert label.font().weight() == 600  # a new sheet must not bring old fonts back


async def test_a_switch_does_not_halt_the_window(open_wizard, window, emitted):
    """With every page made; the stall detector judges."""
    wizard = await open_wizard("review")
    for step in ("account", "iso", "image", "server", "network", "review"):
        await wizard.jump(step)
    for scheme in ("dark", "light", "dark"):
        switched = asyncio.ensure_future(emitted(theme().changed))
        await asyncio.sleep(0.02)
        theme().set_scheme(scheme)
        await switched
        await asyncio.sleep(0.02)  # painting is the test's own work
        assert window.grab().toImage().pixelColor(1, 1).name() == SCHEMES[scheme]["sidebar"].lower()


async def test_switched_again_before_it_is_dressed(open_wizard, window, until, qapp):
    wizard = await open_wizard("review")
    for step in ("account", "iso", "image", "server"):  # few widgets would be dressed at once
        await wizard.jump(step)
    wanted = itertools.cycle(("dark", "light"))
    for pause in (0.0, 0.001, 0.01, 0.02, 0.03, 0.05):
        scheme = next(wanted)
        theme().set_scheme("light" if scheme == "dark" else "dark")
        await asyncio.sleep(pause)
        theme().set_scheme(scheme)
        await until(window.updatesEnabled)
        assert qapp.styleSheet() == theme().qss() != ""
        assert window.grab().toImage().pixelColor(1, 1).name() == SCHEMES[scheme]["sidebar"].lower()


def test_pictures_of_the_sheet_are_in_memory(qapp):
    for scheme in ("light", "dark"):
        theme().set_scheme(scheme)
        named = set(re.findall(r"url\(([^)]*)\)", qapp.styleSheet()))
        assert len(named) == 9
        for path in named:
            assert path.startswith(":/")
            assert not QIcon(path).pixmap(QSize(16, 16)).isNull(), path


def test_types_survive_polishing(qtbot):
    label = w.Label("Words", "body")
    qtbot.addWidget(label)
    label.show()
    from isowright_gui.theme import set_type

    set_type(label, "strong")
    label.set_tone("danger")
    theme().set_scheme("dark")
    assert label.font().weight() == 600


def test_font_change_scales_everything(qtbot, qapp):
    window = QWidget()
    qtbot.addWidget(window)
    box = w.column(window, gap=4, margins=(8, 8, 8, 8))
    glyph, label = w.StateGlyph("done", size=5), w.Label("Words", "title")
    box.addWidget(glyph)
    box.addWidget(label)
    window.show()
    unit, size = theme().u, label.font().pointSizeF()
    font = qapp.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    with qtbot.waitSignal(theme().changed):
        qapp.setFont(font)
    assert theme().u > unit
    assert label.font().pointSizeF() == pytest.approx(2 * size, rel=0.05)
    assert box.contentsMargins().left() == 8 * theme().u
    assert glyph.sizeHint().width() == 5 * theme().u


def test_icons_are_sharp_at_the_size_asked_for(qapp):
    image = icon("ph.square", "text").pixmap(QSize(32, 32), 2.0).toImage()
    assert image.width() == 64
    with pytest.raises(KeyError):
        icon("no-such-icon")


def test_start_does_not_import_qtawesome():
    """It costs a quarter of a second; only its font file is used."""
    code = (
        "import sys\nfrom PySide6.QtWidgets import QApplication\napp = QApplication([])\n"
        "from isowright_gui.theme import install, icon\ninstall(app)\nimport isowright_gui.widgets\n"
        "assert not icon('eye').pixmap(16, 16).isNull()\n"
        "print([m for m in ('qtawesome', 'qtpy', 'httpx', 'PySide6.QtSvg') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=200)
    assert done.stdout.strip() == "[]"


def test_high_contrast_uses_the_system_palette(qapp, monkeypatch):
    from isowright_gui import theme as module

    monkeypatch.setattr(module, "_high_contrast", lambda _app: True)
    theme().refresh()
    assert qapp.styleSheet() == ""
    assert theme().tokens["border"] == theme().tokens["text"]
    monkeypatch.undo()
    theme().refresh()
    assert qapp.styleSheet()
    assert isinstance(qapp, QApplication)
