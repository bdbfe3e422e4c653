"""The rules behind the checks and the bill, on generated inputs."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isowright.bill import bill, money
from isowright.checks import Remedy, with_answers
from isowright.checks.addresses import FEW, best_subnet
from isowright.checks.image_name import free_name
from isowright.checks.os_version import same_version
from isowright.checks.token_life import life_verdict
from isowright.checks.volume_quota import DISKS, shortage, smaller
from isowright.cloud.catalog import clouds, console_page
from isowright.cloud.disk_types import NEEDS_IOPS, offered
from isowright.cloud.models import OsVersion, Share, Subnet, VolumeQuota, VolumeType
from isowright.errors import InputError
from isowright.pipeline.estimates import LATEST, Estimates, learn, span
from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.prices import Price, price_of, read
from isowright.recipe import CONSOLE, CUSTOM, PRACTICE, Account, Recipe, image_name_problem
from isowright.stages import stages_of

legal = st.text(string.ascii_letters + string.digits + " ._-", min_size=1, max_size=128).filter(
    lambda name: image_name_problem(name) is None
)
STAGES = [stage.id for stage in stages_of(Recipe())]


@given(legal, st.integers(0, 30))
def test_a_free_name_is_free_legal_and_recognisable(name: str, many: int) -> None:
    taken = {name}
    for _ in range(many):
        found = free_name(name, taken)
        assert found not in taken
        assert image_name_problem(found) is None
        taken.add(found)
    assert free_name("web", {"web"}) == "web-2"
    assert free_name("web-2", {"web-2"}) == "web-3"


share = st.builds(Share, limit=st.integers(-1, 500), used=st.integers(0, 500), reserved=st.integers(0, 20))


@given(share, share, share, st.integers(20, 2048))
def test_disks_fit_or_something_is_short(volumes: Share, gigabytes: Share, kind: Share, need: int) -> None:
    quota = VolumeQuota(volumes, gigabytes, {"SSD": kind}, {"SAS": kind})
    short = shortage(quota, "SSD", need)
    fits = volumes.takes(DISKS) and gigabytes.takes(need) and kind.takes(DISKS)
    assert (short is None) == fits
    if short is not None:
        _, lacking, much = short
        assert 0 <= lacking.limit < lacking.used + lacking.reserved + much


@given(share, st.integers(10, 200), st.integers(0, 100), st.integers(0, 100))
def test_smaller_disks_are_legal_smaller_and_fit(gigabytes: Share, least: int, more: int, extra: int) -> None:
    recipe = with_answers(
        Recipe(),
        {"image.min_disk": least, "server.system_disk": least + more, "server.data_disk": least + extra},
    )
    quota = VolumeQuota(gigabytes=gigabytes)
    found = smaller(recipe, quota)
    if found is not None:
        assert sum(found) < recipe.server.system_disk + recipe.server.data_disk
        assert gigabytes.takes(sum(found))
        changed = with_answers(recipe, {"server.system_disk": found[0], "server.data_disk": found[1]})
        assert not [p for p in changed.problems("server") if p.field in ("system_disk", "data_disk")]


subnet = st.builds(
    Subnet,
    id=st.sampled_from("abcdef"),
    name=st.just("n"),
    dhcp_enable=st.booleans(),
    free_addresses=st.none() | st.integers(0, 300),
)


@given(st.lists(subnet, max_size=6), st.sampled_from(["", *"abcdef"]))
def test_the_best_subnet_is_usable_and_none_is_better(subnets: list[Subnet], but: str) -> None:
    found = best_subnet(subnets, but)
    good = [one for one in subnets if one.free_addresses is None or one.free_addresses >= FEW]
    usable = [one for one in good if one.id != but and one.dhcp_enable]
    assert (found is None) == (not usable)
    if found is not None:
        assert found in usable
        assert all((found.free_addresses or FEW) >= (one.free_addresses or FEW) for one in usable)


@given(st.lists(st.sampled_from(["SSD", "GPSSD", "SAS", "co-p1", *NEEDS_IOPS])))
def test_no_disk_type_is_offered_that_a_run_cannot_order(names: list[str]) -> None:
    found = offered([VolumeType(name) for name in names], "a")
    assert set(found) == set(names) - set(NEEDS_IOPS)
    assert found[:1] == [name for name in ("GPSSD", "SSD", "SAS", "co-p1") if name in names][:1]


@given(st.text(string.ascii_letters + string.digits + " .-()/", max_size=40), st.text(" -_", max_size=3))
def test_a_version_is_taken_for_another_only_by_case_and_space(name: str, noise: str) -> None:
    known = [OsVersion("x", name), OsVersion("x", f"{name}9 and more")]
    found = same_version(noise + name.swapcase(), known)
    if any(letter.isalnum() for letter in name):
        assert found is not None
        assert found.os_version == name
    assert same_version("Ubuntu 22.04", [OsVersion("x", "Ubuntu 2204")]) is None
    assert same_version("Debian 1.10", [OsVersion("x", "Debian 11.0")]) is None


@given(st.floats(-1e6, 1e6), st.floats(1, 1e6))
def test_a_sign_in_is_long_enough_or_said(left: float, needed: float) -> None:
    verdict = life_verdict(timedelta(seconds=left), needed)
    seconds = timedelta(seconds=left).total_seconds()
    assert verdict == ("must-fix" if seconds <= 0 else "look" if seconds < needed else "fine")


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.sampled_from(["image.name", "server.flavor_id", "network.vpc_name", "iso.bucket"]), st.text(max_size=9)
    )
)
def test_answers_in_place_change_what_they_name_and_nothing_else(answers: dict[str, str]) -> None:
    changed = with_answers(Recipe(), answers)
    before, after = msgspec.to_builtins(Recipe()), msgspec.to_builtins(changed)
    for name, value in answers.items():
        part, _, field = name.partition(".")
        assert getattr(getattr(changed, part), field) == value
    for name in answers:
        part, _, field = name.partition(".")
        for tree in (before, after):
            tree.get(part, {}).pop(field, None)
    assert {k: v for k, v in before.items() if v} == {k: v for k, v in after.items() if v}


@pytest.mark.parametrize(
    ("action", "url", "kind"),
    [
        ("step:image.name", "", "go"),
        ("use", "", "use"),
        ("retry", "", "again"),
        ("", "", "again"),
        ("rename", "", "again"),
        ("sign-in", "", "sign-in"),
        ("clean-up", "", "leftovers"),
        ("open", "https://console.example/", "open"),
        ("open", "", "again"),
    ],
)
def test_every_remedy_does_something(action: str, url: str, kind: str) -> None:
    assert Remedy("", action, url).kind == kind


# ------------------------------------------------------------------------------------------------ estimates and bill


def past(number: int, times: dict[str, float], account: Account, state: str = "done", **iso: object) -> RunInfo:
    made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    recipe = with_answers(Recipe(account=account), {f"iso.{name}": value for name, value in iso.items()})
    stages = tuple(StageInfo(stage, stage, state, elapsed=seconds) for stage, seconds in times.items())  # type: ignore[arg-type]
    return RunInfo(
        id=str(number), mark="m", name="n", recipe=recipe, state="done", created=made, updated=made, stages=stages
    )


OTC = Account(cloud="otc", region="eu-de")
seconds = st.floats(0.5, 1e5)


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.sampled_from(STAGES), seconds, min_size=1), max_size=15))
def test_an_estimate_lies_between_what_was_seen(runs: list[dict[str, float]]) -> None:
    learnt = learn([past(at, times, OTC) for at, times in enumerate(runs)], OTC)
    seen = runs[-LATEST:]
    assert learnt.runs == len(seen)
    recipe = Recipe(account=OTC)
    for stage in STAGES:
        times = [run[stage] for run in seen if stage in run]
        found = learnt.of(stage, recipe)
        assert (found is None) == (not times)
        if found is not None:
            assert min(times) <= found <= max(times)
    whole = learnt.whole(recipe)
    assert (whole is None) == any(learnt.of(stage, recipe) is None for stage in STAGES)


def test_only_done_stages_of_the_same_place_count() -> None:
    times = dict.fromkeys(STAGES, 60.0)
    elsewhere = [Account(cloud="otc", region="eu-nl"), Account(cloud="huaweicloud", region="eu-de")]
    assert learn([past(1, times, one) for one in elsewhere], OTC) == Estimates()
    assert learn([past(1, times, OTC, "failed")], OTC) == Estimates()
    here = [Account(cloud=PRACTICE, region="a", endpoints={"ecs": f"http://127.0.0.1:{port}"}) for port in (1, 2)]
    assert learn([past(1, times, here[0])], here[1]).runs == 1, "the practice cloud's ports are new each day"
    private = [Account(cloud=CUSTOM, region="a", endpoints={"ecs": f"https://ecs.{one}.example"}) for one in "ab"]
    assert learn([past(1, times, private[0])], private[1]) == Estimates()


def test_an_upload_takes_as_long_as_it_is_large() -> None:
    run = past(1, {"upload-iso": 100.0}, OTC, path="/iso/a.iso", size=10**9)
    learnt = learn([run], OTC)
    twice = with_answers(Recipe(account=OTC), {"iso.path": "/iso/b.iso", "iso.size": 2 * 10**9})
    assert learnt.of("upload-iso", twice) == pytest.approx(200.0)
    assert learnt.of("upload-iso", with_answers(twice, {"iso.size": 0})) is None


amount = st.none() | st.floats(0, 1e4)


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(dict.fromkeys(STAGES, seconds)),
    st.sets(st.sampled_from(STAGES)),
    amount,
    amount,
    amount,
    st.booleans(),
    st.booleans(),
)
def test_a_bill_is_known_or_says_nothing(times, missing, flavor, disk, image, public_ip, local) -> None:
    recipe = with_answers(
        Recipe(account=OTC),
        {
            "server.flavor_id": "s3.large.2",
            "server.volume_type": "SAS",
            "network.public_ip": public_ip,
            "iso.size": 10**9,
            "iso.path": "/iso/a.iso" if local else "",
        },
    )
    price = Price(
        cloud="otc",
        currency="EUR",
        flavor_hour={} if flavor is None else {"s3.large.2": flavor},
        disk_gb_month={} if disk is None else {"SAS": disk},
        image_gb_month=image,
        public_ip_hour=0.01,
    )
    known = {stage: each for stage, each in times.items() if stage not in missing}
    found = bill(recipe, Estimates(known, 1e6, 3), price)
    kinds = [row.kind for row in found.rows]
    assert ("public-ip" in kinds) == public_ip
    assert ("object" in kinds) == local
    assert kinds[-1] == "image"
    assert found.rows[-1].stays
    for row in found.rows:
        assert row.amount is None or row.amount >= 0
        if row.seconds is None and not row.stays:
            assert row.amount is None
    server = found.rows[0]
    living = {"launch-server", "install-os", "capture-disk", "verify-image", "clean-up"}
    assert (server.seconds is None) == bool(living & missing)
    assert (server.amount is None) == (flavor is None or server.seconds is None)
    assert (found.once is None) == any(row.amount is None for row in found.rows if not row.stays)
    nothing = bill(recipe, Estimates(known, 1e6, 3))
    assert not nothing.currency
    assert all(row.amount is None and row.gb_month is None for row in nothing.rows)


def test_the_server_of_an_hour_costs_an_hour() -> None:
    times = {"launch-server": 600.0, "install-os": 1800.0, "capture-disk": 900.0, "verify-image": 100.0}
    times["clean-up"] = 200.0
    recipe = with_answers(
        Recipe(account=OTC), {"server.flavor_id": "a", "server.volume_type": "SSD", "server.system_disk": 33}
    )
    price = Price(cloud="otc", currency="EUR", flavor_hour={"a": 0.25}, disk_gb_month={"SSD": 0.1})
    server, disks, *_ = bill(recipe, Estimates(times), price).rows
    assert (server.seconds, server.amount) == (3600.0, 0.25)
    assert disks.amount == pytest.approx(0.1 * 73 / 730)
    assert money(0.25, "EUR") == "0.25 EUR"
    assert money(0.001, "EUR") == "< 0.01 EUR"


def test_the_last_stages_are_on_the_bill() -> None:
    answers = {"server.flavor_id": "a", "server.volume_type": "SSD", "server.data_disk": 73, "network.public_ip": True}
    after = {"after.copy_region": "eu-nl", "after.copy_agency": "x", "after.export_bucket": "out"}
    recipe = with_answers(Recipe(account=OTC), answers | after | {"after.test_boot": "log", "after.export_key": "k"})
    price = Price(
        cloud="otc",
        currency="EUR",
        flavor_hour={"a": 0.25},
        disk_gb_month={"SSD": 0.1},
        image_gb_month=0.02,
        object_gb_month=0.03,
        public_ip_hour=0.5,
    )
    there = Price(cloud="otc", region="eu-nl", currency="EUR", image_gb_month=0.04)
    rows = {row.kind: row for row in bill(recipe, Estimates({"test-boot": 1800.0}), price, there).rows}
    assert [rows[kind].amount for kind in ("test-server", "test-disk", "test-public-ip")] == [
        0.125,
        pytest.approx(0.005),
        0.25,
    ]
    assert rows["test-disk"].text == "Its disk, 73 GB SSD"
    assert [(rows[kind].stays, rows[kind].gb_month) for kind in ("image", "image-copy", "export")] == [
        (True, 0.02),
        (True, 0.04),
        (True, 0.03),
    ]
    # Nothing is made up: no time, no price there, or one in another currency.
    for other in (None, msgspec.structs.replace(there, currency="CHF")):
        rows = {row.kind: row for row in bill(recipe, Estimates(), price, other).rows}
        assert rows["image-copy"].gb_month is None
    assert bill(recipe, Estimates(), price).once is None


TABLE = b"""
[[price]]
cloud = "otc"
currency = "EUR"
flavor_hour = { "s3.large.2" = 0.08 }
[[price]]
cloud = "otc"
region = "eu-nl"
currency = "EUR"
image_gb_month = 0.02
"""


def test_the_nearest_table_counts() -> None:
    prices = read(TABLE, Path("prices.toml"))
    assert price_of(prices, OTC) is prices[0]
    assert price_of(prices, Account(cloud="otc", region="eu-nl")) is prices[1]
    assert price_of(prices, Account(cloud="huaweicloud", region="eu-nl")) is None
    assert price_of((Price(cloud=PRACTICE, currency="EUR"),), Account(cloud=PRACTICE)) is None


@pytest.mark.parametrize(
    "text",
    [
        b"\xff",
        b"[[price]",
        b'[[price]]\ncloud = "otc"\n',
        b'[[price]]\ncloud = "otc"\ncurrency = " "\n',
        b'[[price]]\ncloud = "otc"\ncurrency = "EUR"\nimage_gb_month = -1.0\n',
        b'[[price]]\ncloud = "otc"\ncurrency = "EUR"\nimage_gb_month = nan\n',
        b'[[price]]\ncloud = "otc"\ncurrency = "EUR"\nflavour_hour = {}\n',
        b'[[price]]\ncloud = "otc"\ncurrency = "EUR"\nflavor_hour = { a = "cheap" }\n',
    ],
)
def test_a_table_that_is_not_right_is_not_used(text: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read(text, Path("prices.toml"))
    assert "prices.toml" in caught.value.detail
    assert caught.value.remedy


@given(st.floats(0, 1e7))
def test_a_span_is_words(length: float) -> None:
    count, unit = span(length).split()
    assert float(count) > 0
    assert unit.rstrip("s") in ("second", "minute", "hour", "day")
    assert unit.endswith("s") == (count != "1")


def test_consoles_are_of_the_cloud_and_nobodys_guess() -> None:
    for cloud in clouds():
        for region in cloud.regions:
            for page in ("home", "quota", "permissions"):
                url = console_page(Account(cloud=cloud.id, region=region.id), page)
                assert url.startswith("https://")
                assert "{" not in url
    assert console_page(Account(cloud=CUSTOM, region="a", endpoints={"iam": "https://iam.a.example"})) == ""
    own = Account(cloud=CUSTOM, region="a", endpoints={CONSOLE: "https://console.example"})
    assert console_page(own, "quota") == "https://console.example/"
    assert console_page(msgspec.structs.replace(own, endpoints={CONSOLE: "http://console.example"})) == ""
