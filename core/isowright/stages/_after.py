"""What the stages after the verified image have in common: whatever becomes of them, the image is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from isowright.errors import AppError, LeaseLostError, StateError
from isowright.pipeline.stage import VERIFIED, Context

_KEPT = "The image is verified and stays, whatever you do now."
_HERE = "step:image.after"


def image_id(ctx: Context) -> str:
    """Of the verified image."""
    made = ctx.log.resource("image")
    return ctx.log.known(VERIFIED) or (made.id if made else "")


@contextmanager
def after_image(what: str) -> Iterator[None]:
    """Errors say that the image is done, and what was not. what: "not shared"."""
    try:
        yield
    except AppError as error:
        if not isinstance(error, LeaseLostError | StateError):
            _tell(error, what)
        raise


def _tell(error: AppError, what: str) -> None:
    error.title = f"The image is done, but {what}. {error.title}"
    error.detail = f"{error.detail} {_KEPT}".strip()
    if error.action.startswith("step:iso"):  # the table's words are about the ISO
        error.remedy = "Give another bucket or file for the export, then go on."
    past = error.action in ("rename", "clean-up") or error.action.startswith(("step:iso", "step:image"))
    if past or (error.action == "retry" and not error.retryable):
        error.action = _HERE  # the former answers are past; what was asked for afterwards can still be changed
