"""A picture of every page and state, light and dark, at 1× and 2×: make.py [folder] [words that the name must contain].

All pages are driven against a real practice cloud. The ratio of a screen is fixed when the application starts, so each
ratio is a process of its own. The gallery of widgets comes along.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SIZE = (1120, 740)
SPEED = 600.0
PATIENCE = 30.0  # seconds until a state that does not come is given up


class Camera:
    """Takes pictures into a folder; skips those that were not asked for."""

    def __init__(self, folder: Path, ratio: str, wanted: list[str]) -> None:
        self.folder, self.ratio, self.wanted = folder, ratio, wanted
        self.count = 0

    def wants(self, name: str) -> bool:
        return not self.wanted or any(word in name for word in self.wanted)

    async def shoot(self, name: str, widget: Any) -> None:
        from isowright_gui.theme import theme

        if not self.wants(name):
            return
        for scheme in ("light", "dark"):
            theme().set_scheme(scheme)  # type: ignore[arg-type]
            await until(widget.window().updatesEnabled, "the scheme")  # nothing is painted while it is half dressed
            await asyncio.sleep(0.08)
            widget.grab().save(str(self.folder / f"{name}-{scheme}-{self.ratio}x.png"))
            self.count += 1
        theme().set_scheme("light")


async def until(condition: Callable[[], Any], what: str = "") -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(what or "a state did not come")
        await asyncio.sleep(0.01)
    return found


async def settled(wizard: Any) -> None:
    """The page has its lists, and nothing is asked any more."""
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"), "the page's lists")
    await asyncio.sleep(0.4)


@contextlib.asynccontextmanager
async def studio(folder: Path) -> AsyncIterator[tuple[Any, Any]]:
    """A window with services of its own on a practice cloud of its own."""
    from isowright.clock import FastClock
    from isowright.home import Home
    from isowright.secrets import MemoryStore
    from isowright_gui.life import build_services, close_services
    from isowright_gui.wizard.window import MainWindow

    home = Home.at(folder)
    home.ensure()
    services = build_services(home, FastClock(SPEED), store=MemoryStore(), practice_speed=SPEED)
    await services.engine.open()
    await services.practice.start()
    window = MainWindow()
    window.show()
    window.attach(services)
    window.resize(*SIZE)
    window.show_home()
    try:
        yield window, services
    finally:
        window.hide()
        await window.close_down()
        window.deleteLater()
        await close_services(services)


def faults(services: Any, *rules: dict[str, Any]) -> None:
    """Script what goes wrong."""
    services.practice.cloud.context.add_faults(list(rules))


async def all_well(services: Any) -> None:
    """No faults any more; what was held goes on. Through the control door: held requests belong to another thread."""
    facts = services.practice.ready
    token = base64.b64encode(f"{facts['user']}:{facts['password']}".encode()).decode()
    request = urllib.request.Request(
        facts["control"] + "/practice/faults", method="DELETE", headers={"Authorization": f"Basic {token}"}
    )

    def ask() -> None:
        with urllib.request.urlopen(request, timeout=10):
            pass

    await asyncio.to_thread(ask)


def ready(services: Any) -> Any:
    """Every answer of a job on the practice cloud."""
    import tomllib

    import msgspec

    from isowright.recipe import PRACTICE, Account, Recipe

    text = tomllib.loads(Path(services.practice.ready["profile"]).read_text("utf-8"))
    recipe = msgspec.convert({key: value for key, value in text.items() if key not in ("schema", "name")}, Recipe)
    account = Account(cloud=PRACTICE, region=recipe.account.region, project_id=recipe.account.project_id)
    return msgspec.structs.replace(recipe, account=account)


async def draw(folder: Path, ratio: str, wanted: list[str]) -> int:
    from scenes import SCENES

    camera = Camera(folder, ratio, wanted)
    failed = 0
    for scene in SCENES:
        names = scene.__doc__.split() if scene.__doc__ else []
        if not any(camera.wants(name) for name in names):
            continue
        with tempfile.TemporaryDirectory() as place:
            try:
                async with studio(Path(place)) as (window, services):
                    await scene(camera, window, services)
            except Exception as error:  # noqa: BLE001  one scene's trouble must not cost the others
                import traceback

                traceback.print_exc()
                print(f"{scene.__name__}: {error!r}", file=sys.stderr)
                failed += 1
    print(f"{camera.count} pictures at {ratio}x in {folder}")
    return failed


def one_ratio(folder: Path, ratio: str, wanted: list[str]) -> int:
    from isowright_gui import app as program
    from isowright_gui import theme
    from isowright_gui.loop import make_loop

    app = program.make_application()
    font = app.font()
    font.setPointSize(10)
    app.setFont(font)
    theme.install(app, "light")
    with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner:
        return runner.run(draw(folder, ratio, wanted))


def main() -> int:
    arguments = sys.argv[1:]
    folder = Path(arguments[0] if arguments else "shots").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = arguments[1:]
    status = 0
    for ratio in ("1", "2"):
        settings = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": ratio, "SHOTS_RATIO": ratio}
        status |= subprocess.run([sys.executable, __file__, str(folder), *wanted], env=settings, check=False).returncode
    if not wanted:
        status |= subprocess.run([sys.executable, str(HERE / "gallery.py"), str(folder)], check=False).returncode
    return status


if __name__ == "__main__":
    if "SHOTS_RATIO" in os.environ:
        sys.path.insert(0, str(HERE))
        sys.exit(min(1, one_ratio(Path(sys.argv[1]), os.environ["SHOTS_RATIO"], sys.argv[2:])))
    sys.exit(main())
