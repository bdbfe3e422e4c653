"""What differs between two profiles."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from isowright.profile_diff import _LABELS, diff
from isowright.profiles import SINGLE_RUN
from isowright.recipe import Account, AfterSpec, ImageSpec, IsoSource, NetworkSpec, Recipe, ServerSpec

PARTS = {
    "account": Account,
    "iso": IsoSource,
    "image": ImageSpec,
    "server": ServerSpec,
    "network": NetworkSpec,
    "after": AfterSpec,
}


def test_the_same_have_no_difference():
    assert diff(Recipe(), Recipe()) == []
    noted = Recipe(image=ImageSpec(name_pattern="{os}"))
    assert diff(Recipe(), noted) == []  # of a run, no answer of a profile


def test_in_the_order_of_the_steps_with_words_for_people():
    first = Recipe(
        account=Account(cloud="practice"),
        image=ImageSpec(tags={"team": "a", "same": "x"}, min_disk=40),
        server=ServerSpec(auto_delete_hours=0),
    )
    second = Recipe(
        account=Account(cloud="otc", endpoints={"iam": "https://i"}),
        iso=IsoSource(size=3 << 30, limit=2.5),
        image=ImageSpec(tags={"tier": "b", "same": "x"}, min_disk=60),
        network=NetworkSpec(security_group_names=("a", "b"), public_ip=True),
    )
    assert [(one.field, *one.words) for one in diff(first, second)] == [
        ("account.cloud", "Practice cloud", "Open Telekom Cloud (T-Systems)"),
        ("account.endpoints.iam", "", "https://i"),
        ("iso.size", "", "3.0 GiB"),
        ("iso.limit", "", "2.5 MB/s"),
        ("image.min_disk", "40 GB", "60 GB"),
        ("image.tags.team", "a", ""),
        ("image.tags.tier", "", "b"),
        ("server.auto_delete_hours", "never", "after 24 h"),
        ("network.security_group_names", "", "a, b"),
        ("network.public_ip", "no", "yes"),
    ]


@pytest.mark.parametrize("part", PARTS)
def test_no_field_is_without_a_label_or_left_out(part):
    """A field that is new has to be told of."""
    for field in PARTS[part].__struct_fields__:
        if (part, field) in SINGLE_RUN:
            continue
        assert field in _LABELS[part]
        value = getattr(PARTS[part](), field)
        other = {str: "token", int: 7, float: 7.0, bool: not value, tuple: ("x",), dict: {"k": "v"}}[type(value)]
        changed = Recipe(**{part: replace(PARTS[part](), **{field: other})})
        (one,) = diff(Recipe(), changed)
        assert one.field.startswith(f"{part}.{field}")
        assert one.words[0] != one.words[1]
        assert diff(changed, Recipe())[0].words == one.words[::-1]
        assert msgspec.json.encode(one)
