"""A process that is killed while its request is under way: the journal knew of it before the cloud did."""

import asyncio
import json
import signal
import sqlite3
import sys

import pytest

from isowright.events import Done

# Drives one run as a process of its own; the password comes by standard input.
_DRIVER = """
import asyncio, json, pathlib, sys
from isowright.clock import FastClock
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.events import Waiting
from isowright.home import Home
from isowright.pipeline.engine import Engine

async def main(home, run, domain, user, password):
    engine = Engine(Home.at(pathlib.Path(home)), clock=FastClock(200))
    await engine.open()
    login = PasswordLogin(domain, user, Secret(password))
    handle = await engine.start(run, login, lambda e: None, on_install="powered-off")
    await handle.wait()

asyncio.run(main(*json.loads(sys.stdin.readline())))
"""


@pytest.mark.parametrize("moment", ["hold-before", "hold-after"])
@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/v2/cloudimages/action", "IsoImage", "iso-image"),
        ("/cloudservers$", '"dry_run": ?false|^(?!.*dry_run)', "server"),
        ("/v2/cloudimages/action", "volume_id", "image"),
    ],
)
async def test_killed_while_it_creates(lab, new_watch, moment, path, body, kind):
    lab.faults({"action": moment, "method": "POST", "path": path, "match_body": body})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _DRIVER, stdin=asyncio.subprocess.PIPE)
    ready = lab.ready
    words = [str(lab.folder), run.id, ready["domain"], ready["user"], ready["password"]]
    process.stdin.write(json.dumps(words).encode() + b"\n")
    await process.stdin.drain()
    async with asyncio.timeout(90):
        while not any(rule["fired"] for rule in lab.control("GET", "/practice/faults")["rules"]):
            assert process.returncode is None
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.communicate()

    database = sqlite3.connect(f"file:{lab.home.journal_path}?mode=ro", uri=True)
    rows = database.execute("SELECT kind, id, fate FROM resources ORDER BY seq").fetchall()
    database.close()
    assert rows[-1] == (kind, "", "planned")

    lab.control("POST", "/practice/faults/release")
    lab.no_faults()
    async with lab.engine() as engine:
        assert (await engine.info(run.id)).interrupted
        handle = await engine.start(run.id, lab.login, new_watch(install=False), on_install="powered-off")
        end = await handle.wait()
        assert isinstance(end, Done), end
    jobs = [j["job_type"] for j in lab.control("GET", "/practice/world")["jobs"]]
    assert [jobs.count(j) for j in ("createServer", "imsImportImageJob", "imsVolumeCreateImageJob")] == [1, 1, 1]
    lab.expect_only_image("result")
