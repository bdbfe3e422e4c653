"""What a server shows while it is the operator's turn: the end of its console's log, and its screen."""

from __future__ import annotations


class Sight:
    """In memory only, and for whoever looks at the run in this process. A console may show anything, passwords among
    it: this is no event, and nothing of it goes into the journal, a receipt, a log file or a command's output.
    """

    def __init__(self) -> None:
        self.lines: tuple[str, ...] = ()  # of the log, as `console_text.last_lines` has them
        self.screen = b""  # a PNG, as it came: untrusted
        self.looked_at = False  # somebody has the screen before their eyes: it is taken more often
        self.consoles = 0  # how often the operator has opened the console

    def __repr__(self) -> str:
        return f"Sight({len(self.lines)} lines, {len(self.screen)} bytes)"

    def forget(self) -> None:
        """The turn is over."""
        self.lines, self.screen, self.looked_at = (), b"", False
