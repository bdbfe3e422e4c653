"""This computer's clock is right: signatures are refused from a few minutes on (ECS and OBS: 15), and what receipts
and logs say is as wrong as the clock."""

from __future__ import annotations

from isowright.checks._remedies import AGAIN
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at


async def _look(scene: Scene) -> Answer:
    await scene.cloud.iam.projects()  # the identity service tells the time, now and not when the sign-in was
    note = scene.cloud.clock_note
    if not note:
        return FINE
    advice = "Switch on the automatic time in the system's settings, then check again."
    return look_at(note, AGAIN, advice=advice)


CHECK = Check("clock", "Clock is right", _look, order=5)
