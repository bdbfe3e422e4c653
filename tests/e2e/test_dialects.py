"""Whole runs on clouds that differ: calls missing, client tokens and dry runs unknown, limits of their own."""

import msgspec
import pytest

from isowright.events import Done
from isowright.practice.dialects import DIALECTS
from isowright.recipe import CUSTOM


@pytest.fixture(params=sorted(set(DIALECTS) - {"practice"}))
def lab(request, tmp_path, new_lab):
    with new_lab(tmp_path, like=request.param) as lab:
        lab.like = request.param
        yield lab


async def test_from_iso_to_image_on_every_kind_of_cloud(lab, watch):
    recipe = lab.recipe("golden")
    account = msgspec.structs.replace(
        recipe.account,
        cloud=CUSTOM,
        like=lab.like,
        region=lab.ready["region"],
        domain=lab.ready["domain"],
        user=lab.ready["user"],
        endpoints=lab.ready["endpoints"],
    )
    async with lab.engine() as engine:
        run = await engine.create(msgspec.structs.replace(recipe, account=account))
        handle = await engine.start(run.id, lab.login, watch)
        end = await handle.wait()
    assert isinstance(end, Done)
    assert end.image_id == lab.expect_only_image("golden")
    servers = 1 if lab.like == "hcs" else 2  # where a dry run is not known, it would have made a server
    assert lab.creates() == (2, servers, 1)
