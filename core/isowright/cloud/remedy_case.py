"""One row of the tables that say what a cloud's code means to an operator."""

from __future__ import annotations

from typing import Literal

import msgspec

from isowright.errors import CloudError

Nature = Literal["final", "wait", "throttled", "gateway", "server", "token", "unknown"]


class Case(msgspec.Struct, frozen=True):
    """What happened, what to do, what it means, where the remedy leads, and the class to raise.

    nature decides about repeating. final: report. wait: busy, may be asked again. throttled: not executed, slow down.
    gateway: something in between got no answer. server: trouble inside the cloud. token: sign in anew, once.
    unknown: may have been executed.
    """

    title: str
    remedy: str
    detail: str = ""
    action: str = ""
    error: type[CloudError] = CloudError
    nature: Nature = "final"

    @property
    def retryable(self) -> bool:
        """The same request may succeed later."""
        return self.nature not in ("final", "token")
