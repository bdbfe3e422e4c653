"""Account: signing in with each method, what is said where when it fails, and that nothing typed is lost."""

from __future__ import annotations

import asyncio
import time

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin, PasswordLogin
from isowright.cloud.models import Secret
from isowright.practice.totp import STEP, code
from isowright.recipe import CUSTOM, Account, Recipe

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
async def page(window, until):
    """The page of a new image, as an operator first sees it."""
    wizard = window.start_wizard()
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    window.activateWindow()
    return wizard.page


async def choose(combo, data) -> None:
    """Choose with the keyboard, as far down as it takes."""
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    for _ in range(combo.count()):
        if combo.currentData() == data:
            return
        QTest.keyClick(combo, Qt.Key.Key_Down)
        await asyncio.sleep(0)
    assert combo.currentData() == data


async def write(page, name: str, text: str) -> None:
    control = page.form.field(name).control
    control.clear()
    control.setFocus()
    for at in range(0, len(text), 8):
        QTest.keyClicks(control, text[at : at + 8])
        await asyncio.sleep(0)  # people let the window breathe between two keys


async def custom(page, ready) -> None:
    """The practice cloud as a stranger sees it: endpoints written out."""
    await choose(page.form.cloud, CUSTOM)
    await write(page, "region", ready["region"])
    assert page.form.advanced.is_open()
    for service, url in ready["endpoints"].items():
        await write(page, f"endpoints.{service}", url)


async def by_password(page, ready, *, user="", password="") -> None:
    await custom(page, ready)
    await write(page, "domain", ready["domain"])
    await write(page, "user", user or ready["user"])
    await write(page, "password", password or ready["password"])


async def press(window, until) -> None:
    """The primary button, until its work is done."""
    wizard = window.wizard
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: not wizard.tasks.running("move"))


async def test_the_practice_cloud_is_one_click(window, page, until):
    await choose(page.form.cloud, "practice")
    assert not page.form.password.isVisible()
    assert page.valid
    assert page.primary_text.replace("&", "") == "Sign in"
    await press(window, until)
    assert page.session.identity.user == "builder"
    assert page.primary_text.replace("&", "") == "Continue"
    assert page.session.recipe.account.endpoints == {}  # they are new at each start
    await until(lambda: page.card.project.count() == 2)
    await press(window, until)
    assert window.wizard.step == "iso"


async def test_password_at_custom_endpoints_and_where_it_is_kept(window, page, services, until):
    ready = services.practice.ready
    await by_password(page, ready)
    await press(window, until)
    assert page.session.identity.project_name == ready["region"]
    await until(lambda: not page.tasks.running("keep"))
    account = page.session.recipe.account
    kept = await services.vault.get(account)
    assert isinstance(kept, PasswordLogin)
    assert kept.password.reveal() == ready["password"]
    assert "Stored by" in page.form.keep_sentence
    assert ready["password"] not in repr(page.session.recipe)
    assert ready["password"] not in str(msgspec.to_builtins(page.session.recipe))


async def test_access_key(window, page, services, until):
    ready = services.practice.ready
    await custom(page, ready)
    page.form.method.setFocus()
    QTest.keyClick(page.form.method.buttons()[0], Qt.Key.Key_Right)
    assert page.form.secret_key.isVisible()
    assert not page.form.password.isVisible()
    await write(page, "access_key", ready["access_key"])
    await write(page, "secret_key", ready["secret_key"])
    await press(window, until)
    assert isinstance(page.session.login, KeyLogin)
    assert page.session.identity.project_id == ready["project_id"]
    assert page.card.sign_out_button.isVisible()


async def test_continue_goes_to_the_first_missing_answer_and_says_what_is_missing(window, page, until):
    await press(window, until)
    assert "cloud" in page.form.fields["cloud"].error()
    assert window.focusWidget() is page.form.cloud
    await choose(page.form.cloud, "otc")
    await choose(page.form.region, "eu-de")
    await press(window, until)
    assert window.focusWidget() is page.form.domain
    assert all(page.form.fields[name].error() for name in ("domain", "user", "password"))
    await write(page, "domain", "OTC-EU-DE-1")
    assert not page.form.fields["domain"].error()
    await write(page, "user", "somebody")
    await press(window, until)
    assert window.focusWidget() is page.form.password
    assert page.session.cloud is None


async def test_an_endpoint_that_would_send_the_password_in_the_clear_is_refused(window, page, services, until):
    await by_password(page, services.practice.ready)
    await write(page, "endpoints.iam", "http://cloud.example")
    await press(window, until)
    assert "in the clear" in page.form.fields["endpoints.iam"].error()
    assert page.session.cloud is None


async def test_a_wrong_password_is_said_at_its_field_and_mended_there(window, page, services, until):
    ready = services.practice.ready
    await by_password(page, ready, password="wrong")
    await press(window, until)
    field = page.form.fields["password"]
    assert "wrong" in field.error()
    assert "Check" in field.error()  # the remedy
    assert window.focusWidget() is field.control
    assert field.control.text() == "wrong"
    assert page.form.user.text() == ready["user"]
    assert not page.busy
    QTest.keyClicks(field.control, ready["password"])  # the wrong one is selected, so it is typed over
    assert not field.error()
    QTest.keyClick(field.control, Qt.Key.Key_Return)
    await until(lambda: page.session.identity is not None)


@pytest.mark.parametrize(("user", "words"), [("locked-out", "locked"), ("console-only", "console")])
async def test_users_who_may_not_sign_in_are_told_why(window, page, services, until, user, words):
    ready = services.practice.ready
    await by_password(page, ready, user=user, password=ready["users"][user]["password"])
    await press(window, until)
    assert words in page.form.fields["user"].error()
    assert page.session.cloud is None
    assert page.form.password.text()


async def test_a_cloud_in_trouble_is_said_in_the_card_and_tried_again(window, page, services, faults, until):
    await by_password(page, services.practice.ready)
    await faults({"action": "status", "status": 503, "service": "iam", "count": 0})
    await press(window, until)
    assert page.problem_card.isVisible()
    assert page.problem_card.error.remedy
    assert page.hint.tone == "danger"
    assert page.form.password.text() == services.practice.ready["password"]
    await faults()
    QTest.mouseClick(page.problem_card.retry_button, LEFT)
    await until(lambda: page.session.identity is not None)
    assert not page.problem_card.isVisible()


async def test_nobody_answers(window, page, services, until):
    await by_password(page, services.practice.ready)
    await write(page, "endpoints.iam", "http://127.0.0.1:9")
    await press(window, until)
    assert page.session.cloud is None
    assert page.problem_card.isVisible()
    assert page.problem_card.error.remedy


async def test_another_project_is_another_sign_in(window, page, services, until):
    await by_password(page, services.practice.ready)
    await press(window, until)
    await until(lambda: page.card.project.count() == 2)
    before = page.session.cloud
    at = page.card.project.findText("practice-1_team-a")
    page.card.project.setFocus()
    QTest.keyClick(page.card.project, Qt.Key.Key_Down)
    page.card.project.activated.emit(at)
    await until(lambda: page.session.cloud is not before)
    assert page.session.identity.project_name == "practice-1_team-a"
    assert page.session.recipe.account.project_name == "practice-1_team-a"
    assert page.card.project.currentText() == "practice-1_team-a"


async def test_signing_out_and_changed_answers_end_the_session(window, page, services, until):
    await by_password(page, services.practice.ready)
    await press(window, until)
    QTest.mouseClick(page.card.sign_out_button, LEFT)
    await until(lambda: page.session.cloud is None)
    assert page.form.password.text() == ""
    assert page.primary_text.replace("&", "") == "Sign in"
    await press(window, until)  # what the vault keeps of this account need not be typed again
    await until(lambda: page.session.identity is not None)
    await write(page, "user", "somebody-else")
    await until(lambda: page.session.cloud is None)
    assert "Not signed in" in page.card.accessibleName()


async def test_a_profile_signs_in_by_itself_if_its_secret_is_kept(window, services, until):
    ready = services.practice.ready
    account = Account(
        cloud=CUSTOM,
        region=ready["region"],
        domain=ready["domain"],
        user=ready["user"],
        endpoints=dict(ready["endpoints"]),
    )
    login = PasswordLogin(domain=ready["domain"], user=ready["user"], password=Secret(ready["password"]))
    await services.vault.keep(account, login)
    wizard = window.start_wizard(Recipe(account=account), "monday")
    await until(lambda: wizard.session.identity is not None)
    assert wizard.page.form.user.text() == ready["user"]
    assert wizard.page.form.advanced.text("endpoints.iam") == ready["endpoints"]["iam"]


# ------------------------------------------------------------------------------------------------- the kind of cloud


def kind(page):
    return page.form.field("like")


async def test_the_domain_tells_the_kind_of_cloud_until_the_operator_does(window, page, services, until):
    ready = services.practice.ready
    await choose(page.form.cloud, CUSTOM)
    await write(page, "region", ready["region"])
    assert kind(page).isVisible()
    assert kind(page).kind() == ""
    assert "Decides" in kind(page).line()
    for pattern, words in (
        ("https://{service}.{region}.otc.t-systems.com", "Open Telekom Cloud"),
        ("https://{service}.cloud.example", "private cloud"),
    ):
        await write(page, "endpoints.*", pattern)
        assert words in kind(page).line()
    await write(page, "endpoints.iam", ready["endpoints"]["iam"])
    assert "practice cloud" in kind(page).line()
    await by_password(page, ready)
    await choose(kind(page).choice, "otc")
    assert "of this cloud" in kind(page).line()
    assert page.session.recipe.account.like == "otc"
    assert page.form.advanced.text("endpoints.iam") == ready["endpoints"]["iam"]
    await press(window, until)
    assert page.session.identity.user == ready["user"]
    assert page.session.cloud.traits.console == ("nova", "v1")
    await choose(kind(page).choice, "huaweicloud")  # other ways: signed in anew, and nothing else is asked again
    await until(lambda: page.session.cloud is None)
    assert page.form.password.text() == ready["password"]
    await press(window, until)
    assert page.session.cloud.traits.min_disk == 40
    await choose(kind(page).choice, "")
    assert page.session.recipe.account.like == ""
    await choose(kind(page).choice, "otc")
    await choose(page.form.cloud, "otc")  # which needs no telling
    assert page.session.recipe.account.like == ""
    assert not page.form.fields["like"].isVisible()


async def test_the_kind_of_cloud_is_kept_in_profiles_and_a_wrong_one_said(window, services, until):
    ready = services.practice.ready
    account = Account(
        cloud=CUSTOM,
        region=ready["region"],
        domain=ready["domain"],
        user=ready["user"],
        endpoints=dict(ready["endpoints"]),
        like="hcs",
    )
    await asyncio.to_thread(services.profiles.save, "ours", Recipe(account=account))
    loaded = await asyncio.to_thread(services.profiles.load, "ours")
    assert loaded.account == account
    wizard = window.start_wizard(loaded, "ours")
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    page = wizard.page
    assert kind(page).kind() == "hcs"
    assert page.session.recipe.account == account  # showing it has changed nothing
    wrong = Recipe(account=msgspec.structs.replace(account, like="another"))
    wizard = window.start_wizard(wrong, "ours")
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    page = wizard.page
    page.form.advanced.set_open(False)
    await write(page, "password", ready["password"])
    await press(window, until)
    assert page.session.cloud is None
    assert "“another” is not a kind of cloud" in kind(page).error()
    assert kind(page).isVisible()
    assert window.focusWidget() is kind(page).choice
    await choose(kind(page).choice, "hcs")
    assert not kind(page).error()
    await press(window, until)
    assert not page.session.cloud.traits.dry_run


# --------------------------------------------------------------------------------------------------- ways to sign in


def method(page, name) -> None:
    """Choose a way with the arrow keys."""
    page.form.method.setFocus()
    for _ in range(4):
        if page.form.method.value() == name:
            return
        QTest.keyClick(page.form.method.focusProxy(), Qt.Key.Key_Right)
    assert page.form.method.value() == name


def shown(ready, steps=0) -> str:
    """What the authenticator of the user with an MFA device shows."""
    return code(ready["users"]["with-code"]["totp_secret"], int(time.time() // STEP) + steps)


async def made(services, project="") -> Cloud:
    """Another program's sign-in, which makes tokens and temporary keys."""
    ready = services.practice.ready
    account = Account(cloud=CUSTOM, region=ready["region"], endpoints=dict(ready["endpoints"]), project_name=project)
    cloud = Cloud.open(account, PasswordLogin(ready["domain"], ready["user"], Secret(ready["password"])))
    await cloud.sign_in()
    return cloud


async def test_a_code_is_asked_for_when_the_user_needs_one_and_never_kept(window, page, services, until):
    ready = services.practice.ready
    await by_password(page, ready, user="with-code", password=ready["users"]["with-code"]["password"])
    assert not page.form.passcode.isVisible()
    await press(window, until)
    assert page.form.passcode.isVisible()
    assert "one-time code" in page.form.fields["passcode"].error()
    assert window.focusWidget() is page.form.passcode
    QTest.keyClicks(page.form.passcode, "00000")
    await press(window, until)
    assert "not accepted" in page.form.fields["passcode"].error()
    assert page.session.cloud is None
    now = shown(ready)
    await write(page, "passcode", now)
    await press(window, until)
    assert page.session.identity.user == "with-code"
    assert page.form.passcode.text() == ""
    await until(lambda: not page.tasks.running("keep"))
    kept = await services.vault.get(page.session.recipe.account)
    assert kept == page.session.login
    assert kept.passcode == ""
    assert kept.token  # with which the run goes on, without another code
    assert "sign in again" in page.card._until_label.text()
    # Another project takes another code.
    await until(lambda: page.card.project.count() == 2)
    page.card.project.activated.emit(page.card.project.findText("practice-1_team-a"))
    await until(lambda: page.session.cloud is None and page.form.fields["passcode"].error())
    await write(page, "passcode", shown(ready, 1))
    await press(window, until)
    assert page.session.identity.project_name == "practice-1_team-a"


async def test_a_token_brings_its_project_and_is_kept_for_the_session(window, page, services, until):
    cloud = await made(services, "practice-1_team-a")
    token = cloud.session.auth._token.value.reveal()
    await cloud.aclose()
    await custom(page, services.practice.ready)
    method(page, "token")
    assert not page.form.keep.isVisible()
    assert "this session only" in page.form.session_note.text()
    await press(window, until)
    assert "missing" in page.form.fields["token"].error()
    await write(page, "token", "MIIS-no-token")
    await press(window, until)
    assert "does not accept this token" in page.form.fields["token"].error()
    page.form.token.clear()
    page.form.token.insert(token)  # pasted
    page.form.token.textEdited.emit(token)
    await press(window, until)
    assert page.session.identity.project_name == "practice-1_team-a"
    assert not page.card.project.isEnabled()
    assert "sign in again" in page.card._until_label.text()  # when it ends, and that nothing renews it
    await until(lambda: not page.tasks.running("keep"))
    assert services.vault._store._values == {}
    assert await services.vault.get(page.session.recipe.account) == page.session.login
    assert token not in repr(page.session.recipe)


async def test_a_temporary_key_wants_its_security_token(window, page, services, until):
    cloud = await made(services)
    keys = await cloud.iam.temporary_keys(900)
    await cloud.aclose()
    await custom(page, services.practice.ready)
    method(page, "access_key")
    assert not page.form.security_token.isVisible()
    method(page, "temporary_key")
    await write(page, "access_key", keys.access)
    await write(page, "secret_key", keys.secret.reveal())
    await press(window, until)
    assert "security token is missing" in page.form.fields["security_token"].error()
    page.form.security_token.insert(keys.security_token.reveal())
    page.form.security_token.textEdited.emit("")
    await press(window, until)
    assert page.session.identity.project_id == services.practice.ready["project_id"]
    assert page.session.recipe.account.method == "temporary_key"


async def test_who_has_no_password_here_is_told_what_to_use(window, page, services, until):
    ready = services.practice.ready
    await by_password(page, ready, user="from-elsewhere", password="whatever")
    await press(window, until)
    assert "temporary key or a token" in page.form.fields["user"].error()
    assert page.session.cloud is None


# --------------------------------------------------------------------------------------- found on this computer


async def opened_again(window, until):
    wizard = window.start_wizard()
    await until(lambda: wizard.page is not None and not wizard.page.tasks.running("enter"))
    await until(lambda: not wizard.page.tasks.running("found"))
    return wizard.page


async def test_nothing_is_offered_where_nothing_was_found(window, page, until):
    await until(lambda: not page.tasks.running("found"))
    assert not page.found.isVisible()


async def test_one_click_fills_in_and_nothing_is_kept_without_consent(
    window, services, nobody_elses_settings, monkeypatch, until
):
    ready = services.practice.ready
    overrides = {
        "image": "ims",
        "compute": "ecs",
        "volume": "evs",
        "network": "vpc",
        "object_store": "obs",
        "eps": "eps",
    }
    urls = "".join(f"    {word}_endpoint_override: {ready['endpoints'][ours]}\n" for word, ours in overrides.items())
    folder = nobody_elses_settings / ".config" / "openstack"
    folder.mkdir(parents=True)
    (folder / "clouds.yaml").write_text(
        f"clouds:\n  lab:\n{urls}    region_name: {ready['region']}\n    auth:\n"
        f"      auth_url: {ready['endpoints']['iam']}/v3\n      username: {ready['user']}\n"
        f"      user_domain_name: {ready['domain']}\n      password: {ready['password']}\n"
    )
    hcloud = nobody_elses_settings / ".hcloud"
    hcloud.mkdir()
    (hcloud / "config.json").write_text("{")
    monkeypatch.setenv("HW_ACCESS_KEY", "AK-OF-TERRAFORM")
    page = await opened_again(window, until)
    await until(page.found.isVisible)
    told = " ".join(label.text() for label in page.found.findChildren(QLabel))
    for words in (
        "clouds.yaml: lab",
        "~/.config/openstack/clouds.yaml",
        "AK-OF-TERRAFORM",
        "is no JSON",
        "key is missing",
    ):
        assert words in told
    assert ready["password"] not in told
    assert page.session.recipe.account == Account()  # nothing was taken over by itself
    QTest.mouseClick(page.found.buttons[0], LEFT)
    account = page.session.recipe.account
    assert (account.cloud, account.user, account.keep_secret) == (CUSTOM, ready["user"], False)
    assert page.form.password.text() == ready["password"]
    assert page.form.region_edit.text() == ready["region"]
    assert page.form.advanced.text("endpoints.ims") == ready["endpoints"]["ims"]
    assert page.valid
    await press(window, until)
    assert page.session.identity.user == ready["user"]
    assert not page.found.isVisible()
    await until(lambda: not page.tasks.running("keep"))
    assert services.vault._store._values == {}
    assert not list(services.home.profiles_dir.iterdir())
    QTest.mouseClick(page.form.keep.box, LEFT)
    await until(lambda: services.vault._store._values != {})


async def test_half_of_what_is_needed_is_filled_in_and_the_rest_asked_for(window, monkeypatch, until):
    monkeypatch.setenv("OS_AUTH_URL", "https://iam.eu-de.otc.t-systems.com/v3")
    monkeypatch.setenv("OS_USERNAME", "kim")
    monkeypatch.setenv("OS_USER_DOMAIN_NAME", "OTC-1")
    page = await opened_again(window, until)
    await until(page.found.isVisible)
    QTest.mouseClick(page.found.buttons[0], LEFT)
    assert page.form.cloud.currentData() == "otc"
    assert page.form.region.currentData() == "eu-de"
    assert (page.form.domain.text(), page.form.user.text()) == ("OTC-1", "kim")
    assert window.focusWidget() is page.form.password
    assert not page.valid
