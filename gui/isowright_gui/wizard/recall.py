"""A new image begins with what was answered last in the same cloud, region and project, as far as it still exists."""

from __future__ import annotations

import asyncio

from isowright import stored
from isowright.last_used import offer
from isowright.recipe import Step
from isowright_gui.services import Services
from isowright_gui.session import WizardSession

PATIENCE = 3.0  # s that Continue waits for it: it is an offer, no need


async def recall(services: Services, session: WizardSession) -> None:
    """Preselect it where nothing is answered yet; `session.recalled` tells which steps that were."""
    cloud = session.cloud
    last = await asyncio.to_thread(services.last_used.answers, session.recipe.account)
    if last is None or cloud is None:
        return
    last = stored.without(last, await stored.look(cloud, last))
    if cloud is not session.cloud:
        return
    before = session.recipe
    session.update(offer(before, last))
    steps: tuple[Step, ...] = ("server", "network")
    session.recalled = {
        step: getattr(session.recipe, step) for step in steps if getattr(session.recipe, step) != getattr(before, step)
    }
