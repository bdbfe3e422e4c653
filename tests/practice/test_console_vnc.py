"""The screen of a real machine in the console: its page, its tickets, and the bridge to the machine's Unix socket."""

import contextlib
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from isowright.practice.console.novnc import NoVnc
from isowright.practice.server import practice_thread

sys.path.insert(0, str(Path(__file__).parent))

from vnc_screen import FakeScreens, Listener, take

CONSOLE = {"remote_console": {"protocol": "vnc", "type": "novnc"}}


class Door:
    """A console of one running server, with a screen that the test plays."""

    def __init__(self, client, screens, listener):
        self.client = client
        self.screens = screens
        self.listener = listener
        self.server_id, _ = client.running_server()
        self.pages = contextlib.ExitStack()  # connections are closed at the end at the latest

    def link(self):
        answer = self.client.call("ecs", "POST", f"/v1/{{p}}/cloudservers/{self.server_id}/remote_console", CONSOLE)
        return answer.json()["remote_console"]["url"]

    @property
    def origin(self):
        return self.link().split("/vnc_auto")[0]

    def session(self):
        page = self.client.http.get(self.link())
        assert page.status_code == 200
        return re.search(r'name="console-session" content="([^"]+)"', page.text)[1]

    def ask_ticket(self, session):
        return self.client.http.post(self.origin + "/console/ticket", headers={"X-Console-Session": session})

    def ticket(self):
        return self.ask_ticket(self.session()).json()["ticket"]

    def connect(self, ticket, *, path="/console/socket", **options):
        origin = self.origin
        protocols = ["binary", *([f"ticket.{ticket}"] if ticket else [])]
        options = {"origin": origin, "subprotocols": protocols, "proxy": None, "max_size": None, **options}
        return self.pages.enter_context(connect(origin.replace("http", "ws") + path, **options))

    def is_refused(self, ticket, **options):
        with pytest.raises(InvalidStatus) as caught:
            self.connect(ticket, **options)
        return caught.value.response.status_code == 403


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def screens(listener):
    return FakeScreens(listener.path)


@pytest.fixture
def cloud(clock, screens, new_client):
    with practice_thread(speed=1, clock=clock) as (ready, practice):
        practice.world.machines = screens
        client = new_client(ready)
        client.sign_in()
        yield client


@pytest.fixture
def door(cloud, screens, listener):
    made = Door(cloud, screens, listener)
    with made.pages:
        yield made


def test_page_has_nothing_inline_and_its_files_are_there(door):
    page = door.client.http.get(door.link())
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page.text)
    named = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(named) == 2
    for path in [*named, "/console/static/plain.js", "/console/static/layouts.js", "/console/static/typist.js"]:
        file = door.client.http.get(door.origin + path)
        assert file.status_code == 200, path
        assert file.headers["Content-Type"].startswith(("text/javascript", "text/css")), path
    rfb = door.client.http.get(door.origin + "/console/novnc/core/rfb.js")
    assert (rfb.status_code, "class RFB" in rfb.text) == (200, True), "noVNC lacks; ./dev setup gets it"
    for path in ("static/..%2Fpage.py", "static/page.py", "novnc/core/..%2F..%2Fpackage.json", "novnc/etc/passwd"):
        assert door.client.http.get(f"{door.origin}/console/{path}").status_code == 404, path


def test_without_real_machines_the_console_is_played(door):
    door.screens.real = False
    assert "Install onto the second disk" in door.client.http.get(door.link()).text


def test_a_real_machine_is_not_played_with(door):
    answer = door.client.http.post(door.origin + "/console/install", headers={"X-Console-Session": door.session()})
    assert (answer.status_code, "real machine" in answer.text) == (409, True)


def test_bytes_go_both_ways_whole(door):
    with door.connect(door.ticket()) as page:
        assert page.subprotocol == "binary"
        machine = door.listener.accept()
        machine.sendall(b"RFB 003.008\n")
        assert page.recv(timeout=30) == b"RFB 003.008\n"
        page.send(b"\x04\x01")
        assert take(machine, 2) == b"\x04\x01"
        # A picture of several million bytes, more than any buffer on the way, and a clipboard as large as is let in.
        picture = bytes(range(256)) * 16 * 1024
        sender = threading.Thread(target=machine.sendall, args=(picture,))
        sender.start()
        seen = bytearray()
        while len(seen) < len(picture):
            seen += page.recv(timeout=30)
        sender.join()
        assert seen == picture
        text = b"\x00\xff" * 400_000
        typist = threading.Thread(target=page.send, args=(text,))
        typist.start()
        assert take(machine, len(text)) == text
        typist.join()
        machine.close()


def test_a_page_that_does_not_read_holds_the_machine_back(door):
    """Nothing piles up in between: the machine can send no more than the buffers of the sockets hold."""
    door.connect(door.ticket(), max_queue=1, close_timeout=0.1)
    machine = door.listener.accept()
    machine.settimeout(0.5)
    with pytest.raises(TimeoutError):
        machine.sendall(bytes(64 * 1024 * 1024))


def test_each_end_closes_the_other(door):
    page = door.connect(door.ticket())
    machine = door.listener.accept()
    machine.close()
    with pytest.raises(ConnectionClosed) as caught:
        page.recv(timeout=30)
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1000, "The machine closed its screen.")
    page = door.connect(door.ticket())
    machine = door.listener.accept()
    page.close()
    assert machine.recv(1) == b""
    machine.close()
    page = door.connect(door.ticket())
    machine = door.listener.accept()
    page.send("text")
    with pytest.raises(ConnectionClosed) as caught:
        page.recv(timeout=30)
    assert caught.value.rcvd.code == 1003
    assert machine.recv(1) == b""
    machine.close()


def test_tickets_open_one_connection_in_time(door, clock):
    session = door.session()
    first = door.ask_ticket(session).json()["ticket"]
    with door.connect(first):
        door.listener.accept().close()
    assert door.is_refused(first)
    late = door.ask_ticket(session).json()["ticket"]
    clock.advance(31)
    assert door.is_refused(late)
    # The same page may come again, with a new ticket; a session is no ticket, and nothing is no session.
    with door.connect(door.ask_ticket(session).json()["ticket"]):
        door.listener.accept().close()
    for wrong in ("", "made-up", session):
        assert door.is_refused(wrong), wrong
    assert door.ask_ticket("").status_code == 403
    assert door.ask_ticket(first).status_code == 403


def test_only_the_consoles_own_page_may_connect(door):
    ticket = door.ticket()
    port = door.origin.rsplit(":", 1)[1]
    iam = door.client.ready["endpoints"]["iam"]
    for origin in (
        None,
        "null",
        "https://attacker.example",
        iam,
        f"http://localhost:{port}",
        f"https://127.0.0.1:{port}",
    ):
        assert door.is_refused(ticket, origin=origin), origin
    assert door.is_refused(ticket, path="/console/elsewhere")
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Protocol": f"binary, ticket.{ticket}",
    }
    for host in (f"attacker.example:{port}", "127.0.0.1:1", "127.0.0.1"):
        named = {"Host": host, "Origin": f"http://{host}", **upgrade}
        assert door.client.http.get(door.origin + "/console/socket", headers=named).status_code == 403, host
    with door.connect(ticket):  # still good: none of these got as far as the ticket
        door.listener.accept().close()
    with pytest.raises(InvalidStatus), connect(iam.replace("http", "ws") + "/", origin=iam, proxy=None):
        pass


def test_a_screen_that_is_gone_is_said_to_be(door, clock):
    session, ticket = door.session(), door.ticket()
    door.listener.socket.close()
    page = door.connect(ticket)
    with pytest.raises(ConnectionClosed) as caught:
        page.recv(timeout=30)
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1011, "The machine's screen does not answer.")
    ticket = door.ask_ticket(session).json()["ticket"]
    door.screens.path = None
    assert door.is_refused(ticket)
    answer = door.ask_ticket(session)
    assert (answer.status_code, "Reconnect when it is on" in answer.text) == (409, True)


def test_the_cloud_ends_with_consoles_open(clock, screens, listener, new_client):
    with practice_thread(speed=1, clock=clock) as (ready, practice):
        practice.world.machines = screens
        client = new_client(ready)
        client.sign_in()
        door = Door(client, screens, listener)
        page = door.connect(door.ticket())
        machine = listener.accept()
    with pytest.raises(ConnectionClosed) as caught:
        page.recv(timeout=30)
    assert caught.value.rcvd.code == 1012
    assert machine.recv(1) == b""
    machine.close()


def test_without_novnc_the_page_says_how_to_get_it(clock, screens, new_client, tmp_path, monkeypatch):
    monkeypatch.setenv("ISOWRIGHT_NOVNC", str(tmp_path))
    with practice_thread(speed=1, clock=clock) as (ready, practice):
        practice.world.machines = screens
        client = new_client(ready)
        client.sign_in()
        door = Door(client, screens, None)
        page = client.http.get(door.link()).text
        assert 'name="console-client" content="plain"' in page
        assert f"ISOWRIGHT_NOVNC names {tmp_path}, where there is no core/rfb.js" in page
        assert client.http.get(door.origin + "/console/novnc/core/rfb.js").status_code == 404
    (tmp_path / "core").mkdir()
    (tmp_path / "core/rfb.js").write_text("export default class RFB {}")
    found = NoVnc({"ISOWRIGHT_NOVNC": str(tmp_path)})
    assert (found.advice, found.read("core/rfb.js")) == ("", b"export default class RFB {}")


@pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="QEMU is not installed")
def test_the_screen_of_qemu_itself(door, tmp_path):
    path = tmp_path / "qemu.sock"
    arguments = ["-accel", "tcg", "-m", "16", "-display", "none", "-nodefaults", "-vga", "std", "-S"]
    with subprocess.Popen(["qemu-system-x86_64", *arguments, "-vnc", f"unix:{path}", "-qmp", "stdio"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as qemu:  # fmt: skip
        try:
            qemu.stdin.write(b'{"execute": "qmp_capabilities"}\n')
            qemu.stdin.flush()
            assert b"QMP" in qemu.stdout.readline()
            assert b"return" in qemu.stdout.readline()  # it answers when all its sockets are open
            door.screens.path = path
            with door.connect(door.ticket()) as page:
                assert page.recv(timeout=30) == b"RFB 003.008\n"
                page.send(b"RFB 003.008\n")
                assert page.recv(timeout=30) == b"\x01\x01"
                page.send(b"\x01")
                assert page.recv(timeout=30) == bytes(4)
                page.send(b"\x01")
                greeting = page.recv(timeout=30)
                assert b"QEMU" in greeting
        finally:
            qemu.kill()
