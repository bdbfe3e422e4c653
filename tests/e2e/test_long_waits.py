"""What takes long goes on by itself: no network, a suspended computer, tokens that end. The run says what it awaits."""

import asyncio
import re

import httpx
import pytest

from isowright.clock import FastClock
from isowright.cloud.outage import STRANGER
from isowright.events import Cancelled, Done, Failed, LogLine, Progress, StageChanged, Waiting

NIGHT = 30 * 3600.0
PATIENCE = 200.0


def unplug(lab, *services):
    """Close these services' ports, as if the network had gone."""
    for service in services:
        lab.faults({"action": "down-after", "service": service, "path": "/unplug$", "seconds": 0})
        httpx.get(lab.ready["endpoints"][service] + "/unplug", trust_env=False, timeout=60)


def offline(watch):
    return [e for e in watch.of(Waiting) if e.reason == "network"]


def back_after(lab, watch, notices=2, *, then=lambda: None):
    """The network comes back once the run has said so often that it is gone."""

    def hook(event):
        if isinstance(event, Waiting) and event.reason == "network" and len(offline(watch)) == notices:
            then()
            lab.no_faults()

    watch.hooks.append(hook)


def said(watch):
    return [e.text for e in watch.of(LogLine)]


def hour_passes(lab, watch):
    """At the second notice, an hour has passed; the network is back at the third."""
    back_after(lab, watch, 3)
    watch.hooks.insert(
        0,
        lambda e: (
            lab.clock.jump(3600, monotonic=True)
            if isinstance(e, Waiting) and e.reason == "network" and len(offline(watch)) == 2
            else None
        ),
    )


async def ends(lab, watch, **how):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        end = await (await engine.start(run.id, lab.login, watch, **how)).wait()
        return end, await engine.info(run.id)


@pytest.mark.parametrize(
    ("service", "method", "path", "nth"),
    [
        ("ims", "GET", "/job/", 2),  # while a job is waited for
        ("ims", "GET", "/v2/cloudimages", 1),  # before an image is asked for
        ("ecs", "POST", "/cloudservers$", 1),  # between dry run and server
        ("ecs", "GET", "/cloudservers/[^/]+$", 3),  # while the operator installs
        ("ecs", "POST", "/cloudservers/delete", 1),  # in mid clean-up
    ],
)
async def test_network_gone_for_an_hour(lab, watch, service, method, path, nth):
    lab.faults({"action": "down-after", "service": service, "method": method, "path": path, "nth": nth, "seconds": 0})
    hour_passes(lab, watch)
    end, info = await ends(lab, watch)
    assert isinstance(end, Done), end
    assert info.leftovers == ()
    first = offline(watch)[0]
    host = httpx.URL(lab.ready["endpoints"][service]).netloc.decode()
    assert first.text.startswith(f"No connection to {host} since ")
    assert first.text.endswith("What was begun goes on in the cloud.")
    assert any(re.match(rf"{host} can be reached again, after 1 h \d+ min$", text) for text in said(watch))
    assert lab.creates() == (2, 2, 1)
    lab.expect_only_image("result")


async def test_all_of_the_network_gone_while_the_operator_installs(lab, new_watch):
    watch = new_watch(install=False)

    def turn(event):
        if isinstance(event, Waiting) and event.reason == "operator":
            unplug(lab, "ecs", "iam", "ims")
            lab.finish_install(event.server_id)  # the cloud goes on

    watch.hooks.append(turn)
    hour_passes(lab, watch)
    end, _ = await ends(lab, watch)
    assert isinstance(end, Done), end
    assert {e.stage for e in offline(watch)} == {"install-os"}
    lab.expect_only_image("result")


async def test_dead_token_without_a_network_to_renew_it(lab, watch):
    def unplugged(event):
        if isinstance(event, Progress) and event.stage == "register-iso" and event.text.startswith("Job"):
            watch.hooks.remove(unplugged)
            unplug(lab, "iam")
            lab.faults({"action": "expire-tokens"})

    watch.hooks.append(unplugged)
    hour_passes(lab, watch)
    end, _ = await ends(lab, watch)
    assert isinstance(end, Done), end
    assert httpx.URL(lab.ready["endpoints"]["iam"]).netloc.decode() in offline(watch)[0].text
    assert len(lab.requests("POST", "/v3/auth/tokens")) == 2
    lab.expect_only_image("result")


@pytest.mark.parametrize("path", ["/job/", "/v2/cloudimages"])
async def test_cancelled_while_offline(lab, watch, path):
    lab.faults({"action": "down-after", "service": "ims", "method": "GET", "path": path, "seconds": 0})
    gone = asyncio.Event()
    watch.hooks.append(lambda e: gone.set() if isinstance(e, Waiting) and e.reason == "network" else None)
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        await gone.wait()
        async with asyncio.timeout(60):  # it does not wait for a network that is not coming back
            assert isinstance(await handle.cancel(), Cancelled)
        lab.no_faults()
        assert (await engine.clean_up(run.id, lab.login, watch)).leftovers == ()
    assert lab.world()["images"] == []


async def test_first_sign_in_fails_at_once_and_retries(lab, new_watch):
    unplug(lab, "iam")
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        watch = new_watch()
        end = await (await engine.start(run.id, lab.login, watch)).wait()
        assert isinstance(end, Failed)
        assert (end.stage, end.error.kind, end.error.action) == ("sign-in", "NetworkError", "retry")
        assert offline(watch) == []
        lab.no_faults()
        assert isinstance(await (await engine.start(run.id, lab.login, watch)).wait(), Done)
    lab.expect_only_image("result")


async def test_host_that_never_answered_is_not_waited_for_without_end(lab, watch):
    unplug(lab, "ims")
    end, _ = await ends(lab, watch)
    assert isinstance(end, Failed)
    assert (end.stage, end.error.kind) == ("register-iso", "NetworkError")
    assert "refused the connection" in end.error.title
    assert offline(watch)[-1].at - offline(watch)[0].at < (watch.events[-1].at - watch.events[0].at)
    assert 2 <= len(offline(watch)) <= STRANGER / 30 + 1


async def test_clean_up_waits_for_the_network_too(lab, new_watch):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        await (await engine.start(run.id, lab.login, new_watch(), on_install="confirm")).wait()
        watch = new_watch()
        lab.faults({"action": "down-after", "service": "ecs", "method": "POST", "path": "/delete", "seconds": 0})
        back_after(lab, watch)
        assert (await engine.clean_up(run.id, lab.login, watch)).leftovers == ()
    assert {e.stage for e in offline(watch)} == {"clean-up"}
    assert not any(lab.world()[kind] for kind in ("images", "servers", "volumes"))


class NappingClock(FastClock):
    """Suspends the computer in mid pause: in the next one that is as short as those between two looks."""

    nap = ()

    async def sleep(self, seconds):
        if self.nap and seconds <= 10:
            (monotonic,), self.nap = self.nap, ()
            self.jump(NIGHT, monotonic=monotonic)
        await super().sleep(seconds)


@pytest.mark.parametrize("monotonic", [True, False], ids=["clock went on", "clock stood"])
@pytest.mark.parametrize("stage", ["register-iso", "launch-server", "install-os"])
async def test_computer_asleep_for_a_night(lab, watch, stage, monotonic):
    """Longer than every deadline, and than a token lives; the cloud is no further than a look away."""
    lab.clock = NappingClock(PATIENCE)
    slept = []

    def sleep(event):
        job = isinstance(event, Progress) and event.text.startswith("Job")
        if not slept and event.stage == stage and (job or isinstance(event, Waiting)):
            slept.append(event)
            lab.clock.nap = (monotonic,)

    watch.hooks.append(lambda e: sleep(e) if hasattr(e, "stage") else None)
    end, info = await ends(lab, watch)
    assert isinstance(end, Done), end
    assert slept
    assert info.leftovers == ()
    assert any(text.startswith("This computer was suspended for 30 h") for text in said(watch))
    assert [e.stage for e in watch.of(StageChanged) if e.state == "failed"] == []
    assert len(lab.requests("POST", "/v3/auth/tokens")) >= 2  # judged by the wall clock: it has ended by now
    assert lab.creates() == (2, 2, 1)
    lab.expect_only_image("result")


async def test_console_link_is_fresh_each_time(lab, new_watch):
    watch = new_watch(install=False)
    turn = asyncio.Event()
    watch.hooks.append(lambda e: turn.set() if isinstance(e, Waiting) else None)
    async with lab.engine() as engine, lab.engine() as other:
        run = await engine.create(lab.recipe())
        handle = await engine.start(run.id, lab.login, watch)
        await turn.wait()
        urls = [await handle.console_url(), await handle.console_url(), await other.console_url(run.id, lab.login)]
        assert len({url.reveal() for url in urls}) == 3
        unplug(lab, "ecs")  # somebody looks at the button: it fails, it does not wait
        with pytest.raises(Exception, match="refused the connection"):
            await handle.console_url()
        await handle.cancel()
