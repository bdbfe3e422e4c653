"""An optional table of prices, written by whoever has the contract. Without one no amount is ever shown.

It is `prices.toml` in the settings folder: one `[[price]]` table for each cloud, or region of it. Amounts are in
`currency`; an hour and a GB a month are the units in which these clouds bill what a run makes.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from isowright.errors import InputError
from isowright.home import Home
from isowright.recipe import PRACTICE, Account

FILE = "prices.toml"
HOURS_A_MONTH = 730.0  # 365 × 24 / 12
_MOST = 256 * 1024  # bytes


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one cloud asks. region "" = all of its regions without a table of their own. None = not known."""

    cloud: str
    currency: str
    region: str = ""
    flavor_hour: dict[str, float] = {}
    disk_gb_month: dict[str, float] = {}
    image_gb_month: float | None = None
    object_gb_month: float | None = None
    public_ip_hour: float | None = None


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price: tuple[Price, ...] = ()


def path_of(home: Home) -> Path:
    return home.config / FILE


def load(home: Home) -> tuple[Price, ...]:
    """All tables, () if there is no file. Raises InputError if it cannot be used: a wrong price is worse than none."""
    path = path_of(home)
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    if len(data) > _MOST:
        raise _unusable(path, "It is far too long.")
    return read(data, path)


def read(data: bytes, path: Path) -> tuple[Price, ...]:
    """From a file's bytes. Raises InputError."""
    try:
        table = msgspec.convert(tomllib.loads(data.decode("utf-8")), _Table)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _unusable(path, f"{error}.") from error
    for price in table.price:
        single = (price.image_gb_month, price.object_gb_month, price.public_ip_hour)
        amounts = [*price.flavor_hour.values(), *price.disk_gb_month.values(), *(one for one in single if one)]
        if any(not math.isfinite(amount) or amount < 0 for amount in amounts):
            raise _unusable(path, "A price is no number, or less than nothing.")
        if not price.currency.strip():
            raise _unusable(path, "A price has no currency.")
    return table.price


def price_of(prices: Sequence[Price], account: Account) -> Price | None:
    """The table of the account's region, else that of its cloud. Nothing is billed on the practice cloud."""
    mine = [price for price in prices if price.cloud == account.cloud and account.cloud != PRACTICE]
    exact = next((price for price in mine if price.region == account.region), None)
    return exact or next((price for price in mine if not price.region), None)


def _unusable(path: Path, why: str) -> InputError:
    return InputError(
        "The price table cannot be used.",
        detail=f"{path}: {why} No amounts are shown.",
        remedy="Mend the file, or remove it.",
        action="retry",
    )
