"""A practice cloud in which everything is wrong: an operator gets from red to green by pressing what is offered."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.checks import with_answers
from isowright.practice.model import Image, Volume
from isowright_gui.leftovers.dialog import LeftoversDialog

LEFT = Qt.MouseButton.LeftButton
RUN = "abcdef123456"  # of a computer that is no more
DAY = 86400.0


def leave_behind(world) -> None:
    """What a run of another computer has left three days ago: an ISO image and a disk."""
    state, made = world.state, world.now - 3 * DAY
    project = world.accounts.region_project().id
    old = next(iter(state.images.values()))
    image = msgspec.structs.replace(
        old,
        id="11111111-2222-4333-8444-555555555555",
        name=f"iso-old-{RUN[:6]}",
        env_type="IsoImage",
        disk_format="iso",
        origin="file,bucket:old.iso",
        created=made,
        tags=["app=isowright", f"run={RUN}"],
    )
    assert isinstance(image, Image)
    state.images[image.id] = image
    disk = Volume(
        id="66666666-7777-4888-8999-aaaaaaaaaaaa",
        name=f"isowright-{RUN[:6]}-volume-0001",
        project_id=project,
        status="available",
        size=40,
        volume_type="SSD",
        zone="practice-1a",
        created=made,
        updated=made,
        made_by="builder",
        tags={"app": "isowright", "run": RUN},
    )
    state.volumes[disk.id] = disk


def spoil(recipe, world):
    """The recipe with every answer gone wrong, in a world that is full and in part sold out."""
    leave_behind(world)
    state = world.state
    state.quotas.images = len(state.images) + 1  # one place is left, and the leftover takes another
    state.quotas.gigabytes = 160
    world.faults.add(
        [
            {"world": "quota-full", "resource": "server"},
            {"world": "sold-out", "flavor": "s6.large.2"},
            {"world": "zone-down", "name": "practice-1c"},
        ]
    )
    full = next(one for one in state.subnets.values() if one.name == "subnet-full")
    return with_answers(
        recipe,
        {
            "iso.key": "gone.iso",
            "image.name": "debian-11-golden",
            "image.os_version": "ubuntu 22.04 SERVER 64bit",
            "server.availability_zone": "practice-1c",
            "server.volume_type": "SATA",
            "server.data_disk": 200,
            "network.subnet_id": full.id,
            "network.subnet_name": full.name,
            "network.security_group_ids": ("gone",),
            "network.security_group_names": ("sg-old",),
            "after.export_bucket": recipe.iso.bucket,
            "after.export_key": "README.txt",
        },
    )


class Hands:
    """Who knows nothing but what the page says, and presses it."""

    def __init__(self, program) -> None:
        self.program = program
        self.pressed: list[str] = []

    @property
    def page(self):
        return self.program.page

    async def through_the_pages(self) -> list[str]:
        """Run leads to the pages whose answers are gone, each with what is best instead; Continue to the next."""
        program, seen = self.program, []
        await program.until(lambda: program.window.wizard is not None and program.window.wizard.step)
        while (step := program.window.wizard.step) != "review":
            await program.loaded(step)
            seen.append(step)
            if step == "iso":  # nothing can take the place of an ISO by itself
                await program.choose_iso()
            page = program.page
            if step == "image":  # the name is not gone but taken: another one is offered under it
                await program.until(lambda page=page: page.name.state == "taken" and page.name.suggestion.isVisible())
                QTest.mouseClick(page.name.suggestion, LEFT)
            await program.until(lambda page=page: page.valid, what=f"{step}: {page.problem}")
            QTest.mouseClick(program.window.wizard.footer.primary_button, LEFT)
            await program.until(lambda step=step: program.window.wizard.step != step, what=f"still {step}")
        await program.loaded("review")
        return seen

    async def checked(self) -> list:
        """All checks have ended; those that are not fine, the worst first."""
        page = self.page
        await self.program.until(lambda: page.checks.done() and not page.tasks.running("checks"), limit=30)
        return [one for one in page.checks.findings() if one.verdict in ("must-fix", "look")]

    async def press(self, finding) -> None:
        """The first button of a row, and what follows from it."""
        button = self.page.checks.items[finding.id].button
        remedy = finding.remedies[0]
        self.pressed.append(f"{finding.id}: {button.text()}")
        QTest.mouseClick(button, LEFT)
        await asyncio.sleep(0)
        await {"leftovers": self.leftovers, "open": self.console, "go": self.answer_anew}.get(
            remedy.kind, self.nothing
        )()

    async def nothing(self) -> None:
        """It was answered in place, or looked at again."""

    async def leftovers(self) -> None:
        program = self.program
        dialog = await program.dialog("Find leftovers")
        assert isinstance(dialog, LeftoversDialog)
        await program.until(lambda: dialog.rows and not dialog.tasks.running("look"), limit=20)
        assert all(line.box.isChecked() for line in dialog.rows), "nothing speaks against deleting them"
        QTest.mouseClick(dialog.delete_button, LEFT)
        await program.until(lambda: not dialog.isActiveWindow() or program.button("Delete them"), limit=20)
        await program.answer("Delete", "Delete them")
        await program.until(lambda: not dialog.tasks.running("remove"), limit=30)
        QTest.mouseClick(dialog.close_button, LEFT)
        await program.until(lambda: not dialog.isVisible())
        await program.until(lambda: not self.page.tasks.running("leftovers"))

    async def console(self) -> None:
        """The page in the browser has one button."""
        url = await self.program.until(lambda: self.program.browser.opened and self.program.browser.opened.pop())
        async with httpx.AsyncClient(base_url=url) as tab:
            session = (await tab.get("/")).text.split('const session = "')[1].split('"')[0]
            (await tab.post("/console/quotas", headers={"X-Console-Session": session})).raise_for_status()
        QTest.mouseClick(self.page.checks.again_button, LEFT)

    async def answer_anew(self) -> None:
        """Another ISO, then Continue until everything is answered again."""
        program = self.program
        await program.loaded("iso")
        await program.choose_iso()
        for step in ("image", "server", "network", "review"):
            await program.go_on(step)


async def test_from_red_to_green_by_buttons_alone(program, ready_answers):
    world = program.services.practice.cloud.world
    recipe = spoil(ready_answers(program.ready), world)
    await asyncio.to_thread(program.services.profiles.save, "spoilt", recipe)
    await program.window.home.load()
    card = await program.until(lambda: program.window.home.card("spoilt"))
    QTest.mouseClick(card.start, LEFT)
    hands = Hands(program)
    assert await hands.through_the_pages() == ["iso", "image", "server", "network"]
    found = await hands.checked()
    red = {one.id for one in found if one.verdict == "must-fix"}
    assert red == {"image-quota", "limits", "volume-quota", "export-target"} | (red & {"dry-run"})
    remarks = {one.id for one in found if one.verdict == "look"}
    assert remarks - {"dry-run"} == {"leftovers"}, "the leftover ISO image stands in for the run's own"
    assert not program.page.valid
    for _ in range(20):
        # What is answered on the spot first: who is sent to a page comes back with a new round of checks.
        found.sort(key=lambda one: (one.remedies[0].kind == "go", one.verdict == "look"))
        if not found:
            break
        await hands.press(found[0])
        found = await hands.checked()
    assert program.page.hint.text == "All checks are fine.", (hands.pressed, program.shown())
    assert not [image for image in world.state.images.values() if image.name.startswith("iso-")]
    assert not world.state.volumes
    chosen = program.page.session.recipe
    assert chosen.image.name == "debian-11-golden-2"
    assert chosen.server.availability_zone != "practice-1c"
    assert chosen.network.subnet_name == "subnet-default"
    assert chosen.after.export_key == "README-2.txt"
    assert len(hands.pressed) <= 12, hands.pressed
    await program.create()  # and the button that all was about works
    await program.wait_for("your-turn")
    await program.controller.stop()


async def test_a_wrong_clock_and_missing_rights_are_seen_right_again(program, weekly):
    program.fault(service="evs", path="cloudvolumes/detail", action="refuse", count=0)
    program.services.clock.skew = timedelta(minutes=9)
    card = await program.until(lambda: program.window.home.card("weekly"))
    QTest.mouseClick(card.start, LEFT)
    await program.loaded("review")
    hands = Hands(program)
    found = {one.id: one for one in await hands.checked()}
    assert found["permissions"].verdict == "must-fix"
    assert found["clock"].verdict == "look"
    item = program.page.checks.items["permissions"]
    assert item.button.text() == "Sign in as another user"
    assert item.second.text() == "Open the console"
    QTest.mouseClick(item.second, LEFT)
    await program.until(lambda: program.browser.opened)
    assert program.browser.opened == [f"{program.ready['console']}/"]
    program.no_faults()  # an administrator has granted it
    program.services.clock.skew = timedelta(0)  # and the system's clock is set right
    clock = program.page.checks.items["clock"].button
    assert clock.text() == "Check again"
    QTest.mouseClick(clock, LEFT)
    await program.until(lambda: program.page.checks.items["clock"].state() == "running")
    assert await hands.checked() == []
    assert program.page.valid
