"""Which parts a file is sent in."""

import pytest

from isowright.upload.plan import MIB, MOST_PARTS, VARIABLE, Plan, part_size


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (1, 16 * MIB),
        (16 * MIB, 16 * MIB),
        (10_000 * 16 * MIB, 16 * MIB),
        (10_000 * 16 * MIB + 1, 17 * MIB),
        (128 * 1024**3, 16 * MIB),
        (1024**4, 105 * MIB),
    ],
)
def test_parts_grow_where_there_would_be_too_many(size, expected, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert part_size(size) == expected
    assert Plan(size, expected).count <= MOST_PARTS


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", MIB), ("64", 64 * MIB), ("0", 16 * MIB), ("-1", 16 * MIB), ("9999", 16 * MIB), ("x", 16 * MIB)],
)
def test_another_size_by_the_environment(text, expected, monkeypatch):
    monkeypatch.setenv(VARIABLE, text)
    assert part_size(5) == expected


@pytest.mark.parametrize("size", [1, MIB - 1, MIB, MIB + 1, 5 * MIB, 5 * MIB + 7])
def test_parts_are_the_whole_file_and_nothing_twice(size):
    parts = list(Plan(size, MIB).parts())
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    end = 0
    for part in parts:
        assert part.offset == end
        assert part.length > 0
        end += part.length
    assert end == size
    assert all(part.length == MIB for part in parts[:-1])
