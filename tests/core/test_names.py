"""Variables in an image's name: what they come to, and what is refused in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from isowright import names
from isowright.cloud.catalog import os_table
from isowright.profiles import dumps
from isowright.recipe import Account, AfterSpec, ImageSpec, IsoSource, Recipe, image_name_problem

NOW = datetime(2026, 11, 28, 9, 5)  # noqa: DTZ001  the wall clock's


def recipe(name: str, os_version: str = "Debian GNU/Linux 12.0.0 64bit", **more: str) -> Recipe:
    return Recipe(
        account=Account(cloud="otc", region=more.get("region", "eu-de")),
        iso=IsoSource(bucket="isos", key=more.get("key", "more/Rocky 9.4+x.iso")),
        image=ImageSpec(name=name, os_version=os_version),
    )


def problems(given: Recipe) -> list[str]:
    return [one.message + " " + one.remedy for one in given.problems("image") if one.field == "name"]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{os}-{version}-{date}", "debian-12.0.0-2026-11-28"),
        ("golden {time}", "golden 0905"),
        ("{iso}_{region}", "Rocky-9.4-x_eu-de"),
        ("plain", "plain"),
        ("{os}{os}", "debiandebian"),
    ],
)
def test_a_pattern_is_filled_in(pattern, name):
    assert names.fill(pattern, recipe(pattern), NOW) == name
    assert problems(recipe(pattern)) == []
    made = names.filled(recipe(pattern), NOW)
    assert made.image.name == name
    assert names.as_pattern(made) == recipe(pattern)


@pytest.mark.parametrize(
    ("os_version", "parts"),
    [
        ("Debian GNU/Linux 12.0.0 64bit", ("debian", "12.0.0")),
        ("Ubuntu 22.04 server 64bit", ("ubuntu", "22.04")),
        ("Windows Server 2012 R2 Standard 64bit", ("windows-server", "2012-R2")),
        ("SUSE Enterprise 15 SP4 64bit", ("suse-enterprise", "15-SP4")),
        ("Rocky Linux 9.4 64bit", ("rocky", "9.4")),
        ("Huawei Cloud EulerOS 2.0 Standard 64 bit", ("huawei-cloud-euleros", "2.0")),
        ("Other Linux(64 bit)", ("other-linux", "")),
        ("Linux 5", ("linux", "5")),
    ],
)
def test_system_and_version_of_an_os_version(os_version, parts):
    assert names.parts_of(os_version) == parts


def test_every_documented_os_version_makes_a_legal_name():
    for version in os_table():
        given = recipe("{os}-{date}", version.os_version)
        assert problems(given) == [], version
        assert image_name_problem(names.fill("{os}-{version}-{date}", given, NOW)) is None
        assert re.match(r"[a-z]", names.parts_of(version.os_version)[0]), version


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{distro}-{date}", "“{distro}” is no variable. There are {os}, {version}, {date}"),
        ("{OS}", "“{OS}” is no variable"),
        ("{}", "“{}” is no variable"),
        ("{os", "belongs to no variable"),
        ("os}", "belongs to no variable"),
        ("{{os}}", "belongs to no variable"),
        ("{os}/{date}", "“/”"),
        ("{date} ", "ends with a space"),
        ("x" * 120 + "{date}", "130 characters"),
    ],
)
def test_what_is_no_variable_is_refused_in_words(pattern, said):
    (told,) = problems(recipe(pattern))
    assert said in told


def test_a_variable_without_a_value_is_said():
    assert "names none" in problems(recipe("{version}", "Other Linux(64 bit)"))[0]
    assert "no ISO is chosen" in problems(recipe("{iso}", key=""))[0]
    assert "no value yet" in problems(recipe("{region}", region=""))[0]
    assert problems(recipe("{os}-{version}", "")) == []  # that the version is missing is said at its own field


LEGAL = "abcXYZ 019._-镜像"
BITS = st.sampled_from([f"{{{one}}}" for one in names.VARIABLES] + ["{", "}", "{os", "{OS}", "{}", "/"])
PATTERNS = st.lists(BITS | st.text(LEGAL, max_size=9), max_size=7).map("".join)
DAYS = st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001
VERSIONS = st.sampled_from([*(one.os_version for one in os_table()), "", "x", "/", "{os} 1"])
FILES = st.text(max_size=12).map(lambda stem: f"{stem}.iso")


@settings(max_examples=150, deadline=None)
@given(PATTERNS, DAYS, VERSIONS, FILES)
def test_what_passes_the_rules_is_a_legal_name_on_any_day(pattern, day, version, file):
    """And what does not is refused in words; the pattern comes back whole either way."""
    given_recipe = recipe(pattern, version, key=file)
    said = problems(given_recipe)
    made = names.filled(given_recipe, day)
    if said:
        assert all(one.strip() for one in said)
    else:
        assert image_name_problem(made.image.name) is None, made.image.name
        assert not names.has_variables(made.image.name)
    assert names.as_pattern(made) == given_recipe
    assert names.filled(made, day + timedelta(days=1)).image.name == made.image.name or said


def test_filling_in_is_pure_and_of_one_length():
    """The rules are kept on any day if they are on one."""
    pattern = "{os}-{version}-{date}-{time}"
    lengths = {len(names.fill(pattern, recipe(pattern), NOW + timedelta(days=d, minutes=d))) for d in range(0, 4000, 7)}
    assert lengths == {len("debian-12.0.0-2026-11-28-0905")}


def test_copies_and_exports_are_called_after_the_image():
    made = recipe("Golden {os} {date}")
    made = replace(made, after=AfterSpec(copy_name="{name}-eu", export_key="a/{name}.vhd"))
    run = names.filled(made, NOW)
    assert names.copy_name(run) == "Golden debian 2026-11-28-eu"
    assert names.export_key(run) == "a/Golden-debian-2026-11-28.vhd"
    assert names.copy_name(replace(run, after=AfterSpec())) == run.image.name
    complete = AfterSpec(copy_region="eu-nl", copy_agency="x", export_bucket="out", export_key="{name}.vhd")
    assert replace(made, after=complete).problems("image") == []
    wrong = replace(complete, copy_name="{name", export_key="{date}.vhd")
    said = {one.field: one.message for one in replace(made, after=wrong).problems("image")}
    assert set(said) == {"after.copy_name", "after.export_key"}
    assert "only variable here" in said["after.export_key"]
    long = replace(made, after=replace(complete, copy_name="{name}" + "x" * 120))
    assert [one.field for one in long.problems("image")] == ["after.copy_name"]


def test_no_profile_holds_what_a_run_made_of_the_pattern():
    made = names.filled(recipe("{os}"), NOW)
    assert "{os}" in dumps("p", names.as_pattern(made))
    assert "name_pattern" not in dumps("p", names.as_pattern(made))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Recipe) == made
