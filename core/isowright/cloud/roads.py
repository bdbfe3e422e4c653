"""Each request by the proxy of its own host: hosts may turn up that nobody knew when the client was built.

Imported in a worker thread alone, as httpx is.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

import httpx

from isowright.cloud.proxy import login_for
from isowright.errors import InputError
from isowright.recipe import Account, is_socks


class Roads(httpx.AsyncBaseTransport):
    """`proxy_of`: URL → proxy's URL, "" for none. `make`: a transport for one proxy."""

    def __init__(self, proxy_of: Callable[[str], str], make: Callable[[str], httpx.AsyncBaseTransport]) -> None:
        self._proxy_of = proxy_of
        self._make = make
        self._made: dict[str, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        proxy = self._proxy_of(str(request.url))
        if proxy not in self._made:
            self._made[proxy] = self._make(proxy)
        return await self._made[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        for road in self._made.values():
            await road.aclose()


def road(account: Account, proxy: str, verify: ssl.SSLContext, limits: httpx.Limits) -> httpx.AsyncBaseTransport:
    """A transport by way of `proxy`, or none for "". Raises InputError if it cannot be one."""
    if not proxy:
        return httpx.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False)
    login = login_for(account, proxy)
    auth = (login.user, login.password.reveal()) if login else None
    if is_socks(proxy):
        raise _no_road(account, proxy)
    try:
        by = httpx.Proxy(proxy, auth=auth, ssl_context=verify if proxy.startswith("https:") else None)
        return httpx.AsyncHTTPTransport(verify=verify, proxy=by, limits=limits, trust_env=False)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise _no_road(account, proxy) from error


def _no_road(account: Account, proxy: str) -> InputError:
    """The address is not repeated: the environment's may hold a password."""
    return InputError(
        "A SOCKS proxy cannot be used." if is_socks(proxy) else "The proxy cannot be used.",
        detail="It has to be an HTTP proxy: http://host:port or https://host:port."
        + ("" if account.proxy else " It is named by this computer's settings, or by HTTPS_PROXY or ALL_PROXY."),
        remedy="Correct the proxy under Advanced, or leave it empty."
        if account.proxy
        else "Enter an HTTP proxy under Advanced, or “direct” if the cloud is reached without one.",
        action="step:account.proxy",
    )
