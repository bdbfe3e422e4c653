"""The watches of conftest see what they are for: a watch that never barks proves nothing."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from pathlib import Path

from PySide6.QtWidgets import QWidget

ROOT = Path(__file__).resolve().parents[2]


def product_function(source: str):
    """A function whose code claims to be a line of the product's."""
    place = str(ROOT / "gui" / "isowright_gui" / "imagined.py")
    scope = {"time": time}
    exec(compile(source, place, "exec"), scope)
    return scope["work"]


async def test_a_stall_names_the_guilty_line(stall_detector, qapp, monkeypatch):
    # As on a machine that is as quick as the reference and has nothing else to do.
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    monkeypatch.setitem(type(stall_detector)._judge.__globals__, "_slowness", lambda: 1.0)
    work = product_function("def work():\n    time.sleep(0.25)\n")
    await asyncio.sleep(0.03)
    work()
    await asyncio.sleep(0.03)
    stalls, stall_detector.stalls = stall_detector.stalls, []
    assert len(stalls) == 1
    assert "gui/isowright_gui/imagined.py:2 in work" in stalls[0]


async def test_a_thread_that_is_busy_meanwhile_may_have_kept_it(stall_detector, qapp, monkeypatch):
    """The practice cloud holds the interpreter at times, and is no part of a real window's process."""
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    work = product_function("def work():\n    time.sleep(0.25)\n")
    begun, enough = threading.Event(), threading.Event()

    def other() -> None:
        begun.set()
        while not enough.is_set():
            sum(range(1000))

    busy = threading.Thread(target=other)
    busy.start()
    try:
        begun.wait()
        await asyncio.sleep(0.03)
        work()
        await asyncio.sleep(0.03)
    finally:
        enough.set()
        busy.join()
    assert stall_detector.stalls == []


async def test_what_the_test_itself_does_is_not_the_window_halting(stall_detector, qapp):
    await asyncio.sleep(0.03)
    time.sleep(0.15)  # noqa: ASYNC251  the point
    await asyncio.sleep(0.03)
    assert stall_detector.stalls == []


def test_a_widget_left_behind_is_noticed(qapp, leaked_widgets):
    widget = QWidget()
    assert leaked_widgets() == [widget]
    widget.deleteLater()


async def test_no_widget_dies_in_another_thread(qapp, until):
    """Cycles that hold widgets are common. Whoever collects one destroys them, and Qt bears that in one thread only."""

    class Knot(QWidget):
        def __init__(self):
            super().__init__()
            self.itself = self

        def __del__(self):
            died_in.append(threading.current_thread())

    def allocate():
        for _ in range(20):
            assert len([[] for _ in range(5000)]) > gc.get_threshold()[0]

    died_in = []
    Knot()
    await asyncio.to_thread(allocate)
    assert died_in == []
    junk = [[] for _ in range(5000)]  # enough for the window's own thread to sweep
    await until(lambda: died_in)
    assert died_in == [threading.main_thread()]
    assert junk
