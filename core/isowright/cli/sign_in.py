"""Who signs in for a command: what the keyring keeps, what the environment holds, for us or for other programs, or what
the person at the terminal types. A one-time code is asked for when the cloud wants one, and never kept."""

from __future__ import annotations

import getpass
import signal
import sys
from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from isowright import private
from isowright.cli.output import print_error
from isowright.cli.practice_host import PracticeHost
from isowright.clock import Clock
from isowright.cloud.client import Cloud
from isowright.cloud.login import KeyLogin, Login, PasswordLogin, TokenLogin
from isowright.cloud.models import Secret
from isowright.errors import AuthError, InputError, PasscodeNeededError
from isowright.events import ErrorInfo
from isowright.flow import cloud_title
from isowright.recipe import PRACTICE, Account
from isowright.secrets import Vault, login_from_environment

T = TypeVar("T")

_TRIES = 3  # codes that may be mistyped


async def find_login(
    practice: PracticeHost, vault: Vault, clock: Clock, account: Account, *, ask: bool
) -> tuple[Account, Login]:
    """The account with endpoints as far as it needs them, and its login: from the keyring, else from the environment,
    else (`ask`) from the person at the terminal. Raises InputError if there is none."""
    account = await practice.fill(account)
    if account.cloud == PRACTICE:
        return account, practice.login()
    login = await vault.get(account) or login_from_environment(account) or _others(account)
    if login is None and ask and at_terminal():
        login = _asked(account)
    if login is None:
        who = account.who if account.method != "token" else ""
        raise InputError(
            "No token is at hand."
            if account.method == "token"
            else f"No password or key for {who or cloud_title(account.cloud)} is at hand.",
            detail=f"In the keyring there is none: {vault.problem.title}." if vault.problem else "",
            remedy="Sign in once in the window and let the keyring keep it, or set ISOWRIGHT_PASSWORD, "
            "or ISOWRIGHT_ACCESS_KEY and ISOWRIGHT_SECRET_KEY, or ISOWRIGHT_TOKEN.",
        )
    passcode = private.given().get("ISOWRIGHT_PASSCODE", "")
    if passcode and isinstance(login, PasswordLogin) and login.token is None:
        login = await _spend(account, replace(login, passcode=passcode), clock)
    return account, login


def _others(account: Account) -> Login | None:
    """What the environment holds for other programs, if it is this very account's; says where it is from."""
    from isowright.found import environment, fitting

    finding = fitting(environment.find(private.given()), account)
    if finding is None:
        return None
    print(f"Signing in with what was found in the {finding.origin}.", file=sys.stderr, flush=True)
    return finding.login


async def with_new_code(
    account: Account, login: Login, error: ErrorInfo, clock: Clock, *, ask: bool
) -> PasswordLogin | None:
    """The login to go on with after `error`, if all it takes is a one-time code and somebody types one; else None."""
    wanted = error.kind == PasscodeNeededError.__name__ and isinstance(login, PasswordLogin)
    if not (wanted and ask and at_terminal()):
        return None
    assert isinstance(login, PasswordLogin)
    print(error.title, file=sys.stderr)
    for _ in range(_TRIES):
        passcode = blocking(lambda: getpass.getpass(f"One-time code of {login.user}: ")).strip()
        if not passcode:
            break
        try:
            return await _spend(account, replace(login, passcode=passcode, token=None), clock)
        except AuthError as wrong:
            print_error(wrong)
            if wrong.action != "step:account.passcode":
                break
    return None


async def _spend(account: Account, login: PasswordLogin, clock: Clock) -> PasswordLogin:
    """Sign in with the code at once, and go on with the token: whatever connects later needs no other code."""
    cloud = Cloud.open(account, login, clock=clock)
    try:
        await cloud.sign_in()
        lasting = cloud.lasting_login()
    finally:
        await cloud.aclose()
    assert isinstance(lasting, PasswordLogin)
    return lasting


def _asked(account: Account) -> Login | None:
    if account.method == "token":
        token = _secret("Token: ")
        return TokenLogin(token) if token else None
    if account.by_key:
        temporary = account.method == "temporary_key"
        access = blocking(lambda: input("Temporary access key: ")).strip() if temporary else account.access_key
        if not access:
            return None
        secret = _secret(f"Secret key of {access}: ")
        mark = _secret("Security token: ") if temporary and secret else None
        return KeyLogin(access_key=access, secret_key=secret, security_token=mark) if secret else None
    if not account.user:
        return None
    password = _secret(f"Password of {account.user} ({account.domain}): ", stripped=False)
    if not password:
        return None
    return PasswordLogin(domain=account.domain, user=account.user, password=password, user_id=account.user_id)


def _secret(prompt: str, *, stripped: bool = True) -> Secret:
    typed = blocking(lambda: getpass.getpass(prompt))
    return Secret(typed.strip() if stripped else typed)


def at_terminal() -> bool:
    """Somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def blocking(work: Callable[[], T]) -> T:
    """Wait for a person, with nothing else going on. asyncio takes Ctrl+C to itself and would let the prompt stand."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return work()
    finally:
        signal.signal(signal.SIGINT, former)
