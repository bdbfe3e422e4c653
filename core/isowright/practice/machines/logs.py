"""What guests write to their serial ports, a file a server. A guest may write without end: only the end is kept."""

import contextlib
from collections.abc import Collection
from pathlib import Path

_SHOWN = 256 * 1024
_LARGEST = 4 * 1024**2


class Logs:
    """QEMU appends to the files while their machines run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, server_id: str) -> Path:
        return self._folder / f"{server_id}.log"

    def read(self, server_id: str) -> str:
        """The last 256 KiB; "" if there is nothing."""
        with contextlib.suppress(FileNotFoundError):
            return _end(self.path(server_id)).decode("utf-8", "replace").replace("\r\n", "\n")
        return ""

    def note(self, server_id: str, words: str) -> None:
        """What happened to the machine, where people look for what it said."""
        if words:
            with contextlib.suppress(OSError), self.path(server_id).open("ab") as file:
                file.write(f"\n[practice cloud] {words}\n".encode())

    def trim(self) -> None:
        """Takes the beginning of what has grown too long. Bytes that come in this moment may be lost with it."""
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_size > _LARGEST:
                    end = _end(path)
                    with path.open("r+b") as file:
                        file.truncate(0)
                        file.write(end)

    def tidy(self, servers: Collection[str]) -> None:
        for path in self._folder.iterdir():
            if path.stem not in servers:
                path.unlink(missing_ok=True)


def _end(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - _SHOWN))
        return file.read(_SHOWN)
