"""Before a run: whether what its profile names still exists. Nobody is there to choose anew, so all of it is told."""

from __future__ import annotations

import asyncio

from isowright import stored
from isowright.clock import Clock
from isowright.cloud.client import Cloud
from isowright.cloud.login import Login
from isowright.errors import AppError, AuthError, InputError, PasscodeNeededError
from isowright.recipe import Recipe

_PATIENCE = 30.0  # s, then the run shall see for itself


async def check_stored(name: str, recipe: Recipe, login: Login, clock: Clock) -> Login:
    """The login to go on with: signed in already, so that no password is tried twice.

    Raises InputError with all answers that are gone and what to do about each; AuthError if nobody is let in. What
    keeps it from looking (no network, a one-time code that is still to be typed) is left to the run.
    """
    cloud = Cloud.open(recipe.account, login, clock=clock)
    try:
        async with asyncio.timeout(_PATIENCE):
            await cloud.sign_in()
            login = cloud.lasting_login()
            gone = await stored.look(cloud, recipe)
    except PasscodeNeededError:
        return login
    except AuthError:
        raise
    except (AppError, TimeoutError):
        return login
    finally:
        await cloud.aclose()
    if gone:
        raise gone_error(name, gone)
    return login


def gone_error(name: str, gone: list[stored.Gone]) -> InputError:
    """One error for all of them."""
    lines = [f"{one.step}.{one.field}: {one.why} {one.remedy}" for one in gone]
    title = f"{len(gone)} answers of “{name}” do not exist any more."
    if len(gone) == 1:
        title = f"One answer of “{name}” does not exist any more."
    return InputError(
        title,
        detail="\n".join(["Nothing was started.", *lines]),
        remedy="Change these answers in the profile, or open it in the window, which leads to each of them: "
        "isowright --profile NAME",
        action=f"step:{gone[0].step}.{gone[0].field}",
    )
