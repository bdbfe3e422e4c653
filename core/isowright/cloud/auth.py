"""Proof of who asks: a token kept fresh, or a signature on each request; temporary keys for the object service.

One renewal at a time, however many requests need it. A token is renewed when less than an hour is left, or once per
request when the cloud calls it dead (IAM reference: a token lives 24 hours, but dies with any change of the user).
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from isowright.clock import Clock
from isowright.cloud import iam_wire, obs_sign, sign
from isowright.cloud.explain import date_header
from isowright.cloud.find_project import Caller, domains_request, find_project
from isowright.cloud.iam_wire import Token
from isowright.cloud.login import KeyLogin, Login, PasswordLogin, TokenLogin
from isowright.cloud.models import Identity, Secret, TemporaryKeys
from isowright.cloud.service_catalog import read_endpoints
from isowright.cloud.token_words import another_project, code_needed, no_project, other_region, token_dead, token_ended
from isowright.cloud.wire import Answer, Request
from isowright.errors import (
    AppError,
    AuthError,
    CloudError,
    ForbiddenError,
    NetworkError,
    NotFoundError,
    PasscodeNeededError,
)
from isowright.recipe import CUSTOM, Account

_RENEW_KEYS = timedelta(minutes=5)
_KEY_SECONDS = 900  # the shortest that the service grants: no call takes a key back


class Auth:
    """Holds the login and everything derived from it. `call` is the session's."""

    def __init__(self, account: Account, login: Login, clock: Clock, call: Caller) -> None:
        self.identity: Identity | None = None
        self.offset = timedelta(0)  # the cloud's clock minus ours, where ours is wrong
        self.broken: AuthError | None = None  # a wrong signature: asking on would lock the key
        self.endpoints: dict[str, str] = {}  # service → URL, as far as tokens tell
        self._account = account
        self._login = login
        self._clock = clock
        self._call = call
        self._token: Token | None = None
        self._domain_token: Token | None = None
        self._domain_id = ""
        self._keys: TemporaryKeys | None = None
        self._token_lock = asyncio.Lock()
        self._project_lock = asyncio.Lock()
        self._domain_lock = asyncio.Lock()
        self._keys_lock = asyncio.Lock()
        self._passcode_used = False
        self._refused: AuthError | None = None  # the password no longer works: asking on would lock the user

    # --- what the session asks ----------------------------------------------------------------------------------------

    async def sign_in(self) -> Identity:
        """Raises AuthError, ForbiddenError, NotFoundError (no such project), NetworkError."""
        self.broken = self._refused = None
        if isinstance(self._login, KeyLogin):
            self.identity = await self._key_identity(self._login)
        else:
            async with self._token_lock:
                self._token = await self._first_token(self._login)
            self.identity = self._token.identity
        return self.identity

    async def project_id(self) -> str:
        """Signs in if that has not happened yet; one does it for all that ask at once."""
        login = self._login
        if not isinstance(login, KeyLogin) and self._token is None:
            await self.renew(None)
        async with self._project_lock:
            if self.identity is None:
                if not isinstance(login, KeyLogin):
                    raise RuntimeError("a token came without an identity")
                self.identity = await self._key_identity(login)
            return self.identity.project_id

    async def prove(self, request: Request, url: str) -> tuple[dict[str, str], object]:
        """Headers for one try, and a mark of what proved it (to be handed to `renew` when the cloud says no)."""
        headers = dict(request.headers)
        if request.body:
            headers.setdefault("Content-Type", "application/json")
        headers["Host"] = _host(url)
        if request.kind == "login":
            return headers, None
        if request.service == "obs":
            return await self._sign_object(request, headers)
        login = self._login
        if isinstance(login, KeyLogin):
            return self._sign(request, headers, login), None
        if request.scope == "domain" and not _asks_by_password(login):
            keys = await self.temporary_keys()
            self._domain_id = self._domain_id or await self._account_id()
            return self._sign(request, headers, KeyLogin(keys.access, keys.secret, keys.security_token)), keys
        token = await (self._fresh_domain_token(login) if request.scope == "domain" else self._fresh_token())
        headers["X-Auth-Token"] = token.value.reveal()
        return headers, token

    def can_renew(self, request: Request) -> bool:
        """Whether to `renew` a refused proof; where that takes a person, it says so."""
        return request.kind != "login" and not isinstance(self._login, KeyLogin)

    async def renew(self, used: object) -> None:
        """Replace the proof `used`, unless that has been done since."""
        if isinstance(used, TemporaryKeys):
            async with self._keys_lock:
                if self._keys is used:
                    self._keys = None
            return
        if isinstance(self._login, KeyLogin):
            return
        if used is not None and used is self._domain_token:
            self._domain_token = None
            return
        async with self._token_lock:
            if self._token is used:
                self._token = await self._first_token(self._login)
                self.identity = self._token.identity
                self._keys = None  # they may die with the token that made them

    def secrets(self) -> tuple[str, ...]:
        """Every secret value known here, for redaction."""
        login = self._login
        if isinstance(login, PasswordLogin):
            known = [login.password, Secret(login.passcode), login.token or Secret("")]
        elif isinstance(login, TokenLogin):
            known = [login.token]
        else:
            known = [login.secret_key, login.security_token or Secret("")]
        known += [t.value for t in (self._token, self._domain_token) if t]
        if self._keys:
            known += [self._keys.secret, self._keys.security_token]
        return tuple(s.reveal() for s in known if s)

    def lasting_login(self) -> Login:
        """The login as another session can use it: with the token in place of a code that is used up."""
        login = self._login
        if isinstance(login, PasswordLogin) and login.passcode:
            token = self._token.value if self._token else None
            return msgspec.structs.replace(login, passcode="", token=token)
        return login

    def now(self) -> datetime:
        """The cloud's time as far as known."""
        return self._clock.now() + self.offset

    def learn_time(self, theirs: datetime) -> bool:
        """Take over the cloud's clock; True if ours was wrong enough to have mattered (a minute and more)."""
        offset = theirs - self._clock.now()
        if abs(offset - self.offset) < timedelta(minutes=1):
            return False
        self.offset = offset
        return True

    # --- tokens -------------------------------------------------------------------------------------------------------

    async def _fresh_token(self) -> Token:
        token = self._token
        if token is not None and not token.identity.renewed and self.now() < token.expires_at:
            return token
        if token is None or self.now() > token.renew_at:
            try:
                await self.renew(token)
            except NetworkError:
                # The old one may live on for most of an hour: no reason to fail now.
                if token is None or token.expires_at <= self.now():
                    raise
                return token
        if self._token is None:
            raise RuntimeError("renewing a token neither gave one nor failed")
        return self._token

    async def _first_token(self, login: PasswordLogin | TokenLogin) -> Token:
        """What was given, if it is good; else, and later, a new one, as far as that takes nobody."""
        given, first = login.token, self._token is None
        if isinstance(login, TokenLogin):
            if not first:
                raise token_ended()
            return await self._given_token(login.token)
        if given and first:
            with contextlib.suppress(AuthError, ForbiddenError, NotFoundError):
                return await self._given_token(given)
        return await self._new_token(login)

    async def _given_token(self, value: Secret) -> Token:
        """What a token that was made elsewhere says about itself. Raises AuthError if it is of no use here."""

        def read(answer: Answer) -> Token:
            if theirs := date_header(answer):
                self.learn_time(theirs)
            self.endpoints |= read_endpoints(answer, self._account)
            return iam_wire.read_token(answer, value)

        try:
            token = await self._call(iam_wire.token_check_request(value), read)
        except (AuthError, ForbiddenError, NotFoundError) as error:
            dead = token_dead(error)
            dead.call = error.call
            raise dead from error
        if token.expires_at <= self.now():
            raise token_ended()
        identity, wanted = token.identity, self._account.project_id
        if not identity.project_id:
            raise no_project()
        if wanted and identity.project_id != wanted:
            raise another_project(identity.project_name, self._account.project_name or wanted)
        other_region(self._account, identity.project_name)
        return msgspec.structs.replace(token, identity=msgspec.structs.replace(identity, renewed=False))

    async def _new_token(self, login: PasswordLogin) -> Token:
        if login.passcode and self._passcode_used:
            raise code_needed(ended=True)
        account = self._account
        project: dict[str, object] = {"id": account.project_id}
        if not account.project_id:
            # A name is unique within an account only. OpenStack insists on hearing which, the others take it
            # (Terraform's providers send it to all of them).
            project = {"name": account.project_name or account.region, "domain": {"name": login.domain}}
        if self._refused is not None:
            raise self._refused
        self._passcode_used = True
        try:
            token = await self._ask_token(login, {"project": project})
        except NetworkError as error:
            self._passcode_used = error.sent
            raise
        except AuthError as error:
            self._refused = error
            raise
        if not token.identity.project_id:
            raise NotFoundError(
                "The sign-in worked, but gave no project.",
                detail="Without a project, no image, server or disk can be reached.",
                remedy="Check the region, and the project under Advanced.",
                action="step:account.project_name",
            )
        other_region(account, token.identity.project_name)
        if login.passcode:
            token = msgspec.structs.replace(token, identity=msgspec.structs.replace(token.identity, renewed=False))
        return token

    async def _ask_token(self, login: PasswordLogin, scope: dict[str, object]) -> Token:
        def read(answer: Answer) -> Token:
            token = iam_wire.read_token(answer)
            if theirs := date_header(answer):
                self.learn_time(theirs)  # expiry is counted on the cloud's clock
            self.endpoints |= read_endpoints(answer, self._account)
            return token

        request = iam_wire.token_request(login, scope)
        if self._account.cloud != CUSTOM:
            request = msgspec.structs.replace(request, query=())
        try:
            return await self._call(request, read)
        except PasscodeNeededError:
            raise
        except AuthError as error:
            if error.action == "step:account.passcode" and not login.passcode:
                raise code_needed(ended=login.token is not None, cause=error) from error
            raise

    async def _fresh_domain_token(self, login: Login) -> Token:
        """For services of the whole account (enterprise projects)."""
        if not isinstance(login, PasswordLogin):
            raise TypeError("only a password can ask for another token")
        async with self._domain_lock:
            token = self._domain_token
            if token is None or self.now() > token.renew_at:
                token = await self._ask_token(login, {"domain": {"name": login.domain}})
                self._domain_token = token
            return token

    # --- signatures ---------------------------------------------------------------------------------------------------

    async def _key_identity(self, login: KeyLogin) -> Identity:
        identity, self._domain_id = await find_project(self._account, login.access_key, self._call)
        return identity

    async def _account_id(self) -> str:
        """Of who holds a token, "" where the cloud does not tell."""
        if self._token is not None and self._token.domain_id:
            return self._token.domain_id
        with contextlib.suppress(AppError):
            return (await self._call(domains_request(), iam_wire.read_domains))[0]
        return ""

    def _sign(self, request: Request, headers: dict[str, str], login: KeyLogin) -> dict[str, str]:
        if self.broken is not None:
            raise self.broken
        headers[sign.DATE_HEADER] = sign.timestamp(self.now())
        if request.scope == "project" and self.identity is not None:
            headers["X-Project-Id"] = self.identity.project_id
        elif request.scope == "domain" and self._domain_id:
            headers["X-Domain-Id"] = self._domain_id
        if login.security_token:
            headers["X-Security-Token"] = login.security_token.reveal()
        headers["Authorization"] = sign.authorization(
            login.access_key,
            login.secret_key.reveal(),
            request.method,
            request.path,
            request.query,
            headers,
            request.body,
        )
        return headers

    async def _sign_object(self, request: Request, headers: dict[str, str]) -> tuple[dict[str, str], object]:
        if self.broken is not None:
            raise self.broken
        login = self._login
        used: TemporaryKeys | None = None
        if isinstance(login, KeyLogin):
            access, secret, token = login.access_key, login.secret_key, login.security_token
        else:
            used = await self.temporary_keys()
            access, secret, token = used.access, used.secret, used.security_token
        headers["Date"] = obs_sign.http_date(self.now().astimezone(UTC))
        if token:
            headers["x-obs-security-token"] = token.reveal()
        headers["Authorization"] = obs_sign.authorization(
            access, secret.reveal(), request.method, request.bucket, request.key, dict(request.query), headers
        )
        return headers, used

    async def temporary_keys(self) -> TemporaryKeys:
        """Cached; new ones 5 minutes before the old ones die."""
        async with self._keys_lock:
            keys = self._keys
            if keys is None or keys.expires_at - self.now() < _RENEW_KEYS:
                request = iam_wire.temporary_keys_request(_KEY_SECONDS)
                try:
                    keys = await self._call(request, iam_wire.read_temporary_keys)
                except NotFoundError as error:  # not to be taken for a missing object by whoever needs the keys
                    raise CloudError(
                        "The cloud gave no temporary access key.",
                        detail=f"The object service needs one. {error.detail}".strip(),
                        remedy="Check the IAM endpoint, or sign in with an access key.",
                        code=error.code,
                        status=error.status,
                        request_id=error.request_id,
                        action="step:account.endpoints",
                    ) from error
                self._keys = keys
            return keys


def _asks_by_password(login: Login) -> bool:
    """Whether another token is to be had without anybody's help. Else temporary keys reach services of the whole
    account: a code is good once, and a token is of one project, but keys made with it are of the user."""
    return isinstance(login, PasswordLogin) and not login.passcode and not login.token


def _host(url: str) -> str:
    """The Host header: the port only where it is not the scheme's own (request signing guide)."""
    parts = urlsplit(url)
    own = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return parts.netloc.removesuffix(own) if own else parts.netloc
