"""What may be asked for after the image, and what would be refused of it: said in words, before anything is made."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isowright.flow import invalidate
from isowright.home import Home
from isowright.profiles import Profiles, read
from isowright.recipe import Account, AfterSpec, ImageSpec, IsoSource, Recipe, ServerSpec
from isowright.recipe_after import LAST_STAGES, after_problems, do_without
from isowright.stages import stages_of

BASE = Recipe(
    account=Account(cloud="huaweicloud", region="eu-west-101", project_id="e" * 32),
    iso=IsoSource(bucket="isos", key="debian.iso"),
    image=ImageSpec(name="golden", os_version="Debian GNU/Linux 12.0.0 64bit", tags={"a": "1"}),
)
ALL = AfterSpec(
    test_boot="log",
    tags={"stage": "gold"},
    min_ram=2048,
    max_ram=4096,
    share_with=("a" * 32, "b" * 32),
    copy_region="af-south-1",
    copy_agency="ims_copy",
    export_bucket="images-out",
    export_key="golden.qcow2",
    export_format="qcow2",
)


def recipe(base=BASE, server=None, **after):
    changed = msgspec.structs.replace(base, after=msgspec.structs.replace(ALL, **after))
    return msgspec.structs.replace(changed, server=server) if server else changed


def test_all_of_it_may_be_asked_for():
    assert after_problems(recipe()) == []
    assert after_problems(BASE) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tags": {"no spaces": "x"}}, "tags"),
        ({"tags": {f"k{n}": "" for n in range(8)}}, "tags"),
        ({"min_ram": -1}, "min_ram"),
        ({"min_ram": 8192}, "max_ram"),
        ({"share_with": ("not an id",)}, "share_with"),
        ({"share_with": ("a" * 32, "a" * 32)}, "share_with"),
        ({"share_with": ("e" * 32,)}, "share_with"),
        ({"share_with": tuple(f"{n:032x}" for n in range(51))}, "share_with"),
        ({"copy_region": "eu-west-101"}, "copy_region"),
        ({"copy_region": ""}, "copy_region"),
        ({"copy_region": "Somewhere"}, "copy_region"),
        ({"copy_agency": ""}, "copy_agency"),
        ({"copy_name": " leading"}, "copy_name"),
        ({"export_bucket": ""}, "export_bucket"),
        ({"export_key": ""}, "export_key"),
        ({"export_key": "with space.vhd"}, "export_key"),
        ({"export_key": "with:colon.vhd"}, "export_key"),
        ({"export_bucket": "isos", "export_key": "debian.iso"}, "export_key"),
    ],
)
def test_what_would_be_refused(changes, field):
    (found,) = after_problems(recipe(**changes))
    assert (found.step, found.field) == ("image", f"after.{field}")
    assert found.message
    assert found.remedy


def test_disks_that_are_too_large_to_copy_or_convert():
    large = ServerSpec(data_disk=200)
    assert [p.field for p in after_problems(recipe(server=large))] == ["after.copy_region", "after.export_format"]
    assert after_problems(recipe(server=large, copy_region="", copy_agency="", export_format="")) == []
    china = msgspec.structs.replace(BASE, account=Account(cloud="huaweicloud", region="cn-north-4"))
    assert [p.field for p in after_problems(recipe(china, server=large, copy_region="cn-east-3"))] == [
        "after.export_format"
    ]


def test_windows_where_it_is_no_longer_shared_or_copied():
    windows = msgspec.structs.replace(BASE, image=msgspec.structs.replace(BASE.image, os_type="Windows"))
    assert [p.field for p in after_problems(recipe(windows))] == ["after.share_with", "after.copy_region"]
    elsewhere = msgspec.structs.replace(windows, account=Account(cloud="otc", region="eu-de"))
    assert after_problems(recipe(elsewhere)) == []


def test_each_stage_is_there_only_if_asked_for():
    ids = [stage.id for stage in stages_of(recipe())]
    assert ids[-5:] == list(LAST_STAGES)
    for stage in LAST_STAGES:
        left = [s.id for s in stages_of(do_without(recipe(), [stage]))]
        assert left == [other for other in ids if other != stage]
    assert do_without(recipe(), LAST_STAGES) == BASE


def test_profiles_and_journals_of_before_go_on_working(tmp_path):
    assert msgspec.json.decode(msgspec.json.encode(BASE), type=Recipe) == BASE
    assert b"after" not in msgspec.json.encode(BASE)
    assert msgspec.json.decode(msgspec.json.encode(recipe()), type=Recipe) == recipe()
    profiles = Profiles(Home.at(tmp_path))
    path = profiles.save("all", recipe()).path
    assert profiles.load("all") == recipe()
    without = "\n".join(line for line in path.read_text().split("[after")[0].splitlines())
    old = tmp_path / "old.toml"
    old.write_text(without)
    assert read(old)[1] == BASE


def test_another_account_takes_what_was_the_former_one_s():
    moved = msgspec.structs.replace(recipe(), account=Account(cloud="otc", region="eu-de"))
    after = invalidate(recipe(), moved).after
    assert after == AfterSpec(test_boot="log", tags={"stage": "gold"}, min_ram=2048, max_ram=4096)


@given(
    st.builds(
        AfterSpec,
        tags=st.dictionaries(st.text(max_size=50), st.text(max_size=50), max_size=9),
        min_ram=st.integers(),
        max_ram=st.integers(),
        share_with=st.lists(st.text(max_size=70), max_size=3).map(tuple),
        copy_region=st.text(max_size=30),
        copy_agency=st.text(max_size=30),
        copy_name=st.text(max_size=140),
        export_bucket=st.text(max_size=70),
        export_key=st.text(max_size=30),
    )
)
def test_anything_typed_is_judged_with_a_remedy(after):
    for problem in after_problems(msgspec.structs.replace(BASE, after=after)):
        assert problem.field.removeprefix("after.") in AfterSpec.__struct_fields__
        assert problem.message
        assert problem.remedy
