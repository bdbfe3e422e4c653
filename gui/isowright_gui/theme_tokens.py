"""The colours of the product, one table per scheme.

Nothing outside the theme modules names a colour: widgets ask `theme().color("accent")` when they paint, the style sheet
is generated from these tables. Contrast is checked by a test: text tokens reach 4.5 on every ground they stand on,
control borders 3.
"""

from __future__ import annotations

from PySide6.QtGui import QPalette

LIGHT: dict[str, str] = {
    "window": "#F6F7F9",
    "sidebar": "#EDEFF3",
    "surface": "#FFFFFF",
    "sunken": "#F1F3F6",
    "hover": "#F3F4F7",
    "text": "#1B1F27",
    "muted": "#59626F",
    "hairline": "#E2E5EA",
    "border": "#828A98",
    "accent": "#4350C4",
    "fill": "#4350C4",
    "fill_hover": "#3944AD",
    "fill_pressed": "#303A96",
    "on_fill": "#FFFFFF",
    "accent_soft": "#ECEEFB",
    "success": "#18774A",
    "success_soft": "#E5F4EC",
    "warning": "#8C5200",
    "warning_soft": "#FDF1D9",
    "danger": "#B92D28",
    "danger_soft": "#FCEAE9",
    "neutral_soft": "#ECEEF2",
    "skeleton": "#E6E9EE",
    "inverse": "#2A2F3A",
    "on_inverse": "#FFFFFF",
    "disabled": "#9AA1AD",
}

DARK: dict[str, str] = {
    "window": "#17191E",
    "sidebar": "#121418",
    "surface": "#1F2229",
    "sunken": "#1A1D22",
    "hover": "#262A32",
    "text": "#E9EBEF",
    "muted": "#A3ABB8",
    "hairline": "#2F333C",
    "border": "#727B8A",
    "accent": "#A3ADFF",
    "fill": "#5562DD",
    "fill_hover": "#5B67E0",
    "fill_pressed": "#4955CC",
    "on_fill": "#FFFFFF",
    "accent_soft": "#292E4D",
    "success": "#63CB93",
    "success_soft": "#18301F",
    "warning": "#EBB556",
    "warning_soft": "#352A15",
    "danger": "#FF918A",
    "danger_soft": "#3C2120",
    "neutral_soft": "#2B2F37",
    "skeleton": "#2C3038",
    "inverse": "#D9DDE5",
    "on_inverse": "#1B1F27",
    "disabled": "#666E7B",
}

TONES: tuple[str, ...] = ("accent", "success", "warning", "danger", "neutral")


def word_token(tone: str) -> str:
    """The token in which the words and glyphs of a tone are drawn ("neutral" speaks in the muted colour)."""
    return "muted" if tone in {"neutral", ""} else tone


def soft_token(tone: str) -> str:
    """The token of the soft fill behind the words of a tone."""
    return f"{tone or 'neutral'}_soft"


def system_tokens(palette: QPalette) -> dict[str, str]:
    """Tokens made of the system's own palette, for high contrast: the user's colours, whatever they are.

    Soft fills and surfaces collapse into the base colour, every stroke becomes the text colour; what remains
    different is told apart by words and glyph shapes, which never depend on colour.
    """
    role = QPalette.ColorRole

    def name(which: QPalette.ColorRole) -> str:
        return palette.color(which).name()

    base, text = name(role.Base), name(role.Text)
    tokens = dict.fromkeys(LIGHT, base)
    tokens |= dict.fromkeys(("text", "muted", "hairline", "border", "success", "warning", "danger"), text)
    tokens |= {
        "window": name(role.Window),
        "sidebar": name(role.Window),
        "accent": name(role.Link),
        "fill": name(role.Highlight),
        "fill_hover": name(role.Highlight),
        "fill_pressed": name(role.Highlight),
        "on_fill": name(role.HighlightedText),
        "inverse": text,
        "on_inverse": base,
        "disabled": palette.color(QPalette.ColorGroup.Disabled, role.Text).name(),
    }
    return tokens


def make_palette(tokens: dict[str, str]) -> QPalette:
    """The tokens as Qt's palette roles, with the disabled group."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    roles = {
        role.Window: "window",
        role.Base: "surface",
        role.Button: "surface",
        role.AlternateBase: "sunken",
        role.Midlight: "hover",
        role.Light: "surface",
        role.WindowText: "text",
        role.Text: "text",
        role.ButtonText: "text",
        role.PlaceholderText: "muted",
        role.Mid: "hairline",
        role.Dark: "border",
        role.Shadow: "hairline",
        role.Accent: "accent",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.Highlight: "fill",
        role.HighlightedText: "on_fill",
        role.BrightText: "danger",
        role.ToolTipBase: "inverse",
        role.ToolTipText: "on_inverse",
    }
    palette = QPalette()
    for each, token in roles.items():
        palette.setColor(each, tokens[token])
    for each in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText, role.HighlightedText):
        palette.setColor(group.Disabled, each, tokens["disabled"])
    palette.setColor(group.Disabled, role.Highlight, tokens["neutral_soft"])
    return palette
