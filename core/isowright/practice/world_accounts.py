"""Users, passwords, tokens and keys. Tokens are kept as hashes; wrong answers are counted and lock."""

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from .model import Caller, Project, TemporaryKey, Token, User
from .refusals import Refusal
from .seed import new_access_key
from .timing import KEY_LOCK, PASSWORD_LOCK, TOKEN_LIFE
from .totp import matching_step

if TYPE_CHECKING:
    from .world import World

_WRONG_PASSWORDS = 5
_WRONG_SIGNATURES = 5


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _unauthorized(message: str) -> Refusal:
    return Refusal(401, "401", message, shape="keystone")


class Accounts:
    def __init__(self, world: "World") -> None:
        self._world = world

    # Sign-in

    def check_password(self, domain: str, name: str, password: str) -> User:
        """The user, or Refusal: 401 for a wrong name, account or password, 401 IAM.0061 locked, 403 IAM.0081/0082. Who
        has an MFA device is not yet let in by that: see `check_passcode`."""
        state = self._world.state
        user = next((u for u in state.users.values() if u.name == name), None)
        if user is None or domain not in {state.domain_name, state.domain_id}:
            raise _unauthorized("The username or password is wrong.")
        if self._world.now < user.locked_until:
            raise Refusal(401, "IAM.0061", "The account is locked, wait for 15 minutes and try again.")
        if user.federated:
            raise _unauthorized("A federated user cannot be authenticated with a password.")
        if not hmac.compare_digest(password.encode(), user.password.encode()):
            self._wrong(user)
            raise _unauthorized("The username or password is wrong.")
        if not user.totp_secret:
            user.wrong_passwords = 0
        if not user.enabled:
            raise Refusal(403, "IAM.0082", "The user is disabled.")
        if not user.programmatic:
            raise Refusal(403, "IAM.0081", "The user can only access the cloud through the management console.")
        return user

    def check_passcode(self, user: User, passcode: str | None) -> None:
        """After the password. Refusal: 401 for one that is missing, wrong or used, or given by who has no device."""
        if not user.totp_secret and passcode is None:
            return
        if passcode is None:
            raise _unauthorized("The user has a virtual MFA device: methods password and totp are required.")
        step = matching_step(user.totp_secret, passcode, self._world.now, user.last_step) if user.totp_secret else None
        if step is None:
            self._wrong(user)
            raise _unauthorized("The totp passcode is wrong or has been used.")
        user.wrong_passwords, user.last_step = 0, step
        self._world.touch()

    def _wrong(self, user: User) -> None:
        user.wrong_passwords += 1
        if user.wrong_passwords >= _WRONG_PASSWORDS:
            user.locked_until = self._world.now + PASSWORD_LOCK
            user.wrong_passwords = 0
        self._world.touch()

    def find_project(self, *, project_id: str = "", name: str = "") -> Project:
        """Project of a token's scope; 404 if there is none."""
        for project in self._world.state.projects.values():
            if (project_id and project.id == project_id) or (not project_id and name and project.name == name):
                return project
        raise Refusal(404, "404", f"Could not find project: {project_id or name}.", shape="keystone")

    def issue_token(self, user: User, project: Project | None, methods: list[str]) -> tuple[str, Token]:
        """A long opaque text, as real ones are; valid for 24 hours."""
        text = "MIIS" + secrets.token_urlsafe(1500)
        now = self._world.now
        token = Token(user.id, project.id if project else None, now, now + TOKEN_LIFE, methods)
        self._world.state.tokens[_hash(text)] = token
        self._world.touch()
        return text, token

    def token(self, text: str) -> Token | None:
        return self._world.state.tokens.get(_hash(text))

    def token_caller(self, text: str) -> Caller:
        """The caller behind an X-Auth-Token, or the gateway's 401."""
        token = self.token(text)
        if token is None:
            message = "Incorrect IAM authentication information: decrypt token fail"
            raise Refusal(401, "APIGW.0301", message, shape="gateway")
        if token.expires <= self._world.now:
            raise Refusal(401, "APIGW.0307", "The token must be updated.", shape="gateway")
        state = self._world.state
        return Caller(state.users[token.user_id], state.projects[token.project_id] if token.project_id else None)

    def expire_tokens(self) -> None:
        """All tokens issued so far are past their time; new ones are good."""
        for token in self._world.state.tokens.values():
            token.expires = min(token.expires, self._world.now)
        self._world.touch()

    # Keys

    def issue_temporary_key(self, user: User, seconds: int) -> tuple[str, str, str, float]:
        """(access, secret, security token, expiry)."""
        access = "HST" + new_access_key()[3:]
        secret = secrets.token_urlsafe(30)[:40]
        token = "gQpwcmFjdGljZS0x" + secrets.token_urlsafe(400)
        expires = self._world.now + seconds
        self._world.state.temporary_keys[access] = TemporaryKey(user.id, secret, _hash(token), expires)
        self._world.touch()
        return access, secret, token, expires

    def expire_temporary_keys(self) -> None:
        for key in self._world.state.temporary_keys.values():
            key.expires = min(key.expires, self._world.now)
        self._world.touch()

    def secret_of(self, access: str, security_token: str | None) -> tuple[str, User]:
        """The secret key with which a request should have been signed. Raises KeyError: unknown key, ValueError:
        known, but its security token is wrong or missing, TimeoutError: past its time, PermissionError: locked."""
        temporary = self._world.state.temporary_keys.get(access)
        if temporary is not None:
            if security_token is None or not hmac.compare_digest(_hash(security_token), temporary.token_hash):
                raise ValueError(access)
            if temporary.expires <= self._world.now:
                raise TimeoutError(access)
            return temporary.secret, self._world.state.users[temporary.user_id]
        for user in self._world.state.users.values():
            if user.access_key == access:
                if self._world.now < user.key_locked_until:
                    raise PermissionError(access)
                return user.secret_key, user
        raise KeyError(access)

    def signature_checked(self, user: User, *, good: bool) -> None:
        """More than five wrong signatures in a row lock the key for five minutes."""
        if good:
            if user.wrong_signatures:
                user.wrong_signatures = 0
                self._world.touch()
            return
        user.wrong_signatures += 1
        if user.wrong_signatures > _WRONG_SIGNATURES:
            user.key_locked_until = self._world.now + KEY_LOCK
            user.wrong_signatures = 0
        self._world.touch()

    def region_project(self) -> Project:
        return self.find_project(name=self._world.state.region)
