"""The console's page in Debian's chromium: an operator types, pastes, presses Ctrl+Alt+Del and connects again."""

import sys
from pathlib import Path

import pytest

from isowright.practice.server import practice_thread

sys.path.insert(0, str(Path(__file__).parent))

from chromium import browser, program
from vnc_screen import FakeScreens, Listener, Viewer

pytestmark = pytest.mark.skipif(not program(), reason="chromium is not installed; ./dev test gets it where it can")

CONSOLE = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
# Scan codes of a PC keyboard's set 1; the high bit stands for an E0 before it.
CTRL, ALT, DELETE, SHIFT, ALTGR, ENTER, SPACE = 0x1D, 0x38, 0xD3, 0x2A, 0xB8, 0x1C, 0x39
A, Q, Y, Z, DIGIT2, BACKQUOTE = 0x1E, 0x10, 0x15, 0x2C, 0x03, 0x29
CONNECTED = "document.body.classList.contains('connected')"


def pressed(*scans):
    return [(scan, kind) for scan in scans for kind in ("down", "up")]


def held(modifier, *scans):
    return [(modifier, "down"), *pressed(*scans), (modifier, "up")]


@pytest.fixture(scope="module")
def new_tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("chromium")) as tab:
        yield tab


@pytest.fixture
def screen(clock, new_client):
    """(a function that makes links to the console, the machine's listener, a function that powers the machine off)."""
    listener = Listener()
    with practice_thread(speed=1, clock=clock) as (ready, practice):
        practice.world.machines = FakeScreens(listener.path)
        client = new_client(ready)
        client.sign_in()
        server_id, _ = client.running_server()
        path = f"/v1/{{p}}/cloudservers/{server_id}/remote_console"

        def link():
            return client.call("ecs", "POST", path, CONSOLE).json()["remote_console"]["url"]

        def power_off():
            stop = {"os-stop": {"type": "SOFT", "servers": [{"id": server_id}]}}
            assert client.call("ecs", "POST", "/v1/{p}/cloudservers/action", stop).status_code == 200
            clock.advance(20)

        yield link, listener, power_off
    listener.close()


def connected(page, listener):
    viewer = Viewer(listener.accept())
    assert (viewer.version, viewer.shared) == (b"RFB 003.008\n", True)
    viewer.until_drawn()
    page.wait(CONNECTED)
    return viewer


def choose(page, layout):
    page.ask(f"layout.value = '{layout}', layout.dispatchEvent(new Event('change'))")


def paste(page, text):
    page.click("#paste")
    page.wait("panel.open")
    page.insert(text)
    page.click("#type")


def test_an_operator_at_the_screen(screen, new_tab):
    link, listener, power_off = screen
    page = new_tab()
    url = link()
    page.open(url)
    viewer = connected(page, listener)
    assert page.ask("document.querySelector('meta[name=console-client]').content") == "novnc"

    # By place: this operator's keyboard has a z where the machine may have a y.
    page.key("KeyA", "a", "a")
    page.key("KeyY", "z", "z")
    page.key("Enter", "Enter", "\r")
    assert viewer.keys(6) == pressed(A, Y, ENTER)
    page.click("#cad")
    keys = viewer.keys(6)
    assert keys[:3] == [(CTRL, "down"), (ALT, "down"), (DELETE, "down")]
    assert sorted(keys[3:]) == sorted((key, "up") for key in (CTRL, ALT, DELETE))

    paste(page, "a@Z\r\n")
    assert viewer.keys(12) == [*pressed(A), *held(SHIFT, DIGIT2), *held(SHIFT, Z), *pressed(ENTER)]
    page.wait("state.textContent === 'Connected'")
    choose(page, "de")
    paste(page, "y^@я")
    assert viewer.keys(10) == [*pressed(Z), *pressed(BACKQUOTE, SPACE), *held(ALTGR, Q)]
    page.wait("state.textContent === 'Connected'")

    # Translated: a character that is typed with Shift here and with AltGr there.
    page.click("#translate")
    page.key("ShiftLeft", "Shift", modifiers=8, kinds=["keyDown"])
    page.key("Digit2", "@", "@", modifiers=8)
    page.key("ShiftLeft", "Shift", kinds=["keyUp"])
    page.key("KeyY", "z", "z")
    page.key("KeyC", "c", modifiers=2)  # a shortcut stays one
    lifted = [(SHIFT, "down"), (SHIFT, "up"), *held(ALTGR, Q), (SHIFT, "down"), (SHIFT, "up")]
    assert viewer.keys(12) == [*lifted, *pressed(Y, 0x2E)]

    # The machine closes its screen; the page connects again, its address does not.
    viewer.peer.close()
    page.wait("!again.hidden")
    assert page.ask("cad.disabled && paste.disabled")
    assert page.ask("state.textContent") == "The connection to the screen ended."
    page.click("#again")
    viewer = connected(page, listener)
    choose(page, "fr")
    page.key("KeyQ", "a", "a")
    assert viewer.keys(2) == pressed(Q)
    power_off()
    viewer.peer.close()
    page.wait("state.textContent.startsWith('The machine is off.') && again.hidden")
    assert page.errors == []
    copy = new_tab()
    copy.open(url)
    assert "already used" in copy.ask("document.body.innerText")


@pytest.fixture
def no_novnc(monkeypatch, tmp_path):
    monkeypatch.setenv("ISOWRIGHT_NOVNC", str(tmp_path))


def test_a_screen_without_novnc(no_novnc, screen, new_tab):
    link, listener, _ = screen
    page = new_tab()
    page.open(link())
    viewer = connected(page, listener)
    assert "where there is no core/rfb.js" in page.ask("advice.innerText")
    corner = "document.querySelector('canvas').getContext('2d').getImageData(0, 0, 1, 1).data.join()"
    page.wait(f"{corner} === '32,128,224,255'")
    page.key("KeyA", "a", "a")
    page.click("#cad")
    modified = [(CTRL, "down"), (ALT, "down"), *pressed(DELETE), (ALT, "up"), (CTRL, "up")]
    assert viewer.keys(8) == [*pressed(A), *modified]
    paste(page, "Z")
    assert viewer.keys(4) == held(SHIFT, Z)
    viewer.peer.close()
    page.wait("!again.hidden")
    assert page.errors == []
