"""Set tags and memory: tags are added to the image, and the memory that its servers must and may have is set. Only if
that was asked for. The minimum disk is the data disk's size and cannot be changed. Each call may be repeated."""

from __future__ import annotations

from isowright.pipeline.stage import Context, Stage
from isowright.stages._after import after_image, image_id


async def run(ctx: Context) -> str:
    after, image = ctx.recipe.after, image_id(ctx)
    done: list[str] = []
    with after_image("its tags and limits were not all set"):
        if after.tags:
            ctx.say("Adding tags", None)
            await ctx.cloud.changes.tag(image, after.tags)
            done.append("1 tag" if len(after.tags) == 1 else f"{len(after.tags)} tags")
        if after.min_ram or after.max_ram:
            ctx.say("Setting the memory that servers need", None)
            await ctx.cloud.changes.set_ram(image, least=after.min_ram, most=after.max_ram)
            done += [
                f"{word} {value} MB"
                for word, value in (("at least", after.min_ram), ("at most", after.max_ram))
                if value
            ]
    return ", ".join(done)


STAGE = Stage(
    "set-properties",
    "Set tags and memory",
    run=run,
    after=("test-boot",),
    deadline=600.0,
    needed=lambda recipe: recipe.after.changes,
)
