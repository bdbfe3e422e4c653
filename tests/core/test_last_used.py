"""What was used last: kept for each place without secrets, offered where nothing is answered, and never in the way."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from isowright.home import Home
from isowright.last_used import KEPT, LastUsed, merged, offer
from isowright.recipe import CUSTOM, Account, AfterSpec, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec

ACCOUNT = Account(cloud="otc", region="eu-de", domain="acme", user="kim", project_id="p1", project_name="eu-de")
USED = Recipe(
    account=ACCOUNT,
    iso=IsoSource(bucket="isos", key="debian.iso", size=5),
    image=ImageSpec(name="web", os_version="Debian", tags={"team": "x"}, enterprise_project_id="e1", min_disk=60),
    server=ServerSpec("eu-de-01", "s7.large.2", "2 vCPU, 4 GiB", "SSD", 60, 80, 12),
    network=NetworkSpec(
        vpc_id="v",
        vpc_name="vpc",
        subnet_id="s",
        subnet_name="subnet",
        security_group_ids=("g",),
        security_group_names=("group",),
        public_ip=True,
    ),
)


@pytest.fixture
def last(tmp_path):
    home = Home.at(tmp_path)
    home.ensure()
    return LastUsed(home)


def test_answers_come_back_in_the_same_place_only(last):
    assert (last.entries(), last.account("otc"), last.answers(ACCOUNT)) == ([], None, None)
    last.remember(USED)
    assert last.account("otc") == ACCOUNT
    assert last.account("huaweicloud") is None
    found = last.answers(ACCOUNT)
    assert found is not None
    assert (found.server, found.network) == (USED.server, USED.network)
    assert last.answers(replace(ACCOUNT, region="eu-nl")) is None
    assert last.answers(replace(ACCOUNT, project_id="p2")) is None
    assert last.answers(replace(ACCOUNT, project_id="")) == found
    other = replace(ACCOUNT, cloud=CUSTOM, endpoints={"iam": "https://iam.a.example"})
    last.remember(replace(USED, account=other))
    assert last.answers(replace(other, endpoints={"iam": "https://iam.b.example"})) is None
    assert last.answers(other) is not None


def test_what_is_new_each_time_is_not_kept(last):
    last.remember(replace(USED, after=AfterSpec(test_boot="look", share_with=("a" * 32,))))
    text = last.path.read_text()
    for word in ("debian.iso", "web", "team", "os_version", "after", "aaaa"):
        assert word not in text
    assert last.path.stat().st_mode & 0o077 == 0


def test_the_newest_counts_and_few_are_kept(last):
    for number in range(KEPT + 5):
        last.remember(replace(USED, account=replace(ACCOUNT, project_id=f"p{number}", user=f"u{number}")))
    last.remember(replace(USED, account=replace(ACCOUNT, project_id="p7", user="again")))
    assert len(last.entries()) == KEPT
    assert last.account("otc").user == "again"
    assert [one.account.project_id for one in last.entries()].count("p7") == 1


def test_a_new_image_gets_them_where_nothing_is_answered(last):
    last.remember(replace(USED, image=replace(USED.image, name="{os}-{date}")))
    kept = last.answers(ACCOUNT)
    made = offer(Recipe(account=ACCOUNT), kept)
    assert (made.server, made.network, made.iso.bucket, made.iso.key) == (USED.server, USED.network, "isos", "")
    assert (made.image.name, made.image.enterprise_project_id) == ("{os}-{date}", "e1")
    begun = Recipe(
        account=ACCOUNT,
        iso=IsoSource(bucket="others"),
        image=ImageSpec(name="mine", enterprise_project_id="e2"),
        server=ServerSpec(availability_zone="eu-de-02"),
        network=NetworkSpec(vpc_id="w"),
    )
    assert offer(begun, kept) == begun


def test_disks_are_no_smaller_than_the_image_needs(last):
    large = Recipe(account=ACCOUNT, image=ImageSpec(min_disk=100))
    made = offer(large, USED)
    assert (made.server.system_disk, made.server.data_disk) == (100, 100)


def test_who_signed_in_is_filled_in_where_nothing_was_typed():
    typed = Account(cloud="otc", user="lee")
    assert merged(typed, ACCOUNT) == replace(ACCOUNT, user="lee")


@pytest.mark.parametrize(
    "text",
    [
        "not TOML [",
        "schema = 2\nused = []",
        'schema = 1\nused = "x"',
        "schema = 1\n[[used]]\naccount = 5",
        'schema = 1\n[[used]]\n[used.account]\nproxy = "http://a:b@h:1"',
        "x = 1",
        "",
        "\0",
    ],
)
def test_a_bad_file_offers_nothing_and_is_written_anew(last, text):
    last.path.write_text(text)
    assert last.entries() == []
    last.remember(USED)
    assert last.account("otc") == ACCOUNT


def test_a_folder_that_takes_no_file_stops_nothing(last):
    last.path.mkdir()
    last.remember(USED)
    assert last.entries() == []


def test_a_secret_in_an_address_is_not_kept(last):
    last.remember(replace(USED, account=replace(ACCOUNT, proxy="http://kim:secret@h:1")))
    assert not last.path.exists()
