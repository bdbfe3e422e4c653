"""`isowright accounts`: what other programs on this computer sign in with, as far as it may be of use here."""

from __future__ import annotations

from pathlib import Path

import msgspec

from isowright import private
from isowright.cli.output import table
from isowright.flow import cloud_title
from isowright.found import Finding, find


def run(*, json: bool) -> int:
    """Print them, without a secret. The exit status."""
    found = find(private.given(), Path.home(), Path.cwd())
    if json:
        for finding in found:
            print(msgspec.json.encode(_facts(finding)).decode())
        return 0
    if not found:
        print("Nothing was found. Looked at: the environment, clouds.yaml, KooCLI's and the SDK's files.")
    for line in table([(finding.title, _where(finding), finding.who, finding.origin) for finding in found]):
        print(line)
    for finding in found:
        if finding.problem:
            print(f"{finding.title}: {finding.problem} {finding.remedy}")
    return 0


def _where(finding: Finding) -> str:
    account = finding.account
    return ", ".join(part for part in (cloud_title(account.cloud), account.region) if part) or "–"


def _facts(finding: Finding) -> dict[str, object]:
    return {
        "event": "found",
        "origin": finding.origin,
        "title": finding.title,
        "account": msgspec.to_builtins(finding.account),
        "fills": finding.fills,
        "problem": finding.problem,
        "remedy": finding.remedy,
    }
