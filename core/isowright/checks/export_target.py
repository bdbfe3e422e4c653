"""The bucket of an export is there, in this region and of standard class, and the file's name in it is free."""

from __future__ import annotations

from pathlib import PurePosixPath

from isowright import names
from isowright.checks._remedies import go, use, with_answers
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, must_fix
from isowright.errors import NotFoundError

_BUCKET, _KEY = "image.after.export_bucket", "image.after.export_key"
_TRIES = 9  # other names that are looked for


async def _free_key(scene: Scene) -> str:
    """ "a/golden.qcow2" → "a/golden-2.qcow2", the first that nobody has; "" if the first few are taken."""
    path = PurePosixPath(scene.recipe.after.export_key)
    for number in range(2, 2 + _TRIES):
        key = str(path.with_name(f"{path.stem}-{number}{path.suffix}"))
        recipe = with_answers(scene.recipe, {"after.export_key": key})
        if await scene.cloud.obs.head(recipe.after.export_bucket, names.export_key(recipe)) is None:
            return key
    return ""


async def _look(scene: Scene) -> Answer:
    after, region = scene.recipe.after, scene.recipe.account.region
    if not after.exports or "export" in scene.made:
        return FINE
    other = go("Choose another bucket", _BUCKET)
    try:
        bucket = await scene.cloud.obs.bucket(after.export_bucket)
    except NotFoundError:
        return must_fix(f"The bucket {after.export_bucket}, which the image is exported to, does not exist.", other)
    if bucket.region and bucket.region != region:
        return must_fix(f"The bucket {bucket.name} is in {bucket.region}; images are exported within {region}.", other)
    if bucket.storage_class != "STANDARD":
        return must_fix(f"The bucket {bucket.name} is not of the Standard class, which exports need.", other)
    there = names.export_key(scene.recipe)
    if await scene.cloud.obs.head(after.export_bucket, there) is None:
        return FINE
    key = await _free_key(scene)
    return must_fix(
        f"{after.export_bucket} has an object {there} already, which is not replaced.",
        *([use(f"Name it {key}", after__export_key=key)] if key else []),
        go("Choose another name", _KEY),
    )


CHECK = Check("export-target", "Export has a place", _look, order=87)
