"""The sign-in lasts as long as the run is expected to take, or renews itself."""

from __future__ import annotations

from datetime import timedelta

from isowright.checks._remedies import Remedy
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, Verdict, look_at, must_fix
from isowright.pipeline.estimates import span

ASSUMED = 2 * 3600.0  # seconds that a run is taken to last while none of this computer has told
_SIGN_IN = Remedy("Sign in again", "sign-in")


def life_verdict(left: timedelta, needed: float) -> Verdict:
    """For a sign-in that ends after `left`, and a run of `needed` seconds. Pure."""
    if left <= timedelta(0):
        return "must-fix"
    return "look" if left.total_seconds() < needed else "fine"


async def _look(scene: Scene) -> Answer:
    cloud = scene.cloud
    identity = cloud.identity or await cloud.sign_in()
    if identity.expires_at is None:
        if cloud.session.account.method != "temporary_key":
            return FINE
        why = "A temporary access key does not tell when it ends. If it does during the run, the run stops and waits."
        return look_at(why, _SIGN_IN)
    if identity.renewed:
        return FINE
    learnt = scene.estimates().whole(scene.recipe)
    left = identity.expires_at - cloud.now()
    verdict = life_verdict(left, learnt or ASSUMED)
    if verdict == "fine":
        return FINE
    if verdict == "must-fix":
        return must_fix("The sign-in has ended, and cannot be renewed by itself.", _SIGN_IN)
    run = f"a run here takes about {span(learnt)}" if learnt else f"a run may well take {span(ASSUMED)}"
    why = f"The sign-in ends in {span(left.total_seconds())}; {run}. It would stop in the middle and wait for you."
    return look_at(why, _SIGN_IN)


CHECK = Check("sign-in-life", "Sign-in lasts long enough", _look, order=4)
