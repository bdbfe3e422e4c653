"""Which proxy stands between this computer and a host, and who may pass it.

A proxy belongs to the place where a computer stands, not to a cloud: what is known of its users is of the process. The
system's own settings are the environment's variables, on Windows the registry's, on macOS those of its network.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import msgspec

from isowright import private
from isowright.cloud.models import Secret
from isowright.recipe import DIRECT, Account

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SYSTEM = "system"  # the place of whatever proxy the system names


class ProxyLogin(msgspec.Struct, frozen=True):
    user: str
    password: Secret

    def __repr__(self) -> str:
        return f"ProxyLogin(user={self.user!r})"


_logins: dict[str, ProxyLogin] = {}


def place_of(account: Account) -> str:
    """What the login of the account's proxy is kept under: "proxy:3128", or SYSTEM."""
    if account.proxy in ("", DIRECT):
        return SYSTEM
    return urlsplit(account.proxy).netloc.rpartition("@")[2] or account.proxy


def remember(place: str, login: ProxyLogin | None) -> None:
    """For this process; None forgets it."""
    if login is None:
        _logins.pop(place, None)
    else:
        _logins[place] = login


def remembers(place: str) -> bool:
    """Whether a login is known for it."""
    return place in _logins


def proxy_for(account: Account, url: str) -> str:
    """The proxy's URL, "" for none; never one for this computer itself. May ask the system: for worker threads."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOOPBACK or account.proxy == DIRECT:
        return ""
    if account.proxy:
        return account.proxy
    import urllib.request  # 20 ms, and no window needs it to open

    if urllib.request.proxy_bypass(host):
        return ""
    found = urllib.request.getproxies()
    proxy = found.get(parts.scheme) or found.get("all", "")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def login_for(account: Account, proxy: str) -> ProxyLogin | None:
    """Who passes it: as its own URL says (the environment's may), as the environment says, as the keyring said."""
    parts = urlsplit(proxy)
    if parts.username:
        return ProxyLogin(unquote(parts.username), Secret(unquote(parts.password or "")))
    given = private.given()
    if user := given.get("ISOWRIGHT_PROXY_USER", ""):
        return ProxyLogin(user, Secret(given.get("ISOWRIGHT_PROXY_PASSWORD", "")))
    return _logins.get(place_of(account))
