"""Every failure an operator can meet: what happened, what it means, what to do.

One class per situation that callers tell apart; the words are made where the facts are known. An error never carries a
secret: texts that come from a cloud pass through `isowright.cloud.wire.redact` first, and no known secret gets in here.
"""

from __future__ import annotations

from isowright.cloud.redact import hide_known


class AppError(Exception):
    """A failure in words for people.

    title: one sentence, what happened. detail: what it means, first what is safe. remedy: what to do (never empty).
    code: the cloud's own code ("IMG.0009") or "". status: HTTP status or None. request_id: for the cloud's support.
    call: which request of ours failed ("GET ims/v2/cloudimages"), "" where none did.
    retryable: the same action may succeed if it is simply repeated later.
    action: where the remedy leads, for a button: "retry", "step:<id>" or "step:<id>.<field>", "flavor:<id>" (take that
    one instead), "clean-up", "sign-in" or "".
    """

    exit_status = 1

    def __init__(
        self,
        title: str,
        *,
        remedy: str,
        detail: str = "",
        code: str = "",
        status: int | None = None,
        request_id: str = "",
        call: str = "",
        retryable: bool = False,
        action: str = "",
    ) -> None:
        self.title = hide_known(title)
        super().__init__(self.title)
        self.detail = hide_known(detail)
        self.remedy = hide_known(remedy)
        self.code = hide_known(code)
        self.status = status
        self.request_id = hide_known(request_id)
        self.call = call
        self.retryable = retryable
        self.action = action

    def __str__(self) -> str:
        parts = [self.title, self.detail, self.remedy]
        facts = (self.code, self.call, self.request_id and f"(request {self.request_id})")
        parts.append(" ".join(fact for fact in facts if fact))
        return "\n".join(p for p in parts if p)


class InputError(AppError):
    """An answer, profile or argument that cannot be used."""

    exit_status = 2


class StateError(AppError):
    """Our own files: not writable, damaged, of a newer schema, disk full."""


class InUseError(StateError):
    """Another process holds the data folder or the run."""


class LeaseLostError(InUseError):
    """Another process has taken over the run that this one was driving."""


class NetworkError(AppError):
    """No answer: name not found, refused, reset, timed out. `sent`: the request may have had its effect. `host`: who
    did not answer, with its port if that was given."""

    def __init__(self, title: str, *, sent: bool = False, host: str = "", **words: object) -> None:
        super().__init__(title, **words)  # type: ignore[arg-type]  # forwarded by name
        self.sent = sent
        self.host = host


class TlsError(NetworkError):
    """The other side could not prove who it is."""


class ProxyLoginError(NetworkError):
    """A proxy in between wants a user name and password, or has refused those it was given."""


class CloudError(AppError):
    """The cloud answered with an error that has no class of its own."""


class AuthError(CloudError):
    """Wrong password, unknown account, locked user, dead token, bad signature."""


class PasscodeNeededError(AuthError):
    """The user has a virtual MFA device, and there is no fresh one-time code."""


class ForbiddenError(CloudError):
    """Signed in, but not allowed."""


class NotFoundError(CloudError):
    """The thing asked for does not exist (or not yet)."""


class NameTakenError(CloudError):
    """A name that has to be unique exists already (IMG.0009)."""


class QuotaError(CloudError):
    """A limit of the project is used up."""


class SoldOutError(CloudError):
    """The flavor or disk type has no capacity left."""


class UnknownOutcomeError(CloudError):
    """A create request got no usable answer; whether it took effect has to be looked up, not assumed."""


class JobFailedError(AppError):
    """An asynchronous job of the cloud ended in FAIL. `server_id` names debris seen in its answer."""

    def __init__(self, title: str, *, server_id: str = "", **words: object) -> None:
        super().__init__(title, **words)  # type: ignore[arg-type]  # forwarded by name
        self.server_id = server_id


class JobTimeoutError(AppError):
    """A job did not end within its stage's deadline; it may still."""


class WrongDiskError(AppError):
    """Not exactly one disk could be the installed one: capturing would be a guess."""


class KeyringError(AppError):
    """The system keyring is absent, locked or does not answer."""
