"""Which finding signs an account in: a secret must never go to a cloud that it is not of."""

from __future__ import annotations

from collections.abc import Iterable

from isowright.cloud.login import KeyLogin, PasswordLogin, TokenLogin
from isowright.found.finding import Finding
from isowright.recipe import Account


def fitting(findings: Iterable[Finding], account: Account) -> Finding | None:
    """The first with a secret of the account's user or key, at the account's cloud; None if there is none."""
    return next((finding for finding in findings if _fits(finding, account)), None)


def _fits(finding: Finding, account: Account) -> bool:
    theirs, login = finding.account, finding.login
    if isinstance(login, KeyLogin):
        if not account.by_key or bool(login.security_token) != (account.method == "temporary_key"):
            return False
        # A signature gives nothing away, and the key's id says whose it is: which cloud is plain without being said.
        return login.access_key == account.access_key or (not account.access_key and _same_cloud(theirs, account))
    if isinstance(login, PasswordLogin):
        same = (theirs.domain or account.domain, theirs.user) == (account.domain, account.user)
        return account.method == "password" and same and _same_cloud(theirs, account)
    if isinstance(login, TokenLogin):
        return account.method == "token" and _same_cloud(theirs, account)
    return False


def _same_cloud(theirs: Account, account: Account) -> bool:
    if theirs.cloud != account.cloud:
        return False
    return theirs.endpoints.get("iam", "") == account.endpoints.get("iam", "").rstrip("/")
