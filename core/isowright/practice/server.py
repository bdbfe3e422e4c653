"""The practice cloud as a whole: sockets, services, world and store, in one event loop.

One port per service on 127.0.0.1, because the official SDK drops any path of an endpoint: services told apart by a
prefix could not be reached by it.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from starlette.types import Receive, Scope, Send

from .blobs import Blobs
from .dialects import DIALECTS
from .doors import Doors, listen
from .faults import FaultBook
from .folders import PassingFolder, pids_folder
from .machines import Settings
from .machines.leftovers import reap
from .model import State
from .profile import write_profile
from .seed import new_state
from .services.console import Console
from .services.context import Context
from .services.control import Control
from .services.ecs import Ecs
from .services.eps import Eps
from .services.evs import Evs
from .services.iam import Iam
from .services.ims import Ims, ImsElsewhere
from .services.obs import Obs
from .services.service import Service
from .services.vpc import VpcService
from .services.wire import Connection
from .store import Store
from .world import World

if TYPE_CHECKING:
    from .machines.driver import Driver

MACHINES = ("scripted", "qemu")
SERVICES: dict[str, type[Service]] = {
    "control": Control,
    "iam": Iam,
    "ims": Ims,
    ImsElsewhere.name: ImsElsewhere,
    "ecs": Ecs,
    "evs": Evs,
    "vpc": VpcService,
    "obs": Obs,
    "eps": Eps,
    "console": Console,
}


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling and its ten looks a second: whoever starts it ends it with `finish`."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._finished = asyncio.Event()

    def finish(self) -> None:
        self._finished.set()

    async def main_loop(self) -> None:
        await self._finished.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class PracticeCloud:
    """A cloud on this computer.

    `state_dir` None keeps nothing; a folder keeps the world, its credentials and its ports over restarts. `speed` 60
    makes a cloud minute take a second. `port` is that of the control door (0 = any), each service has one of
    its own.
    `faults` is a script (see faults.py): decoded, or the path of a file. `clock` gives epoch seconds. `like`: the cloud
    whose differences are played (see dialects.py). `machine`: "scripted", or "qemu" for servers that are real machines
    with these `settings` (see machines/).
    """

    def __init__(
        self,
        state_dir: Path | None = None,
        *,
        speed: float = 60.0,
        port: int = 0,
        faults: Any | None = None,
        clock: Callable[[], float] = time.time,
        like: str = "practice",
        machine: str = "scripted",
        settings: Settings | None = None,
    ) -> None:
        if like not in DIALECTS:
            raise ValueError(f"There is no cloud “{like}” to play; there are {', '.join(DIALECTS)}.")
        if machine not in MACHINES:
            raise ValueError(f"There are no machines “{machine}”; there are {', '.join(MACHINES)}.")
        if speed <= 0:
            raise ValueError("The speed of the practice cloud must be more than 0.")
        self._state_dir = state_dir
        self._speed = speed
        self._port = port
        self._script = faults
        self._clock = clock
        self._dialect = DIALECTS[like]
        self._machine = machine
        self._settings = settings or Settings()
        self._driver: Driver | None = None
        self._temporary: PassingFolder | None = None
        self._store: Store | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._apps: dict[int, Service] = {}
        self.ready: dict[str, Any] = {}
        self.world: World
        self.context: Context
        self._doors: Doors

    async def start(self) -> None:
        """Raises OSError if the folder cannot be written or no port is free, ValueError for a wrong fault script,
        MachineError if real machines are wanted and cannot be had."""
        try:
            await self._start(self._folder())
        except BaseException:
            if self._driver is not None:
                await self._driver.stop()
                self._driver = None
            self._clean_up()
            raise

    async def _start(self, folder: Path) -> None:
        book = FaultBook()
        blobs = Blobs(folder / "objects")
        self.world = self._world(blobs, book)
        self.world.dialect = self._dialect
        self.context = Context(self.world, blobs, self.save)
        if self._machine == "qemu":
            await self._start_driver(folder / "machines", blobs)
        else:
            reap(pids_folder(folder))  # real machines of the last time, had it been killed
        self.world.jobs.resume()
        if isinstance(self._script, Path):
            self.context.load_faults(self._script)
        elif self._script is not None:
            self.context.add_faults(self._script)
        sockets = self._listen()
        self.save()
        profile = folder / "practice.toml"
        write_profile(self.world.state, self.world.urls, profile)
        config = uvicorn.Config(
            self._dispatch,
            http=Connection,
            ws="websockets-sansio",
            # On loopback, a side that is gone has closed its connection, and squeezing pictures only costs time.
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            ws_max_size=1024 * 1024,
            interface="asgi3",
            lifespan="off",
            loop="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=sockets), name="practice cloud")
        self._doors = Doors(self._server, {app.name: port for port, app in self._apps.items()})
        self.context.doors = self._doors
        while not self._server.started:
            if self._serving.done():
                await self._serving
                raise OSError("The practice cloud ended while it was starting.")
            await asyncio.sleep(0.002)
        self.ready = self._ready(profile)

    async def _start_driver(self, folder: Path, blobs: Blobs) -> None:
        # Only here: QEMU's client is needed by nobody else.
        from .machines.driver import Driver

        driver = Driver(self.world, folder, blobs, self._settings, self.save)
        await driver.start()
        self._driver = self.world.machines = driver

    async def stop(self) -> None:
        """Lets held requests go, ends connections, switches real machines off, writes the state."""
        if self._server is None or self._serving is None:
            return
        self.context.faults.remove(None)
        self.context.release(None)
        await self._doors.settled()
        self._server.finish()
        await self._serving
        self._server = self._serving = None
        if self._driver is not None:
            await self._driver.stop()
        self.save()
        self._clean_up()

    def _clean_up(self) -> None:
        if self._temporary is not None:
            self._temporary.remove()
            self._temporary = None
        if self._store is not None:
            self._store.close()
            self._store = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def save(self) -> None:
        """Real machines follow the world; the state is written if it has changed since the last time."""
        if self._driver is not None:
            self._driver.look()
        mutations = self.world.state.mutations
        if self._store is not None and self._store.is_behind(mutations):
            self._store.save(mutations, self.world.to_json())

    def _folder(self) -> Path:
        if self._state_dir is not None:
            self._state_dir.mkdir(parents=True, exist_ok=True)
            self._store = Store(self._state_dir)
            return self._state_dir
        self._temporary = PassingFolder()
        return self._temporary.path

    def _world(self, blobs: Blobs, book: FaultBook) -> World:
        def peek(blob: str, start: int, length: int) -> bytes:
            return b"".join(blobs.read(blob, start, length))

        kept = self._store.load() if self._store else None
        if kept is not None:
            return World.from_json(kept, clock=self._clock, speed=self._speed, faults=book, peek=peek)
        state: State = new_state(self._clock(), blobs)
        return World(state, clock=self._clock, speed=self._speed, faults=book, peek=peek)

    def _listen(self) -> list[socket.socket]:
        """One socket per service, on the ports of the last time if they are still free."""
        sockets = []
        state = self.world.state
        try:
            for name, kind in SERVICES.items():
                wanted = self._port if name == "control" and self._port else state.ports.get(name, 0)
                sock = listen(wanted, must=bool(name == "control" and self._port))
                sockets.append(sock)
                port = int(sock.getsockname()[1])
                if state.ports.get(name) != port:
                    state.ports[name] = port
                    self.world.touch()
                self.world.urls[name] = f"http://127.0.0.1:{port}"
                self._apps[port] = kind(self.context)
        except BaseException:
            for sock in sockets:
                sock.close()
            raise
        return sockets

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[scope["server"][1]].app(scope, receive, send)

    def _ready(self, profile: Path) -> dict[str, Any]:
        """The line that `isowright practice` prints (its keys are a promise), and the other people of the account."""
        state, urls = self.world.state, self.world.urls
        user, *others = state.users.values()
        return {
            "event": "practice-ready",
            "control": urls["control"],
            "console": urls["console"],
            "endpoints": {n: url for n, url in urls.items() if n not in {"control", "console", ImsElsewhere.name}},
            "elsewhere": {ImsElsewhere.name: urls[ImsElsewhere.name]},
            "region": state.region,
            "project_id": self.world.accounts.region_project().id,
            "domain": state.domain_name,
            "user": user.name,
            "password": user.password,
            "access_key": user.access_key,
            "secret_key": user.secret_key,
            "machine": self._machine,
            "buckets": [
                {"name": bucket.name, "objects": list(bucket.objects)} for bucket in self.world.objects.buckets()
            ],
            "profile": str(profile),
            "users": {
                person.name: {
                    "password": person.password,
                    "access_key": person.access_key,
                    "secret_key": person.secret_key,
                }
                | ({"totp_secret": person.totp_secret} if person.totp_secret else {})
                for person in others
            },
        }


@contextlib.contextmanager
def practice_thread(state_dir: Path | None = None, **options: Any) -> Iterator[tuple[dict[str, Any], PracticeCloud]]:
    """Runs a practice cloud on a loop of its own in a background thread: `with practice_thread() as (ready, cloud):`.

    The options are PracticeCloud's. Errors of the start are raised here.
    """
    cloud = PracticeCloud(state_dir, **options)
    started = threading.Event()
    box: dict[str, Any] = {}

    async def life() -> None:
        stopping = asyncio.Event()
        box["stop"] = stopping
        box["loop"] = asyncio.get_running_loop()
        await cloud.start()
        started.set()
        await stopping.wait()
        await cloud.stop()

    def run() -> None:
        try:
            asyncio.run(life())
        except BaseException as error:  # noqa: BLE001 (handed to the thread that asked)
            box["error"] = error
        finally:
            started.set()

    thread = threading.Thread(target=run, name="practice cloud", daemon=True)
    thread.start()
    started.wait()
    try:
        if "error" in box:
            raise box["error"]
        yield cloud.ready, cloud
    finally:
        if thread.is_alive():
            box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join()
    if "error" in box:
        raise box["error"]
