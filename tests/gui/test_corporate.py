"""In a company's network, typed into the window: a pattern, a proxy that asks who is there, its authority; a clock."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

sys.path.insert(0, str(Path(__file__).parents[1] / "core" / "cloud"))

from company import Authority, CompanyProxy

from isowright.cloud import proxy as proxies
from isowright.cloud.models import OsVersion, Secret
from isowright.cloud.proxy import ProxyLogin
from isowright.recipe import CUSTOM, Account

LEFT = Qt.MouseButton.LeftButton
PASS = ProxyLogin("d.white", Secret("pass-of-the-proxy"))


@pytest.fixture
async def company(services, tmp_path, monkeypatch):
    monkeypatch.setattr(proxies, "_logins", {})
    authority = await asyncio.to_thread(Authority, tmp_path)
    for host in ("iam.cloud.test", "obs.cloud.test"):
        await asyncio.to_thread(authority.context, host)  # making certificates would halt the window
    ports = {name: int(url.rsplit(":", 1)[1]) for name, url in services.practice.ready["endpoints"].items()}
    async with CompanyProxy(authority, ports) as running:
        running.login, running.authority = PASS, authority
        yield running


async def write(page, name: str, text: str) -> None:
    control = page.form.field(name).control
    control.clear()
    control.setFocus()
    for at in range(0, len(text), 8):
        QTest.keyClicks(control, text[at : at + 8])
        await asyncio.sleep(0)  # people let the window breathe between two keys


async def press(window, until) -> None:
    QTest.mouseClick(window.wizard.footer.primary_button, LEFT)
    await until(lambda: not window.wizard.tasks.running("move"))


@pytest.fixture
async def page(window, services, until, company):
    """All but the proxy's password is typed."""
    wizard = window.start_wizard()
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    window.activateWindow()
    page, ready = wizard.page, services.practice.ready
    page.form.cloud.choose(CUSTOM)
    await asyncio.sleep(0)
    answers = {
        "region": ready["region"],
        "endpoints.*": "https://{service}.cloud.test",
        "domain": ready["domain"],
        "user": ready["user"],
        "password": ready["password"],
        "proxy": company.url,
        "proxy_user": PASS.user,
        "ca_file": str(company.authority.file),
    }
    for name, text in answers.items():
        await write(page, name, text)
    return page


async def test_signing_in_through_a_companys_proxy(window, page, services, until, company):
    await write(page, "proxy_password", "wrong-password")
    await press(window, until)
    assert page.session.identity is None
    assert "wants a user name" in page.form.field("proxy_user").error()
    assert window.focusWidget() is page.form.field("proxy_user").control
    assert [let for _, let in company.asked] == [False]
    await write(page, "proxy_password", PASS.password.reveal())
    await press(window, until)
    assert page.session.identity is not None
    await until(lambda: not page.tasks.running("keep-proxy"))
    account = page.session.recipe.account
    assert account.endpoints == {"*": "https://{service}.cloud.test"}
    assert PASS.password.reveal() not in str(msgspec.to_builtins(page.session.recipe))
    # Another start of the program: the keyring lets it through, nothing is typed.
    proxies.remember(proxies.place_of(account), None)
    page.form.advanced.forget_secrets()
    await write(page, "password", services.practice.ready["password"])
    await until(lambda: page.session.cloud is None and not page.tasks.running("close"))
    await press(window, until)
    assert page.session.identity is not None


async def test_what_cannot_be_is_said_at_its_field(window, page, until, company):
    await write(page, "proxy", "http://d.white:pw@proxy:3128")
    await write(page, "endpoints.*", "http://{service}.cloud.test")
    await press(window, until)
    assert "in the clear" in page.form.field("endpoints.*").error()
    assert "user name or password" in page.form.field("proxy").error()
    assert company.asked == []


async def test_a_socks_proxy_is_said_at_the_field_wherever_it_is_named(window, page, until, company, monkeypatch):
    assert "SOCKS is not supported" in page.form.field("proxy").line()
    await write(page, "proxy", "socks5://proxy:1080")
    await press(window, until)
    assert "SOCKS is not supported" in page.form.field("proxy").error()
    assert window.focusWidget() is page.form.field("proxy").control
    page.form.field("proxy").control.selectAll()
    QTest.keyClick(page.form.field("proxy").control, Qt.Key.Key_Delete)
    monkeypatch.setenv("HTTPS_PROXY", "socks5h://127.0.0.1:1080")
    await press(window, until)
    assert page.session.identity is None
    assert "A SOCKS proxy cannot be used" in page.form.field("proxy").error()
    assert window.focusWidget() is page.form.field("proxy").control
    assert company.asked == []
    await write(page, "proxy", company.url)
    await write(page, "proxy_password", PASS.password.reveal())
    await press(window, until)
    assert page.session.identity is not None


async def test_a_wrong_clock_is_said_beside_who_is_signed_in(window, services, until):
    services.clock.skew = timedelta(hours=3)
    wizard = window.start_wizard()
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    wizard.page.form.cloud.choose("practice")
    await press(window, until)
    assert wizard.page.session.identity is not None
    said = [label for label in wizard.page.card.findChildren(type(wizard.page.card._remark)) if label.isVisible()]
    assert any("3 hours ahead of" in label.text() for label in said)


@pytest.mark.parametrize(("cloud", "region", "told"), [("huaweicloud", "cn-north-4", True), ("otc", "eu-de", False)])
async def test_windows_and_small_disks_are_told_of_where_they_are_refused(
    open_wizard, ready_recipe, until, cloud, region, told
):
    wizard = await open_wizard("image", ready_recipe)
    page = wizard.page
    await until(lambda: not page.tasks.running("quota") and not page.tasks.running("enterprise"))
    assert not page.windows_note.isVisible()
    account = Account(cloud=cloud, region=region)
    page.session.update(msgspec.structs.replace(page.session.recipe, account=account))
    QTest.mouseClick(page.os.kind.buttons()[1], LEFT)
    assert page.session.recipe.image.os_type == "Windows"
    assert page.windows_note.isVisible() is told
    assert page.min_disk.minimum() == (40 if told else 1)
    QTest.mouseClick(page.os.kind.buttons()[0], LEFT)
    assert not page.windows_note.isVisible()


async def test_where_the_cloud_lists_no_versions_any_can_be_typed(open_wizard, ready_recipe, until, faults):
    missing = {"error_code": "APIGW.0101", "error_msg": "The API does not exist or has not been published."}
    await faults(
        {"service": "ims", "path": "os_version", "action": "status", "status": 404, "count": 0, "body": missing}
    )
    image = msgspec.structs.replace(ready_recipe.image, os_version="")
    wizard = await open_wizard("image", msgspec.structs.replace(ready_recipe, image=image))
    page = wizard.page
    await until(lambda: not page.tasks.running("quota") and not page.tasks.running("enterprise"))
    assert "Debian GNU/Linux 12.0.0 64bit" in page.os.known("Linux")
    page.os.version.setEditText("Plan 9 64bit")  # offscreen, the pop-up that typing opens is warned about
    assert page.session.recipe.image.os_version == "Plan 9 64bit"
    await until(lambda: page.name.state == "free")
    assert page.valid
    # A complete list is another matter.
    page.os.show_versions([OsVersion("Debian", "Debian GNU/Linux 12.0.0 64bit")])
    page.os.version.setEditText("Plan 10")
    assert page.session.recipe.image.os_version == ""
