"""What the commands about runs share: the opened engine, who signs in, which run is meant."""

from __future__ import annotations

import getpass
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from isowright.cli.output import print_error
from isowright.cli.practice_host import PracticeHost
from isowright.clock import Clock, FastClock, SystemClock
from isowright.cloud.login import KeyLogin, Login, PasswordLogin
from isowright.cloud.models import Secret
from isowright.errors import InputError
from isowright.flow import cloud_title
from isowright.home import Home
from isowright.logs import to_file
from isowright.pipeline.engine import Engine
from isowright.pipeline.runs import RunInfo
from isowright.recipe import PRACTICE, Account
from isowright.secrets import Vault, login_from_environment

T = TypeVar("T")

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
    """The account with endpoints as far as it needs them, and its login: from the keyring, else from the environment,
    else (`ask`) from the person at the terminal. Raises InputError if there is none."""
    account = await core.practice.fill(account)
    if account.cloud == PRACTICE:
        return account, core.practice.login()
    login = await core.vault.get(account) or login_from_environment(account)
    if login is None and ask and sys.stdin.isatty() and sys.stderr.isatty():
        login = _asked(account)
    if login is not None:
        return account, login
    who = account.user or account.access_key or cloud_title(account.cloud)
    raise InputError(
        f"No password or key for {who} is at hand.",
        detail=f"In the keyring there is none: {core.vault.problem.title}." if core.vault.problem else "",
        remedy="Sign in once in the window and let the keyring keep it, or set ISOWRIGHT_PASSWORD, "
        "or ISOWRIGHT_ACCESS_KEY and ISOWRIGHT_SECRET_KEY.",
    )


def _asked(account: Account) -> Login | None:
    if account.method == "access_key":
        if not account.access_key:
            return None
        secret = blocking(lambda: getpass.getpass(f"Secret key of {account.access_key}: "))
        return KeyLogin(access_key=account.access_key, secret_key=Secret(secret)) if secret else None
    if not account.user:
        return None
    password = blocking(lambda: getpass.getpass(f"Password of {account.user} ({account.domain}): "))
    return PasswordLogin(domain=account.domain, user=account.user, password=Secret(password)) if password else None


def confirm(question: str) -> bool:
    """A yes from the person at the terminal; the end of input is a no."""
    try:
        return blocking(lambda: input(f"{question} [y/N] ")).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def blocking(work: Callable[[], T]) -> T:
    """Wait for a person, with nothing else going on. asyncio takes Ctrl+C to itself and would let the prompt stand."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return work()
    finally:
        signal.signal(signal.SIGINT, former)


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
