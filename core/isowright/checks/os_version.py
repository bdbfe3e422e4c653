"""The OS version is one that the cloud knows, to the letter (IMG.0166)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from isowright.checks._remedies import go, use
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at, must_fix
from isowright.cloud.models import OsVersion

_FIELD = "image.os_version"


def same_version(wanted: str, known: Iterable[OsVersion]) -> OsVersion | None:
    """The one known version that differs from `wanted` in case, spaces and punctuation only. Pure."""
    plain = _plain(wanted)
    same = {one.os_version: one for one in known if _plain(one.os_version) == plain}
    return next(iter(same.values())) if plain and len(same) == 1 else None


def _plain(text: str) -> str:
    # A dot between digits counts: 2.0 is not 20.
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[^\w.]|_", "", text).casefold()


async def _look(scene: Scene) -> Answer:
    ims, wanted = scene.cloud.ims, scene.recipe.image.os_version
    known = await ims.os_versions()
    if wanted in {version.os_version for version in known}:
        return FINE
    near = same_version(wanted, known)
    here = (use(f"Use {near.os_version}", image__os_version=near.os_version),) if near else ()
    if not ims.own_os_list:
        why = "This cloud does not publish its list of OS versions, and the documented ones do not name this one."
        return look_at(why, *here, go("Review the version", _FIELD))
    return must_fix(f"This cloud does not know “{wanted}”.", *here, go("Choose another version", _FIELD))


CHECK = Check("os-version", "OS version is known", _look, order=40)
