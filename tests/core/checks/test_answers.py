"""The answer file of an installer, looked at before the run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from isowright.practice.isos import ROCKY, make_iso

Bench = Any


@pytest.mark.parametrize(
    ("content", "verdict", "words"),
    [
        ("lang en_US\nignoredisk --only-use=vdb\npoweroff\n", "fine", ""),
        ("lang en_US\nignoredisk --only-use=vdb\n", "look", "does not power the server off"),
        ("lang en_US\nclearpart --drives=sda\npoweroff\n", "look", "names the first disk"),
        ("d-i debian-installer/locale string en_US\n", "must-fix", "the ISO's installer takes kickstart"),
        (None, "must-fix", "cannot be read"),
    ],
)
async def test_an_answer_file_is_looked_at_before_the_run(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, verdict: str, words: str
) -> None:
    if not shutil.which("xorriso"):
        pytest.skip("NOT TRIED: there is no xorriso here")
    iso, answers = tmp_path / "rocky.iso", tmp_path / "my.ks"
    make_iso(ROCKY, iso)
    if content is not None:
        answers.write_text(content)
    bench.change("iso", path=str(iso), key="rocky.iso", answers=str(answers))
    found = await bench.look("iso-object")
    assert found.verdict == verdict
    assert words in found.why
    if verdict != "fine":
        assert found.remedies[0].action == "step:iso.answers"
        return
    monkeypatch.setenv("PATH", str(tmp_path))
    found = await bench.look("iso-object")
    assert found.verdict == "must-fix"
    assert "apt-get install xorriso" in found.advice
