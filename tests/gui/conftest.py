"""What tests of the window share: the loop, services on the practice cloud, a window, and watches that are always on.

Watches: no stall (the window always answers within 100 ms), no task and no top-level widget left behind.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import functools
import gc
import os
import resource
import signal
import threading
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from isowright.clock import FastClock
from isowright.home import Home
from isowright.recipe import PRACTICE, Account, Recipe
from isowright_gui.loop import Loop

ROOT = Path(__file__).resolve().parents[2]
SPEED = 600.0  # of the practice cloud
PATIENCE = 60.0  # of the clock that waits for it: the shortest deadline of a stage stays 7 s of a busy machine
LIMIT = 60.0  # s until something that does not happen fails its test; what does happen is never waited for so long
BEAT = 0.010
LIMIT = 60.0  # s until what does not happen is given up: a busy machine takes its time, and only failures wait
STALL_LIMIT = 0.100 * float(os.environ.get("ISOWRIGHT_TEST_SLOWNESS", "1"))
TICKS = os.sysconf("SC_CLK_TCK")
REFERENCE = 0.0010  # s of a processor that `_reference_work` takes on the machine that the limit is laid down for


# ---------------------------------------------------------------------------------------------------- stall detector


class StallDetector:
    """Notices when the loop's thread does not come round for more than STALL_LIMIT, and which line kept it.

    A beat every 10 ms marks that the loop came round, and winds an alarm. When a beat is long overdue, the alarm rings
    in that thread itself (another one that looked into its stack would keep painters and widgets alive, and destroy
    them where Qt crashes) and notes the line it is at. What counts is the time in which the thread worked (its own
    processor time), or was blocked at one line (the looks find it there). Not the window's fault, and taken off, is
    time in which the test's own lines ran, or another process or another machine (steal) had the processor, or in
    which the practice cloud, which a real window has not in its process, held the interpreter or waited for a
    processor while it did. Linux tells all of it in /proc. Whose memory had to be read from the disk was not blocked
    by what it did. On a machine that is slower just then (a fixed piece of work, done when a stall was seen, tells)
    the limit is longer in proportion.
    """

    def __init__(self) -> None:
        self.stalls: list[str] = []
        self._beat_at = 0.0
        self._then = _Times()
        self._awake = False
        self._seen: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._former = signal.signal(signal.SIGALRM, self._look)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop begins to run: beats count from now on."""
        self._loop, self._awake = loop, True
        self._mark()
        loop.call_later(BEAT, self._beat)

    def pause(self) -> None:
        """The loop ends (between fixtures and tests nobody is expected to come round)."""
        self._judge()
        self._awake = False
        signal.setitimer(signal.ITIMER_REAL, 0)

    def close(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._former)

    def _beat(self) -> None:
        if not self._awake or self._loop is None or self._loop.is_closed():
            return
        self._judge()
        self._mark()
        self._loop.call_later(BEAT, self._beat)

    def _mark(self) -> None:
        self._seen = []
        self._then = _Times.now()
        self._beat_at = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.5 * STALL_LIMIT, BEAT)

    def _judge(self) -> None:
        if not self._awake:
            return
        gap = time.monotonic() - self._beat_at
        if gap <= STALL_LIMIT:
            return
        now, then = _Times.now(), self._then
        not_ours = BEAT * self._seen.count("") + now.stolen - then.stolen
        gap -= not_ours + now.waited - then.waited
        worked = now.worked - then.worked - not_ours
        seen = collections.Counter(line for line in self._seen if line)
        often = seen.most_common(1)[0][1] if seen else 0
        blocked = often >= len(self._seen) - (len(self._seen) > 3)  # stays at one line; the last look may be after it
        # Whoever holds the interpreter keeps this thread waiting at some line.
        blocked = blocked and gap - max(now.others - then.others, 0.0) > STALL_LIMIT and now.faults == then.faults
        # With too much to do, the machine stops whoever holds the interpreter, and this thread waits at some line.
        blocked = blocked and os.getloadavg()[0] <= 2 * (os.cpu_count() or 1)
        if not (gap > STALL_LIMIT and seen and (worked > STALL_LIMIT or blocked)):
            return
        limit = STALL_LIMIT * _slowness()
        if gap > limit and (worked > limit or blocked):
            lines = ", ".join(f"{line} ({count} of {len(self._seen)} looks)" for line, count in seen.most_common(3))
            self.stalls.append(f"{gap * 1000:.0f} ms at {lines}")

    def _look(self, _number: int, frame: Any) -> None:
        self._seen.append(_guilty(frame))


def _guilty(frame: Any) -> str:
    """ "file:line in function" of the innermost frame that is the product's; "" if the test itself is at work."""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and ".venv" not in path.parts:
            if path.is_relative_to(ROOT / "tests"):
                return ""
            return f"{path.relative_to(ROOT)}:{frame.f_lineno} in {frame.f_code.co_name}"
        frame = frame.f_back
    return ""


def _slowness() -> float:
    """How much slower than the reference this processor is just now; never below 1."""
    took = sorted(_reference_work() for _ in range(3))
    return max(1.0, took[1] / REFERENCE)


def _reference_work() -> float:
    """Seconds of this thread's processor for a fixed piece of Python."""
    began = time.thread_time()
    words = [str(number) for number in range(10_000)]
    sum(len(word) for word in sorted(words))
    return time.thread_time() - began


@dataclasses.dataclass(frozen=True)
class _Times:
    """Sums since the start, in seconds; 0 where the system does not tell."""

    worked: float = 0.0  # on a processor, this thread
    waited: float = 0.0  # ready, but without a processor, this thread
    others: float = 0.0  # on a processor or ready for one, all other threads of this process
    stolen: float = 0.0  # by other machines on the same hardware
    faults: int = 0  # times that this thread's memory had to be read from the disk

    @classmethod
    def now(cls) -> _Times:
        waited, others = 0.0, 0.0
        with contextlib.suppress(OSError), os.scandir("/proc/self/task") as threads:
            for each in threads:
                ran, queued = _numbers(f"{each.path}/schedstat", slice(0, 2)) or (0, 0)
                if each.name == str(threading.main_thread().native_id):
                    waited = queued / 1e9
                else:
                    others += (ran + queued) / 1e9
        ticks = _numbers("/proc/stat", slice(8, 9)) or (0,)
        return cls(
            worked=time.thread_time(),
            waited=waited,
            others=others,
            stolen=ticks[0] / TICKS,
            faults=resource.getrusage(resource.RUSAGE_THREAD).ru_majflt,
        )


def _numbers(place: str, which: slice) -> tuple[int, ...]:
    """These words of the file's first line; () if it has none of them (a thread may have ended just now)."""
    try:
        file = os.open(place, os.O_RDONLY)  # a hundred times a second: the plain calls cost a third
    except OSError:
        return ()
    try:
        return tuple(int(word) for word in os.read(file, 200).split(b"\n")[0].split()[which])
    except (OSError, ValueError):
        return ()
    finally:
        os.close(file)


_detector: list[StallDetector] = []


class WatchedLoop(Loop):
    """The product's loop, which tells the detector when it runs."""

    def run_forever(self) -> Any:
        for detector in _detector:
            detector.start(self)
        try:
            return super().run_forever()
        finally:
            for detector in _detector:
                detector.pause()


@pytest.fixture(autouse=True)
def stall_detector(qapp: QApplication) -> Iterator[StallDetector]:
    """On in every test of the window; `allowed` stalls are none."""
    detector = StallDetector()
    _detector.append(detector)
    try:
        yield detector
    finally:
        _detector.remove(detector)
        detector.close()
    if detector.stalls:
        pytest.fail("The window halted for more than 100 ms:\n  " + "\n  ".join(detector.stalls), pytrace=False)


# ------------------------------------------------------------------------------------------------------------- loop


@pytest.fixture
def anyio_backend(qapp: QApplication) -> tuple[str, dict[str, Any]]:
    """Async tests run on Qt's loop, as the product does."""
    return "asyncio", {"loop_factory": lambda: WatchedLoop(qapp)}


@pytest.fixture
def leaked_widgets(qapp: QApplication) -> Callable[[], list[QWidget]]:
    """Tells which top-level widgets there are that were not there before."""
    before = list(qapp.topLevelWidgets())  # held, so that no later widget gets one of their ids

    def look() -> list[QWidget]:
        return [w for w in qapp.topLevelWidgets() if w not in before and not _belongs_to_qt(w)]

    return look


@pytest.fixture(scope="package", autouse=True)
def collecting_again() -> Iterator[None]:
    """The product's loop switches Python's collecting off; tests of other packages run in this process too."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture(autouse=True)
def no_leaked_widgets(qapp: QApplication, leaked_widgets: Callable[[], list[QWidget]]) -> Iterator[None]:
    """Every top-level widget that a test made is gone after it."""
    qapp.setQuitOnLastWindowClosed(False)
    gc.freeze()  # pytest and what other tests left: the window's own sweeper has not to look at it
    yield
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
    gc.collect()
    left = leaked_widgets()
    assert not left, f"left behind: {left}"


def _belongs_to_qt(widget: QWidget) -> bool:
    """Tool tips and the pop-ups of completers live as long as Qt wants."""
    return widget.windowType() == Qt.WindowType.ToolTip


async def _until(condition: Callable[[], Any], limit: float = LIMIT, what: str = "") -> Any:
    """Wait until `condition()` is true and return what it gave; looks after every round of the loop's timers."""
    end = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {limit} s: {what or _words(condition)}")
        await asyncio.sleep(0.005)
    return found


def _words(condition: Callable[[], Any]) -> str:
    import inspect

    try:
        return inspect.getsource(condition).strip()
    except OSError:
        return repr(condition)


async def _emitted(signal: Any, limit: float = LIMIT) -> tuple[Any, ...]:
    """Wait for a signal; returns its arguments."""
    future: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

    def take(*args: Any) -> None:
        if not future.done():
            future.set_result(args)

    signal.connect(take)
    try:
        async with asyncio.timeout(limit):
            return await future
    finally:
        with contextlib.suppress(RuntimeError):
            signal.disconnect(take)


@pytest.fixture
def qtbot(qtbot: Any) -> Any:
    """pytest-qt's, which gives up as late as `until` does."""
    for name in ("waitUntil", "waitSignal", "waitSignals"):
        setattr(qtbot, name, functools.partial(getattr(qtbot, name), timeout=int(LIMIT * 1000)))
    return qtbot


@pytest.fixture
def until() -> Callable[..., Awaitable[Any]]:
    """`await until(lambda: page.valid, limit=5)`."""
    return _until


@pytest.fixture
def emitted() -> Callable[..., Awaitable[tuple[Any, ...]]]:
    """`await emitted(page.state_changed)`."""
    return _emitted


# --------------------------------------------------------------------------------------------------------- services


@pytest.fixture(autouse=True)
def nobody_elses_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without other programs' files, and nothing of theirs in the environment."""
    from isowright import private

    place = tmp_path / "person"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("USERPROFILE", str(place))
    monkeypatch.setattr(private, "_taken", {})
    for name in list(os.environ):
        if name.startswith(("OS_", "HW_", "HUAWEICLOUD_", "XDG_CONFIG_HOME")):
            monkeypatch.delenv(name)
    return place


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "isowright")
    home.ensure()
    return home


@pytest.fixture
async def services(home: Home) -> AsyncIterator[Any]:
    """The real core on the real practice cloud, both fast; secrets in memory. The practice cloud is running."""
    from isowright.secrets import MemoryStore
    from isowright_gui.life import build_services, close_services, import_core

    await asyncio.to_thread(import_core)
    made = build_services(home, FastClock(PATIENCE), store=MemoryStore(), practice_speed=SPEED)
    await made.engine.open()
    await made.practice.start()
    try:
        yield made
    finally:
        await close_services(made)


@pytest.fixture
async def window(services: Any, qapp: QApplication) -> AsyncIterator[Any]:
    """The main window on Home, 1120×740; closed at the end as the program closes it."""
    from isowright_gui.wizard.window import MainWindow

    before = asyncio.all_tasks()
    made = MainWindow()
    made.show()
    made.attach(services)
    made.resize(1120, 740)
    made.show_home()
    made.activateWindow()
    await _until(made.isActiveWindow, what="the window becomes the active one")
    try:
        yield made
    finally:
        made.hide()
        await made.close_down()
        made.deleteLater()
        await asyncio.sleep(0)
        left = [task for task in asyncio.all_tasks() - before if not task.done() and not _is_runner(task)]
        assert not left, f"tasks left behind: {[task.get_name() for task in left]}"


def _is_runner(task: asyncio.Task[Any]) -> bool:
    """The task in which anyio's plugin runs this very test or fixture, or the engine's own: it outlives the window."""
    name = getattr(task.get_coro(), "__qualname__", "")
    return name.startswith("TestRunner.") or name == "Engine._beat"


@pytest.fixture
async def ready_recipe(services: Any) -> Recipe:
    """Every answer of a whole job on the practice cloud, as its ready profile has them."""
    return practice_recipe(services.practice.ready)


@pytest.fixture
async def faults(services: Any) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """`await faults({...})` sends rules to the practice cloud; without rules, takes all away."""
    import httpx  # costs the start of tests that need none of it

    ready = services.practice.ready
    async with httpx.AsyncClient(auth=(ready["user"], ready["password"]), base_url=ready["control"]) as client:

        async def send(*rules: dict[str, Any]) -> None:
            if rules:
                (await client.post("/practice/faults", json={"rules": list(rules)})).raise_for_status()
            else:
                (await client.delete("/practice/faults")).raise_for_status()

        yield send


@pytest.fixture
def ready_answers() -> Callable[[dict[str, Any]], Recipe]:
    """`ready_answers(ready)`: the same, for a practice cloud that the test itself starts."""
    return practice_recipe


def practice_recipe(ready: dict[str, Any]) -> Recipe:
    """The practice cloud's ready profile as the wizard stores it: no endpoints, they are filled in at sign-in."""
    text = tomllib.loads(Path(ready["profile"]).read_text("utf-8"))
    recipe = msgspec.convert({k: v for k, v in text.items() if k not in ("schema", "name")}, Recipe)
    account = Account(
        cloud=PRACTICE,
        region=recipe.account.region,
        project_id=recipe.account.project_id,
        project_name=recipe.account.project_name,
    )
    return msgspec.structs.replace(recipe, account=account)


@pytest.fixture
async def open_wizard(window: Any, ready_recipe: Recipe) -> Callable[..., Awaitable[Any]]:
    """`await open_wizard("image")`: the wizard at a step, signed in to the practice cloud, its page's lists loaded."""

    async def go(at: str = "account", recipe: Recipe | None = None, profile: str = "") -> Any:
        await window._open_signed_in(ready_recipe if recipe is None else recipe, profile, at)
        wizard = window.wizard
        await _until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
        return wizard

    return go


@pytest.fixture
def settle() -> Callable[[], Awaitable[None]]:
    """Let everything that is due happen: posted events, tasks that are ready."""

    async def rounds() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    return rounds
