"""The page around the screen: its frame as HTML; its scripts and style are files beside this module, in static/."""

from html import escape
from pathlib import Path
from string import Template

_STATIC = Path(__file__).parent / "static"
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def static_file(name: str) -> tuple[bytes, str] | None:
    """(content, media type) of one of the page's own files; None if there is none of that name."""
    kept = {file.name: file for file in _STATIC.iterdir() if file.suffix in _KINDS}
    file = kept.get(name)
    return (file.read_bytes(), _KINDS[file.suffix]) if file else None


def page_headers(port: int) -> dict[str, str]:
    """Scripts and styles from this door alone, none inline, and connections to it alone."""
    # 'self' does not cover ws: in every browser.
    sockets = f"ws://127.0.0.1:{port} ws://localhost:{port}"
    return {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def screen_page(session: str, *, advice: str) -> str:
    """`advice`: how to get noVNC, if it is missing; then a plainer screen of our own is shown."""
    client = "plain" if advice else "novnc"
    return _PAGE.substitute(session=escape(session), client=client, advice=escape(advice))


_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="console-session" content="$session"><meta name="console-client" content="$client">
<meta name="console-advice" content="$advice">
<title>Practice console</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/console/static/screen.css">
<script type="module" src="/console/static/screen.js"></script></head>
<body>
<header>
<span class="lamp" id="lamp"></span>
<div class="who"><b id="name">server</b><span id="state" role="status">Connecting…</span></div>
<div class="tools" role="toolbar" aria-label="Console">
<button id="again" class="main" hidden>Reconnect</button>
<button id="cad" disabled>Ctrl+Alt+Del</button>
<button id="paste" disabled>Paste as typing…</button>
<span class="pair"><label for="layout">Machine’s keyboard</label><select id="layout"></select></span>
<label class="check"><input type="checkbox" id="translate"> Translate my typing</label>
<button id="full">Full screen</button>
</div>
</header>
<p id="advice" hidden></p>
<main id="screen"></main>
<footer><span id="hint"></span></footer>
<dialog id="panel" aria-labelledby="panel-title"><form method="dialog">
<h2 id="panel-title">Paste as typing</h2>
<p>The machine cannot see your clipboard. The text is typed into it key by key, for the keyboard “<span
id="panel-layout"></span>”. A password is visible here.</p>
<textarea id="text" rows="6" spellcheck="false" autocomplete="off" aria-label="Text to type"></textarea>
<p id="missing" role="alert"></p>
<div class="row"><button id="type" class="main" value="type">Type it</button><button value="">Cancel</button></div>
</form></dialog>
</body></html>
""")
