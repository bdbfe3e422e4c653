"""The server is watched while the operator installs: what it does, that it does nothing, what a cloud does not tell."""

import asyncio

import httpx
import msgspec
import pytest

from isowright.clock import FastClock
from isowright.console_text import LINES, LONGEST_LINE
from isowright.errors import NetworkError
from isowright.events import Cancelled, Done, Failed, LogLine, ServerSeen, StageChanged, Waiting
from isowright.pipeline import receipt
from isowright.recipe import PRACTICE

LOG = "console-output|/servers/[^/]+/action$"  # the cloud's own call, and OpenStack's
LOOKS = ("GET", "console-output"), ("POST", "/action")
CANARY = "hunter2-root-password"


class Clock(FastClock):
    """Goes faster while half an hour has to pass."""

    def hurry(self, speed):
        now = self.monotonic()
        self._speed = speed
        self._leap += now - self.monotonic()


class Turn:
    """A run up to the operator's turn, and what is seen from there."""

    def __init__(self, lab, watch):
        self.lab, self.watch = lab, watch
        lab.clock = Clock(200.0)
        self.screen = None
        watch.install = False
        watch.hooks.append(self._hear)
        self._news = asyncio.Event()
        self.handle = None
        self.told_at = {}

    def _hear(self, event):
        if isinstance(event, ServerSeen):
            self.told_at[len(self.sightings)] = self.lab.clock.monotonic()
        self._news.set()

    @property
    def sightings(self):
        return [event.server for event in self.watch.of(ServerSeen)]

    async def start(self, engine, **parts):
        run = await engine.create(self.lab.recipe(**parts))
        self.run = run.id
        self.handle = await engine.start(run.id, self.lab.login, self.watch, screen=self.screen)
        await self.until(lambda: any(e.reason == "operator" for e in self.watch.of(Waiting)))
        return self.handle

    async def until(self, there):
        async with asyncio.timeout(60):
            while not there():
                self._news.clear()
                await self._news.wait()

    async def idle(self, count):
        """Until it was told so often that nothing happens."""
        self.lab.clock.hurry(4000.0)
        # The note, not the sightings: those of one idle time are as many as there are pictures.
        await self.until(lambda: sum(text.startswith("Nothing has happened") for text in self.said()) == count)
        self.lab.clock.hurry(200.0)

    async def stop(self):
        assert isinstance(await self.handle.cancel(), Cancelled)

    async def finish(self):
        self.lab.finish_install(self.sightings[-1].server_id)
        end = await self.handle.wait()
        assert isinstance(end, Done), end

    def said(self):
        return [e.text for e in self.watch.of(LogLine) if e.stage == "install-os"]

    def asked(self):
        """Looks at the log, by path."""
        paths = [r["path"] for method, path in LOOKS for r in self.lab.requests(method, path)]
        return [path for path in paths if path.endswith("output") or "/servers/" in path]


@pytest.fixture
def turn(lab, watch):
    return Turn(lab, watch)


async def test_log_and_state_until_the_guest_powers_off(lab, turn):
    turn.screen = Screen(None)
    async with lab.engine() as engine:
        handle = await turn.start(engine)
        await turn.until(lambda: any("Waiting for the operator" in line for line in handle.sight.lines))
        first = turn.sightings[0]
        assert (first.state, first.task, first.screen, first.idle) == ("ACTIVE", "", False, False)
        assert first.name.startswith("isowright-")
        assert turn.sightings[-1].log == "told"
        path, who = f"/practice/servers/{first.server_id}/screen.png", (lab.ready["user"], lab.ready["password"])
        async with httpx.AsyncClient(base_url=lab.ready["control"], trust_env=False) as client:
            answers = [await client.get(path, auth=auth) for auth in (who, None)]
        assert [answer.status_code for answer in answers] == [404, 401]  # scripted machines have no screen
        await turn.finish()
    assert turn.screen.taken == 1
    assert turn.sightings[-1].state == "SHUTOFF"
    (detail,) = [e.detail for e in turn.watch.of(StageChanged) if e.stage == "install-os" and e.state == "done"]
    assert detail == "The server has powered off"
    assert handle.sight.lines == ()


async def test_half_an_hour_of_nothing_is_told_once_until_something_happens(lab, turn):
    async with lab.engine() as engine:
        handle = await turn.start(engine)
        await turn.until(lambda: any("Waiting for the operator" in line for line in handle.sight.lines))
        await turn.idle(1)
        at = len(turn.sightings)
        last = max(number for number in turn.told_at if number < at)  # of the last change
        assert turn.told_at[at] - turn.told_at[last] >= 1800
        assert not any(s.idle for s in turn.sightings[:-1])
        await handle.console_url()
        await turn.until(lambda: not turn.sightings[-1].idle)
        assert turn.sightings[-1].changed > turn.sightings[at - 1].changed
        await turn.idle(2)
        await turn.stop()
    notes = [text for text in turn.said() if text.startswith("Nothing has happened")]
    name = turn.sightings[0].name
    assert notes == [f"Nothing has happened on {name} for 30 minutes; the server is billed meanwhile"] * 2


@pytest.mark.parametrize(("answer", "asked"), [({"status": 403}, 1), ({"status": 404}, 2)])
async def test_a_cloud_that_does_not_tell_is_not_asked_again(lab, turn, answer, asked):
    lab.faults({"service": "ecs", "path": LOG, "action": "status", "count": 0, **answer})
    async with lab.engine() as engine:
        await turn.start(engine)
        await turn.until(lambda: turn.sightings and turn.sightings[-1].log == "untold")
        await turn.idle(1)  # the server's state is all there is
        assert len(turn.asked()) == asked
        await turn.stop()
    notes = [text for text in turn.said() if "console" in text]
    assert len(notes) == 1, notes


@pytest.mark.parametrize("action", ["truncated", "silence-before"])
async def test_no_answer_to_the_log_keeps_the_end_from_being_seen(lab, turn, action):
    lab.faults({"service": "ecs", "path": LOG, "action": action, "count": 0})
    async with lab.engine() as engine:
        await turn.start(engine)
        await turn.until(lambda: turn.sightings)
        lab.clock.hurry(2000.0)
        await turn.until(turn.asked)
        await turn.finish()
    assert turn.sightings[-1].state == "SHUTOFF"
    lab.no_faults()


async def test_a_log_that_fails_for_a_while_comes_back(lab, turn):
    lab.faults({"service": "ecs", "path": LOG, "action": "status", "status": 500, "count": 0})
    async with lab.engine() as engine:
        handle = await turn.start(engine)
        await turn.idle(1)
        assert turn.sightings[-1].log == ""
        tries = len(turn.asked())
        assert tries < 1800 / 10, "no back-off"
        lab.no_faults()
        turn.lab.clock.hurry(4000.0)
        await turn.until(lambda: turn.sightings[-1].log == "told")
        turn.lab.clock.hurry(200.0)
        assert handle.sight.lines
        await turn.stop()
    assert not any("console" in text for text in turn.said())


async def test_hostile_log_stays_small_and_is_kept_nowhere(lab, turn, caplog):
    hostile = f"\x1b[2J\x1b]0;{CANARY}\x07<img src=x onerror=alert(1)>\u202e {CANARY}\x00\n" * 20_000
    body = {"output": f"{hostile}{'x' * 10_000}\nPassword: {CANARY}"}
    assert len(body["output"]) > 2**20
    answer = {"action": "status", "status": 200, "body": body, "count": 0}
    lab.faults({"service": "ecs", "path": "console-output", **answer})
    caplog.set_level("DEBUG")
    async with lab.engine() as engine:
        handle = await turn.start(engine)
        await turn.until(lambda: handle.sight.lines)
        lines = handle.sight.lines
        assert lines[-1] == f"Password: {CANARY}"
        assert len(lines) <= LINES
        assert all(len(line) <= LONGEST_LINE and line.isprintable() for line in lines)
        assert CANARY not in repr(handle.sight)
        await turn.finish()
        info = await engine.info(turn.run)
        log = await engine.log(turn.run)
        pages = [receipt.receipt_json(info, log).decode(), receipt.receipt_html(info, log)]
    told = b"".join(msgspec.json.encode(event) for event in turn.watch.events).decode()
    for text in (told, caplog.text, *pages):
        assert CANARY not in text
        assert "onerror" not in text
    files = [path for path in lab.folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path


class Screen:
    """A machine's screen: pictures in turn, the last one for ever; an exception is raised."""

    def __init__(self, *pictures):
        self.pictures, self.taken = list(pictures), 0

    async def __call__(self, server_id):
        assert server_id
        self.taken += 1
        picture = self.pictures.pop(0) if len(self.pictures) > 1 else self.pictures[0]
        if isinstance(picture, Exception):
            raise picture
        return picture


async def test_screens_count_as_signs_of_life_but_a_blinking_cursor_does_not(lab, turn):
    lab.faults({"service": "ecs", "path": LOG, "action": "status", "status": 403, "count": 0})
    passing = NetworkError("No answer.", remedy="It is tried again.", retryable=True)
    blinking = [b"cursor", b"no cursor"] * 2000
    turn.screen = Screen(passing, b"boot", *blinking)
    async with lab.engine() as engine:
        handle = await turn.start(engine)
        await turn.until(lambda: handle.sight.screen.endswith(b"cursor"))
        assert turn.sightings[-1].screen
        await turn.idle(1)
        assert turn.screen.taken < 1900 / 20 + 5  # nobody looks
        handle.sight.looked_at = True
        taken, began = turn.screen.taken, lab.clock.monotonic()
        await turn.until(lambda: turn.screen.taken > taken + 5)
        assert lab.clock.monotonic() - began >= 2 * 4
        turn.screen.pictures = [b"installed"]
        await turn.until(lambda: not turn.sightings[-1].idle)
        await turn.stop()
    assert handle.sight.screen == b""
    assert b"cursor" not in b"".join(msgspec.json.encode(event) for event in turn.watch.events)


@pytest.mark.parametrize("kind", [PRACTICE, "custom"])
async def test_server_in_error_leads_to_what_can_be_done(lab, turn, kind):
    """The practice cloud has no console in which a server could be stopped and started."""
    async with lab.engine() as engine:
        handle = await turn.start(engine, account={"cloud": kind})
        await turn.until(lambda: turn.sightings)
        world = lab.world_of_servers
        world.guests.went_off(world.state.servers[turn.sightings[-1].server_id], fault="The disk is full.")
        end = await handle.wait()
    assert isinstance(end, Failed), end
    assert "The disk is full." in end.error.detail
    assert end.error.action == ("clean-up" if kind == PRACTICE else "retry")
    assert ("Stop and start it" in end.error.remedy) == (kind != PRACTICE)
