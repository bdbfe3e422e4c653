"""What an operator signs in with. Lives in memory (and, if it lasts, in the system keyring) only; `repr` shows nothing
secret."""

from __future__ import annotations

import re

import msgspec

from isowright.cloud.models import Secret
from isowright.errors import InputError

_PLAIN = re.compile(r"[!-~]+")


class PasswordLogin(msgspec.Struct, frozen=True):
    """An IAM user's password. `passcode`: six digits of a virtual MFA device, good for one sign-in.

    `user_id`: asked for by Huawei Cloud's IAM together with a passcode; other clouds take the name (IAM API reference,
    "password + virtual MFA"). `token`: what a sign-in with a passcode has given, so that the code is asked for once and
    not by each part of the program; a new code is needed when it ends.
    """

    domain: str  # the account's name
    user: str
    password: Secret
    passcode: str = ""
    user_id: str = ""
    token: Secret | None = None

    def __repr__(self) -> str:
        return f"PasswordLogin(domain={self.domain!r}, user={self.user!r})"


class KeyLogin(msgspec.Struct, frozen=True):
    """A permanent or temporary access key; temporary ones come with a security token."""

    access_key: str
    secret_key: Secret
    security_token: Secret | None = None

    def __repr__(self) -> str:
        return f"KeyLogin(access_key={self.access_key!r})"


class TokenLogin(msgspec.Struct, frozen=True):
    """A token that somebody else has asked for: of one project, for a day at most, and nothing renews it."""

    token: Secret

    def __repr__(self) -> str:
        return "TokenLogin()"


Login = PasswordLogin | KeyLogin | TokenLogin


def is_temporary(login: Login) -> bool:
    """It ends by itself within a day, so that no keyring need keep it."""
    return isinstance(login, TokenLogin) or (isinstance(login, KeyLogin) and bool(login.security_token))


def check(login: Login) -> None:
    """Raises InputError if a key could not even be sent: such characters come with pasting, and are in no real key."""
    parts: tuple[tuple[str, str, str], ...] = ()
    if isinstance(login, TokenLogin):
        parts = ((login.token.reveal(), "token", "token"),)
    elif isinstance(login, KeyLogin):
        token = login.security_token.reveal() if login.security_token else ""
        parts = (
            (login.access_key, "access key", "access_key"),
            (login.secret_key.reveal(), "secret key", "secret_key"),
            (token or "-", "security token", "security_token"),
        )
    for value, what, field in parts:
        if not _PLAIN.fullmatch(value):
            raise InputError(
                f"The {what} is empty, or holds a space, a line break or a character that no key has.",
                remedy="Copy it again, without anything around it.",
                action=f"step:account.{field}",
            )
