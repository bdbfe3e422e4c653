"""Secrets stay secret: recognisable ones go into every field that takes one, everything is run and made to fail, then
everything is searched: files, outputs, command lines and environments of other processes, words of errors."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import signal
import sys
import traceback
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from canary_tools import Canaries, Descendants, Echo, canary, plant
from cli_tools import Started

from conftest import Lab
from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin, PasswordLogin
from isowright.cloud.models import Secret
from isowright.errors import AppError
from isowright.events import Done, Failed, Waiting
from isowright.logs import RedactingFormatter
from isowright.pipeline.receipt import receipt_html, receipt_json
from isowright.practice.server import practice_thread
from isowright.secrets import entry_name

SPEED = 200.0  # deadlines of stages shrink with it, and whoever searches slows everything down

# The command, with a calamity at its third stage, in words that quote the secret which it was handed.
LAUNCHER = """
import asyncio, base64, gc, logging, os, resource, subprocess, sys, threading, urllib.parse
from isowright import private
from isowright.cli import main as command
from isowright.pipeline.runner import Runner

kind, go_on = os.environ["CALAMITY"], Runner._bounded

def words():
    secret = private.given()["ISOWRIGHT_PASSWORD"]
    code = base64.b64encode(b"user:" + secret.encode()).decode()
    return f"{secret} | {secret!r} | {urllib.parse.quote(secret, safe='')} | {code} | {{'other': {secret!r}}}"

def fail():
    raise ValueError(words())

class Dropped:
    def __del__(self):
        fail()

async def fail_later():
    fail()

async def bounded(runner, stage):
    if stage.id == "launch-server":
        if kind == "abort":
            print("memory images of", resource.getrlimit(resource.RLIMIT_CORE)[0], "bytes", file=sys.stderr, flush=True)
            os.abort()
        subprocess.run(["sleep", "0.4"], check=True)
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        Dropped()
        lost = asyncio.ensure_future(fail_later())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del lost
        gc.collect()
        logging.getLogger("library").warning("said: %s", words())
        fail()
    return await go_on(runner, stage)

Runner._bounded = bounded
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
if kind == "uncaught":
    async def through(runner):
        raise SystemError(words()) from KeyError(words())
    Runner._through = through
sys.exit(command.main())
"""


# A keyring of the test: one file, the only one that may hold a secret; one that is locked says so in unfit words.
KEYRING = """
import json, os, pathlib
from keyring.backend import KeyringBackend

class Keyring(KeyringBackend):
    priority = 9
    def get_password(self, service, name):
        values = json.loads(pathlib.Path(os.environ["KEYRING_FILE"]).read_text())
        if os.environ.get("KEYRING_LOCKED"):
            raise RuntimeError(f"locked: {values}")
        return values.get(name)
    def set_password(self, service, name, value): raise NotImplementedError
    def delete_password(self, service, name): raise NotImplementedError
"""


class Room:
    """A practice cloud full of canaries, and one folder for all that the program may write."""

    def __init__(self, lab, cloud, canaries, root):
        self.lab, self.cloud, self.canaries, self.root = lab, cloud, canaries, root
        self.folders = {name: root / name for name in ("home", "config", "data", "cache", "state", "run", "tmp", "cwd")}
        for folder in self.folders.values():
            folder.mkdir(mode=0o700)
        self.keyring = root / "keyring.bin"
        self.processes: list[tuple[Started, Descendants]] = []

    def environment(self, **more):
        names = {"HOME": "home", "TMPDIR": "tmp"}
        names |= {f"XDG_{n.upper()}_{'DIR' if n == 'run' else 'HOME'}": n for n in ("config", "data", "cache", "state")}
        env = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        env |= {name: str(self.folders[folder]) for name, folder in names.items()}
        return env | {"ISOWRIGHT_SPEED": str(SPEED), "NO_PROXY": "127.0.0.1", "PYTHONFAULTHANDLER": "1"} | more

    def start(self, *args, command=None, **env):
        started = Started.__new__(Started)
        former = Started.__init__.__globals__["COMMAND"]
        Started.__init__.__globals__["COMMAND"] = command or former
        try:
            started.__init__(*args, env=self.environment(**env), cwd=self.folders["cwd"])
        finally:
            Started.__init__.__globals__["COMMAND"] = former
        self.processes.append((started, Descendants(started.process.pid, self.canaries)))
        return started

    def keyring_with(self, account, **values):
        """Environment with a keyring that holds this account's entry."""
        (self.root.parent / "test_keyring.py").write_text(KEYRING)
        self.keyring.write_text(json.dumps({entry_name(account): json.dumps(values)}))
        names = {"PYTHON_KEYRING_BACKEND": "test_keyring.Keyring", "PYTHONPATH": str(self.root.parent)}
        return names | {"KEYRING_FILE": str(self.keyring)}

    def profile(self, name, **account):
        path = self.folders["cwd"] / f"{name}.toml"
        text = Path(self.lab.ready["profile"]).read_text(encoding="utf-8")
        text = text.replace('"practice-image"', f'"{name}"').replace('name = "practice"', f'name = "{name}"', 1)
        for key, value in account.items():
            text = text.replace("[account]\n", f"[account]\n{key} = {json.dumps(value)}\n").replace(
                'method = "password"\n', "" if key == "method" else 'method = "password"\n'
            )
        path.write_text(text, encoding="utf-8")
        return path

    def expect_nothing(self):
        assert self.canaries.in_folder(self.root, besides=(self.keyring,)) == {}
        for started, family in self.processes:
            assert self.canaries.in_bytes(started.said.encode()) == set(), started.process.args
            assert family.end() == {}

    def close(self):
        for started, family in self.processes:
            started.close()
            family.end()


@pytest.fixture
def room(tmp_path):
    canaries = Canaries()
    with practice_thread(tmp_path / "cloud", speed=SPEED) as (ready, cloud):
        plant(cloud, canaries)
        (tmp_path / "root").mkdir()
        lab = Lab(ready, tmp_path / "root" / "inner")
        room = Room(lab, cloud, canaries, tmp_path / "root")
        yield room
        room.close()
        lab.close()


# The transport keeps them quiet.
TALKATIVE = ("httpx", "httpcore", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy", "http2")))


@contextlib.contextmanager
def loud(path):
    """Everything that any library says, at its most talkative, through the formatter of all log files."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(RedactingFormatter("%(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.NOTSET)


def shout(*_):
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG)


# --------------------------------------------------------------------------------------------------------- as processes


def test_commands_and_calamities_leave_no_secret(room):
    """Both sign-ins, a kill and what goes on after it, exceptions where nobody expects them, aborts, exports."""
    lab, ready = room.lab, room.lab.ready
    password = {"ISOWRIGHT_PASSWORD": ready["password"]}
    keys = {"ISOWRIGHT_ACCESS_KEY": ready["access_key"], "ISOWRIGHT_SECRET_KEY": ready["secret_key"]}
    wrong = room.canaries.add("wrong password", canary("no"))

    first = room.start("run", room.profile("killed"), "--json", **password)
    by_key = room.start(
        "run", room.profile("by-key", method="access_key", access_key=ready["access_key"]), "--json", **keys
    )
    launched = {
        kind: room.start("run", room.profile(kind), command=[sys.executable, "-c", LAUNCHER], **password, CALAMITY=kind)
        for kind in ("stage", "uncaught", "abort")
    }
    for started, server in ((s, s.event("waiting", reason="operator")["server_id"]) for s in (first, by_key)):
        if started is first:
            first.process.send_signal(signal.SIGKILL)
            first.end()
        lab.finish_install(server)
    statuses = {kind: started.end() for kind, started in launched.items()}
    assert statuses["stage"] == statuses["uncaught"] == 1, launched["uncaught"].said
    assert statuses["abort"] == -signal.SIGABRT
    assert "Fatal Python error" in launched["abort"].said
    assert "memory images of 0 bytes" in launched["abort"].said
    for words in ("SystemError: ***", "KeyError: "):
        assert words in launched["uncaught"].said
    assert "ValueError: ***" in launched["stage"].said  # of the thread and of what was dropped
    assert any("sleep" in child for child in room.processes[2][1].seen)
    assert by_key.end() == 0, by_key.said

    run = first.events[0]["run"]
    resumed = room.start("resume", run, "--json", "--installed", **password)
    refused = room.start("run", room.profile("refused"), ISOWRIGHT_PASSWORD=wrong)
    kept = room.keyring_with(lab.recipe().account, password=ready["password"])
    locked = room.start("run", room.profile("locked"), "--json", **kept, KEYRING_LOCKED="1")
    opened = room.start("run", room.profile("opened"), "--json", "--on-install", "confirm", **kept)
    assert (resumed.end(), refused.end()) == (0, 1), resumed.said + refused.said
    assert (locked.end(), opened.end()) == (2, 3), locked.said + opened.said
    assert "the keyring refused (RuntimeError)" in locked.said
    cleaned = room.start("clean-up", opened.events[0]["run"], "--yes", **kept)
    assert cleaned.end() == 0, cleaned.said
    assert room.canaries.in_folder(room.root)  # the keyring: the search does come by

    bad = room.folders["cwd"].parent.parent / "bad.toml"  # the operator's own mistake, not a file of the program's
    text = room.profile("with-secret").read_text(encoding="utf-8")
    bad.write_text(text.replace("[account]\n", f"[account]\npassword = {json.dumps(wrong)}\n"), encoding="utf-8")
    proxied = bad.with_name("proxied.toml")
    proxied.write_text(text.replace("[account]\n", f'[account]\nproxy = "http://kim:{quote(wrong)}@h:1"\n'))
    over = [
        room.start("runs", "--json"),
        room.start("profiles", "import", bad),
        room.start("run", proxied, **password),
        room.start("profiles", "import", room.folders["cwd"] / "by-key.toml"),
    ]
    assert [started.end() for started in over] == [0, 2, 2, 0]
    exported = room.start("profiles", "export", "by-key", room.folders["cwd"] / "exported.toml")
    assert exported.end() == 0, exported.said
    assert "access_key" in (room.folders["cwd"] / "exported.toml").read_text()
    assert any(room.folders["state"].rglob("command.log*"))
    assert any(room.folders["data"].rglob("journal.sqlite"))
    assert not any(path.name.startswith("core") for path in room.folders["cwd"].iterdir())
    room.expect_nothing()


# ---------------------------------------------------------------------------- whatever stands between us and the cloud


@pytest.fixture
def echo():
    echo = Echo()
    yield echo
    echo.close()


def told(error):
    """All that an error could say, to people and to logs."""
    chain, text = error, ""
    while chain is not None:
        text += f"{chain!s}\n{chain!r}\n{vars(chain)!r}\n"
        chain = chain.__cause__ or chain.__context__
    return RedactingFormatter().format(
        logging.LogRecord("x", logging.ERROR, "", 0, "failed", None, (type(error), error, error.__traceback__))
    ) + (text if isinstance(error, AppError) else "")


@pytest.mark.parametrize("by_key", [False, True], ids=["password", "access key"])
async def test_what_repeats_our_requests_is_not_repeated(room, echo, by_key):
    """A proxy that answers with all that it was sent: sign-in, tokens, signatures, in all encodings."""
    lab, canaries = room.lab, room.canaries
    log = room.folders["state"] / "debug.log"
    security = canaries.add("security token", canary("st", odd="/+="))
    login = (
        KeyLogin(lab.ready["access_key"], Secret(lab.ready["secret_key"]), Secret(security)) if by_key else lab.login
    )
    said = []
    with loud(log):
        for service in ("iam", "ims", "obs"):
            account = lab.recipe(by_key=by_key).account
            account = msgspec.structs.replace(account, endpoints=account.endpoints | {service: echo.url})
            if service != "iam" and by_key:  # the real ones take no token that they have not given
                login = lab.key_login
            for kind in ("html", "json", "text", "xml"):
                for status in (400, 401, 403, 500):
                    echo.kind, echo.status = kind, status
                    cloud = Cloud.open(account, login, clock=lab.clock)
                    cloud.session.on_request = lambda exchange: (shout(), said.append(repr(exchange)))
                    asked = {"iam": cloud.sign_in, "ims": cloud.ims.quota, "obs": cloud.obs.buckets}[service]
                    before = echo.count
                    with pytest.raises(AppError) as caught:
                        await asked()
                    assert echo.count > before, caught.value
                    said.append(told(caught.value))
                    said.append("".join(traceback.format_exception(caught.value)))
                    await cloud.aclose()
    assert any("***" in text for text in said)
    assert canaries.in_bytes("\n".join(said).encode()) == set()
    assert "httpcore" in log.read_text("utf-8")
    assert "receive_response_headers" in log.read_text("utf-8")
    room.expect_nothing()


# ------------------------------------------------------------------------------------------- runs, with all logs open


async def test_runs_that_end_and_fail_leave_no_secret(room, echo):
    """A whole run, and failed ones, with each library at its most talkative; receipts of all of them."""
    lab, canaries = room.lab, room.canaries
    secret = canaries.values and lab.ready["password"]
    wrong = PasswordLogin(lab.ready["domain"], lab.ready["user"], Secret(canaries.add("wrong", canary("no"))))
    out = room.folders["cwd"]
    events = []

    def watch(event):
        shout()
        events.append(event)
        if isinstance(event, Waiting) and event.reason == "operator":
            lab.finish_install(event.server_id)

    reason = f"refused for {secret} / {quote(secret)} / {base64.b64encode(secret.encode()).decode()}"
    page = {"body": f"<html><title>{reason}</title>{reason}</html>", "count": 0}
    elsewhere = {"ims": echo.url.replace("http:", "https:")}
    rounds = [
        ("good", lab.login, {}, [], Done),
        ("wrong", wrong, {}, [], Failed),
        ("tls", lab.login, elsewhere, [], Failed),
        ("job", lab.login, {}, [{"job": "createServer", "action": "fail", "reason": reason, "code": reason}], Failed),
        ("page", lab.login, {}, [{"service": "ims", "action": "status", "status": 500, **page}], Failed),
        ("refused", lab.login, {}, [{"service": "ecs", "action": "status", "status": 403, **page}], Failed),
        ("odd", lab.login, {}, [{"service": "ims", "action": "status", "status": 200, **page}], Failed),
    ]
    with loud(room.folders["state"] / "debug.log"):
        async with lab.engine() as engine:
            for name, login, endpoints, rules, kind in rounds:
                lab.no_faults()
                if rules:
                    lab.faults(*rules)
                recipe = lab.recipe(name)
                account = msgspec.structs.replace(recipe.account, endpoints=recipe.account.endpoints | endpoints)
                run = await engine.create(msgspec.structs.replace(recipe, account=account), profile=name)
                handle = await engine.start(run.id, login, watch)
                shout()
                end = await handle.wait()
                assert isinstance(end, kind), (name, end)
                if name in ("job", "page", "refused"):
                    assert "***" in end.error.detail, end.error
                info = await engine.info(run.id)
                told = await engine.log(run.id)
                assert told
                (out / f"{name}.json").write_bytes(receipt_json(info, told))
                (out / f"{name}.html").write_text(receipt_html(info, told), "utf-8")
            lab.no_faults()
    log = (room.folders["state"] / "debug.log").read_text("utf-8")
    assert "receive_response_headers" in log
    assert {name.split()[0] for name in canaries.values.values()} >= {"password", "token"}
    assert [event for event in events if canaries.in_bytes(msgspec.json.encode(event))] == []
    room.expect_nothing()
