"""What the console needs to know of machines: where the screen of a server can be reached."""

from pathlib import Path
from typing import Protocol


class Screens(Protocol):
    """The machines behind the servers."""

    def vnc_socket(self, server_id: str) -> Path | None:
        """The Unix socket on which the server's machine speaks RFB (VNC) without a password; None: it has no screen."""


class NoScreens:
    """Machines that are only played."""

    def vnc_socket(self, server_id: str) -> Path | None:  # noqa: ARG002 (the same for all)
        return None
