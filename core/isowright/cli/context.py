"""What the commands about runs share: the opened engine, who signs in, which run is meant."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from isowright.cli.output import print_error
from isowright.cli.practice_host import PracticeHost
from isowright.cli.sign_in import blocking, find_login
from isowright.clock import Clock, FastClock, SystemClock
from isowright.cloud.login import Login
from isowright.errors import InputError
from isowright.home import Home
from isowright.logs import to_file
from isowright.pipeline.engine import Engine
from isowright.pipeline.runs import RunInfo
from isowright.recipe import Account
from isowright.secrets import Vault

_SPEED = "ISOWRIGHT_SPEED"
_PRACTICE_SPEED = 60.0


@dataclass(frozen=True)
class Core:
    """The doors into the core for one command."""

    home: Home
    engine: Engine
    practice: PracticeHost
    vault: Vault


@asynccontextmanager
async def opened() -> AsyncIterator[Core]:
    """Opens the data folder; raises StateError if it cannot be used."""
    speed = _speed()
    clock: Clock = FastClock(speed) if speed else SystemClock()
    home = Home.default()
    engine = Engine(home, clock=clock)
    try:
        await engine.open()
        if engine.notice is not None:
            print_error(engine.notice)
        with to_file(home.logs / "command.log"):
            async with PracticeHost(home, speed or _PRACTICE_SPEED) as practice:
                yield Core(home, engine, practice, Vault())
    finally:
        await engine.close()


def _speed() -> float:
    """ISOWRIGHT_SPEED: for runs against a practice cloud of the same --speed, which is then polled as a real one."""
    text = os.environ.get(_SPEED, "")
    try:
        speed = float(text or 0)
    except ValueError:
        speed = -1.0
    if not 0 <= speed <= 1e6:
        raise InputError(
            f"{_SPEED} is not a speed: “{text}”.", remedy="Unset it, or give the practice cloud's --speed."
        )
    return speed


async def sign_in(core: Core, account: Account, *, ask: bool) -> tuple[Account, Login]:
    """The account with endpoints as far as it needs them, and its login. Raises InputError if there is none."""
    return await find_login(core.practice, core.vault, core.engine.clock, account, ask=ask)


def confirm(question: str) -> bool:
    """A yes from the person at the terminal; the end of input is a no."""
    try:
        return blocking(lambda: input(f"{question} [y/N] ")).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def choose(runs: Sequence[RunInfo], given: str) -> RunInfo:
    """The run that `given` means: its id, the beginning of it, its mark, or a name that only one has."""
    tests: list[Callable[[RunInfo], bool]] = [
        lambda run: given in (run.id, run.mark),
        lambda run: run.id.startswith(given),
        lambda run: run.name == given,
    ]
    for test in tests:
        found = [run for run in runs if test(run)]
        if len(found) == 1:
            return found[0]
        if found:
            raise several(found, f"“{given}” means several runs.")
    raise InputError(f"There is no run “{given}”.", remedy="See isowright runs for their ids.")


def several(runs: Sequence[RunInfo], title: str) -> InputError:
    """Which runs there are to choose from."""
    return InputError(
        title,
        detail="\n".join(f"{run.id}  {run.name}" for run in runs[:10]),
        remedy="Give the id of one.",
    )
