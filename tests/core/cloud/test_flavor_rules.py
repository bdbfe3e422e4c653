"""The flavor rule and the grammar of availability, for generated flavors; and sizes within their bounds."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from isowright.cloud.flavors import MIN_RAM, VCPUS, fit, judge, next_after, rank, status_in
from isowright.cloud.models import Flavor
from isowright.recipe import MAX_SYSTEM_DISK, MIN_DATA_DISK, ImageSpec, Recipe, ServerSpec

ZONES = ("eu-de-01", "eu-de-02", "eu-de-0")  # one is the beginning of another
STATUSES = ("normal", "promotion", "obt", "obt_sellout", "sellout", "abandon", "private", "something_new")
BUYABLE = {"normal", "promotion", "obt"}
BEGINS = {"normal": "s7", "entry": "t6", "computingv3": "c7", "highmem": "m7", "kunpeng_computing": "kc1"}

spaces = st.text(" ", max_size=2)
zoned = st.dictionaries(st.sampled_from(ZONES), st.sampled_from(STATUSES))


@st.composite
def written(draw, statuses):
    """As clouds write it: `eu-de-01(normal),eu-de-02(sellout)`, with spaces wherever somebody put them."""
    parts = [
        f"{draw(spaces)}{zone}{draw(spaces)}({draw(spaces)}{status}{draw(spaces)}){draw(spaces)}"
        for zone, status in statuses.items()
    ]
    return ",".join(parts)


@st.composite
def flavors(draw):
    kind = draw(st.sampled_from(sorted(BEGINS)))
    vcpus, ram = draw(st.sampled_from((1, 2, 4))), draw(st.sampled_from((1024, 2048, 4096, 8192)))
    statuses = draw(zoned)
    specs = {
        "ecs:performancetype": kind,
        "ecs:virtualization_env_types": draw(st.sampled_from(("CloudCompute", "Xen"))),
    }
    if kind == "kunpeng_computing":
        specs["ecs:instance_architecture"] = "arm64"
    if statuses or draw(st.booleans()):
        specs["cond:operation:az"] = draw(written(statuses))
    if draw(st.booleans()):
        specs["cond:operation:status"] = draw(st.sampled_from(STATUSES))
    if draw(st.booleans()):
        specs["cond:operation:charge"] = draw(st.sampled_from(("period", "demand", "period,demand")))
    name = f"{BEGINS[kind]}.{draw(st.text(string.ascii_lowercase, min_size=1, max_size=4))}"
    return Flavor(id=name, name=name, vcpus=vcpus, ram=ram, specs=specs, disabled=draw(st.booleans())), statuses


@given(flavors(), st.sampled_from(ZONES))
def test_a_zones_own_word_counts_else_the_regions(made, zone):
    flavor, statuses = made
    region = flavor.specs.get("cond:operation:status", "normal")
    assert status_in(flavor, zone) == statuses.get(zone, region)


@given(flavors(), st.sampled_from(ZONES), st.sampled_from(("x86", "arm")))
def test_the_rule(made, zone, architecture):
    """Written down a second time, as the walk-through has it."""
    flavor, statuses = made
    kind = flavor.specs["ecs:performancetype"]
    wanted = {
        "x86": kind == "normal",
        "arm": kind == "kunpeng_computing",
    }[architecture]
    fits = (
        wanted
        and not flavor.disabled
        and flavor.vcpus == VCPUS
        and flavor.ram >= MIN_RAM
        and flavor.specs["ecs:virtualization_env_types"] == "CloudCompute"
        and "demand" in flavor.specs.get("cond:operation:charge", "demand")
        and statuses.get(zone, flavor.specs.get("cond:operation:status", "normal")) in BUYABLE
    )
    assert (fit(flavor, zone, architecture=architecture) == "") == fits


@settings(max_examples=40)
@given(st.lists(flavors(), max_size=12), st.sampled_from(ZONES))
def test_ranking_takes_all_that_fit_the_smallest_first_and_nothing_else(made, zone):
    offered = [flavor for flavor, _ in made]
    ranked = rank(offered, zone)
    assert sorted(f.id for f in ranked) == sorted(f.id for f in offered if not fit(f, zone))
    sound = [f for f in ranked if not judge(f, zone).note]
    assert ranked[: len(sound)] == sound  # those with a caution come last
    assert [f.ram for f in sound] == sorted(f.ram for f in sound)


@settings(max_examples=40)
@given(st.lists(flavors(), max_size=12), st.sampled_from(ZONES))
def test_successors_end(made, zone):
    """Each one fits, none comes twice, and the last has none."""
    offered = [flavor for flavor, _ in made]
    tried: list[str] = []
    while (chosen := next_after(offered, zone, tried)) is not None:
        assert chosen.id not in tried
        tried.append(chosen.id)
    assert set(tried) == {f.id for f in rank(offered, zone)}


@given(st.text(max_size=60), st.sampled_from(ZONES))
def test_any_text_is_some_status(text, zone):
    flavor = Flavor(id="s7.x", name="s7.x", vcpus=2, ram=4096, specs={"cond:operation:az": text})
    assert status_in(flavor, zone)
    assert judge(flavor, zone).tone in ("good", "warning", "sold-out", "muted")


sizes = st.integers(-5, 40_000)


@given(st.integers(1, MAX_SYSTEM_DISK), sizes, sizes)
def test_sizes_within_bounds(least, system, data):
    server = ServerSpec(availability_zone="z", flavor_id="f", volume_type="SSD", system_disk=system, data_disk=data)
    recipe = replace(Recipe(), image=ImageSpec(min_disk=least), server=server)
    wrong = {problem.field for problem in recipe.problems("server")}
    assert ("system_disk" in wrong) == (not least <= system <= MAX_SYSTEM_DISK)
    assert ("data_disk" in wrong) == (not max(MIN_DATA_DISK, least) <= data <= MAX_SYSTEM_DISK)
    assert wrong <= {"system_disk", "data_disk"}
