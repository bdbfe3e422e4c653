"""The cloud would start the server: a create request of which it only checks the words.

It needs an ISO image. The run's own does not exist yet, so another one of the project stands in for it; what the cloud
has against that image says nothing about the recipe, and is a remark at most.
"""

from __future__ import annotations

from isowright.checks._remedies import AGAIN, Remedy, go, open_page
from isowright.checks._scene import Scene
from isowright.checks.check import FINE, Answer, Check, look_at, must_fix, skipped
from isowright.checks.flavor import takes_next
from isowright.cloud.ecs import PublicIp, ServerRequest
from isowright.cloud.flavors import FLAVOR_SOLD_OUT
from isowright.errors import CloudError, ForbiddenError, QuotaError, SoldOutError


async def _look(scene: Scene) -> Answer:  # noqa: PLR0911  # one for each way it may end
    cloud, recipe = scene.cloud, scene.recipe
    if not cloud.traits.dry_run:
        return skipped("Not asked: this cloud may not know dry runs, and would start the server.")
    if recipe.network.make:
        return skipped("Not possible beforehand: the run's own network does not exist yet.")
    images = await cloud.ims.images(virtual_env_type="IsoImage", status="active")
    stand_in = next((image for image in images if image.min_disk <= recipe.server.system_disk), None)
    if stand_in is None:
        return skipped("Not possible beforehand: it needs an ISO image, and this project has none yet.")
    server, network = recipe.server, recipe.network
    request = ServerRequest(
        name="isowright-check",
        image_id=stand_in.id,
        flavor_id=server.flavor_id,
        vpc_id=network.vpc_id,
        subnet_id=network.subnet_id,
        availability_zone=server.availability_zone,
        volume_type=server.volume_type,
        system_disk=server.system_disk,
        data_disk=server.data_disk,
        security_group_ids=network.security_group_ids,
        enterprise_project_id=recipe.image.enterprise_project_id,
        public_ip=PublicIp(network.public_ip_type, network.public_ip_mbit) if network.public_ip else None,
    )
    try:
        await cloud.ecs.create_server(request, client_token="", dry_run=True)
    except ForbiddenError as error:  # this very request is one of the run
        return must_fix(
            f"{error.title} {error.detail}".strip(),
            go("Sign in as another user", "account.user"),
            *open_page("Open the console", scene.console("permissions")),
            AGAIN,
            advice=error.remedy,
        )
    except (SoldOutError, QuotaError) as error:
        if error.code not in FLAVOR_SOLD_OUT or not await takes_next(scene):
            raise
        why = f"{error.title} The run takes the next one that fits."
        return look_at(why, go("Choose another flavor", "server.flavor_id"))
    except CloudError as error:
        action = Remedy("", error.action or "retry")
        return look_at(f"{error.title} {error.detail}".strip(), action, advice=error.remedy)
    return FINE


CHECK = Check("dry-run", "Server can be started (dry run)", _look, order=90)
