"""What pages may ask for: the doors into the core, made once by `app`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from isowright.clock import Clock
from isowright.home import Home
from isowright.last_used import LastUsed
from isowright.pipeline.engine import Engine
from isowright.pipeline.stage import Screen
from isowright.profiles import Profiles
from isowright.recipe import PRACTICE, Account
from isowright.secrets import Vault
from isowright_gui.practice import PracticeHost

if TYPE_CHECKING:
    from isowright_gui.runs.controller import RunBook


@dataclass
class Services:
    """Made by `app.main` (or a test) and handed down."""

    home: Home
    clock: Clock
    engine: Engine
    profiles: Profiles
    vault: Vault
    practice: PracticeHost
    last_used: LastUsed = field(init=False)
    runs: RunBook = field(init=False)  # the runs that this window drives, whichever page is shown

    def __post_init__(self) -> None:
        from isowright_gui.runs.controller import RunBook

        self.last_used = LastUsed(self.home)
        self.runs = RunBook(self)

    def screen_of(self, account: Account) -> Screen | None:
        """What shows the screens of this cloud's servers; the practice cloud alone can."""
        return self.practice.screen if account.cloud == PRACTICE else None
