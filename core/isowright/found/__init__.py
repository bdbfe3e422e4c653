"""What the operator already has on this computer: settings and secrets of other programs, to be offered and not asked
again. Looks and never writes; whether anything is taken over is for whoever asks.

`find(environ, home)` → findings, the most telling first; `fitting(findings, account)` → the one that signs this
account in.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from isowright.found import environment, huawei, openstack
from isowright.found.finding import Finding
from isowright.found.fitting import fitting

__all__ = ["Finding", "find", "fitting"]


def find(environ: Mapping[str, str], home: Path, cwd: Path | None = None) -> list[Finding]:
    """All there is: in the environment, OpenStack's clouds.yaml, KooCLI's and the SDK's files. Reads files, so a thread
    is the place for it; raises nothing: what cannot be read is a finding that says so."""
    found = environment.find(environ)
    found += openstack.find(environ, home, cwd)
    found += huawei.koocli(home)
    found += huawei.sdk_file(environ, home)
    return found
