"""The console of a real machine, in chromium: what is typed and pasted arrives in the guest, which switches off."""

import shutil
import sys
from pathlib import Path

import pytest

from isowright.practice.machines import Settings
from isowright.practice.server import practice_thread

sys.path.insert(0, str(Path(__file__).parent))

import tiny_guests
from chromium import browser, program
from test_machines_real import Machines, Now

pytestmark = pytest.mark.skipif(
    not program() or not shutil.which("qemu-system-x86_64"), reason="NOT TRIED: needs chromium and QEMU"
)
CONSOLE = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
TEXT = 'Zy "@#$%^&*()" {[<>]} 0123456789 ~`_-+=|\\ ;:\'?/'


def test_what_is_typed_arrives_in_the_guest(new_client, tmp_path):
    options = {"speed": 600, "machine": "qemu", "settings": Settings(memory=128, patience=0.5)}
    with practice_thread(tmp_path / "state", **options) as (ready, _), browser(tmp_path) as new_tab:
        client = new_client(ready)
        client.clock = Now()
        machines = Machines(client)
        server_id = machines.server(tiny_guests.typewriter())
        machines.says(server_id, "TYPE")
        answer = client.call("ecs", "POST", f"/v1/{{p}}/cloudservers/{server_id}/remote_console", CONSOLE)
        page = new_tab()
        page.open(answer.json()["remote_console"]["url"])
        page.wait("document.body.classList.contains('connected')")
        page.key("KeyA", "a", "a")
        machines.says(server_id, "TYPE\na")
        page.click("#paste")
        page.wait("panel.open")
        page.insert(TEXT)
        page.click("#type")
        machines.says(server_id, f"TYPE\na{TEXT}")
        page.wait("state.textContent === 'Connected'")
        page.key("Enter", "Enter", "\r")
        page.wait("state.textContent.startsWith('The machine is off.') && again.hidden")
        assert page.errors == []
        machines.status(server_id, "SHUTOFF")
