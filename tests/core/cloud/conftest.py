"""A practice cloud over real HTTP, and one clock for it and the client: waiting takes no time, jobs take theirs."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin, PasswordLogin
from isowright.cloud.models import Secret
from isowright.practice.server import practice_thread
from isowright.recipe import Account

EXAMPLES = Path(__file__).parents[2] / "data" / "api"


class SharedClock:
    """`sleep` turns it for everyone; `skew` makes the client's wall clock wrong. `waits`: what was slept."""

    def __init__(self):
        self.turned = 0.0
        self.skew = timedelta(0)
        self.waits = []

    def __call__(self):  # the practice cloud's epoch seconds
        return time.time() + self.turned

    def now(self):
        return datetime.fromtimestamp(self(), UTC) + self.skew

    def monotonic(self):
        return time.monotonic() + self.turned

    async def sleep(self, seconds):
        self.waits.append(seconds)
        self.turned += seconds
        await asyncio.sleep(0)


class World:
    """A running practice cloud and its own door."""

    def __init__(self, ready, clock):
        self.ready = ready
        self.clock = clock
        self.clouds = []
        self._door = httpx.Client(
            base_url=ready["control"],
            auth=(ready["user"], ready["password"]),
            verify=False,
            trust_env=False,
            timeout=60,
        )

    def account(self, **changes):
        ready = self.ready
        return Account(**{"cloud": "practice", "region": ready["region"], "endpoints": ready["endpoints"]} | changes)

    def password(self, user="", password="", domain=""):
        ready = self.ready
        name = user or ready["user"]
        known = ready["password"] if name == ready["user"] else ready["users"].get(name, {}).get("password", "")
        return PasswordLogin(domain or ready["domain"], name, Secret(password or known))

    def keys(self, secret=""):
        return KeyLogin(self.ready["access_key"], Secret(secret or self.ready["secret_key"]))

    def open(self, login=None, **changes):
        cloud = Cloud.open(self.account(**changes), login or self.password(), clock=self.clock)
        self.clouds.append(cloud)
        return cloud

    def faults(self, *rules):
        answer = self._door.post("/practice/faults", json=list(rules))
        assert answer.status_code == 201, answer.text

    def asked(self, path="", method=""):
        rows = self._door.get("/practice/requests").json()["requests"]
        return [r for r in rows if path in r["path"] and method in r["method"]]

    def exists(self):
        return self._door.get("/practice/world").json()

    def held(self):
        return self._door.get("/practice/faults").json()["held"]

    def free(self):
        self._door.delete("/practice/faults")

    def forget(self):
        self._door.delete("/practice/requests")

    def close(self):
        self._door.close()


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def clock():
    return SharedClock()


@pytest.fixture
async def world(clock):
    with practice_thread(clock=clock, speed=1.0) as (ready, _):
        running = World(ready, clock)
        yield running
        for cloud in running.clouds:
            await cloud.aclose()
        running.close()


@pytest.fixture
def isos(world):
    """The bucket of the region that holds good ISOs, and one of them."""
    bucket = next(b for b in world.ready["buckets"] if "isos" in b["name"])
    return bucket["name"], next(key for key in bucket["objects"] if key.endswith("netinst.iso"))


@pytest.fixture
def example():
    return lambda name: (EXAMPLES / name).read_bytes()
