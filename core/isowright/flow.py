"""The wizard's steps and their order, as pure functions of a recipe: no widget knows more about the flow than this."""

from __future__ import annotations

import msgspec

from isowright.recipe import PRACTICE, Account, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec, Step

STEPS = ("account", "iso", "image", "server", "network", "review", "build")
ANSWERED: tuple[Step, ...] = ("account", "iso", "image", "server", "network")

_TITLES = {
    "account": "Account",
    "iso": "ISO",
    "image": "Image",
    "server": "Server",
    "network": "Network",
    "review": "Review",
    "build": "Build",
}


def title(step: str) -> str:
    """A step's name in the side list."""
    return _TITLES[step]


def answer(step: str, recipe: Recipe) -> str:
    """What was answered at `step`, in one short line; "" if nothing was."""
    match step:
        case "account":
            a = recipe.account
            cloud = "Practice cloud" if a.cloud == PRACTICE else a.cloud
            return " · ".join(part for part in (cloud, a.region) if part)
        case "iso":
            return recipe.iso.key.rsplit("/", 1)[-1]
        case "image":
            return recipe.image.name
        case "server":
            return " · ".join(part for part in (recipe.server.flavor_id, recipe.server.availability_zone) if part)
        case "network":
            n = recipe.network
            return " / ".join(part for part in (n.vpc_name or n.vpc_id, n.subnet_name or n.subnet_id) if part)
        case _:
            return ""


def _where(account: Account) -> tuple[object, ...]:
    """What decides which things exist: another value, and every id chosen later names nothing."""
    identity = (account.cloud, account.region, account.project_id)
    return identity if account.cloud == PRACTICE else (*identity, tuple(sorted(account.endpoints.items())))


def invalidate(old: Recipe, new: Recipe) -> Recipe:
    """`new` without the answers that depend on what changed since `old` and were not themselves changed with it.

    Another cloud, region or project empties what was chosen from its lists; another zone empties flavor and disk type;
    another VPC its subnet. What the operator typed (name, description, tags, sizes) stays.
    """
    if _moved(old.account, new.account):
        new = _without_ids(old, new)
    if new.server.availability_zone != old.server.availability_zone and old.server.availability_zone:
        server = new.server
        if server.flavor_id == old.server.flavor_id:
            server = msgspec.structs.replace(server, flavor_id="", flavor_note="")
        if server.volume_type == old.server.volume_type:
            server = msgspec.structs.replace(server, volume_type="")
        new = msgspec.structs.replace(new, server=server)
    if (
        new.network.vpc_id != old.network.vpc_id
        and old.network.vpc_id
        and new.network.subnet_id == old.network.subnet_id
    ):
        network = msgspec.structs.replace(new.network, subnet_id="", subnet_name="")
        new = msgspec.structs.replace(new, network=network)
    return new


def _moved(old: Account, new: Account) -> bool:
    if _where(old) == _where(new):
        return False
    # Signing in fills in the project that was open before: that moves nobody.
    same_place = (old.cloud, old.region) == (new.cloud, new.region) and old.endpoints == new.endpoints
    return not (same_place and not old.project_id)


def _without_ids(old: Recipe, new: Recipe) -> Recipe:
    iso = new.iso if new.iso != old.iso else IsoSource()
    image = new.image
    if image == old.image:
        image = msgspec.structs.replace(image, os_version="", enterprise_project_id=ImageSpec().enterprise_project_id)
    server = new.server
    if server == old.server:
        server = ServerSpec(system_disk=server.system_disk, data_disk=server.data_disk)
    network = new.network if new.network != old.network else NetworkSpec()
    return msgspec.structs.replace(new, iso=iso, image=image, server=server, network=network)


def first_problem_step(recipe: Recipe) -> Step | None:
    """The first step whose answers are missing or impossible, None = ready for Review."""
    return next((step for step in ANSWERED if recipe.problems(step)), None)
