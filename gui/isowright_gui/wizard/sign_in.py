"""Signing in: from answers and a secret to an open cloud in the session, by the Account page or without it.

A sign-in that fails changes nothing: whoever was signed in before still is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from isowright.cloud.client import Cloud
from isowright.errors import AuthError
from isowright.recipe import PRACTICE, Account
from isowright_gui.services import Services
from isowright_gui.session import WizardSession

if TYPE_CHECKING:
    from isowright.cloud.login import Login
    from isowright.cloud.models import Identity


async def sign_in(services: Services, session: WizardSession, login: Login | None = None) -> Identity:
    """Sign in with the session's account, and put cloud, login and identity into the session.

    `login` None: the practice cloud's own. The account's project becomes the one signed in to. Raises the AppError
    family; InputError where an endpoint cannot be used.
    """
    account = session.recipe.account
    if account.cloud == PRACTICE:
        await services.practice.start()
        login = services.practice.login()
        account = services.practice.fill(account)
    elif login is None:
        raise RuntimeError("no login")
    cloud = Cloud.open(account, login, clock=services.clock)
    try:
        identity = await cloud.sign_in()
    except BaseException:
        await close(cloud)
        raise
    former = session.cloud
    session.update(msgspec.structs.replace(session.recipe, account=_as_signed_in(account, identity)))
    # A one-time code is good once: whoever goes on with this login does so with what the code has given.
    session.signed_in(cloud, cloud.lasting_login(), identity)
    await close(former)
    return identity


async def sign_in_as_kept(services: Services, session: WizardSession) -> None:
    """Sign in without asking: with what the keyring or this session holds. AuthError if it holds nothing."""
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


def _as_signed_in(account: Account, identity: Identity) -> Account:
    if account.cloud == PRACTICE:
        # Its ports are new at each start, so a profile that kept them would be wrong tomorrow.
        account = msgspec.structs.replace(account, endpoints={})
    return msgspec.structs.replace(account, project_id=identity.project_id, project_name=identity.project_name)


async def close(cloud: Cloud | None) -> None:
    """Close its connections to the end, even if whoever waits for it is cancelled meanwhile."""
    if cloud is None:
        return
    closing = asyncio.ensure_future(cloud.aclose())
    try:
        await asyncio.shield(closing)
    except asyncio.CancelledError:
        await closing
        raise
