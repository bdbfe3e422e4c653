"""What pages may ask for: the doors into the core, made once by `app`."""

from __future__ import annotations

from dataclasses import dataclass

from isowright.clock import Clock
from isowright.home import Home
from isowright.pipeline.engine import Engine
from isowright.profiles import Profiles
from isowright.secrets import Vault
from isowright_gui.practice import PracticeHost


@dataclass
class Services:
    """Made by `app.main` (or a test) and handed down."""

    home: Home
    clock: Clock
    engine: Engine
    profiles: Profiles
    vault: Vault
    practice: PracticeHost
