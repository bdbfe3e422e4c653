"""OpenStack's clouds.yaml, with the secrets that may stand apart from it in secure.yaml.

Source: openstacksdk's documentation of configuration files: the first file of each name counts, looked for in
OS_CLIENT_CONFIG_FILE, the working directory, ~/.config/openstack and /etc/openstack.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isowright.found.finding import Fields, Finding, make, text
from isowright.found.reading import damaged, read_file, shown

_TITLE = "clouds.yaml"
_MOST = 20  # clouds that are offered
_DEEPEST = 4

# OpenStack's word for a service → ours; an override may say where it is
_SERVICES = {
    "identity": "iam",
    "image": "ims",
    "ims": "ims",
    "compute": "ecs",
    "ecs": "ecs",
    "volume": "evs",
    "block_storage": "evs",
    "network": "vpc",
    "vpc": "vpc",
    "object_store": "obs",
    "obs": "obs",
    "eps": "eps",
}
_PASSWORD_TYPES = ("", "password", "v3password", "v3totp", "v3multifactor", "token", "v3token", "aksk", "v3aksk")
_PROFILES = {"otc": "otc.t-systems.com", "otc-swiss": "sc.otc.t-systems.com"}  # openstacksdk's list of public clouds


def find(environ: Mapping[str, str], home: Path, cwd: Path | None) -> list[Finding]:
    """One for each cloud of the file, that of OS_CLOUD first."""
    path = _file(environ, home, cwd, "OS_CLIENT_CONFIG_FILE", "clouds")
    if path is None:
        return []
    origin = shown(path, home)
    clouds = _load(path, _TITLE, origin)
    if isinstance(clouds, Finding):
        return [clouds]
    found: list[Finding] = []
    secure_path = _file(environ, home, cwd, "OS_CLIENT_SECURE_FILE", "secure")
    if secure_path is not None:
        secure = _load(secure_path, "secure.yaml", shown(secure_path, home))
        if isinstance(secure, Finding):
            found.append(secure)
        else:
            clouds = _merged(clouds, secure, _DEEPEST)
            origin = f"{origin}, {shown(secure_path, home)}"
    chosen = environ.get("OS_CLOUD", "")
    for name in sorted(clouds, key=lambda name: str(name) != chosen)[:_MOST]:
        finding = _finding(origin, text(name), clouds[name])
        if finding is not None:
            found.append(finding)
    return found


def _file(environ: Mapping[str, str], home: Path, cwd: Path | None, variable: str, name: str) -> Path | None:
    settings = Path(environ["XDG_CONFIG_HOME"]) if environ.get("XDG_CONFIG_HOME") else home / ".config"
    folders = ([cwd] if cwd else []) + [settings / "openstack", Path("/etc/openstack")]
    places = [Path(environ[variable])] if environ.get(variable) else []
    places += [folder / f"{name}.{end}" for folder in folders for end in ("yaml", "yml", "json")]
    for place in places:
        try:
            if place.is_file():
                return place
        except (OSError, ValueError):  # a folder that may not be looked into
            continue
    return None


def _load(path: Path, title: str, origin: str) -> dict[Any, Any] | Finding:
    read = read_file(path, title, origin)
    if not isinstance(read, str):
        return read or damaged(origin, title, "it has just gone")
    import yaml  # only where there is such a file

    try:
        data = yaml.load(read, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # both are safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return damaged(origin, title, f"line {mark.line + 1} is no YAML" if mark else "it is no YAML")
    except (RecursionError, ValueError, TypeError, OverflowError, AttributeError):  # a date or a nesting that cannot be
        return damaged(origin, title, "it is no YAML")
    clouds = data.get("clouds") if isinstance(data, dict) else None
    return clouds if isinstance(clouds, dict) else damaged(origin, title, "it has no table “clouds”")


def _merged(one: dict[Any, Any], other: dict[Any, Any], depth: int) -> dict[Any, Any]:
    merged = dict(one)
    for name, value in other.items():
        mine = merged.get(name)
        both = isinstance(mine, dict) and isinstance(value, dict) and depth > 0
        merged[name] = _merged(mine, value, depth - 1) if both else value  # type: ignore[arg-type]  # a dict, then
    return merged


def _finding(origin: str, name: str, cloud: Any) -> Finding | None:
    title = f"clouds.yaml: {name}"
    if not isinstance(cloud, dict):
        return damaged(origin, title, "it is no table")
    auth = cloud.get("auth")
    auth = auth if isinstance(auth, dict) else {}

    def one(*names: str) -> str:
        return next((value for where in (auth, cloud) for key in names if (value := text(where.get(key)))), "")

    kind = text(cloud.get("auth_type"))
    if kind not in _PASSWORD_TYPES:
        return Finding(
            origin=origin,
            title=title,
            problem=f"It signs in by “{kind}”, which cannot be used here.",
            remedy="Use a password, an access key or a token.",
        )
    regions = cloud.get("regions")
    region = text(cloud.get("region_name")) or (text(regions[0]) if isinstance(regions, list) and regions else "")
    fields = Fields(
        auth_url=one("auth_url"),
        cloud=_PROFILES.get(text(cloud.get("profile") or cloud.get("cloud")), ""),
        region=region,
        domain=one("user_domain_name", "domain_name", "project_domain_name"),
        user=one("username"),
        password=one("password"),
        access_key=one("access_key", "ak"),
        secret_key=one("secret_key", "sk"),
        security_token=one("security_token"),
        token=one("token"),
        project_id=one("project_id", "tenant_id"),
        project_name=one("project_name", "tenant_name"),
        ca_file=text(cloud.get("cacert")),
        endpoints={
            service: url.rstrip("/")
            for word, service in _SERVICES.items()
            if (url := text(cloud.get(f"{word}_endpoint_override")))
        },
    )
    return make(origin, title, fields)
