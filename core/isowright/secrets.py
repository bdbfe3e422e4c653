"""Passwords and keys: in the system keyring if there is one, else in memory for this session; never in a file of ours.

A keyring may be absent, locked, or wait for ever for somebody to answer its prompt. So each call runs in a daemon
thread of its own with a time limit: neither the window nor the end of the program ever waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from isowright import private
from isowright.cloud import proxy
from isowright.cloud.login import KeyLogin, Login, PasswordLogin, TokenLogin, is_temporary
from isowright.cloud.models import Secret
from isowright.errors import InputError, KeyringError
from isowright.recipe import CUSTOM, PRACTICE, Account, written_endpoints

T = TypeVar("T")

SERVICE = "isowright"
TIME_LIMIT = 5.0  # seconds
MAX_VALUE = 1280  # characters; Windows' store takes no more, so tokens can never be kept

ENDS_BY_ITSELF = "Kept for this session only: it ends by itself within a day."

_REMEDY = "Unlock the system keyring, or go on without it: the secret is then kept for this session only."


class SecretStore(Protocol):
    """Where secrets are kept, by entry name. Every method raises KeyringError if it cannot be reached."""

    async def get(self, entry: str) -> str | None: ...
    async def set(self, entry: str, value: str) -> None: ...
    async def delete(self, entry: str) -> None:
        """Gone afterwards; an entry that was not there is fine."""

    async def describe(self) -> str:
        """Its name within a sentence: "GNOME Keyring"."""


class MemoryStore:
    """For this session only."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._values)} entries)"

    async def get(self, entry: str) -> str | None:
        return self._values.get(entry)

    async def set(self, entry: str, value: str) -> None:
        self._values[entry] = value

    async def delete(self, entry: str) -> None:
        self._values.pop(entry, None)

    async def describe(self) -> str:
        return "this program's memory"


class KeyringStore:
    """The operating system's keyring. `time_limit` in seconds, for each call.

    While a call that ran out of time still hangs, further calls fail at once instead of queueing prompts.
    """

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        self._time_limit = time_limit
        self._stuck: threading.Thread | None = None

    async def get(self, entry: str) -> str | None:
        def work() -> str | None:
            value: str | None = _backend().get_password(SERVICE, entry)
            return value

        return await self._call(work)

    async def set(self, entry: str, value: str) -> None:
        if len(value) > MAX_VALUE:
            raise KeyringError(
                "the keyring takes no secret of this length",
                detail=f"{len(value)} characters; {MAX_VALUE} is what every system's keyring takes.",
                remedy="Sign in with a password or a permanent access key to have it kept.",
            )

        def work() -> None:
            _backend().set_password(SERVICE, entry, value)

        await self._call(work)

    async def delete(self, entry: str) -> None:
        def work() -> None:
            backend = _backend()
            # Backends tell a missing entry from a failed deletion only in words.
            if backend.get_password(SERVICE, entry) is not None:
                backend.delete_password(SERVICE, entry)

        await self._call(work)

    async def describe(self) -> str:
        def work() -> str:
            return _backend_name(_backend())

        return await self._call(work)

    async def _call(self, work: Callable[[], T]) -> T:
        if self._stuck and self._stuck.is_alive():
            raise self._no_answer()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def deliver(result: T | None, error: BaseException | None) -> None:
            if future.done():
                return
            if error:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # `work` answered, so this is its T

        def run() -> None:
            result, error = None, None
            try:
                result = work()
            except Exception as caught:  # noqa: BLE001  # a keyring backend may raise anything at all
                error = _translate(caught)
            try:
                loop.call_soon_threadsafe(deliver, result, error)
            except RuntimeError:
                return  # the loop is closed: nobody waits any more

        thread = threading.Thread(target=run, name="isowright-keyring", daemon=True)
        thread.start()
        try:
            return await asyncio.wait_for(future, self._time_limit)
        except TimeoutError:
            self._stuck = thread
            raise self._no_answer() from None

    def _no_answer(self) -> KeyringError:
        return KeyringError(
            f"the keyring did not answer within {self._time_limit:g} seconds",
            detail="It may be waiting for its password in a window of its own.",
            remedy=_REMEDY,
            retryable=True,
        )


class Vault:
    """The secrets of accounts. What the keyring refuses is kept for this session; each method says where that is.

    `problem`: why the keyring could not be used the last time, or None.
    """

    def __init__(self, store: SecretStore | None = None) -> None:
        self._store: SecretStore = store or KeyringStore()
        self._memory = MemoryStore()
        self.problem: KeyringError | None = None

    async def get(self, account: Account) -> Login | None:
        """The login kept for this account, or None. Never raises for a keyring's sake (see `problem`)."""
        await self._remember_proxy(account)
        entry = entry_name(account)
        if entry is None:
            return None
        value = await self._memory.get(entry)
        if value is None and account.cloud != PRACTICE and account.method in ("password", "access_key"):
            try:
                value = await self._store.get(entry)
                self.problem = None
            except KeyringError as error:
                self.problem = error
        return _login(account, value) if value else None

    async def keep(self, account: Account, login: Login) -> str:
        """Keep the login where the account wants it; returns the sentence that says where it is now.

        A one-time code is never kept; what ends by itself within a day is kept for this session only.
        """
        account = _named(account, login)
        entry = entry_name(account)
        if entry is None:
            return "Kept nowhere: the account has no name yet."
        value = _value(login, lasting=False)
        await self._memory.set(entry, value)
        if account.cloud == PRACTICE:
            return "The practice cloud has its password itself."
        if is_temporary(login):
            return ENDS_BY_ITSELF
        if not account.keep_secret:
            await self._forget_stored(entry)
            return "Kept for this session only, as you chose."
        try:
            await self._store.set(entry, _value(login))
            where = await self._store.describe()
            self.problem = None
        except KeyringError as error:
            self.problem = error
            return _session_only(error)
        return _stored(where)

    async def forget(self, account: Account) -> None:
        """Remove the account's secret from memory and keyring. Raises KeyringError if the keyring may still have it."""
        entry = entry_name(account)
        if entry is None:
            return
        await self._memory.delete(entry)
        if account.cloud != PRACTICE:
            await self._store.delete(entry)

    async def place(self) -> str:
        """The sentence that says where a secret would be kept."""
        try:
            return _stored(await self._store.describe())
        except KeyringError as error:
            self.problem = error
            return _session_only(error)

    async def keep_proxy(self, account: Account, login: proxy.ProxyLogin | None) -> str:
        """Keep who passes the account's proxy, or forget it (None); returns the sentence that says where it is now."""
        place = proxy.place_of(account)
        proxy.remember(place, login)
        entry = _proxy_entry(place)
        if login is None or not account.keep_secret:
            await self._forget_stored(entry)
            return "" if login is None else "Kept for this session only, as you chose."
        try:
            await self._store.set(
                entry, msgspec.json.encode({"user": login.user, "password": login.password.reveal()}).decode()
            )
            self.problem = None
            return _stored(await self._store.describe())
        except KeyringError as error:
            self.problem = error
            return _session_only(error)

    async def _remember_proxy(self, account: Account) -> None:
        """What the keyring knows of the account's proxy, for whoever connects next. Asked for once in a process, and
        only where somebody has said that there is something."""
        place = proxy.place_of(account)
        if account.cloud == PRACTICE or not account.proxy_user or proxy.remembers(place):
            return
        try:
            value = await self._store.get(_proxy_entry(place))
        except KeyringError as error:
            self.problem = error
            return
        with contextlib.suppress(msgspec.DecodeError, KeyError):
            fields = msgspec.json.decode(value or "{}", type=dict[str, str])
            proxy.remember(place, proxy.ProxyLogin(fields["user"], Secret(fields["password"])))

    async def _forget_stored(self, entry: str) -> None:
        try:
            await self._store.delete(entry)
        except KeyringError as error:
            self.problem = error


def entry_name(account: Account) -> str | None:
    """The keyring entry of an account: where (cloud and region, or the IAM host) and who. None if nobody is named."""
    if account.cloud == CUSTOM:
        where = f"{CUSTOM}/{quote(urlsplit(written_endpoints(account).get('iam', '')).netloc, safe=':')}"
    else:
        where = f"{quote(account.cloud, safe='')}/{quote(account.region, safe='')}"
    if account.method in ("token", "temporary_key"):  # what stands for them is new each time
        project = quote(account.project_id, safe="")
        return f"{where}/{account.method}/{project}" if project else None
    if account.method == "access_key":
        return f"{where}/key/{quote(account.access_key, safe='')}" if account.access_key else None
    if not account.user:
        return None
    return f"{where}/{quote(account.domain, safe='')}/{quote(account.user, safe='')}"


def _proxy_entry(place: str) -> str:
    return f"proxy/{quote(place, safe=':')}"


def login_from_environment(account: Account, environ: Mapping[str, str] | None = None) -> Login | None:
    """ISOWRIGHT_PASSWORD (+ ISOWRIGHT_PASSCODE), or ISOWRIGHT_ACCESS_KEY + ISOWRIGHT_SECRET_KEY
    (+ ISOWRIGHT_SECURITY_TOKEN), or ISOWRIGHT_TOKEN, or None.

    The account's own method goes first if both are set. Raises InputError if half of a pair is missing.
    """
    env = private.given() if environ is None else environ
    password = env.get("ISOWRIGHT_PASSWORD", "")
    secret_key = env.get("ISOWRIGHT_SECRET_KEY", "")
    access_key = env.get("ISOWRIGHT_ACCESS_KEY", "") or (account.access_key if secret_key else "")
    logins: dict[str, Login] = {}
    if password and account.user:
        logins["password"] = PasswordLogin(
            domain=account.domain,
            user=account.user,
            password=Secret(password),
            passcode=env.get("ISOWRIGHT_PASSCODE", ""),
            user_id=account.user_id,
        )
    if given := env.get("ISOWRIGHT_TOKEN", ""):
        logins["token"] = TokenLogin(Secret(given))
    if access_key and secret_key:
        token = env.get("ISOWRIGHT_SECURITY_TOKEN", "")
        logins["access_key"] = KeyLogin(
            access_key=access_key, secret_key=Secret(secret_key), security_token=Secret(token) if token else None
        )
    own = "access_key" if account.by_key else account.method
    if chosen := logins.get(own) or next(iter(logins.values()), None):
        return chosen
    if access_key or secret_key:
        missing = "ISOWRIGHT_SECRET_KEY" if access_key else "ISOWRIGHT_ACCESS_KEY"
        raise InputError(
            f"{missing} is not set.",
            detail="An access key has two parts, and only one is in the environment.",
            remedy="Set both ISOWRIGHT_ACCESS_KEY and ISOWRIGHT_SECRET_KEY.",
        )
    if password:
        raise InputError(
            "The profile does not say whose password ISOWRIGHT_PASSWORD is.",
            remedy="Add `user` (and `domain`) to the profile's [account] table.",
        )
    return None


def _named(account: Account, login: Login) -> Account:
    """The account as this login names it, so that it is found again by the profile that will be saved."""
    if isinstance(login, TokenLogin):
        return msgspec.structs.replace(account, method="token")
    if isinstance(login, KeyLogin):
        # Who has only signed in with an access key so far may have a temporary one, too.
        method = "temporary_key" if login.security_token else "access_key"
        return msgspec.structs.replace(account, method=method, access_key=login.access_key)
    return msgspec.structs.replace(account, method="password", domain=login.domain, user=login.user)


def _value(login: Login, *, lasting: bool = True) -> str:
    """`lasting`: what is for a keyring."""
    fields: dict[str, str]
    if isinstance(login, TokenLogin):
        fields = {"token": login.token.reveal()}
    elif isinstance(login, KeyLogin):
        fields = {"secret_key": login.secret_key.reveal()}
        if login.security_token:
            fields["access_key"] = login.access_key  # another one each time
            fields["security_token"] = login.security_token.reveal()
    else:
        fields = {"password": login.password.reveal()}
        if login.token and not lasting:
            fields["token"] = login.token.reveal()
    return msgspec.json.encode(fields).decode()


def _login(account: Account, value: str) -> Login | None:
    """None if the entry is not ours (somebody may have edited it): the secret is then asked for again."""
    try:
        fields = msgspec.json.decode(value, type=dict[str, str])
    except msgspec.DecodeError:
        return None
    token = fields.get("token")
    if account.method == "token":
        return TokenLogin(Secret(token)) if token else None
    if account.by_key:
        if not (secret := fields.get("secret_key")):
            return None
        mark = fields.get("security_token")
        return KeyLogin(
            access_key=fields.get("access_key") or account.access_key,
            secret_key=Secret(secret),
            security_token=Secret(mark) if mark else None,
        )
    if not (password := fields.get("password")):
        return None
    return PasswordLogin(
        domain=account.domain,
        user=account.user,
        password=Secret(password),
        user_id=account.user_id,
        token=Secret(token) if token else None,
    )


def _stored(where: str) -> str:
    return f"Stored by {where} on this computer, never in a profile."


def _session_only(error: KeyringError) -> str:
    return f"Kept for this session only: {error.title}."


def _backend() -> Any:
    """The keyring backend to use. Raises NoKeyringError; runs in a worker thread (65–110 ms the first time)."""
    import keyring
    from keyring.backends import fail, null
    from keyring.errors import NoKeyringError

    backend = keyring.get_keyring()
    # keyrings.alt keeps secrets in plain or weakly scrambled files, which is no keyring to an operator.
    if isinstance(backend, fail.Keyring | null.Keyring) or type(backend).__module__.startswith("keyrings.alt"):
        raise NoKeyringError
    return backend


def _translate(error: Exception) -> KeyringError:
    """A backend's failure in our words. Its own text is not passed on: it may quote what it was given."""
    from keyring.errors import InitError, KeyringLocked, NoKeyringError

    if isinstance(error, KeyringError):
        return error
    if isinstance(error, NoKeyringError):
        words = "this computer has no keyring service"
    elif isinstance(error, KeyringLocked | InitError) or "Lock" in type(error).__name__:
        words = "the keyring is locked"
    else:
        words = f"the keyring refused ({type(error).__name__})"
    return KeyringError(words, remedy=_REMEDY, retryable=True)


def _backend_name(backend: Any) -> str:
    module = type(backend).__module__.removeprefix("keyring.backends.")
    if module == "chainer":
        # The first of the chain that works is the one that stores.
        first = next(iter(backend.backends), None)
        return _backend_name(first) if first else "the system keyring"
    if module.startswith("SecretService"):
        return _secret_service_name()
    names = {"Windows": "Windows Credential Manager", "macOS": "the macOS Keychain", "kwallet": "KWallet"}
    return names.get(module.partition(".")[0], "the system keyring")


def _secret_service_name() -> str:
    """Which program answers for org.freedesktop.secrets; it has no call that tells, its process does."""
    generic = "the desktop's keyring"
    try:
        jeepney = import_module("jeepney")  # what keyring itself talks D-Bus with, on Linux alone
        blocking = import_module("jeepney.io.blocking")
        bus = jeepney.DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        with blocking.open_dbus_connection(bus="SESSION") as connection:
            question = jeepney.new_method_call(bus, "GetConnectionUnixProcessID", "s", ("org.freedesktop.secrets",))
            reply = connection.send_and_get_reply(question, timeout=1.0)
        # Linux cuts the name at 15 characters: "gnome-keyring-d".
        process = Path(f"/proc/{int(reply.body[0])}/comm").read_text(encoding="ascii").strip()
    except Exception:  # noqa: BLE001  # only a nicer name is at stake
        return generic
    for start, name in (("gnome-keyring", "GNOME Keyring"), ("kwallet", "KWallet"), ("ksecretd", "KWallet")):
        if process.startswith(start):
            return name
    return "KeePassXC" if process.startswith("keepassxc") else generic
