"""What the run has to read, it may read. Whether it may create only the dry run tells: no call asks for rights."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from isowright.checks._remedies import AGAIN, go, open_page
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix
from isowright.errors import ForbiddenError

_NOBODY = "isowright-check"  # a name that nothing has: the answer is short


async def _refused(read: Callable[[], Awaitable[Any]]) -> ForbiddenError | None:
    try:
        await read()
    except ForbiddenError as error:
        return error
    return None


async def _look(scene: Scene) -> Answer:
    """Each reading is one that a stage of the run begins with, so that it would end there."""
    cloud = scene.cloud
    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "images (ims:images:list)": lambda: scene.images_named(scene.recipe.image.name),
        "servers (ecs:cloudServers:list)": lambda: cloud.ecs.servers(name=_NOBODY),
        "disks (evs:volumes:list)": lambda: cloud.evs.volumes(name=_NOBODY),
    }
    answers = await asyncio.gather(*(_refused(read) for read in asked.values()))
    refused = [what for what, error in zip(asked, answers, strict=True) if error is not None]
    if not refused:
        return FINE
    who = cloud.identity.user if cloud.identity else ""
    return must_fix(
        f"{who or 'Who is signed in'} may not read {', '.join(refused)} in this project; the run would end there.",
        go("Sign in as another user", "account.user"),
        *open_page("Open the console", scene.console("permissions")),
        AGAIN,
        advice="Ask the account's administrator for these permissions, or sign in as a user who has them.",
    )


CHECK = Check("permissions", "Permissions", _look, order=6)
