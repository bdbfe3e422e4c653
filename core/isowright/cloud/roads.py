"""Each request by the proxy of its own host: hosts may turn up that nobody knew when the client was built.

Imported in a worker thread alone, as httpx is.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

import httpx

from isowright.cloud.proxy import login_for
from isowright.errors import InputError
from isowright.recipe import Account


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
    try:
        by = httpx.Proxy(proxy, auth=auth, ssl_context=verify if proxy.startswith("https:") else None)
        return httpx.AsyncHTTPTransport(verify=verify, proxy=by, limits=limits, trust_env=False)
    except (ValueError, ImportError, httpx.InvalidURL) as error:
        raise InputError(
            "The proxy cannot be used.",
            detail="Its address is not one of http://host:port or https://host:port.",
            remedy="Correct the proxy under Advanced, or leave it empty.",
            action="step:account.proxy",
        ) from error
