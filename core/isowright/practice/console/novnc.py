"""Where noVNC is on this computer. It is installed, not copied into this repository: MPL-2.0, with releases of its own.

Debian's package is preferred: signed, with security updates, and got by the client that installs everything else. npm's
@novnc/novnc (the project's own) needs npm; PyPI's novnc is somebody's zip of an old one that drags in websockify.
Only `core/` and `vendor/` are used, whose interface (`RFB`) is the same from 1.0 on.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

SETTING = "ISOWRIGHT_NOVNC"
"""Environment variable: a folder with noVNC's core/rfb.js."""

_ENTRY = "core/rfb.js"
_PARTS = ("core", "vendor")


def _usual_places() -> list[Path]:
    return [
        Path(sys.prefix, "share/novnc"),  # unpacked there by ./dev
        Path("/usr/share/novnc"),  # Debian, Ubuntu, Fedora
        Path("/usr/share/webapps/novnc"),  # Arch
        Path("/usr/local/share/novnc"),
        Path("/usr/local/lib/node_modules/@novnc/novnc"),  # npm install --global
        Path("/usr/lib/node_modules/@novnc/novnc"),
    ]


class NoVnc:
    """The files of an installed noVNC, or none and why."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        named = environment.get(SETTING)
        places = [Path(named)] if named else _usual_places()
        self._folder = next((place for place in places if (place / _ENTRY).is_file()), None)
        self._files: dict[str, Path] = {}
        if self._folder is not None:
            for part in _PARTS:
                for file in (self._folder / part).rglob("*.js"):
                    self._files[file.relative_to(self._folder).as_posix()] = file
            self.advice = ""
        elif named:
            self.advice = f"{SETTING} names {named}, where there is no {_ENTRY}: correct it, or unset it."
        else:
            self.advice = (
                "noVNC is not installed on this computer. Debian, Ubuntu and Fedora have it as the package “novnc”; "
                f"with npm, install @novnc/novnc and name its folder in {SETTING}. Then start the practice cloud again."
            )

    def read(self, name: str) -> bytes | None:
        """A script by its name below noVNC's folder. Names that are no file of it, "..", too, give None."""
        file = self._files.get(name)
        try:
            return file.read_bytes() if file else None
        except OSError:
            return None
