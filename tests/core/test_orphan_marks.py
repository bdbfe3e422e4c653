"""Whose a thing is: two marks that agree, or it is not ours, however much it looks like it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from isowright.cloud.models import AttachedVolume, Image, Server, Volume, Vpc
from isowright.events import Resource
from isowright.orphans.marks import Owners, disk_run, image_run, network_run, run_of_tags, server_run, strangers
from isowright.pipeline.runs import RunInfo
from isowright.recipe import Recipe

RUN = "7f3a9c0d1e2b"
OTHER = "aaaaaa0d1e2b"
TAGS = ("app=isowright", f"run={RUN}")
NOBODY = Owners(())


def server(name="isowright-7f3a9c", tags=TAGS, **facts):
    return Server(id="s", name=name, status="ACTIVE", tags=tags, **facts)


def image(name="iso-debian-7f3a9c", tags=TAGS, kind="IsoImage", origin="file,images:debian.iso"):
    return Image(id="i", name=name, status="active", tags=tags, virtual_env_type=kind, data_origin=origin)


def disk(name="isowright-7f3a9c-volume-0001", tags=None, **facts):
    tags = {"app": "isowright", "run": RUN} if tags is None else tags
    return Volume(id=facts.pop("id", "v"), name=name, status="available", tags=tags, **facts)


def owners(*made):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    run = RunInfo(id=RUN, mark=RUN[:6], name="x", recipe=Recipe(), state="failed", created=now, updated=now)
    resources = tuple(Resource(kind=kind, id=thing, name="", fate="exists") for kind, thing in made)
    from msgspec.structs import replace

    return Owners((replace(run, resources=resources),))


@pytest.mark.parametrize("tags", [TAGS, ("app.isowright", f"run.{RUN}"), (*TAGS, "team=a"), TAGS[::-1]])
def test_tags_name_the_run_in_both_spellings(tags):
    assert run_of_tags(tags) == RUN


@pytest.mark.parametrize(
    "tags",
    [
        (),
        ("app=isowright",),
        (f"run={RUN}",),
        ("app=Isowright", f"run={RUN}"),
        ("App=isowright", f"run={RUN}"),
        ("app=other", f"run={RUN}"),
        ("app=isowright", "run=nightly"),
        ("app=isowright", f"run={RUN.upper()}"),
        (*TAGS, f"run={OTHER}"),
        (*TAGS, "app=other"),
        ("myapp=isowright", f"run={RUN}"),
    ],
)
def test_half_marks_and_contradictions_name_nobody(tags):
    assert run_of_tags(tags) == ""


def test_ours():
    assert server_run(server()) == RUN
    assert server_run(server(tags=()), TAGS) == RUN, "a cloud may tell the tags only by its tag call"
    assert image_run(image()) == RUN
    assert disk_run(disk(), NOBODY) == RUN


@pytest.mark.parametrize(
    "look_alike",
    [
        server(tags=()),
        server("isowright-7f3a9c", ("app=isowright", f"run={OTHER}")),
        server("web-1"),
        server("Isowright-7f3a9c"),
        server("isowright-7F3A9C"),
        server("isowright-7f3a9c-2"),
        server("my-isowright-7f3a9c"),
        server("isowright-web"),
        server("web-1", (), metadata={"description": "Temporary: Isowright deletes it", "run": RUN}),
    ],
)
def test_servers_that_only_look_like_ours(look_alike):
    assert server_run(look_alike) == ""


@pytest.mark.parametrize(
    "look_alike",
    [
        image(tags=()),
        image("debian-7f3a9c"),
        image("ISO-debian-7f3a9c"),
        image("iso-debian-aaaaaa"),
        image(kind="FusionCompute"),
        image(kind=""),
        image(kind="FusionCompute", origin="volume,1234"),
        image(origin="volume,1234"),
    ],
)
def test_images_that_are_results_or_only_look_like_ours(look_alike):
    assert image_run(look_alike) == ""


@pytest.mark.parametrize(
    "look_alike",
    [
        disk(tags={}),
        disk("payroll"),
        disk("isowright-aaaaaa-volume-0001"),
        disk("Isowright-7f3a9c-volume-0001"),
        disk("isowright-7f3a9c"),
        disk("isowright-7f3a9c-volume-0001-copy"),
        disk(tags={}, image_name="iso-debian-aaaaaa", image_type="IsoImage"),
        disk(tags={}, image_name="iso-debian-7f3a9c", image_type="FusionCompute"),
        disk(tags={"app": "isowright", "run": OTHER}, image_name="iso-debian-7f3a9c", image_type="IsoImage"),
        disk("backup", tags={}, image_name="iso-debian-7f3a9c", image_type="IsoImage"),
    ],
)
def test_disks_that_only_look_like_ours(look_alike):
    assert disk_run(look_alike, NOBODY) == ""


def test_a_disk_without_tags_is_known_by_what_fills_it_or_by_the_journal():
    filled = disk(tags={}, image_name="iso-debian-7f3a9c", image_type="IsoImage")
    assert disk_run(filled, NOBODY) == RUN[:6]
    assert disk_run(filled, owners()) == RUN
    assert disk_run(disk(tags={}), owners(("data-volume", "v"))) == RUN
    assert disk_run(disk(tags={}), owners(("data-volume", "w"))) == ""
    assert disk_run(disk("isowright-aaaaaa-volume-0001", tags={}), owners(("data-volume", "v"))) == ""


def test_disks_that_a_server_must_not_take_along():
    ours = server(volumes=(AttachedVolume("root", boot_index="0"), AttachedVolume("data"), AttachedVolume("extra")))
    root, data = disk("whatever", {}, id="root"), disk(tags={}, id="data", server_ids=("s",))
    assert strangers(ours, [root, data]) == []
    assert strangers(ours, [root, data, disk("renamed", id="extra")]) == [], "tagged as the server is"
    assert strangers(ours, [root, data, disk("payroll", {}, id="extra")]) == ["payroll"]
    assert strangers(ours, [root, data, disk("", {}, id="extra")]) == ["extra"]
    shared = disk(id="data", server_ids=("s", "another"))
    assert strangers(ours, [root, shared]) == [shared.name]


def vpc(name="isowright-7f3a9c"):
    return Vpc(id="n", name=name, description=f"Temporary: Isowright run {RUN} deletes it")


@pytest.mark.parametrize(
    ("name", "tags", "made", "run"),
    [
        ("isowright-7f3a9c", TAGS, NOBODY, RUN),
        ("isowright-7f3a9c", (), owners(("vpc", "n")), RUN),
        ("isowright-7f3a9c", (), NOBODY, ""),  # a description is typed by anybody
        ("isowright-7f3a9c", (), owners(("subnet", "n")), ""),
        ("isowright-7f3a9c", ("app=isowright", f"run={OTHER}"), owners(("vpc", "n")), ""),
        ("isowright-aaaaaa", TAGS, NOBODY, ""),
        ("Isowright-7f3a9c", TAGS, NOBODY, ""),
        ("isowright-7f3a9c-2", TAGS, owners(("vpc", "n")), ""),
    ],
)
def test_network(name, tags, made, run):
    assert network_run(vpc(name), tags, made) == run


def test_the_server_of_a_test_boot_and_its_disk_are_ours():
    """Started from the finished image, under a name of its own with the same marks."""
    run = "7f3a9c0123ab"
    tags = ("app=isowright", f"run={run}")
    assert server_run(Server(id="1", name="isowright-7f3a9c-test", status="ACTIVE", tags=tags)) == run
    assert server_run(Server(id="1", name="isowright-7f3a9c-tests", status="ACTIVE", tags=tags)) == ""
    assert server_run(Server(id="1", name="isowright-7f3a9c-test", status="ACTIVE")) == ""
    pairs = {"app": "isowright", "run": run}
    disk = Volume(id="2", name="isowright-7f3a9c-test-volume-0000", status="available", tags=pairs)
    assert disk_run(disk, Owners([])) == run
