"""The buttons of Review's checks: to the page and the field, in place, to the leftovers, to a browser; and the bill."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest

from isowright.recipe import CUSTOM
from isowright_gui.dialogs import Dialog
from isowright_gui.leftovers.dialog import LeftoversDialog
from isowright_gui.wizard.sign_in import sign_in

sys.path.insert(0, str(Path(__file__).parent))

from test_accessibility import check, check_tab

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def cloud(services):
    return services.practice.cloud


@pytest.fixture
async def open_review(open_wizard, ready_recipe, until):
    """`await open_review(image={…})`: Review, its checks ended, with answers that have gone bad while the wizard was
    open: what a profile names and is gone when it is opened is led through the pages before."""

    async def go(base=None, **parts):
        recipe = base or ready_recipe
        for part, answers in parts.items():
            spec = msgspec.structs.replace(getattr(recipe, part), **answers)
            recipe = msgspec.structs.replace(recipe, **{part: spec})
        wizard = await open_wizard("network", recipe=base or ready_recipe)
        wizard.session.put_checked(recipe)
        await wizard._show("review")
        await checked(wizard.page, until)
        return wizard.page

    return go


async def checked(page, until):
    await until(lambda: page.checks.done() and not page.tasks.running("checks"), limit=20)


@pytest.mark.parametrize(
    ("part", "answers", "check_id", "words", "step", "control"),
    [
        ("image", {"name": "debian-11-golden"}, "image-name", "Choose another name", "image", "name.edit"),
        ("image", {"os_version": "Plan 9"}, "os-version", "Choose another version", "image", "os.version"),
        (
            *("after", {"export_bucket": "no-such-bucket", "export_key": "a.vhd"}, "export-target"),
            *("Choose another bucket", "image", "after.form.export_bucket"),
        ),
        ("server", {"volume_type": "SATA"}, "disk-type", "Choose another disk type", "server", "disks.fields"),
        ("server", {"availability_zone": "practice-1c"}, "zone", "Choose another zone", "server", "picker.zone"),
        (
            *("network", {"security_group_ids": ("gone",), "security_group_names": ("sg-old",)}, "security-groups"),
            *("Choose the groups again", "network", "groups.table"),
        ),
    ],
)
async def test_a_button_leads_to_the_page_and_its_field(
    open_review, window, until, part, answers, check_id, words, step, control
):
    page = await open_review(**{part: answers})
    item = page.checks.items[check_id]
    assert item.state() == "failed"
    button = next(each for each in item.buttons if each.text() == words)
    assert item.label.text() in button.accessibleDescription()
    QTest.mouseClick(button, LEFT)
    await until(lambda: window.wizard.step == step)
    there = window.wizard.page
    await until(lambda: not there.tasks.running("enter"), limit=20)
    wanted = there
    for name in control.split("."):
        wanted = getattr(wanted, name)
    if isinstance(wanted, dict):
        wanted = wanted["volume_type"].control
    await until(lambda: window.focusWidget() is not None and window.focusWidget() in (wanted, wanted.focusProxy()))


async def test_an_answer_in_place_is_taken_and_looked_at_at_once(open_review, cloud, window, until, settle):
    cloud.context.add_faults([{"world": "sold-out", "flavor": "s6.large.2"}])
    page = await open_review()
    item = page.checks.items["flavor"]
    text = item.button.text()
    assert text.startswith("Use s")
    await settle()
    check(window.wizard)
    check_tab(window, window.wizard.page)
    item.button.setFocus()
    QTest.keyClick(item.button, Qt.Key.Key_Space)
    assert page.session.recipe.server.flavor_id == text.split()[1]
    assert page.session.recipe.server.flavor_id in page.choices._lines["server"][0].text()
    await checked(page, until)
    assert item.state() == "done"
    assert page.valid
    assert not any(button.isVisible() for button in item.buttons)


async def test_a_round_that_is_cut_short_is_followed_by_a_whole_one(open_wizard, window, until):
    wizard = await open_wizard("network")
    await wizard._show("review")
    page = wizard.page
    await until(lambda: page.checks.items)
    page.checks.again_button.click()  # while rows are still being made
    page.checks.again_button.click()
    await checked(page, until)
    assert page.checks.count.text() == f"{len(page.checks.items)} of {len(page.checks.items)} done"
    assert len(page.checks.findings()) == len(page.checks.items)


async def test_leftovers_of_who_is_signed_in_are_found_without_a_profile(
    open_review, services, ready_recipe, window, qapp, until
):
    """An account that no profile and no run knows, with a password that no keyring keeps."""
    facts = services.practice.ready
    account = msgspec.structs.replace(
        ready_recipe.account,
        cloud=CUSTOM,
        domain=facts["domain"],
        user=facts["user"],
        endpoints=dict(facts["endpoints"]),
        keep_secret=False,
    )
    state = services.practice.cloud.world.state
    state.quotas.images = len(state.images)
    wizard = window.start_wizard(msgspec.structs.replace(ready_recipe, account=account))
    await sign_in(services, wizard.session, services.practice.login())
    await wizard._show("review")
    page = wizard.page
    await checked(page, until)
    QTest.mouseClick(page.checks.items["image-quota"].button, LEFT)
    dialog = await until(lambda: isinstance(qapp.activeModalWidget(), LeftoversDialog) and qapp.activeModalWidget())
    await until(lambda: dialog.list.state() == "empty", limit=20)
    assert dialog.list.notice.title.text() == "Nothing is left behind"
    assert dialog.accounts.currentData() == 0
    state.quotas.images += 2
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: qapp.activeModalWidget() is None)
    await until(lambda: page.checks.items["image-quota"].state() == "done", limit=20)  # looked at again by itself


async def test_a_sign_in_that_ends_soon_leads_to_account(open_review, services, window, until):
    page = await open_review()
    token = page.session.cloud.session.auth._token.value
    identity = msgspec.structs.replace(
        page.session.cloud.identity, renewed=False, expires_at=page.session.cloud.now() + timedelta(minutes=50)
    )
    page.session.cloud.session.auth.identity = identity
    QTest.mouseClick(page.checks.again_button, LEFT)
    item = page.checks.items["sign-in-life"]
    await until(lambda: item.state() == "warning", limit=20)
    assert item.button.text() == "Sign in again"
    assert "a run may well take 2 hours" in item.accessibleDescription()
    assert token.reveal() not in item.accessibleDescription()
    QTest.mouseClick(item.button, LEFT)
    await until(lambda: window.wizard.step == "account")


class Desktop(QObject):
    """What a desktop without a browser does with addresses, or with one."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


async def test_the_console_opens_in_a_browser_or_its_address_is_told(
    open_review, cloud, services, qapp, until, monkeypatch
):
    cloud.context.add_faults([{"world": "quota-full", "resource": "cores"}])
    page = await open_review()
    item = page.checks.items["limits"]
    assert item.button.text() == "Open the console"
    desktop = Desktop()
    QDesktopServices.setUrlHandler("http", desktop, "open")
    QTest.mouseClick(item.button, LEFT)
    QDesktopServices.unsetUrlHandler("http")
    desktop.deleteLater()
    assert desktop.opened == [f"{services.practice.ready['console']}/"]
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: False)
    QTest.mouseClick(item.button, LEFT)
    dialog = await until(lambda: isinstance(qapp.activeModalWidget(), Dialog) and qapp.activeModalWidget())
    assert services.practice.ready["console"] in dialog.accessibleDescription()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: qapp.activeModalWidget() is None)


TABLE = """
[[price]]
cloud = "custom"
currency = "EUR"
flavor_hour = { "s6.large.2" = 0.5 }
disk_gb_month = { GPSSD = 0.1 }
image_gb_month = 0.02
"""


async def test_the_bill_has_times_of_past_runs_and_prices_of_the_own_table(
    open_review, services, ready_recipe, window, until
):
    account = services.practice.fill(ready_recipe.account)
    run = await services.engine.create(msgspec.structs.replace(ready_recipe, account=account))
    page = await open_review()
    assert "Temporary server, s6.large.2 · until clean-up" in page.bill.lines
    assert "the first run here will tell" in page.bill.note.text()
    controller = await services.runs.open(run.id)
    controller.start()
    await until(lambda: controller.state.phase == "your-turn", limit=30)
    world = services.practice.cloud.world
    (server,) = world.state.servers
    world.guests.finish_install(server)
    await until(lambda: controller.state.phase == "done", limit=30)
    page = await open_review(image={"name": "another"})
    await until(lambda: "1 earlier run of this computer" in page.bill.note.text())
    (line,) = [line for line in page.bill.lines if line.startswith("Temporary server")]
    assert line.endswith(", then deleted")
    assert "about" in line
    assert page.bill.lines[-1] == "Private image “another” · stays"
    assert "Nothing is billed on the practice cloud." in page.bill.note.text()
    # The same cloud as one that has to be paid.
    table = services.home.config / "prices.toml"
    await asyncio.to_thread(table.write_text, TABLE, "utf-8")
    custom = msgspec.structs.replace(account, cloud=CUSTOM)
    wizard = window.start_wizard(msgspec.structs.replace(ready_recipe, account=custom))
    await sign_in(services, wizard.session, services.practice.login())
    await wizard._show("review")
    await until(lambda: f"Prices are from {table}" in wizard.page.bill.note.text(), limit=20)
    assert "Private image “practice-image” · stays · 0.02 EUR a GB and month" in wizard.page.bill.lines
    await asyncio.to_thread(table.write_text, TABLE + "vat = 19", "utf-8")
    await wizard.page.enter()
    assert wizard.page.bill.note.text().startswith("The price table cannot be used.")
    assert not any("EUR" in line for line in wizard.page.bill.lines)
    await checked(wizard.page, until)
    assert wizard.page.checks.done()
