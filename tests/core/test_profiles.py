"""Profiles on disk: what is written, what is refused, and that nothing is ever lost."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from isowright.errors import InputError, StateError
from isowright.home import Home
from isowright.profiles import Profiles, dumps, read, slug
from isowright.recipe import Account, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec

RECIPE = Recipe(
    account=Account(cloud="otc", region="eu-de", method="access_key", access_key="AKIDEXAMPLE"),
    iso=IsoSource(bucket="isos", key="ubuntu.iso", size=3_000_000_000),
    image=ImageSpec(name="base", os_version="Ubuntu 22.04", tags={"token": "blue", "team": "a"}),
    server=ServerSpec(availability_zone="a", flavor_id="f", volume_type="SSD", data_disk=80),
    network=NetworkSpec(vpc_id="v", subnet_id="s", security_group_ids=("g", "h"), public_ip=True),
)


@pytest.fixture
def home(tmp_path):
    home = Home.at(tmp_path / "home")
    home.ensure()
    return home


@pytest.fixture
def profiles(home):
    return Profiles(home)


def put(home, file, text):
    path = home.profiles_dir / file
    path.write_text(text, encoding="utf-8")
    return path


def test_saved_and_loaded_again(profiles, home):
    info = profiles.save("Ubuntu 22.04 / EU", RECIPE)
    assert info.path == home.profiles_dir / "ubuntu-22-04-eu.toml"
    assert profiles.load("ubuntu 22.04 / eu") == RECIPE
    assert profiles.load(str(info.path)) == RECIPE
    assert [(found.name, found.recipe, found.error) for found in profiles.list()] == [
        ("Ubuntu 22.04 / EU", RECIPE, None)
    ]
    if os.name == "posix":
        assert stat.S_IMODE(info.path.stat().st_mode) == 0o600


def test_file_holds_the_answers_and_no_defaults(profiles):
    document = tomllib.loads(profiles.save("p", RECIPE).path.read_text())
    assert document["schema"] == 1
    assert document["name"] == "p"
    assert document["server"] == {"availability_zone": "a", "flavor_id": "f", "volume_type": "SSD", "data_disk": 80}
    assert document["network"]["security_group_ids"] == ["g", "h"]
    assert tomllib.loads(dumps("empty", Recipe())) == {"schema": 1, "name": "empty"}


def test_hours_of_a_lost_computer(profiles, home):
    """Profiles of before there was such an answer have the default; what cannot be is said where it stands."""
    put(home, "old.toml", 'schema = 1\nname = "old"\n[server]\nflavor_id = "f"\n')
    assert profiles.load("old").server.auto_delete_hours == 24
    never = replace(RECIPE, server=replace(RECIPE.server, auto_delete_hours=0))
    assert "auto_delete_hours = 0" in profiles.save("never", never).path.read_text()
    assert profiles.load("never") == never
    for wrong in ("-1", "721", '"a day"'):
        put(home, "wrong.toml", f'schema = 1\nname = "wrong"\n[server]\nauto_delete_hours = {wrong}\n')
        error = profiles.find("wrong").error
        assert "server.auto_delete_hours" in error.detail
        assert error.remedy


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(min_size=1, max_size=80).filter(lambda s: s.strip() == s and s.isprintable()),
    description=st.text(max_size=50),
    key=st.text(max_size=50),
    size=st.integers(0, 2**40),
)
def test_any_text_survives_the_file(tmp_path_factory, name, description, key, size):
    recipe = Recipe(iso=IsoSource(key=key, size=size), image=ImageSpec(description=description))
    path = tmp_path_factory.mktemp("any") / "x.toml"
    path.write_text(dumps(name, recipe), encoding="utf-8", newline="\n")
    assert read(path) == (name, recipe)


@given(st.text())
def test_file_names_are_safe_everywhere(name):
    text = slug(name)
    assert text
    assert len(text) <= 70
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert text not in ("con", "nul", "aux", "prn", "com1", "lpt1")


def test_taken_name_is_refused_and_replaced_only_on_demand(profiles):
    profiles.save("Base", RECIPE)
    other = replace(RECIPE, image=ImageSpec(name="other"))
    with pytest.raises(InputError, match="already"):
        profiles.save("base", other)
    assert profiles.load("Base") == RECIPE
    profiles.save("base", other, overwrite=True)
    assert profiles.load("Base") == other
    assert len(profiles.list()) == 1


def test_different_names_with_one_slug_do_not_meet(profiles):
    first = profiles.save("Base!", RECIPE)
    second = profiles.save("Base?", Recipe())
    assert first.path != second.path
    assert profiles.load("Base!") == RECIPE
    assert profiles.load("Base?") == Recipe()


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\nb"])
def test_impossible_names(profiles, name):
    with pytest.raises(InputError):
        profiles.save(name, RECIPE)
    assert profiles.list() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema = 1\nname = ", "not valid TOML"),
        ("schema = 1\n[account]\ncloud = 7\n", "account.cloud"),
        ("schema = 1\n[account]\nmethod = 'magic'\n", "account.method"),
        ("schema = 1\n[server]\ndata_disk = 'big'\n", "server.data_disk"),
        ("schema = 1\n[server]\nsize = 5\n", "server.size"),
        ("schema = 1\n[sevrer]\n", "sevrer"),
        ("schema = 1\naccount = 'x'\n", "account"),
        ("schema = 'one'\n", "schema"),
        ("schema = 1\nname = 7\n", "name"),
    ],
)
def test_damaged_file_is_listed_with_its_error_and_left_alone(profiles, home, text, words):
    path = put(home, "broken.toml", text)
    profiles.save("good", RECIPE)
    broken, good = profiles.list()
    assert (broken.name, broken.recipe) == ("broken", None)
    assert words in f"{broken.error}"
    assert "broken.toml" in broken.error.remedy
    assert good.recipe == RECIPE
    with pytest.raises(InputError):
        profiles.load("broken")
    with pytest.raises(StateError, match="cannot be replaced"):
        profiles.save("broken", RECIPE, overwrite=True)
    assert path.read_text() == text
    profiles.delete("broken")
    assert not path.exists()


def test_not_even_utf8(profiles, home):
    (home.profiles_dir / "x.toml").write_bytes(b"\xff\xfe\x00")
    assert profiles.list()[0].error is not None


def test_newer_schema_is_told_apart(profiles, home):
    text = "schema = 2\nname = 'later'\n[hologram]\nx = 1\n"
    path = put(home, "later.toml", text)
    error = profiles.list()[0].error
    assert "newer version" in error.title
    assert "Update Isowright" in error.remedy
    with pytest.raises(InputError, match="newer version"):
        profiles.import_(path)
    assert path.read_text() == text


@pytest.mark.parametrize(
    "lines",
    [
        "[account]\npassword = 'hunter2-very-secret'",
        "[account]\nsecret_key = 'hunter2-very-secret'",
        "[account]\nsecurity_token = 'hunter2-very-secret'",
        "password = 'hunter2-very-secret'",
        "[secrets]\nx = 'hunter2-very-secret'",
        "[account]\ncloud = 'otc'\nproxy = 'http://kim:hunter2-very-secret@proxy:3128'",
        "[account]\ncloud = 'custom'\n[account.endpoints]\niam = 'https://kim:hunter2-very-secret@iam'",
    ],
)
def test_secret_in_a_file_is_refused_and_not_repeated(profiles, home, lines):
    path = put(home, "leak.toml", f"schema = 1\nname = 'leak'\n{lines}\n")
    with pytest.raises(InputError) as caught:
        profiles.import_(path)
    assert "secret" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_keep_secret_and_tags_are_no_secrets(profiles):
    recipe = replace(RECIPE, account=replace(RECIPE.account, keep_secret=False))
    profiles.save("p", recipe)
    assert profiles.load("p") == recipe


def test_endpoints_are_kept_for_custom_clouds_only(profiles):
    endpoints = {"iam": "http://127.0.0.1:1"}
    for cloud, kept in (("custom", endpoints), ("practice", {}), ("otc", {})):
        profiles.save(cloud, Recipe(account=Account(cloud=cloud, endpoints=endpoints)))
        assert profiles.load(cloud).account.endpoints == kept


def test_export_leaves_out_whose_key_it_is(profiles, tmp_path):
    profiles.save("Mine", RECIPE)
    path = profiles.export("Mine", tmp_path)
    assert path == tmp_path / "mine.toml"
    assert "AKIDEXAMPLE" not in path.read_text()
    assert read(path) == ("Mine", replace(RECIPE, account=replace(RECIPE.account, access_key="")))
    assert profiles.load("Mine").account.access_key == "AKIDEXAMPLE"


def test_import_numbers_a_taken_name(profiles, tmp_path):
    profiles.save("Mine", RECIPE)
    path = profiles.export("Mine", tmp_path / "x.toml")
    assert profiles.import_(path) == "Mine (2)"
    assert profiles.import_(path) == "Mine (3)"
    assert profiles.load("Mine") == RECIPE
    assert [info.name for info in profiles.list()] == ["Mine", "Mine (2)", "Mine (3)"]


def test_duplicate_and_rename(profiles):
    profiles.save("a", RECIPE)
    assert profiles.duplicate("a").name == "a (2)"
    assert profiles.duplicate("a (2)").name == "a (3)"
    profiles.rename("a (2)", "b")
    profiles.rename("b", "B")
    assert [info.name for info in profiles.list()] == ["a", "a (3)", "B"]
    assert profiles.load("B") == RECIPE
    with pytest.raises(InputError, match="already"):
        profiles.rename("a", "B")


def test_unknown_profile_and_file(profiles, tmp_path):
    profiles.save("known", RECIPE)
    with pytest.raises(InputError, match="no profile “nope”") as caught:
        profiles.load("nope")
    assert "known" in caught.value.detail
    with pytest.raises(InputError, match="no file"):
        profiles.load(str(tmp_path / "nope.toml"))
    for action in (profiles.delete, profiles.duplicate):
        with pytest.raises(InputError):
            action("nope")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device on this system")
def test_mistaken_choice_of_a_device_without_end(profiles):
    with pytest.raises(InputError, match="is no file") as caught:
        profiles.load("/dev/zero")
    assert caught.value.remedy


def test_mistaken_choice_of_a_huge_file(profiles, tmp_path):
    path = tmp_path / "movie.toml"
    with path.open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(InputError, match="no profile"):
        profiles.import_(path)


def test_failed_write_leaves_the_former_file(profiles, monkeypatch):
    profiles.save("p", RECIPE)

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match="disk is full") as caught:
        profiles.save("p", Recipe(), overwrite=True)
    assert caught.value.remedy
    assert profiles.load("p") == RECIPE
    assert [path.name for path in profiles.list()[0].path.parent.iterdir()] == ["p.toml"]
