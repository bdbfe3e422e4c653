"""One session per cloud: the only place where requests leave. Proof, retries, pacing, request ids, redaction.

Never more than one create is in flight, and creates keep a distance: clouds throttle writes far below reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import msgspec

from isowright.clock import Clock
from isowright.cloud import obs_sign, retry
from isowright.cloud.auth import Auth
from isowright.cloud.catalog import traits
from isowright.cloud.explain import case_for, date_header, lost_answer, server_time, to_error
from isowright.cloud.login import Login
from isowright.cloud.models import Identity, TemporaryKeys
from isowright.cloud.outage import Outages
from isowright.cloud.redact import hide
from isowright.cloud.remedies import case_of
from isowright.cloud.remedy_case import Case
from isowright.cloud.sign import encode_path, encode_query
from isowright.cloud.transport import LARGEST, Timeouts, Transport, host_of
from isowright.cloud.wire import Answer, Complaint, Request, UnreadableError, complaint, overlong, redact
from isowright.errors import AppError, AuthError, InputError, NetworkError, ProxyLoginError, TlsError
from isowright.recipe import Account

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
# What sends one try by another way: URL and headers → status, headers (lower case), body. Raises as Transport does.
Sender = Callable[[str, dict[str, str]], Coroutine[Any, Any, tuple[int, dict[str, str], bytes]]]

_log = logging.getLogger(__name__)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{1,61}[A-Za-z0-9]")

CREATE_SPACING = 0.2  # seconds between the starts of two creates
_AT_ONCE = 8  # requests in flight
_LARGE = 65_536  # bytes; longer answers are decoded off the event loop


class Exchange(msgspec.Struct, frozen=True):
    """One try, for logs. Redacted; status 0 = no answer."""

    method: str
    service: str
    path: str
    status: int
    request_id: str
    seconds: float


class _Refused(Exception):  # noqa: N818  # not an error to anyone outside this module
    """A try that failed: the error for people, and what kind of trouble it is for retrying."""

    def __init__(self, error: AppError, trouble: retry.Trouble, after: float | None = None, *, host: str = "") -> None:
        super().__init__(error.title)
        self.error = error
        self.trouble = trouble
        self.after = after
        self.host = host

    def unsent(self, *, waited: bool) -> bool:
        """No network. Where there was none a moment ago, a stranger who answers for the cloud is none either: many a
        guest network puts its own page in the way first."""
        return self.trouble == "not-sent" or (waited and isinstance(self.error, TlsError))


def _unproved(error: NetworkError) -> _Refused:
    """The request itself has not left: there was no network for what proves who asks."""
    final = isinstance(error, TlsError | ProxyLoginError)
    return _Refused(error, "final" if final else "not-sent", host=error.host)


class Session:
    """Used by the service classes. `on_request` hears of every try; what `before_change` raises keeps it here."""

    def __init__(
        self,
        account: Account,
        login: Login,
        endpoints: dict[str, str],
        *,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.account = account
        self.endpoints = endpoints
        self.traits = traits(account)
        self.clock = clock
        self.on_request: Callable[[Exchange], None] | None = None
        self.before_change: Callable[[], None] | None = None  # in a thread, before each try that may change something
        self.outages = Outages(clock)
        self.auth = Auth(account, login, clock, self.call)
        self.timeouts = timeouts
        self._transport = Transport(account, endpoints.values(), transport, timeouts)
        self._under_way: set[asyncio.Task[tuple[int, dict[str, str], bytes]]] = set()
        self._closed = False
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._creating = asyncio.Lock()
        self._last_create = float("-inf")

    def __repr__(self) -> str:
        return f"Session(cloud={self.account.cloud!r}, region={self.account.region!r})"

    @property
    def identity(self) -> Identity | None:
        return self.auth.identity

    def offers(self, service: str) -> bool:
        """Whether this cloud has the service at all (enterprise projects are not everywhere)."""
        return service in self.endpoints or service in self.auth.endpoints

    async def call(self, request: Request, read: Callable[[Answer], T], *, by: Sender | None = None) -> T:
        """Send, retry by class, decode with `read`. Raises the AppError family; UnknownOutcomeError for lost creates.
        Whatever is raised names the call. `by`: for bodies that do not fit into memory; it takes none of the places for
        requests in flight.

        `read` runs in a worker thread when the answer is large; it may raise UnreadableError.
        """
        try:
            if "{project_id}" in request.path:
                project = await self.auth.project_id()
                request = msgspec.structs.replace(request, path=request.path.replace("{project_id}", project))
            async with self._turn(request):
                return await self._tries(request, read, by)
        except AppError as error:
            # One that a call within this one has met (a new token, say) names that call already.
            error.call = error.call or self.scrub(request.label)
            raise

    async def reach(self, url: str) -> None:
        """Whether anything at all answers there, by the roads of this account; no proof of who asks is sent. Raises
        NetworkError, InputError."""
        request = Request(service="console", method="HEAD")
        async with self._slots:
            await self._exchange(request, url, {"User-Agent": "isowright"}, None)

    async def aclose(self) -> None:
        """End what is under way, close all connections; safe to call twice. Calls raise NetworkError from then on."""
        self._closed = True
        for exchange in self._under_way:
            exchange.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._transport.aclose()

    def scrub(self, text: str) -> str:
        """`text` without anything that this session knows to be secret."""
        return redact(text, self.auth.secrets())

    def _without_secrets(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        """An error's answer as a whole, before anything is cut out of it: half a secret is no longer known as one."""
        known = self.auth.secrets()
        text = hide(body.decode("utf-8", "surrogateescape"), known)
        return {name: hide(value, known) for name, value in headers.items()}, text.encode("utf-8", "surrogateescape")

    # --- one request, several tries -----------------------------------------------------------------------------------

    async def _tries(self, request: Request, read: Callable[[Answer], T], by: Sender | None) -> T:
        tries, doubt, renewals, waited = 0, False, 0, False
        while True:
            tries += 1
            used: object = None
            offset = self.auth.offset
            try:
                answer, used = await self._once(request, by)
                found = complaint(answer)
                if found is None:
                    if request.service == "iam" and (theirs := date_header(answer)):
                        self.auth.learn_time(theirs)
                    return await self._decoded(answer, read)
                case = case_for(answer, found)
                if await self._renewed(request, answer, found, case, used, offset, renewals):
                    renewals += 1
                    continue
                self._refuse(request, answer, found, case, used, renewed=renewals > 0)
            except _Refused as refused:
                doubt = doubt or retry.is_ambiguous(refused.trouble)
                verdict = retry.decide(request.kind, refused.trouble, tries, doubt=doubt)
                if verdict == "unknown":
                    raise lost_answer(request.label, refused.error) from refused.error
                if self._may_wait(request) and refused.unsent(waited=waited) and (waited or verdict == "stop"):
                    # Whatever the cloud has begun goes on; what was not sent can be sent in an hour as well.
                    if not await self.outages.bear(refused.host):
                        raise refused.error from refused.error.__cause__
                    tries, renewals, waited = 0, 0, True
                    continue
                if verdict == "stop":
                    raise refused.error from refused.error.__cause__
                longest = retry.LONGEST_WAIT_PART if request.kind == "part" else retry.LONGEST_WAIT
                wait = retry.delay(tries, refused.after, longest)
                _log.debug("%s: %s, again in %.1f s", request.label, refused.trouble, wait)
            await self.clock.sleep(wait)

    def _may_wait(self, request: Request) -> bool:
        """For the network, for as long as it takes. A first sign-in fails at once: the answers may be wrong."""
        watched = self.outages.watch is not None and self.identity is not None
        return watched and request.kind != "login" and not request.prompt

    async def _once(self, request: Request, by: Sender | None) -> tuple[Answer, object]:
        url = self._url(request)
        try:
            headers, used = await self.auth.prove(request, url)
        except NetworkError as error:
            if not self._may_wait(request):
                raise
            raise _unproved(error) from error
        if self.before_change is not None and request.kind not in ("login", "read"):
            await asyncio.to_thread(self.before_change)
        headers["User-Agent"] = "isowright"
        if request.service == "obs":
            headers["Accept-Encoding"] = "identity"  # a range of an ISO is wanted as it is
        else:
            headers["X-Language"] = "en-us"
        started = self.clock.monotonic()
        status, answer_id = 0, ""
        try:
            async with self._slots if by is None else contextlib.nullcontext():
                status, got, body = await self._exchange(request, url, headers, by)
            if status >= 300:
                got, body = self._without_secrets(got, body)
            self.outages.answered(host_of(url))
            path = f"/{request.bucket}/{request.key}".rstrip("/") if request.service == "obs" else request.path
            answer = Answer(
                service=request.service, method=request.method, path=path, status=status, headers=got, body=body
            )
            answer_id = self.scrub(answer.request_id)
            if len(body) >= LARGEST and status < 300:
                raise _Refused(overlong(answer), "final" if request.kind in ("read", "login") else "unreadable")
        except (TlsError, ProxyLoginError) as error:
            raise _Refused(error, "final", host=error.host or host_of(url)) from error
        except NetworkError as error:
            trouble: retry.Trouble = "final" if self._closed else "lost" if error.sent else "not-sent"
            raise _Refused(error, trouble, host=error.host or host_of(url)) from error
        finally:
            self._tell(request, status, answer_id, self.clock.monotonic() - started)
        return answer, used

    async def _exchange(
        self, request: Request, url: str, headers: dict[str, str], by: Sender | None
    ) -> tuple[int, dict[str, str], bytes]:
        """A task of its own, so that closing can end it: an answer that came after would leave its connection open."""
        if self._closed:
            raise _ended(sent=False)
        fresh = request.kind in ("create", "create-with-token")
        exchange = asyncio.ensure_future(
            by(url, headers)
            if by is not None
            else self._transport.exchange(request.method, url, headers, request.body, fresh=fresh)
        )
        self._under_way.add(exchange)
        try:
            return await exchange
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._closed or (task and task.cancelling()):
                raise
            raise _ended(sent=True) from None
        finally:
            self._under_way.discard(exchange)

    async def _decoded(self, answer: Answer, read: Callable[[Answer], T]) -> T:
        try:
            if len(answer.body) > _LARGE:
                return await asyncio.to_thread(read, answer)
            return read(answer)
        except UnreadableError as error:
            raise _Refused(error, "unreadable") from error

    async def _renewed(
        self,
        request: Request,
        answer: Answer,
        found: Complaint,
        case: Case,
        used: object,
        offset: timedelta,
        renewals: int,
    ) -> bool:
        """Whether a new proof makes another try worth while. offset: what the request's time was reckoned with.
        renewals: how often it has had another proof; all but the first come after a pause."""
        if renewals >= retry.renewals(request.kind):
            return False
        if case is case_of("clock"):
            theirs = server_time(answer, found)
            learned = theirs is not None and self.auth.learn_time(theirs)
            return learned or self.auth.offset != offset  # one of several at once has learned it for all
        if not self.auth.can_renew(request):
            return False
        dead = case.nature == "token" or (answer.status == 401 and not found.code and request.service != "obs")
        if request.service == "obs" or isinstance(used, TemporaryKeys):
            dead = dead or case is case_of("unknown-key")
        if dead:
            try:
                await self.auth.renew(used)
            except NetworkError as error:
                if not self._may_wait(request):
                    raise
                raise _unproved(error) from error
            if renewals:
                await self.clock.sleep(retry.delay(renewals + 1, longest=retry.LONGEST_WAIT_PART))
        return dead

    def _refuse(
        self, request: Request, answer: Answer, found: Complaint, case: Case, used: object, *, renewed: bool
    ) -> NoReturn:
        if renewed and case.nature == "token" and request.service != "obs":
            case = case_of("other-region") or case
        if request.service == "obs" and isinstance(used, TemporaryKeys) and case is case_of("unknown-key"):
            case = case_of("unknown-temporary-key") or case  # no key of the operator's
        error = to_error(answer, found, case, scrub=self.scrub)
        # A list that is good to have (of the whole account) must not end what the same key can do elsewhere.
        if case is case_of("signature") and isinstance(error, AuthError) and request.scope != "domain":
            self.auth.broken = error
        after = retry.retry_after(answer.headers.get("retry-after", ""), self.auth.now())
        raise _Refused(error, case.nature, after)

    # --- pacing -------------------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _turn(self, request: Request) -> AsyncIterator[None]:
        if request.kind not in ("create", "create-with-token"):
            yield
            return
        async with self._creating:
            pause = self._last_create + CREATE_SPACING - self.clock.monotonic()
            if pause > 0:
                await self.clock.sleep(pause)
            self._last_create = self.clock.monotonic()
            yield

    # --- addresses and logs -------------------------------------------------------------------------------------------

    def base(self, service: str) -> str:
        """Where the service is. Raises InputError if this cloud does not have it."""
        # The cloud knows best where its services are.
        base = self.auth.endpoints.get(service) or self.endpoints.get(service)
        if base is None:
            raise InputError(
                f"This cloud has no endpoint for {service.upper()}.",
                remedy="Choose Custom endpoints and enter its URL, or do without it.",
                action="step:account.endpoints",
            )
        return base

    def _url(self, request: Request) -> str:
        base = self.base(request.service)
        query = (obs_sign.encode_object_query if request.service == "obs" else encode_query)(request.query)
        path = object_path(base, request.bucket, request.key) if request.service == "obs" else encode_path(request.path)
        if request.bucket and not _BUCKET.fullmatch(request.bucket):  # it would become part of the host's name
            raise InputError(
                f"“{request.bucket}” cannot be a bucket.",
                remedy="Choose a bucket of the list; names have 3 to 63 letters, digits, dots and hyphens.",
                action="step:iso.bucket",
            )
        if request.service == "obs" and request.bucket and not path_style(base):
            parts = urlsplit(base)
            base = f"{parts.scheme}://{request.bucket}.{parts.netloc}"
        return f"{base}{path}" + (f"?{query}" if query else "")

    def _tell(self, request: Request, status: int, answer_id: str, seconds: float) -> None:
        path = self.scrub(request.label.removeprefix(f"{request.method} {request.service}"))
        told = Exchange(request.method, request.service, path, status, answer_id, seconds)
        _log.debug("%s %s%s -> %s %s %.3f s", *msgspec.structs.astuple(told))
        if self.on_request is not None:
            self.on_request(told)


def _ended(*, sent: bool) -> NetworkError:
    return NetworkError(
        "The connection to the cloud was closed.",
        detail="Isowright itself closed it: the run or the page that asked has ended.",
        remedy="Start it again.",
        sent=sent,
        action="retry",
    )


def path_style(base: str) -> bool:
    """Buckets go into the path for addresses and localhost (as the official OBS SDK does), else before the host."""
    host = urlsplit(base).hostname or ""
    return host == "localhost" or ":" in host or host.replace(".", "").isdigit()


def object_path(base: str, bucket: str, key: str) -> str:
    """The path of a bucket or object below `base`."""
    encoded = obs_sign.encode_key(key)
    if not bucket:
        return "/"
    return f"/{bucket}/{encoded}" if path_style(base) else f"/{encoded}"
