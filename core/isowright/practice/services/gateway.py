"""Who is asking: X-Auth-Token or an SDK-HMAC-SHA256 signature, as the API gateway checks them."""

import re
from datetime import UTC, datetime

from isowright.practice.model import Caller, Project
from isowright.practice.refusals import Refusal
from isowright.practice.signatures import read_sdk_claim, sdk_signature_is_good
from isowright.practice.timing import CLOCK_SKEW

from .call import Call

_PREFIX = "Incorrect IAM authentication information: "


def _unauthorized(text: str) -> Refusal:
    return Refusal(401, "APIGW.0301", _PREFIX + text, shape="gateway")


def authenticate(call: Call, *, regional: bool) -> Caller:
    """The caller, or 401 in the gateway's words. `regional` services refuse tokens of other regions (APIGW.0307)."""
    token = call.headers.get("x-auth-token")
    if token:
        caller = call.world.accounts.token_caller(token)
    elif call.headers.get("authorization"):
        caller = _signed(call)
    else:
        raise _unauthorized("x-auth-token not found")
    project = caller.project
    if regional and project is not None and project.region != call.world.state.region:
        raise Refusal(401, "APIGW.0307", "The token must be updated.", shape="gateway")
    return caller


def _signed(call: Call) -> Caller:
    claim = read_sdk_claim(call.headers.get("authorization", ""))
    if claim is None:
        raise _unauthorized("authorization header format invalid")
    date = call.headers.get("x-sdk-date", "")
    if not re.fullmatch(r"\d{8}T\d{6}Z", date):
        raise _unauthorized("calc aksk signature fail:X-Sdk-Date is missing or invalid")
    accounts = call.world.accounts
    try:
        secret, user = accounts.secret_of(claim.access, call.headers.get("x-security-token"))
    except KeyError:
        raise _unauthorized(f"ak {claim.access} not exist") from None
    except ValueError:
        raise _unauthorized("verify security token fail") from None
    except TimeoutError:
        raise _unauthorized("security token expired") from None
    except PermissionError:
        raise _unauthorized(f"ak {claim.access} is locked, wait for 5 minutes") from None
    good = sdk_signature_is_good(call.signed, claim, secret)
    accounts.signature_checked(user, good=good)
    if not good:
        raise _unauthorized("verify aksk signature fail")
    moment = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    if abs(moment - call.world.now) > CLOCK_SKEW:
        server = datetime.fromtimestamp(call.world.now, UTC).strftime("%Y%m%dT%H%M%SZ")
        text = f"calc aksk signature fail:signature expired, signature time:{date},server time:{server}"
        raise _unauthorized(text)
    return Caller(user, _project(call))


def _project(call: Call) -> Project | None:
    """X-Project-Id, the domain named by X-Domain-Id, or the region's own project."""
    wanted = call.headers.get("x-project-id")
    if wanted:
        project = call.world.state.projects.get(wanted)
        if project is None:
            raise Refusal(403, "APIGW.0310", "The project is unavailable.", shape="gateway")
        return project
    domain = call.headers.get("x-domain-id")
    if domain:
        if domain != call.world.state.domain_id:
            raise _unauthorized("domain id is invalid")
        return None
    if call.service == "iam":
        return None
    return call.world.accounts.region_project()
