"""ISOs whose object or bucket is deleted, and files of this computer that are not there any more."""

from __future__ import annotations

import asyncio
import difflib
from pathlib import Path
from typing import Any

from isowright.cloud.client import Cloud
from isowright.cloud.models import Bucket, ObjectEntry
from isowright.errors import NotFoundError
from isowright.recipe import IsoSource, Recipe, iso_key_problem
from isowright.stored.gone import Gone, Lists

_TRIES = 10  # buckets that are looked into for the same object
_ALIKE = 0.75  # of 1: how similar a name has to be to be worth proposing


async def look(lists: Lists, recipe: Recipe) -> list[Gone]:
    iso = recipe.iso
    if iso.path:
        file = await _file(iso)
        bucket = await _bucket(lists, recipe) if not await _bucket_is_there(lists, iso.bucket) else None
        return [one for one in (file, bucket) if one is not None]
    if not iso.bucket:
        return []
    if not await _bucket_is_there(lists, iso.bucket):
        return [await _bucket(lists, recipe)]
    if not iso.key:
        return []
    found = await lists.known(("object", iso.bucket, iso.key), lambda cloud: _head(cloud, iso.bucket, iso.key))
    return [await _object(lists, iso)] if found is False else []


async def _head(cloud: Cloud, bucket: str, key: str) -> bool:
    return await cloud.obs.head(bucket, key) is not None


async def _bucket_is_there(lists: Lists, name: str) -> bool:
    async def ask(cloud: Cloud) -> bool:
        try:
            await cloud.obs.bucket(name)
        except NotFoundError:
            return False
        return True

    return not name or await lists.known(("bucket is there", name), ask) is not False


async def _file(iso: IsoSource) -> Gone | None:
    path = Path(iso.path)
    try:
        there = await asyncio.to_thread(path.is_file)
    except (OSError, ValueError):
        there = False
    if there:
        return None
    return Gone(
        step="iso",
        field="path",
        what="ISO file",
        value=path.name,
        why=f"{path} is not there any more, or cannot be read.",
        remedy="Put the file back, or choose another one.",
        change={},  # the page says so at the file, and keeps its path for whoever puts it back
    )


async def _bucket(lists: Lists, recipe: Recipe) -> Gone:
    """Another bucket of the region that has the same object; for a file of this computer, any."""
    iso, region = recipe.iso, recipe.account.region
    near = [one for one in await _buckets(lists) if one.region in ("", region)]
    best, because = "", ""
    if iso.path:
        best, because = (near[0].name, "the first of this region") if near else ("", "")
    else:
        for one in near[:_TRIES]:
            name = one.name
            if await lists.known(("object", name, iso.key), _asking(name, iso.key)):
                best, because = name, "it has the same object"
                break
    what = "it is to be uploaded to" if iso.path else "holds the ISO"
    change: dict[str, Any] = {"bucket": best} if best or iso.path else {"bucket": "", "key": "", "size": 0}
    return Gone(
        step="iso",
        field="bucket",
        what="Bucket",
        value=iso.bucket,
        why=f"The bucket {iso.bucket} does not exist any more.",
        better=best,
        because=because,
        remedy=f"Take {best}." if best else f"Choose the bucket that {what}.",
        change=change,
    )


def _asking(bucket: str, key: str) -> Any:
    return lambda cloud: _head(cloud, bucket, key)


async def _buckets(lists: Lists) -> list[Bucket]:
    return await lists.known("buckets", lambda cloud: cloud.obs.buckets()) or []


async def _object(lists: Lists, iso: IsoSource) -> Gone:
    """An object beside it whose name is much the same: the next release of the same installer."""
    folder = iso.key.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""

    async def ask(cloud: Cloud) -> list[ObjectEntry]:
        page = await cloud.obs.objects(iso.bucket, prefix)
        return list(page.objects)

    entries = await lists.known(("first objects", iso.bucket, prefix), ask) or []
    rated = sorted(
        (
            (difflib.SequenceMatcher(None, iso.key, one.key).ratio(), one.modified, one)
            for one in entries
            if one.size and not iso_key_problem(one.key) and one.storage_class == "STANDARD"
        ),
        key=lambda each: each[:2],
    )
    best = rated[-1][2] if rated and rated[-1][0] >= _ALIKE else None
    name = iso.key.rpartition("/")[2]
    return Gone(
        step="iso",
        field="key",
        what="ISO",
        value=name,
        why=f"{iso.key} is not in the bucket {iso.bucket} any more.",
        better=best.key if best else "",
        because="its name is the most similar" if best else "",
        remedy=f"Take {best.key}." if best else "Upload it again, or choose another ISO.",
        change={"key": best.key if best else "", "size": best.size if best else 0, "sha256": ""},
    )
