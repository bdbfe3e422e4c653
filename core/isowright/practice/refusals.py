"""A refusal: the one way in which the world says no. Services turn it into the error body that their users know."""

from typing import Literal

Shape = Literal["service", "gateway", "not-found", "keystone"]


class Refusal(Exception):  # noqa: N818 (a refusal is an answer, not an error of this program)
    """`shape`: "service" is the service's own error body, "gateway" the API gateway's, "not-found" Nova's and Cinder's
    itemNotFound, "keystone" the one with a numeric code."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: list[tuple[str, str]] | None = None,
        shape: Shape = "service",
        fields: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details or []
        self.shape: Shape = shape
        self.fields = fields or {}


def denied(action: str) -> Refusal:
    """403 of a user without rights. The same text for each service, as the policy engine gives it."""
    return Refusal(403, "Pdp.0001", f"Policy doesn't allow {action} to be performed.")
