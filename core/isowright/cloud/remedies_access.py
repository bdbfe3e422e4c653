"""Signing in, permissions, throttling and trouble on the cloud's side.

Source: error code tables of the IAM reference, the API gateway and the common ECS codes."""

from __future__ import annotations

from isowright.cloud.remedy_case import Case
from isowright.errors import AuthError, ForbiddenError, NotFoundError

ACCESS = {
    "wrong-password": Case(
        "The account, user name or password is wrong.",
        "Check all three, and that the cloud and region are the right ones. Too many wrong tries lock the user.",
        "The cloud does not say which of them. A federated user or a HUAWEI ID cannot sign in here: create an IAM user"
        " with programmatic access, or use a temporary key or a token.",
        "step:account.password",
        AuthError,
    ),
    "wrong-passcode": Case(
        "The one-time code was not accepted.",
        "Enter the code that the authenticator shows now.",
        "The user signs in with a virtual MFA device; a code is good once, for some 30 seconds.",
        "step:account.passcode",
        AuthError,
    ),
    "federated": Case(
        "This user signs in with another organisation's account, and so has no password here.",
        "Sign in with a temporary key or a token, which the console or KooCLI make for such users, or as an IAM user"
        " with programmatic access.",
        "Federated users and HUAWEI IDs have their password with their identity provider, which this cloud's API does"
        " not ask.",
        "step:account.user",
        AuthError,
    ),
    "unknown-project": Case(
        "The project does not exist, or not in this region.",
        "Check the region, and the project under Advanced; leave it empty for the region's own project.",
        action="step:account.project_name",
        error=NotFoundError,
    ),
    "IAM.0061": Case(
        "The user is locked.",
        "Wait until the lock ends (15 minutes by default), or ask the account's administrator to unlock the user.",
        "Too many wrong passwords were entered. More tries make the lock last longer.",
        "step:account.user",
        AuthError,
    ),
    "IAM.0081": Case(
        "The user may sign in to the console only.",
        "Ask the account's administrator to allow programmatic access for this IAM user, or choose another user.",
        "The password may be right, but this user cannot use the API.",
        "step:account.user",
        ForbiddenError,
    ),
    "IAM.0082": Case(
        "The user is disabled.",
        "Ask the account's administrator to enable the IAM user, or choose another user.",
        action="step:account.user",
        error=ForbiddenError,
    ),
    "IAM.0080": Case(
        "The access key's owner is disabled.",
        "Ask the account's administrator to enable the IAM user, or use another key.",
        action="step:account.access_key",
        error=ForbiddenError,
    ),
    "IAM.0083": Case(
        "This region is not open to the account.",
        "Choose another region.",
        action="step:account.region",
        error=ForbiddenError,
    ),
    "signature": Case(
        "The secret key does not match the access key.",
        "Enter the key pair again. Nothing is tried again by itself: five wrong signatures lock a key for 5 minutes.",
        "The cloud computed another signature for the same request.",
        "step:account.secret_key",
        AuthError,
    ),
    "unknown-key": Case(
        "The access key does not exist.",
        "Check the key and the cloud that it belongs to; it may have been deleted or disabled.",
        action="step:account.access_key",
        error=AuthError,
    ),
    "unknown-temporary-key": Case(
        "The object service does not know the temporary access key that it was given.",
        "Wait a minute, then try again. If it stays so, check the endpoints, or sign in with an access key.",
        "The sign-in service made the key just now; it may take a moment until all servers know it.",
        "retry",
    ),
    "key-locked": Case(
        "The access key is locked for a few minutes.",
        "Wait five minutes, check the secret key, then sign in again.",
        "Too many requests were signed with a wrong secret key.",
        "step:account.secret_key",
        AuthError,
    ),
    "clock": Case(
        "This computer's clock is wrong.",
        "Set the clock (time synchronisation does it), then try again.",
        "Signed requests are good for 15 minutes around the cloud's time.",
        "retry",
        AuthError,
    ),
    "other-region": Case(
        "The cloud refused the sign-in on this endpoint, even after a new one.",
        "Check that the region and all endpoints belong together, then sign in again.",
        "A sign-in of one region is not valid on another region's endpoint.",
        "step:account.region",
        AuthError,
    ),
    "dead-token": Case(
        "The sign-in is no longer valid.",
        "Sign in again.",
        "It expired, or the user's password, keys or permissions have changed.",
        "sign-in",
        AuthError,
        "token",
    ),
    "gateway-auth": Case(
        "The cloud did not accept the sign-in.",
        "Sign in again; if it stays, check the key or user, and whether the account is in arrears.",
        action="sign-in",
        error=AuthError,
    ),
    "forbidden": Case(
        "You are signed in, but not allowed to do this.",
        "Ask the account's administrator for the permission, then try again.",
        action="retry",
        error=ForbiddenError,
    ),
    "address-refused": Case(
        "The cloud refuses requests from this computer's address.",
        "Use a network that the account's access rules allow.",
        action="retry",
        error=ForbiddenError,
    ),
    "restricted": Case(
        "The account is restricted: real-name check, payment or balance.",
        "Settle it in the cloud's console (billing centre), then try again.",
        action="retry",
        error=ForbiddenError,
    ),
    "wrong-host": Case(
        "This endpoint does not know the call.",
        "Check the endpoint of this service and the region.",
        "It usually means a wrong host name, region or service.",
        "step:account.endpoints",
        NotFoundError,
    ),
    "project-mismatch": Case(
        "The project does not belong to this sign-in.",
        "Check the region and the project, then sign in again.",
        action="step:account.project_name",
        error=ForbiddenError,
    ),
    "throttled": Case(
        "The cloud asks to slow down.",
        "Wait a minute, then try again.",
        "It did nothing with this request.",
        "retry",
        nature="throttled",
    ),
    "server": Case(
        "The cloud has trouble of its own.",
        "Try again in a few minutes. If it stays, give the request id to the cloud's support.",
        action="retry",
        nature="server",
    ),
    "backend": Case(
        "The cloud has trouble of its own and did not say whether it acted.",
        "Try again: what already exists is looked up first, nothing is made twice.",
        action="retry",
        nature="unknown",
    ),
}
