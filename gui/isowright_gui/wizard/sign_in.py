"""Signing in without the Account page: for a profile whose secret is kept, and for the practice cloud."""

from __future__ import annotations

from isowright.cloud.client import Cloud, Login

from isowright.cloud.models import Identity
from isowright.errors import AuthError
from isowright.recipe import PRACTICE, Account
from isowright_gui.services import Services


async def kept_login(services: Services, account: Account) -> Login:
    """The secret that the keyring or this session holds. AuthError if there is none."""
    if account.cloud == PRACTICE:
        await services.practice.start()
        return services.practice.login()
    login = await services.vault.get(account)
    if login is None:
        who = account.user or account.access_key or account.cloud
        raise AuthError(
            f"No password or key for {who} is kept on this computer.",
            detail="All other answers are there.",
            remedy="Enter it here and continue.",
            action="sign-in",
        )
    return login


async def sign_in(services: Services, account: Account) -> tuple[Cloud, Login, Identity]:
    """Sign in with what is kept. The caller closes the cloud."""
    login = await kept_login(services, account)
    cloud = Cloud.open(services.practice.fill(account), login, clock=services.clock)
    try:
        return cloud, login, await cloud.sign_in()
    except BaseException:
        await cloud.aclose()
        raise
