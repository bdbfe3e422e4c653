"""Signing in without the Account page: for a profile whose secret is kept, and for the practice cloud."""

from __future__ import annotations

from isowright.errors import AuthError
from isowright.recipe import PRACTICE
from isowright_gui.pages.account_signin import sign_in
from isowright_gui.services import Services
from isowright_gui.session import WizardSession


async def sign_in_as_kept(services: Services, session: WizardSession) -> None:
    """Sign the session in with what the keyring or this session holds. AuthError if there is nothing."""
    account = session.recipe.account
    login = None
    if account.cloud != PRACTICE:
        login = await services.vault.get(account)
        if login is None:
            who = account.user or account.access_key or account.cloud
            raise AuthError(
                f"No password or key for {who} is kept on this computer.",
                detail="All other answers are there.",
                remedy="Enter it here and sign in.",
                action="sign-in",
            )
    await sign_in(services, session, login)
