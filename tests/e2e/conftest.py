"""A practice cloud over real HTTP, and an operator who installs what is to be installed."""

import contextlib
import sys
import time
import tomllib
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from isowright.clock import FastClock
from isowright.cloud.login import KeyLogin, PasswordLogin
from isowright.cloud.models import Secret
from isowright.events import Waiting
from isowright.home import Home
from isowright.pipeline.engine import Engine
from isowright.practice.server import practice_thread
from isowright.recipe import Recipe

pytest.register_assert_rewrite("kill_tools")  # it says what is wrong at a point, wherever it is imported
sys.path.insert(0, str(Path(__file__).parent))

from cli_tools import Operator, Practice  # noqa: E402 (it lies beside)

SPEED = 1200.0
PATIENCE = 200.0  # of the clock that waits: grace times stay long enough for a busy machine


HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Whole runs of many processes: an overloaded computer takes several times as long as others for them."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    """A practice cloud in a process of its own, for a file of tests."""
    started = Practice(tmp_path_factory.mktemp("practice"))
    yield started
    assert started.close() == 0


@pytest.fixture
def operator(practice, tmp_path):
    """A person with a home of their own, who types commands."""
    person = Operator(tmp_path, practice)
    yield person
    practice.no_faults()
    person.close()


class Lab:
    """One practice cloud and what a test asks of it."""

    def __init__(self, ready, folder, leap=None):
        self.ready = ready
        self._leap = leap
        self.folder = folder
        self.clock = FastClock(PATIENCE)
        self.home = Home.at(folder)
        self._http = httpx.Client(
            base_url=ready["control"], auth=(ready["user"], ready["password"]), timeout=60, verify=False
        )
        self._at_start = {}
        self._at_start = self.world()

    def close(self):
        self._http.close()

    def later(self, **time):
        """Hours pass, in the cloud and here: `later(hours=13)`."""
        self._leap[0] += timedelta(**time).total_seconds()
        self.clock.skew += timedelta(**time)

    @property
    def login(self):
        return PasswordLogin(self.ready["domain"], self.ready["user"], Secret(self.ready["password"]))

    @property
    def key_login(self):
        return KeyLogin(self.ready["access_key"], Secret(self.ready["secret_key"]))

    def recipe(self, name="result", *, by_key=False, **parts):
        """The ready profile's recipe; `server={"data_disk": 50}` changes a part."""
        written = tomllib.loads(Path(self.ready["profile"]).read_text())
        recipe = msgspec.convert({k: v for k, v in written.items() if k not in ("schema", "name")}, Recipe)
        account = {"method": "access_key", "access_key": self.ready["access_key"], "user": ""} if by_key else {}
        for part, changes in {"account": account, "image": {"name": name}, **parts}.items():
            old = getattr(recipe, part)
            both = {"name": name, **changes} if part == "image" else changes
            recipe = msgspec.structs.replace(recipe, **{part: msgspec.structs.replace(old, **both)})
        return recipe

    @contextlib.asynccontextmanager
    async def engine(self, folder=None):
        engine = Engine(Home.at(folder) if folder else self.home, clock=self.clock)
        await engine.open()
        try:
            yield engine
        finally:
            await engine.close()

    def control(self, method, path, body=None):
        answer = self._http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def faults(self, *rules):
        return self.control("POST", "/practice/faults", {"rules": list(rules)})

    def no_faults(self):
        self.control("DELETE", "/practice/faults")

    def world(self):
        """What exists now and did not exist at the start, by kind."""
        world = self.control("GET", "/practice/world")
        kinds = ("images", "servers", "volumes", "uploads")
        before = {kind: {x["id"] for x in self._at_start.get(kind, [])} for kind in kinds}
        return {kind: [x for x in world[kind] if x["id"] not in before[kind]] for kind in kinds}

    def requests(self, method, path):
        """How many requests of this kind were asked, by the path's end."""
        found = self.control("GET", "/practice/requests")
        found = found["requests"] if isinstance(found, dict) else found
        return [r for r in found if r["method"] == method and r["path"].split("?")[0].endswith(path)]

    def finish_install(self, server_id):
        self.control("POST", f"/practice/servers/{server_id}/finish-install")

    def expect_only_image(self, name):
        """The one final image, made of a disk that was installed, and nothing else."""
        world = self.world()
        assert [i["name"] for i in world["images"]] == [name]
        assert world["images"][0]["status"] == "active"
        assert world["images"][0]["__data_origin"].startswith("volume,")
        assert world["servers"] == world["volumes"] == []
        return world["images"][0]["id"]

    def creates(self):
        """(ISO images and images asked for, servers asked for, deletes of servers), dry runs apart."""
        return (
            len(self.requests("POST", "/v2/cloudimages/action")),
            len(self.requests("POST", "/cloudservers")),
            len(self.requests("POST", "/cloudservers/delete")),
        )


class Watch:
    """Collects events; plays the operator at the console, or the installer that needs none, unless told not to."""

    def __init__(self, lab, *, install=True):
        self.lab = lab
        self.install = install
        self.events = []
        self.hooks = []

    def __call__(self, event):
        self.events.append(event)
        for hook in self.hooks:
            hook(event)
        if self.install and isinstance(event, Waiting) and event.reason in ("operator", "installer"):
            self.lab.finish_install(event.server_id)

    def of(self, kind):
        return [e for e in self.events if isinstance(e, kind)]


@pytest.fixture
def lab(tmp_path):
    leap = [0.0]
    with practice_thread(tmp_path / "cloud", speed=SPEED, clock=lambda: time.time() + leap[0]) as (ready, cloud):
        lab = Lab(ready, tmp_path / "home", leap)
        lab.world_of_servers = cloud.world  # in another thread: only for what no door does
        yield lab
        lab.close()


@pytest.fixture(scope="session")
def new_lab():
    @contextlib.contextmanager
    def make(folder, **options):
        """A further lab: `with new_lab(folder) as lab`."""
        with practice_thread(folder / "cloud", **{"speed": SPEED, **options}) as (ready, _):
            lab = Lab(ready, folder / "home")
            yield lab
            lab.close()

    return make


@pytest.fixture(scope="session")
def lab_of():
    """The class, for tests that make their own."""
    return Lab


@pytest.fixture(scope="session")
def watch_of():
    return Watch


@pytest.fixture
def watch(lab):
    return Watch(lab)


@pytest.fixture
def new_watch(lab):
    return lambda **how: Watch(lab, **how)
