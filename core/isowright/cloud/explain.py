"""From an answer that is an error to the words for it. Pure.

Decides by code, not by status: ECS documents that its HTTP statuses are not exact, and one code (APIGW.0301) has many
causes that only its text tells apart.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from isowright.cloud.redact import redact
from isowright.cloud.remedies import case_of
from isowright.cloud.remedy_case import Case
from isowright.cloud.wire import Answer, Complaint, complaint
from isowright.errors import AppError, AuthError, ForbiddenError, NotFoundError, UnknownOutcomeError

_SERVER_TIME = re.compile(r"server time:\s*(\d{8}T\d{6}Z)")
_LOGIN_TEXTS = (
    (r"\b(b?locked|lock)\b", "IAM.0061"),
    (r"passcode|totp|mfa|verification code|one-time", "wrong-passcode"),
    (r"federat|identity provider|huawei ?id\b|single sign-on", "federated"),
    (r"disabled", "IAM.0082"),
    (r"console|programmatic", "IAM.0081"),
)

_TEXTS_0301 = (
    (r"security token", "expired-keys"),
    (r"locked", "key-locked"),
    (r"expired|server time", "clock"),
    (r"not exist", "unknown-key"),
    (r"signature fail", "signature"),
    (r"decrypt token|x-auth-token", "dead-token"),
)

_BY_STATUS = {
    400: Case(
        "The cloud refused the request.", "Check the answers on the pages before, then try again.", action="retry"
    ),
    401: Case("The cloud did not accept the sign-in.", "Sign in again.", action="sign-in", error=AuthError),
    403: Case(
        "You are signed in, but not allowed to do this.",
        "Ask the account's administrator for the permission, then try again.",
        action="retry",
        error=ForbiddenError,
    ),
    404: Case(
        "The cloud does not have what was asked for.",
        "It may have been deleted, or the endpoint or region is another one. Refresh and choose again.",
        action="retry",
        error=NotFoundError,
    ),
    408: Case(
        "The cloud waited too long for the request.",
        "Check the network connection, then try again.",
        action="retry",
        nature="gateway",
    ),
    409: Case(
        "The cloud is busy with the same thing.", "Wait a minute, then try again.", action="retry", nature="wait"
    ),
    413: Case("The request is too large for the cloud.", "Shorten the description and the tags.", action="step:image"),
}
_THROTTLED = Case(
    "The cloud asks to slow down.",
    "Wait a minute, then try again.",
    "It did nothing with this request.",
    "retry",
    nature="throttled",
)
_GATEWAY = Case(
    "The cloud's gateway got no answer from the service.",
    "Try again in a few minutes.",
    action="retry",
    nature="gateway",
)
_SERVER = Case(
    "The cloud has trouble of its own.",
    "Try again in a few minutes. If it stays, give the request id to the cloud's support.",
    action="retry",
    nature="server",
)
_REDIRECT = Case(
    "The endpoint sends us elsewhere.",
    "Check the endpoint: it is not followed, because the sign-in would go to another host.",
    action="step:account.endpoints",
)


def is_login(answer: Answer) -> bool:
    return answer.method == "POST" and answer.path == "/v3/auth/tokens"


def case_for(answer: Answer, found: Complaint) -> Case:
    """The row of the tables that fits."""
    if is_login(answer) and (case := _login_case(answer, found)):
        return case
    if found.code in ("APIGW.0301", "APIG.0301"):
        return _named(_which_0301(found.message))
    if case := case_of(found.code):
        return case
    if answer.service == "obs":
        return _object_case(answer)
    if answer.service == "evs" and answer.status == 404:
        return _named("volume-missing")
    return _status_case(answer, found)


def to_error(
    answer: Answer, found: Complaint, case: Case | None = None, *, scrub: Callable[[str], str] = redact
) -> AppError:
    """The AppError for an answer. `scrub` takes secrets out of what the cloud says."""
    case = case or case_for(answer, found)
    details = [case.detail]
    if case is case_of("clock") and (theirs := server_time(answer, found)):
        details.append(f"The cloud's clock shows {theirs:%Y-%m-%d %H:%M:%S} UTC.")
    if said := scrub(found.message).strip():
        said = said if len(said) <= 300 else said[:299] + "…"
        details.append(f"The cloud says: {said}")
    return case.error(
        case.title,
        detail=" ".join(d for d in details if d),
        remedy=case.remedy,
        code=scrub(found.code),
        status=answer.status,
        request_id=scrub(found.request_id or answer.request_id),
        retryable=case.retryable,
        action=case.action,
    )


def error_in(answer: Answer, *, scrub: Callable[[str], str] = redact) -> AppError | None:
    """The error of an answer that may also be a good one."""
    found = complaint(answer)
    return None if found is None else to_error(answer, found, scrub=scrub)


def server_time(answer: Answer, found: Complaint) -> datetime | None:
    """The cloud's clock, from the error's text or the Date header."""
    if match := _SERVER_TIME.search(found.message):
        with contextlib.suppress(ValueError):  # digits, but no date
            return _sane(datetime.strptime(match.group(1), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
    return date_header(answer)


def date_header(answer: Answer) -> datetime | None:
    """What the Date header says, if a cloud's clock can say so."""
    try:
        moment = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    return _sane(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _sane(moment: datetime) -> datetime | None:
    """A clock that is off by decades is nobody's to follow; and calculating with it may leave the calendar."""
    return moment.astimezone(UTC) if 2020 <= moment.year < 2200 else None


def _named(name: str) -> Case:
    case = case_of(name)
    if case is None:
        raise KeyError(name)
    return case


def _login_case(answer: Answer, found: Complaint) -> Case | None:
    if "openstack-auth-receipt" in answer.headers:  # Keystone: the password is right, and another method is wanted
        return _named("wrong-passcode")
    if answer.status in (401, 403) and not case_of(found.code):
        # Keystone's answers carry no code of their own: only the text tells.
        for pattern, name in _LOGIN_TEXTS:
            if re.search(pattern, found.message.lower()):
                return _named(name)
    if answer.status == 401 and found.code in ("", "IAM.0001", "IAM.0011", "IAM.0062"):
        return _named("wrong-password")
    if answer.status == 404 and not found.code.startswith("APIG"):
        return _named("unknown-project")
    return None


def _which_0301(message: str) -> str:
    """One code, many causes; matched loosely, because the texts are nobody's promise."""
    text = message.lower()
    return next((name for pattern, name in _TEXTS_0301 if re.search(pattern, text)), "gateway-auth")


def _object_case(answer: Answer) -> Case:
    """For OBS answers without a body: HEAD errors, and what stands before the service."""
    if answer.status == 404:
        # path is "/bucket" or "/bucket/key" here
        return _named("NoSuchKey" if answer.path.strip("/").count("/") else "NoSuchBucket")
    if answer.status == 403:
        return _named("AccessDenied")
    if answer.status in (301, 307):
        return _named("other-host")
    if answer.status == 416:
        return _named("InvalidRange")
    return _status_case(answer, Complaint())


def _status_case(answer: Answer, found: Complaint) -> Case:
    status = answer.status
    # With a code or Retry-After, the service itself declined; a bare 503 may come from anything in between.
    declined = status == 503 and (found.code or "retry-after" in answer.headers)
    if status == 429 or declined:
        return _THROTTLED
    if 300 <= status < 400:
        return _REDIRECT
    if status >= 500:
        return _GATEWAY if status in (502, 503, 504) else _SERVER
    return _BY_STATUS.get(status, _BY_STATUS[400])


def lost_answer(label: str, cause: AppError) -> UnknownOutcomeError:
    """For a create that may or may not have happened."""
    return UnknownOutcomeError(
        "The answer to a create request was lost.",
        detail=f"{cause.title} It may have been made or not; it is not simply asked for again ({label}).",
        remedy="Continue: what exists is looked up first, so that nothing is made twice.",
        code=cause.code,
        status=cause.status,
        request_id=cause.request_id,
        retryable=True,
        action="retry",
    )
