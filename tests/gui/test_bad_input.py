"""What can be wrong from outside, met in the window: said with a remedy where people look; nothing typed is lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from isowright.recipe import CUSTOM, Account, Recipe

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def sign_in(window, services, until):
    """`await sign_in(user="x")`: Account with these answers on a custom cloud, and its button pressed. Returns it."""

    async def go(**answers):
        ready = services.practice.ready
        names = {name: answers.get(name, ready[name]) for name in ("region", "domain", "user", "password")}
        account = Account(
            cloud=CUSTOM,
            region=names["region"],
            domain=names["domain"],
            user=names["user"],
            endpoints=ready["endpoints"] | answers.get("endpoints", {}),
        )
        wizard = window.start_wizard(Recipe(account=account))
        await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
        control = wizard.page.form.field("password").control
        control.setFocus()
        QTest.keyClicks(control, names["password"])
        QTest.mouseClick(wizard.footer.primary_button, LEFT)
        await until(lambda: not wizard.tasks.running("move"))
        return wizard.page

    return go


async def test_an_unknown_account_is_said_at_its_field(sign_in, services, until):
    page = await sign_in(domain="somebody-else")
    said = [page.form.field(name).error() for name in ("domain", "user", "password")]
    assert any("account" in words and "Check" in words for words in said), said
    assert page.session.cloud is None
    assert page.form.password.text() == services.practice.ready["password"]


async def test_an_endpoint_without_tls_is_said_with_its_remedy(sign_in, services):
    secure = services.practice.ready["endpoints"]["iam"].replace("http:", "https:")
    page = await sign_in(endpoints={"iam": secure})
    assert page.session.cloud is None
    field = page.form.field("endpoints.iam")
    assert "Check the endpoint" in field.error()
    assert field.control.text() == secure
    assert page.form.password.text() == services.practice.ready["password"]


async def test_a_profile_of_a_newer_version_is_a_card_that_says_so(window, services, qapp, until):
    place = services.home.profiles_dir / "tomorrow.toml"
    place.write_text('schema = 999\nname = "tomorrow"\n', encoding="utf-8")
    await window.home.load()
    card = window.home.card("tomorrow")
    assert card.result.text() == "Cannot be read"
    QTest.mouseClick(card.start, LEFT)
    shown = await until(qapp.activeModalWidget)
    words = shown.accessibleName() + shown.accessibleDescription()
    assert "schema 999" in words
    assert "newer" in words
    shown.reject()
    assert place.read_text("utf-8") == 'schema = 999\nname = "tomorrow"\n'
