"""The checks before a run that makes a network of its own, against the practice cloud over HTTP."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path

import msgspec
import pytest

from isowright.checks import run_all
from isowright.clock import FastClock
from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.practice.server import PracticeCloud
from isowright.recipe import NetworkSpec, Recipe


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def findings():
    """`await findings()`: what the checks say of the ready profile with a network of the run's own, by id."""
    async with PracticeCloud(speed=600) as practice:
        ready = practice.ready
        text = await asyncio.to_thread(Path(ready["profile"]).read_text, "utf-8")
        written = {k: v for k, v in tomllib.loads(text).items() if k not in ("schema", "name")}
        recipe = msgspec.structs.replace(msgspec.convert(written, Recipe), network=NetworkSpec(make=True))
        login = PasswordLogin(ready["domain"], ready["user"], Secret(ready["password"]))
        cloud = Cloud.open(recipe.account, login, clock=FastClock(600))

        async def look(**quotas):
            for kind, most in quotas.items():
                setattr(practice.world.state.quotas, kind, most)
            return {finding.id: finding for finding in await run_all(cloud, recipe)}

        yield look
        await cloud.aclose()


async def test_what_does_not_exist_yet_is_no_fault(findings):
    found = await findings()
    assert not [one for one in found.values() if one.verdict == "must-fix"]
    assert found["vpc-quota"].verdict == found["addresses"].verdict == "fine"
    assert found["dry-run"].verdict == "skipped"


async def test_room_for_one_more_vpc(findings):
    found = (await findings(vpcs=2))["vpc-quota"]
    assert (found.verdict, found.remedies[0].action) == ("must-fix", "step:network.vpc_id")
    assert "2 VPCs" in found.why
    assert (await findings(vpcs=3))["vpc-quota"].verdict == "fine"
