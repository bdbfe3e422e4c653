"""What was answered last on each cloud, to be offered again in a new image. One TOML file of the config folder.

It holds what a profile may hold, so no secret. A file that cannot be read or written costs nobody a run: what it would
have offered is simply not offered.
"""

from __future__ import annotations

import logging
import tomllib
from typing import Any

import msgspec
from msgspec.structs import replace

from isowright import names
from isowright.errors import AppError
from isowright.home import Home
from isowright.profiles import for_keeping, tables, write
from isowright.recipe import CUSTOM, Account, AfterSpec, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec

SCHEMA = 1
KEPT = 20  # places remembered
MAX_BYTES = 256 * 1024

_log = logging.getLogger(__name__)


class LastUsed:
    """Newest first, one entry for each cloud, region and project. Methods do small, blocking file work."""

    def __init__(self, home: Home) -> None:
        self.path = home.config / "last-used.toml"

    def entries(self) -> list[Recipe]:
        """[] if there is no file, or none of ours."""
        try:
            if not self.path.is_file() or self.path.stat().st_size > MAX_BYTES:
                return []
            document = tomllib.loads(self.path.read_text("utf-8"))
            listed = document.get("used", []) if document.get("schema") == SCHEMA else []
            return [for_keeping(msgspec.convert(one, Recipe)) for one in listed]
        except (OSError, ValueError, AppError, msgspec.ValidationError, AttributeError) as error:
            _log.info("What was used last cannot be read: %s", type(error).__name__)
            return []

    def remember(self, recipe: Recipe) -> None:
        """The answers of a run that begins."""
        import tomli_w

        try:
            new = for_keeping(_worth_keeping(recipe))
            others = [one for one in self.entries() if not same_place(one.account, new.account)]
            used = [tables(one) for one in [new, *others][:KEPT]]
            write(self.path, tomli_w.dumps({"schema": SCHEMA, "used": used}))
        except AppError as error:
            _log.info("What was used last cannot be written: %s", error.title)

    def account(self, cloud: str) -> Account | None:
        """Who signed in last there; for custom endpoints, to which."""
        return next((one.account for one in self.entries() if one.account.cloud == cloud), None)

    def answers(self, account: Account) -> Recipe | None:
        """What was answered last in this very place: cloud, region and project."""
        return next((one for one in self.entries() if same_place(one.account, account)), None)


def same_place(one: Account, other: Account) -> bool:
    """Where lists are the same ones. A project that is not known is any."""
    projects = {one.project_id, other.project_id} - {""}
    return _cloud(one) == _cloud(other) and one.region == other.region and len(projects) < 2


def _cloud(account: Account) -> tuple[str, str]:
    iam = account.endpoints.get("iam", account.endpoints.get("*", "")) if account.cloud == CUSTOM else ""
    return account.cloud, iam


def merged(account: Account, last: Account) -> Account:
    """`account` with what it does not say yet from `last`, which is of the same cloud."""
    blank = Account()
    missing: dict[str, Any] = {
        field: getattr(last, field)
        for field in Account.__struct_fields__
        if getattr(account, field) == getattr(blank, field)
    }
    return replace(account, **missing)


def offer(recipe: Recipe, last: Recipe) -> Recipe:
    """A new image's answers with last time's in the places that are still empty. ISO and names of things are new each
    time: of the ISO its bucket is offered, of the name a pattern."""
    image, old = recipe.image, last.image
    if not recipe.iso.key and not recipe.iso.path and not recipe.iso.bucket:
        recipe = replace(recipe, iso=replace(recipe.iso, bucket=last.iso.bucket))
    if not image.name and names.has_variables(old.name):
        image = replace(image, name=old.name)
    if image.enterprise_project_id == ImageSpec().enterprise_project_id:
        image = replace(image, enterprise_project_id=old.enterprise_project_id)
    recipe = replace(recipe, image=image)
    if recipe.server == ServerSpec():
        least = image.min_disk
        server = replace(
            last.server,
            system_disk=max(least, last.server.system_disk),
            data_disk=max(least, last.server.data_disk),
        )
        recipe = replace(recipe, server=server)
    if recipe.network == NetworkSpec():
        recipe = replace(recipe, network=last.network)
    return recipe


def _worth_keeping(recipe: Recipe) -> Recipe:
    recipe = names.as_pattern(recipe)
    old = recipe.image
    name = old.name if names.has_variables(old.name) else ""
    image = ImageSpec(name=name, enterprise_project_id=old.enterprise_project_id)
    # Nobody shall share, copy or pay for a test boot because the last image was treated so.
    return replace(recipe, iso=IsoSource(bucket=recipe.iso.bucket), image=image, after=AfterSpec())
