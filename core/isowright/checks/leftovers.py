"""Nothing of earlier runs is left in the project: it may cost money, and fills quotas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from isowright.checks._remedies import Remedy
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at
from isowright.orphans import Orphan, find
from isowright.orphans.found import kind_word


def counted(orphans: Sequence[Orphan]) -> str:
    """ "2 temporary servers, 1 ISO image". Pure."""
    words = Counter(kind_word(orphan.kind) for orphan in orphans)
    return ", ".join(f"{count} {word}{'s' * (count > 1)}" for word, count in words.items())


async def _look(scene: Scene) -> Answer:
    here = scene.here
    found = await find(scene.cloud, scene.recipe.account, here.runs, now=scene.now, uploads=here.uploads)
    left = [orphan for orphan in found.orphans if orphan.verdict == "free"]
    if not left:
        return FINE
    cost = "Nothing is billed here, but they take places." if scene.practice else "They cost money and take places."
    return look_at(f"Earlier runs have left {counted(left)}. {cost}", Remedy("Delete leftovers", "leftovers"))


CHECK = Check("leftovers", "Nothing left by earlier runs", _look, order=95)
