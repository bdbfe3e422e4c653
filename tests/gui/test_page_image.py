"""Image: a free and legal name, the OS version guessed or searched, tags by keyboard, quota, and failures."""

from __future__ import annotations

import time

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin, TokenLogin
from isowright.cloud.models import OsVersion, Secret
from isowright.iso.report import Inspection
from isowright.practice.totp import STEP, code
from isowright.recipe import CUSTOM, Account, ImageSpec
from isowright_gui.pages.image_guess import guess_os, next_name, suggest_name

LEFT = Qt.MouseButton.LeftButton
TAKEN = "debian-11-golden"  # an image of the practice cloud's first day


@pytest.fixture
async def wizard(open_wizard, ready_recipe, window):
    """At Image, with no answer given yet; the ISO is Debian's."""
    iso = msgspec.structs.replace(ready_recipe.iso, key="debian-12_7_0-amd64-netinst.iso")
    made = await open_wizard("image", msgspec.structs.replace(ready_recipe, iso=iso, image=ImageSpec()))
    window.activateWindow()
    return made


@pytest.fixture
async def page(wizard, until):
    await until(lambda: not wizard.page.tasks.running("quota") and not wizard.page.tasks.running("enterprise"))
    return wizard.page


async def press(wizard, until) -> None:
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: not wizard.tasks.running("move"))


def name(page, text: str) -> None:
    page.name.edit.clear()
    page.name.edit.setFocus()
    QTest.keyClicks(page.name.edit, text)


async def test_the_os_is_guessed_and_a_free_name_is_ticked(wizard, page, until):
    image = page.session.recipe.image
    assert (image.os_type, image.os_version) == ("Linux", "Debian GNU/Linux 12.0.0 64bit")
    assert "Guessed" in page.os.field.line()
    assert page.os.version.itemText(0) == image.os_version  # the proposed one on top
    assert page.quota.accessibleName() == "Image quota: 1 of 50 used"
    assert page.owner.listed.isVisible()
    assert not page.owner.typed.isVisible()
    name(page, "debian-12-base")
    assert page.name.field.checking()
    await until(lambda: page.name.state == "free")
    assert page.name.field.ok()
    await press(wizard, until)
    assert wizard.step == "server"
    assert page.session.recipe.image.name == "debian-12-base"


async def test_a_taken_name_is_said_and_a_free_one_offered(wizard, page, until, window):
    name(page, TAKEN)
    await until(lambda: page.name.state == "taken")
    assert "exists" in page.name.field.error()
    assert not page.valid
    await press(wizard, until)
    assert wizard.step == "image"
    assert window.focusWidget() is page.name.edit
    QTest.mouseClick(page.name.suggestion, LEFT)
    await until(lambda: page.name.state == "free")
    assert page.session.recipe.image.name == f"{TAKEN}-2"


async def test_continue_waits_for_the_answer_about_the_name(wizard, page, until):
    name(page, TAKEN)
    assert page.name.state == "asking"
    await press(wizard, until)
    assert wizard.step == "image"
    assert page.name.state == "taken"


async def test_a_name_offered_while_there_is_none(page, until):
    assert page.name.suggestion.isVisible()
    page.name.suggestion.setFocus()
    QTest.keyClick(page.name.suggestion, Qt.Key.Key_Space)
    await until(lambda: page.name.state == "free")
    assert page.session.recipe.image.name == "debian-12_7_0-amd64-netinst"


async def test_continue_goes_to_the_first_problem_and_shows_all(wizard, page, until, window):
    page.os.version.setFocus()
    page.os.version.editor.selectAll()
    page.os.version.setEditText("Plan 9")
    await press(wizard, until)
    assert "name" in page.name.field.error()
    assert window.focusWidget() is page.name.edit
    assert "Plan 9" in page.os.field.error()
    name(page, "a*b")
    assert "*" in page.name.field.error()
    name(page, "fine")
    await until(lambda: page.name.state == "free")
    await press(wizard, until)
    assert window.focusWidget() in (page.os.version, page.os.version.editor)
    page.os.version.editor.selectAll()
    page.os.version.setEditText("ubuntu 22.04 server 64bit")
    assert page.session.recipe.image.os_version == "Ubuntu 22.04 server 64bit"
    assert not page.os.field.error()


async def test_the_os_list_is_narrowed_by_type_and_by_typing(page):
    QTest.mouseClick(page.os.kind.buttons()[1], LEFT)
    assert page.session.recipe.image.os_type == "Windows"
    assert page.session.recipe.image.os_version == ""
    assert all("Windows" in page.os.version.itemText(at) for at in range(page.os.version.count()))
    page.os.version.finder.setCompletionPrefix("2019")
    assert page.os.version.finder.completionCount() == 2


async def test_tags_are_added_and_removed_with_the_keyboard(wizard, page, until, window):
    name(page, "tagged")
    QTest.keyClick(page.tags.add_button, Qt.Key.Key_Space)
    row = page.tags.rows[0]
    assert window.focusWidget() is row.key
    QTest.keyClicks(row.key, "team x")
    QTest.keyClick(row.key, Qt.Key.Key_Return)
    QTest.keyClicks(window.focusWidget(), "infra")
    await until(lambda: page.name.state == "free")
    await press(wizard, until)
    assert window.focusWidget() is row.key
    assert "not allowed" in page.tags._field.error()
    row.key.clear()
    QTest.keyClicks(row.key, "team")
    assert page.session.recipe.image.tags == {"team": "infra"}
    assert page.valid
    QTest.keyClick(row.value, Qt.Key.Key_Return)
    assert len(page.tags.rows) == 2
    QTest.keyClick(page.tags.rows[1].key, Qt.Key.Key_Backspace)
    assert len(page.tags.rows) == 1
    row.key.clear()
    QTest.keyClick(row.key, Qt.Key.Key_Backspace)
    assert page.session.recipe.image.tags == {}
    assert window.focusWidget() is page.tags.add_button


async def test_description_disk_and_enterprise_project(page):
    QTest.keyClicks(page.description, "Base image")
    page.min_disk.setFocus()
    page.min_disk.selectAll()
    QTest.keyClicks(page.min_disk, "50")
    assert page.owner.choice.count() == 2
    page.owner.choice.setFocus()
    QTest.keyClick(page.owner.choice, Qt.Key.Key_Down)
    image = page.session.recipe.image
    assert (image.description, image.min_disk) == ("Base image", 50)
    assert image.enterprise_project_id == page.owner.choice.itemData(1)


async def test_firmware_is_chosen_and_kept(page, window):
    assert page.firmware.currentData() == ""
    page.firmware.setFocus()
    QTest.keyClick(page.firmware, Qt.Key.Key_End)
    assert page.session.recipe.image.firmware == "uefi"
    page.session.update(page.session.recipe)
    assert page.firmware.currentData() == "uefi"


async def test_an_iso_that_boots_with_uefi_alone_proposes_it(open_wizard, ready_recipe, until):
    wizard = await open_wizard("image", ready_recipe)
    page = wizard.page
    await until(lambda: not page.tasks.running("enter"))
    page.session.inspected(ready_recipe.iso, Inspection(name="uefi.iso", size=10**9, boot_mode="uefi"))
    await page.enter()
    assert page.session.recipe.image.firmware == "uefi"
    assert page.firmware.currentText() == "UEFI"
    assert "UEFI alone" in page.firmware.accessibleDescription()
    QTest.keyClick(page.firmware, Qt.Key.Key_Home)
    await page.enter()
    assert page.session.recipe.image.firmware == "", "what the operator has chosen stays"


async def test_a_list_that_cannot_be_had_keeps_the_answer_and_is_tried_again(open_wizard, ready_recipe, faults, until):
    wizard = await open_wizard("iso", ready_recipe)
    await faults(
        {"action": "refuse", "service": "ims", "path": "os_version", "count": 0},
        {"action": "refuse", "service": "ims", "path": "quota", "count": 0},
        {"action": "status", "status": 400, "service": "eps", "count": 0},
    )
    await press(wizard, until)
    page = wizard.page
    await until(lambda: page.step == "image" and page.problem_card.isVisible())
    assert page.session.recipe.image == ready_recipe.image
    assert page.os.version.currentText() == ready_recipe.image.os_version
    await until(lambda: "could not be loaded" in page.owner.typed.line())
    assert page.owner.typed.isVisible()
    assert not page.owner.listed.isVisible()
    await until(lambda: "not known" in page.quota.accessibleName())
    await faults()
    QTest.mouseClick(page.problem_card.retry_button, LEFT)
    await until(lambda: page.os.version.count() > 0)
    assert not page.problem_card.isVisible()
    await until(lambda: "of 50" in page.quota.accessibleName())
    await until(page.owner.listed.isVisible)
    assert not page.owner.typed.isVisible()


@pytest.mark.parametrize("status", [401, 403])
async def test_who_may_not_list_enterprise_projects_can_enter_one(open_wizard, ready_recipe, faults, until, status):
    wizard = await open_wizard("iso", ready_recipe)
    await faults({"action": "status", "status": status, "service": "eps", "count": 0})
    await press(wizard, until)
    page = wizard.page
    await until(lambda: page.step == "image" and page.owner.typed.isVisible())
    owner = page.owner
    assert "does not list them to this user" in owner.typed.line()
    assert page.session.cloud is not None
    await until(lambda: page.name.state == "free")
    assert page.valid  # the default one is right for most
    owner.edit.setFocus()
    QTest.keyClicks(owner.edit, "Golden images")
    await press(wizard, until)
    assert wizard.step == "image"
    assert "not the name" in owner.typed.error()
    assert owner.edit.hasFocus()
    owner.edit.selectAll()
    given = "88f889c7-270e-4e54-8864-0b1e0b1e0b1e"
    QTest.keyClicks(owner.edit, given)
    assert not owner.typed.error()
    assert page.session.recipe.image.enterprise_project_id == given
    await press(wizard, until)
    assert wizard.step == "server"
    QTest.mouseClick(wizard.footer.back_button, LEFT)
    await until(lambda: wizard.step == "image")
    assert owner.edit.text() == given
    owner.edit.selectAll()
    owner.edit.setFocus()
    QTest.keyClick(owner.edit, Qt.Key.Key_Delete)
    assert page.session.recipe.image.enterprise_project_id == "0"
    assert owner.edit.isVisible()


async def test_where_there_are_no_enterprise_projects_none_is_asked_for(open_wizard, ready_recipe, faults, until):
    wizard = await open_wizard("iso", ready_recipe)
    await faults({"action": "status", "status": 404, "service": "eps", "count": 0})
    await press(wizard, until)
    page = wizard.page
    await until(lambda: page.step == "image" and "lists none" in page.owner.typed.line())
    assert not page.owner.isVisible()
    # One that a profile brings is shown, so that it can be taken away.
    image = msgspec.structs.replace(page.session.recipe.image, enterprise_project_id="88f889c7")
    page.session.update(msgspec.structs.replace(page.session.recipe, image=image))
    assert page.owner.edit.text() == "88f889c7"
    assert page.owner.typed.isVisible()


@pytest.mark.parametrize("by", ["code", "token"])
async def test_enterprise_projects_of_who_cannot_ask_for_another_token(
    window, services, ready_recipe, faults, until, by
):
    """With a one-time code, and with a token that was pasted."""
    ready = services.practice.ready
    user = ready["users"]["with-code"]
    account = Account(
        cloud=CUSTOM, region=ready["region"], domain=ready["domain"], user="with-code", endpoints=ready["endpoints"]
    )
    shown = code(user["totp_secret"], int(time.time() // STEP))
    login = PasswordLogin(ready["domain"], "with-code", Secret(user["password"]), passcode=shown)
    if by == "token":
        account = msgspec.structs.replace(account, method="token", user="")
        cloud = Cloud.open(msgspec.structs.replace(account, method="password"), login)
        await cloud.sign_in()
        token = cloud.session.auth.lasting_login().token
        await cloud.aclose()
        login = TokenLogin(token)
    await window._open_signed_in(msgspec.structs.replace(ready_recipe, account=account), "", "image", login)
    page = window.wizard.page
    await until(page.owner.listed.isVisible)
    assert page.owner.choice.count() == 2
    page.owner.choice.setFocus()
    QTest.keyClick(page.owner.choice, Qt.Key.Key_End)
    assert page.session.recipe.image.enterprise_project_id == page.owner.choice.itemData(1)


async def test_a_name_that_cannot_be_checked_does_not_stop_the_page(page, faults, until):
    await faults({"action": "refuse", "service": "ims", "path": "cloudimages", "count": 0})
    name(page, "unchecked")
    await until(lambda: page.name.state == "unknown")
    assert "could not be checked" in page.name.field.line()
    assert page.valid


VERSIONS = [
    OsVersion(platform, version, kind)
    for platform, version, kind in (
        ("Debian", "Debian GNU/Linux 12.0.0 64bit", "Linux"),
        ("Debian", "Debian GNU/Linux 11.1.0 64bit", "Linux"),
        ("Ubuntu", "Ubuntu 24.04 server 64bit", "Linux"),
        ("Ubuntu", "Ubuntu 22.04 server 64bit", "Linux"),
        ("Rocky Linux", "Rocky Linux 9.4 64bit", "Linux"),
        ("Rocky Linux", "Rocky Linux 9.3 64bit", "Linux"),
        ("SUSE", "SUSE Enterprise 15 SP5 64bit", "Linux"),
        ("OpenSUSE", "OpenSUSE 15.5 64bit", "Linux"),
        ("Windows", "Windows Server 2022 Datacenter 64bit", "Windows"),
        ("Other", "Other(64 bit)", "Linux"),
    )
]


@pytest.mark.parametrize(
    ("key", "version"),
    [
        ("a/debian-12_7_0-amd64-netinst.iso", "Debian GNU/Linux 12.0.0 64bit"),
        ("debian-11.9.0-amd64-netinst.iso", "Debian GNU/Linux 11.1.0 64bit"),
        ("debian-10.1.0-amd64.iso", None),
        ("ubuntu-22_04_5-live-server-amd64.iso", "Ubuntu 22.04 server 64bit"),
        ("Rocky-9_3-x86_64-dvd.iso", "Rocky Linux 9.3 64bit"),
        ("openSUSE-Leap-15.6-DVD-x86_64.iso", "OpenSUSE 15.5 64bit"),
        ("SLES-15-SP5-Full-x86_64.iso", "SUSE Enterprise 15 SP5 64bit"),
        ("windows_server_2022_x64.iso", "Windows Server 2022 Datacenter 64bit"),
        ("installer.iso", None),
        ("rescue-64bit.iso", None),
    ],
)
def test_guesses(key, version):
    found = guess_os(key, VERSIONS)
    assert (found.os_version if found else None) == version


def test_names():
    assert suggest_name("more/Rocky 9+4.iso") == "Rocky-9-4"
    assert next_name("a", {"a", "a-2"}) == "a-3"
    assert next_name("a-7", {"a-7"}) == "a-8"
    assert len(next_name("x" * 128, set())) == 128
