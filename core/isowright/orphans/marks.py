"""Whose a thing is, told by the thing itself. Pure.

One mark proves nothing: names are typed by people, and so are descriptions. A thing counts as ours only if its name
has a run's form *and* something that is not typed with the name says the same run: tags, the image that a disk was
filled from, or this computer's own journal. An unfinished upload, which has neither, counts only if the journal has its
id. Names and tags are compared as they are, case included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from isowright.cloud.models import Image, OpenUpload, Server, Volume, Vpc
from isowright.pipeline.runs import RunInfo
from isowright.upload.record import Record

SERVER_PREFIX = "isowright-"
ISO_TYPE = "IsoImage"
_APP = "isowright"
_SERVER = re.compile(r"isowright-([0-9a-f]{6})(?:-test)?")  # the second: from the finished image, to see it boot
_DISK = re.compile(r"isowright-([0-9a-f]{6})(?:-test)?-volume-\d{4}")
_ISO = re.compile(r"iso-.+-([0-9a-f]{6})")
_RUN = re.compile(r"[0-9a-f]{12}")
_TAG = re.compile(r"(app|run)[=.](.*)")


@dataclass(frozen=True)
class Owners:
    """The runs of this computer, by id and by what they have made."""

    runs: Sequence[RunInfo]

    def run(self, run: str) -> RunInfo | None:
        """The run of an id, or of a mark where the thing tells no more than that."""
        return next((info for info in self.runs if run in (info.id, info.mark)), None)

    def made(self, kinds: Iterable[str], thing: str) -> RunInfo | None:
        """The run whose journal has the thing's id."""
        wanted = set(kinds)
        for info in self.runs:
            if any(made.id == thing and made.kind in wanted for made in info.resources):
                return info
        return None


def run_of_tags(tags: Iterable[str]) -> str:
    """The run that `key=value` or `key.value` tags name together with our own; "" if they do not."""
    facts: dict[str, set[str]] = {"app": set(), "run": set()}
    for tag in tags:
        if match := _TAG.fullmatch(tag):
            facts[match[1]].add(match[2])
    if facts["app"] != {_APP} or len(facts["run"]) != 1:
        return ""
    (run,) = facts["run"]
    return run if _RUN.fullmatch(run) else ""


def server_run(server: Server, tags: Sequence[str] = ()) -> str:
    """The run of a server, "" if it is not ours. tags: for clouds that leave them out of the details."""
    match = _SERVER.fullmatch(server.name)
    run = run_of_tags(server.tags or tags) if match else ""
    return run if match and run.startswith(match[1]) else ""


def image_run(image: Image) -> str:
    """The run of an ISO image, "" for everything else. What was made from a disk is somebody's result, never a
    leftover, whatever it is called."""
    match = _ISO.fullmatch(image.name)
    if match is None or image.virtual_env_type != ISO_TYPE or image.data_origin.startswith("volume,"):
        return ""
    run = run_of_tags(image.tags)
    return run if run.startswith(match[1]) else ""


def disk_run(volume: Volume, owners: Owners) -> str:
    """The run of a disk, "" if it is not ours; only the mark (6 digits) where nothing tells the whole id."""
    match = _DISK.fullmatch(volume.name)
    if match is None:
        return ""
    mark = match[1]
    run = run_of_tags(_pairs(volume.tags))
    if run:
        return run if run.startswith(mark) else ""
    filled = _ISO.fullmatch(volume.image_name)
    if filled and filled[1] == mark and volume.image_type == ISO_TYPE:
        info = owners.run(mark)
        return info.id if info else mark
    info = owners.made(("system-volume", "data-volume"), volume.id)
    return info.id if info and info.mark == mark else ""


def network_run(vpc: Vpc, tags: Sequence[str], owners: Owners) -> str:
    """The run of a VPC, "" if it is not ours. tags: its own, which lists leave out."""
    match = _SERVER.fullmatch(vpc.name)
    if match is None:
        return ""
    if run := run_of_tags(tags):
        return run if run.startswith(match[1]) else ""
    info = owners.made(("vpc",), vpc.id)
    return info.id if info and info.mark == match[1] else ""


def upload_run(bucket: str, upload: OpenUpload, owners: Owners, kept: Iterable[Record]) -> str:
    """The run of an unfinished upload, "" if it is not ours. An upload carries no marks that a list shows, and the name
    of its object is anybody's; so its id must be in this computer's own journal or in a record beside it, with this
    very bucket and object. Those of other computers are never taken for ours."""
    name = f"{bucket}/{upload.key}"
    for info in owners.runs:
        if any(made.kind == "upload" and made.id == upload.id and made.name == name for made in info.resources):
            return info.id
    return next((r.run for r in kept if r.upload_id == upload.id and f"{r.bucket}/{r.key}" == name), "")


def strangers(server: Server, volumes: Iterable[Volume]) -> list[str]:
    """Names of disks at our server that may be somebody's own. Deleting the server would take them along. The system
    disk is none of them: it cannot be moved."""
    system = {attached.id for attached in server.volumes if attached.is_boot}
    run = run_of_tags(server.tags)
    found = []
    for volume in volumes:
        named = _DISK.fullmatch(volume.name) and volume.name.startswith(f"{server.name}-")
        tagged = bool(run) and run_of_tags(_pairs(volume.tags)) == run
        shared = any(other != server.id for other in volume.server_ids)
        if shared or not (volume.id in system or named or tagged):
            found.append(volume.name or volume.id)
    return found


def _pairs(tags: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" for key, value in tags.items()]
