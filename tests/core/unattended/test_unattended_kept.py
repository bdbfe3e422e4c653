"""Forms are kept beside the files that were written from them; what nothing names any more goes after a month."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from samples import ANSWERS

from isowright.unattended.family import FAMILIES
from isowright.unattended.kept import forget_unused, form_of, keep

KICKSTART = FAMILIES["kickstart"]


def test_the_form_is_found_by_its_file(tmp_path):
    folder = tmp_path / "answers"
    path = keep(folder, KICKSTART, ANSWERS)
    assert keep(folder, KICKSTART, ANSWERS) == path
    assert form_of(folder, path) == ANSWERS
    assert all(each.stat().st_mode & 0o077 == 0 for each in folder.iterdir())
    assert len(list(folder.iterdir())) == 2
    elsewhere = tmp_path / path.name
    elsewhere.write_bytes(path.read_bytes())
    assert form_of(folder, elsewhere) is None
    path.with_name(f"{path.name}.form.json").write_text("{")
    assert form_of(folder, path) is None


def test_only_what_is_old_and_not_named_is_forgotten(tmp_path):
    from msgspec.structs import replace

    named, new, old = (keep(tmp_path, KICKSTART, replace(ANSWERS, user=user)) for user in ("named", "new", "old"))
    for path in (named, old):
        for each in tmp_path.glob(f"{path.name}*"):
            os.utime(each, (0, 0))
    forget_unused(tmp_path, {str(named), ""})
    assert {path.name for path in tmp_path.iterdir()} == {
        name for path in (named, new) for name in (path.name, f"{path.name}.form.json")
    }
