"""The last stages at the command line: a profile that asks for them, the test boot's question, and doing without."""

from __future__ import annotations

import pytest

from isowright.cli import main
from isowright.recipe_after import LAST_STAGES
from isowright.stages import all_stages


def images(practice, name):
    return [image for image in practice.world()["images"] if image["name"] == name]


def install(run, practice):
    practice.finish_install(run.event("waiting", reason="operator", stage="install-os")["server_id"])


def test_profile_with_all_of_it(operator, practice):
    bucket = next(b["name"] for b in practice.ready["buckets"] if b["name"].startswith("practice-isos"))
    after = {
        "test_boot": "log",
        "tags": {"stage": "gold"},
        "share_with": ["c" * 32],
        "copy_region": "practice-2",
        "copy_agency": "ims_copy_image",
        "export_bucket": bucket,
        "export_key": "all-of-it.vhd",
        "export_format": "vhd",
    }
    run = operator.start("run", operator.profile("all-of-it", after=after), "--json")
    install(run, practice)
    assert run.end() == 0, run.said
    assert run.err == []
    done = [event["stage"] for event in run.events if event["event"] == "stage" and event["state"] == "done"]
    assert done[-5:] == list(LAST_STAGES)
    assert len(images(practice, "all-of-it")) == 2
    status, out, _ = operator.do("runs", run.events[0]["run"])
    assert status == 0
    told = "\n".join(out)
    assert f"{bucket}/all-of-it.vhd" in told
    assert "in practice-2" in told


@pytest.mark.parametrize(("said", "status"), [("yes", 0), ("no", 1)])
def test_test_boot_is_answered_by_the_next_command(operator, practice, said, status):
    practice.faults({"world": "mute-consoles"})
    profile = operator.profile(f"boots-{said}", after={"test_boot": "log"})
    run = operator.start("run", profile, "--json", "--on-install", "powered-off")
    assert run.end() == 3, run.said
    run_id = run.events[0]["run"]
    assert f"isowright resume {run_id} --boots yes (or no)" in "\n".join(run.err)
    console_status, out, _ = operator.do("console", run_id)
    assert (console_status, len(out)) == (0, 1)
    resumed = operator.start("resume", run_id, "--boots", said, "--json", "--on-error", "keep")
    assert resumed.end() == status, resumed.said
    mine = [s for s in practice.world()["servers"] if f"run={run_id}" in s.get("tags", [])]
    assert mine == []
    assert [image["status"] for image in images(practice, f"boots-{said}")] == ["active"]
    if said == "no":
        assert "does not boot" in resumed.said


def test_doing_without_what_fails(operator, practice):
    after = {"copy_region": "practice-2", "copy_agency": "nobody", "share_with": ["d" * 32]}
    run = operator.start("run", operator.profile("without", after=after), "--json", "--on-error", "keep")
    install(run, practice)
    assert run.end() == 1, run.said
    run_id = run.events[0]["run"]
    assert "The image is done, but was not copied to practice-2." in run.said
    assert "--without STAGE" in run.said
    resumed = operator.start("resume", run_id, "--without", "copy-image", "--json")
    assert resumed.end() == 0, resumed.said
    assert len(images(practice, "without")) == 1


def test_impossible_profile_is_refused_at_once(operator):
    status, out, err = operator.do("run", operator.profile("bad", after={"copy_region": "practice-1"}))
    assert (status, out) == (2, [])
    assert "after.copy_region" in err
    assert "after.copy_agency" in err


def test_names_of_the_last_stages():
    known = [stage.id for stage in all_stages()]
    assert known[known.index("clean-up") + 1 :] == list(LAST_STAGES)
    assert tuple(LAST_STAGES) == main._LAST_STAGES
