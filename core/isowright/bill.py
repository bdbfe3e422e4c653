"""What a run makes that is billed: for how long it is expected to exist, whether it stays, and what that costs. Pure.

Times come from past runs of this computer, prices from the operator's own table; what is not known stays None.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from isowright.flow import size_text
from isowright.pipeline.estimates import Estimates
from isowright.prices import HOURS_A_MONTH, Price
from isowright.recipe import PRACTICE, Recipe

Kind = Literal[
    "server",
    "disks",
    "public-ip",
    "iso-image",
    "object",
    "test-server",
    "test-disk",
    "test-public-ip",
    "image",
    "image-copy",
    "export",
]

_GIB = 1024**3


class Billable(msgspec.Struct, frozen=True):
    """One thing. seconds: how long it exists, None = not known yet; stays: until somebody deletes it.

    amount: for that time, for what stays: a month. gb_month: of a GB for a month, where the size is not known. Both in
    the bill's currency.
    """

    kind: Kind
    text: str
    stays: bool = False
    seconds: float | None = None
    amount: float | None = None
    gb_month: float | None = None


class Bill(msgspec.Struct, frozen=True):
    """currency: "" = no prices are known. runs: how many past runs the times are learnt from. free: nothing is billed
    there."""

    rows: tuple[Billable, ...]
    currency: str = ""
    runs: int = 0
    free: bool = False

    @property
    def once(self) -> float | None:
        """What all that is deleted again costs; None while one amount is not known."""
        amounts = [row.amount for row in self.rows if not row.stays]
        return None if None in amounts else sum(amount for amount in amounts if amount is not None)


def bill(recipe: Recipe, estimates: Estimates, price: Price | None = None, there: Price | None = None) -> Bill:
    """Of a run of this recipe. there: the prices of the region that the image is copied to."""
    server, iso = recipe.server, recipe.iso
    while_server = estimates.between("launch-server", "clean-up", recipe)
    while_iso = estimates.between("register-iso", "clean-up", recipe)
    known = price or Price(cloud="", currency="")
    gigabytes = server.system_disk + server.data_disk
    disk_hour = _hourly(known.disk_gb_month.get(server.volume_type), gigabytes)
    rows = [
        Billable(
            "server",
            f"Temporary server, {server.flavor_id}",
            seconds=while_server,
            amount=_times(known.flavor_hour.get(server.flavor_id), while_server),
        ),
        Billable(
            "disks",
            f"Its disks, {server.system_disk} + {server.data_disk} GB {server.volume_type}",
            seconds=while_server,
            amount=_times(disk_hour, while_server),
        ),
    ]
    if recipe.network.public_ip:
        cost = _times(known.public_ip_hour, while_server)
        rows.append(Billable("public-ip", "Its public IP", seconds=while_server, amount=cost))
    size = size_text(iso.size)
    stored = _hourly(known.image_gb_month, iso.size / _GIB) if iso.size else None
    rows.append(
        Billable(
            "iso-image",
            f"ISO image, {size}" if size else "ISO image",
            seconds=while_iso,
            amount=_times(stored, while_iso),
        )
    )
    if iso.path:
        rows.append(_object(recipe, estimates, known))
    if recipe.after.test_boot:
        rows += _test_boot(recipe, estimates, known)
    name = f"Private image “{recipe.image.name}”"
    rows.append(Billable("image", name, stays=True, gb_month=known.image_gb_month))
    rows += _copies(recipe, known, there)
    return Bill(tuple(rows), price.currency if price else "", estimates.runs, recipe.account.cloud == PRACTICE)


def _test_boot(recipe: Recipe, estimates: Estimates, known: Price) -> list[Billable]:
    """A second server, after the first is gone; its disk is as large as the image."""
    server, seconds = recipe.server, estimates.of("test-boot", recipe)
    flavor = _times(known.flavor_hour.get(server.flavor_id), seconds)
    disk = _times(_hourly(known.disk_gb_month.get(server.volume_type), server.data_disk), seconds)
    text = f"Its disk, {server.data_disk} GB {server.volume_type}"
    rows = [
        Billable("test-server", f"Server of the test boot, {server.flavor_id}", seconds=seconds, amount=flavor),
        Billable("test-disk", text, seconds=seconds, amount=disk),
    ]
    if recipe.network.public_ip:
        address = _times(known.public_ip_hour, seconds)
        rows.append(Billable("test-public-ip", "Its public IP", seconds=seconds, amount=address))
    return rows


def _copies(recipe: Recipe, known: Price, there: Price | None) -> list[Billable]:
    """What the last stages leave beside the image; how large that is nobody knows before."""
    after, rows = recipe.after, list[Billable]()
    if after.copies:
        # A bill is of one currency: an amount in another would be read as one of this.
        same = there is not None and there.currency == known.currency
        asked = there.image_gb_month if there is not None and same else None
        rows.append(Billable("image-copy", f"Its copy in {after.copy_region}", stays=True, gb_month=asked))
    if after.exports:
        text = f"Exported file in {after.export_bucket}"
        rows.append(Billable("export", text, stays=True, gb_month=known.object_gb_month))
    return rows


def _object(recipe: Recipe, estimates: Estimates, known: Price) -> Billable:
    """The uploaded ISO; one that was there before is nobody's new cost."""
    iso = recipe.iso
    hourly = _hourly(known.object_gb_month, iso.size / _GIB) if iso.size else None
    text = f"Uploaded ISO in {iso.bucket}"
    if not iso.delete_object:
        month = None if hourly is None else hourly * HOURS_A_MONTH
        return Billable("object", text, stays=True, amount=month)
    seconds = estimates.between("upload-iso", "clean-up", recipe)
    return Billable("object", text, seconds=seconds, amount=_times(hourly, seconds))


def _hourly(gb_month: float | None, gigabytes: float) -> float | None:
    return None if gb_month is None else gb_month * gigabytes / HOURS_A_MONTH


def _times(hourly: float | None, seconds: float | None) -> float | None:
    return None if hourly is None or seconds is None else hourly * seconds / 3600.0


def money(amount: float, currency: str) -> str:
    """ "0.04 EUR", and "< 0.01 EUR" for what rounds to nothing."""
    return f"< 0.01 {currency}" if 0 < amount < 0.005 else f"{amount:.2f} {currency}"
