"""What is said when a token or a one-time code is of no use."""

from __future__ import annotations

from isowright.cloud import catalog
from isowright.errors import AppError, AuthError, NotFoundError, PasscodeNeededError
from isowright.recipe import CUSTOM, PRACTICE, Account


def code_needed(*, ended: bool, cause: AppError | None = None) -> PasscodeNeededError:
    """`ended`: there was one, and what it had been good for has come to its end."""
    return PasscodeNeededError(
        "A new one-time code is needed." if ended else "This user signs in with a one-time code as well.",
        detail="The sign-in was made with a one-time code, has ended, and cannot be renewed without a new one. What"
        " runs in the cloud goes on meanwhile."
        if ended
        else "The password is right; a virtual MFA device protects the user.",
        remedy="Enter the code that the authenticator shows now.",
        code=cause.code if cause else "",
        status=cause.status if cause else None,
        request_id=cause.request_id if cause else "",
        action="sign-in",
    )


def token_dead(cause: AppError) -> AuthError:
    return AuthError(
        "The cloud does not accept this token.",
        detail=f"It has ended, was revoked, or is of another cloud. {cause.detail}".strip(),
        remedy="Get a new token and paste the whole of it, or sign in another way.",
        code=cause.code,
        status=cause.status,
        request_id=cause.request_id,
        action="step:account.token",
    )


def token_ended() -> AuthError:
    return AuthError(
        "The token has ended.",
        detail="A token lives for a day at most, and only who made it can make another. What runs in the cloud goes"
        " on.",
        remedy="Sign in again with a new token.",
        action="sign-in",
    )


def no_project() -> AuthError:
    return AuthError(
        "This token is not of a project.",
        detail="It is of the account as a whole; images, servers and disks are reached with a project's token only.",
        remedy="Get a token with the project as its scope.",
        action="step:account.token",
    )


def another_project(name: str, wanted: str) -> AuthError:
    return AuthError(
        f"This token is of the project {name}.",
        detail=f"What is to be done belongs to the project {wanted}.",
        remedy=f"Get a token with {wanted} as its scope.",
        action="step:account.token",
    )


def other_region(account: Account, project: str) -> None:
    """Raises NotFoundError if the project is of another region of this cloud: none of the region's services would know
    it. Projects are named after their region, {region} or {region}_{name}."""
    if account.cloud in (CUSTOM, PRACTICE) or project.partition("_")[0] == account.region:
        return
    regions = {region.id for entry in catalog.clouds() if entry.id == account.cloud for region in entry.regions}
    if project.partition("_")[0] in regions:
        raise NotFoundError(
            f"The project {project} is of another region than {account.region}.",
            detail="Each region has projects of its own.",
            remedy=f"Choose the region {project.partition('_')[0]}, or a project of {account.region}.",
            action="step:account.region",
        )
