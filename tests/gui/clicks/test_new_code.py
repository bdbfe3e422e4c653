"""A run whose sign-in ends: it says so, asks for the one-time code alone, and goes on where it was."""

from __future__ import annotations

import asyncio
import time

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from isowright.cloud.client import Cloud
from isowright.cloud.login import PasswordLogin
from isowright.cloud.models import Secret
from isowright.practice.totp import STEP, code
from isowright.recipe import CUSTOM, Account


def shown(ready, steps=0) -> str:
    return code(ready["users"]["with-code"]["totp_secret"], int(time.time() // STEP) + steps)


async def test_a_long_run_asks_for_a_new_code_and_goes_on(program, ready_answers):
    ready = program.ready
    account = Account(
        cloud=CUSTOM,
        region=ready["region"],
        domain=ready["domain"],
        user="with-code",
        project_id=ready["project_id"],
        project_name=ready["region"],
        endpoints=dict(ready["endpoints"]),
    )
    password = ready["users"]["with-code"]["password"]
    login = PasswordLogin(ready["domain"], "with-code", Secret(password), passcode=shown(ready, -1))
    cloud = Cloud.open(account, login)
    await cloud.sign_in()
    await program.services.vault.keep(account, cloud.lasting_login())
    await cloud.aclose()
    recipe = replace(ready_answers(ready), account=account)
    await asyncio.to_thread(program.services.profiles.save, "coded", recipe)
    await program.window.home.load()
    await program.run_profile("coded")
    await program.wait_for("your-turn")
    made = await program.made()
    program.fault(action="expire-tokens")
    await program.wait_for("failed")
    await program.sees("A new one-time code is needed.")
    await program.press("Sign in again")
    dialog = await program.dialog("Sign in as with-code")
    (edit,) = [edit for edit in dialog.findChildren(QLineEdit) if edit.isVisible()]  # the password is known
    QTest.keyClicks(edit, shown(ready))
    QTest.keyClick(edit, Qt.Key.Key_Return)
    await program.my_turn()
    await program.wait_for("done")
    assert (await program.made())[:2] == made[:2]  # nothing was made twice
    await program.expect_only(recipe.image.name)
