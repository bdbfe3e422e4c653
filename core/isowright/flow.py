"""The wizard's steps as pure functions of a recipe: their order, their answers, and what a change undoes."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from isowright.recipe import (
    CUSTOM,
    PRACTICE,
    Account,
    AfterSpec,
    ImageSpec,
    IsoSource,
    NetworkSpec,
    Recipe,
    ServerSpec,
    Step,
)

STEPS = ("account", "iso", "image", "server", "network", "review", "build")
ANSWERED: tuple[Step, ...] = ("account", "iso", "image", "server", "network")  # the steps that ask for something

_TITLES: dict[str, str] = {
    "account": "Account",
    "iso": "ISO",
    "image": "Image",
    "server": "Server",
    "network": "Network",
    "review": "Review",
    "build": "Build",
}


def title(step: str) -> str:
    """The step's name in English, as the stepper shows it."""
    return _TITLES[step]


def answer(step: str, recipe: Recipe) -> str:
    """The step's answer in one short line, "" while it is not answered. Long names are left for the view to elide."""
    parts: list[str] = []
    match step:
        case "account":
            account = recipe.account
            parts = [cloud_title(account.cloud), account.region, "" if account.cloud == PRACTICE else account.user]
        case "iso":
            iso = recipe.iso
            name = Path(iso.path).name if iso.path else iso.key.rsplit("/", 1)[-1]
            parts = [name, size_text(iso.size) if name else ""]
        case "image":
            parts = [recipe.image.name, recipe.image.os_version]
        case "server":
            parts = [recipe.server.flavor_id, f"{recipe.server.data_disk} GB" if recipe.server.flavor_id else ""]
        case "network":
            network = recipe.network
            parts = [
                "network of its own" if network.make else network.vpc_name or network.vpc_id,
                "" if network.make else network.subnet_name or network.subnet_id,
                "public IP" if network.public_ip and (network.subnet_id or network.make) else "",
            ]
        case _:
            pass
    return " · ".join(part for part in parts if part)


def cloud_title(cloud: str) -> str:
    """The name of a cloud for people; the id itself if the catalog does not know it."""
    if cloud == PRACTICE:
        return "Practice cloud"
    if cloud == CUSTOM:
        return "Custom endpoints"
    if not cloud:
        return ""
    from isowright.cloud.catalog import clouds

    return next((entry.title for entry in clouds() if entry.id == cloud), cloud)


def size_text(size: int) -> str:
    """Bytes for people, in the binary units of ISO files: "2.6 GiB"; "" for an unknown (0) size."""
    if size <= 0:
        return ""
    if size < 1024:
        return f"{size} bytes"
    units = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
    unit = next((unit for unit, factor in units.items() if size < 1000 * factor), "GiB")
    amount = size / units[unit]
    return f"{amount:.0f} {unit}" if amount >= 100 else f"{amount:.1f} {unit}"


def first_problem_step(recipe: Recipe) -> Step | None:
    """The earliest step whose answers are missing or impossible; None = the recipe may be run."""
    return next((step for step in ANSWERED if recipe.problems(step)), None)


def reachable(recipe: Recipe) -> tuple[str, ...]:
    """The steps that may be jumped to: all answered ones, and the first that is not; Review once all are."""
    problem = first_problem_step(recipe)
    last = problem or "review"
    return STEPS[: STEPS.index(last) + 1]


def next_step(step: str) -> str | None:
    """The step after `step`, None after the last."""
    index = STEPS.index(step) + 1
    return STEPS[index] if index < len(STEPS) else None


def previous_step(step: str) -> str | None:
    """The step before `step`, None before the first."""
    index = STEPS.index(step)
    return STEPS[index - 1] if index else None


def invalidate(old: Recipe, new: Recipe) -> Recipe:
    """`new` with those later answers cleared that depend on what differs from `old`.

    An answer that differs itself was given together with the change and stays. What a person typed (names, texts,
    sizes) stays as well; what was picked from a list of another account, zone or VPC goes.
    """
    if _moved(old.account, new.account):
        new = _clear_cloud(old, new)
    if _other_iso(old.iso, new.iso) and old.image.os_version == new.image.os_version:
        # Another ISO most likely installs another system; the page preselects what the inspection finds.
        new = replace(new, image=replace(new.image, os_version=ImageSpec().os_version))
    if old.image.min_disk != new.image.min_disk:
        new = _fit_disks(old, new)
    zone = old.server.availability_zone
    if zone and zone != new.server.availability_zone:
        new = _clear_zone(old.server, new)
    vpc = old.network.vpc_id
    if vpc and vpc != new.network.vpc_id and old.network.subnet_id == new.network.subnet_id:
        new = replace(new, network=replace(new.network, subnet_id="", subnet_name=""))
    return new


def _other_iso(old: IsoSource, new: IsoSource) -> bool:
    """Whether another ISO was chosen in place of one. Where a file is uploaded to does not make it another."""
    if old.path or new.path:
        return bool(old.path or old.key) and old.path != new.path
    return bool(old.key) and (old.bucket, old.key) != (new.bucket, new.key)


def _moved(old: Account, new: Account) -> bool:
    """Whether the lists of `new` are other lists than those of `old`.

    A project, user or domain that merely became known is no move: signing in fills them in.
    """
    if not old.cloud:
        return False
    if (old.cloud, old.region) != (new.cloud, new.region):
        return bool(old.region) or old.cloud != new.cloud
    if new.cloud == CUSTOM and old.endpoints and old.endpoints != new.endpoints:
        return True
    pairs = ((old.domain, new.domain), (old.project_id, new.project_id))
    return any(before and after and before != after for before, after in pairs)


def _clear_cloud(old: Recipe, new: Recipe) -> Recipe:
    if new.iso == old.iso:
        # A file of this computer is the same for every cloud; its bucket is not.
        local = replace(new.iso, bucket="")
        new = replace(new, iso=local if local.path else IsoSource(delete_object=new.iso.delete_object))
    if new.image == old.image:
        blank = ImageSpec()
        image = replace(new.image, os_version=blank.os_version, enterprise_project_id=blank.enterprise_project_id)
        new = replace(new, image=image)
    if new.after == old.after:  # what belongs to the image itself stays; regions, projects and buckets were others
        after = new.after
        kept = AfterSpec(test_boot=after.test_boot, tags=after.tags, min_ram=after.min_ram, max_ram=after.max_ram)
        new = replace(new, after=kept)
    if new.server == old.server:
        sizes = ServerSpec(
            system_disk=new.server.system_disk,
            data_disk=new.server.data_disk,
            auto_delete_hours=new.server.auto_delete_hours,
            next_flavor=new.server.next_flavor,
        )
        new = replace(new, server=sizes)
    if new.network == old.network:
        address = new.network
        new = replace(
            new,
            network=NetworkSpec(
                make=address.make,
                public_ip=address.public_ip,
                public_ip_type=address.public_ip_type,
                public_ip_mbit=address.public_ip_mbit,
            ),
        )
    return new


def _clear_zone(old: ServerSpec, new: Recipe) -> Recipe:
    server = new.server
    if server.flavor_id == old.flavor_id:
        server = replace(server, flavor_id="", flavor_note="")
    if server.volume_type == old.volume_type:
        server = replace(server, volume_type="")
    return replace(new, server=server)


def _fit_disks(old: Recipe, new: Recipe) -> Recipe:
    """Disks smaller than the image's minimum are impossible, so they grow with it."""
    least = new.image.min_disk
    server = new.server
    if server.system_disk == old.server.system_disk:
        server = replace(server, system_disk=max(server.system_disk, least))
    if server.data_disk == old.server.data_disk:
        server = replace(server, data_disk=max(server.data_disk, least))
    return replace(new, server=server)
