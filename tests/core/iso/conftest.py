"""What the tests of the inspector share."""

import io
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from isowright.iso import osinfo
from isowright.iso.inspect import inspect
from isowright.iso.reader import FileBlocks


@pytest.fixture(autouse=True)
def own_table_alone(monkeypatch, tmp_path):
    """Whether osinfo-db is installed here changes nothing, unless a test says where one is."""
    monkeypatch.setattr(osinfo, "FOLDER", tmp_path / "no-osinfo")


@pytest.fixture
def look():
    """Inspect bytes as a file of that name."""

    def look(data, name="disc.iso"):
        return inspect(name, FileBlocks(io.BytesIO(data), len(data)))

    return look
