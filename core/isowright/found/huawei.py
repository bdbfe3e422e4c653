"""Files of Huawei's own programs: KooCLI's configuration, and the credentials file of the SDKs.

Source: KooCLI user guide (~/.hcloud/config.json: profiles with mode, accessKeyId, secretAccessKey, securityToken,
region, projectId; authEncrypt where the secrets are encrypted); user guides of the SDKs (~/.huaweicloud/credentials,
or HUAWEICLOUD_SDK_CREDENTIALS_FILE: INI with the sections basic and global).
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from isowright.found.finding import Fields, Finding, make, text
from isowright.found.reading import damaged, read_file, shown
from isowright.recipe import Account

_KOOCLI = "KooCLI"
_SDK = "SDK credentials file"
_MOST = 20  # profiles that are offered


def koocli(home: Path) -> list[Finding]:
    """One for each profile, the current one first."""
    path = home / ".hcloud" / "config.json"
    origin = shown(path, home)
    read = read_file(path, _KOOCLI, origin)
    if not isinstance(read, str):
        return [read] if read else []
    try:
        data = msgspec.json.decode(read)
    except (msgspec.DecodeError, RecursionError):
        return [damaged(origin, _KOOCLI, "it is no JSON")]
    profiles = data.get("profiles") if isinstance(data, dict) else None
    if not isinstance(profiles, list):
        return [damaged(origin, _KOOCLI, "it has no list of profiles")]
    current = text(data.get("current"))
    encrypted = data.get("authEncrypt") in (True, "true", "True")
    tables = [profile for profile in profiles if isinstance(profile, dict)]
    found = [_koocli(origin, one, encrypted=encrypted) for one in _first(tables, current)[:_MOST]]
    if len(tables) < len(profiles):
        found.append(damaged(origin, _KOOCLI, "one of its profiles is no table"))
    return [finding for finding in found if finding is not None]


def _first(tables: list[dict[str, Any]], current: str) -> list[dict[str, Any]]:
    return sorted(tables, key=lambda table: text(table.get("name")) != current)


def _koocli(origin: str, profile: dict[str, Any], *, encrypted: bool) -> Finding | None:
    title = f"{_KOOCLI}: {text(profile.get('name')) or 'default'}"
    mode = text(profile.get("mode")) or "AKSK"
    fields = Fields(region=text(profile.get("region")), project_id=text(profile.get("projectId")))
    told = None
    if mode.lower() not in ("aksk", "token"):
        told = f"It signs in by “{mode}”, for which no secret stands in the file."
    elif encrypted:
        told = "Its secrets are encrypted; KooCLI alone can read them."
    if told is not None:
        place = make(origin, title, msgspec.structs.replace(fields, user="?"))
        account = place.account if place else Account()
        return Finding(
            origin=origin,
            title=title,
            # Which key it is, is hidden as well.
            account=msgspec.structs.replace(account, method="access_key", user=""),
            problem=told,
            remedy="Region and project can be taken over; type the key itself.",
        )
    if mode.lower() == "token":
        fields.token = text(profile.get("xAuthToken")) or text(profile.get("authToken"))
    else:
        fields.access_key = text(profile.get("accessKeyId"))
        fields.secret_key = text(profile.get("secretAccessKey"))
        fields.security_token = text(profile.get("securityToken"))
    return make(origin, title, fields)


def sdk_file(environ: Mapping[str, str], home: Path) -> list[Finding]:
    """The section of projects (basic), else that of the account (global)."""
    given = environ.get("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "")
    path = Path(given) if given else home / ".huaweicloud" / "credentials"
    origin = shown(path, home)
    read = read_file(path, _SDK, origin)
    if not isinstance(read, str):
        return [read] if read else []
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        return [damaged(origin, _SDK, f"line {line} cannot be read" if line else "it cannot be read")]
    section = next((name for name in ("basic", "global") if parser.has_section(name)), "")
    if not section:
        return [damaged(origin, _SDK, "it has no section “basic”")]

    def one(name: str) -> str:
        return text(parser.get(section, name, fallback=""))

    if one("idp_id") and not one("ak"):
        return [
            Finding(
                origin=origin,
                title=_SDK,
                problem="It signs in by an identity provider's token, which cannot be used here.",
                remedy="Use a temporary key or a token.",
            )
        ]
    fields = Fields(
        access_key=one("ak"),
        secret_key=one("sk"),
        security_token=one("security_token"),
        project_id=one("project_id"),
        auth_url=one("iam_endpoint"),
        region=text(environ.get("HW_REGION_NAME", "")),
    )
    finding = make(origin, _SDK, fields)
    return [finding] if finding else [damaged(origin, _SDK, "it has no key")]
