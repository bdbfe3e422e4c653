"""`isowright check`: what it prints, its JSON and its exit status; it makes nothing."""

from __future__ import annotations

import json

from isowright.checks import all_checks


def test_a_good_profile_passes_and_nothing_is_made(operator, practice):
    before = practice.world()["mutations"]
    status, out, err = operator.do("check", operator.profile("good"))
    assert (status, err) == (0, "")
    assert len([line for line in out if line.startswith("  fine")]) == len(all_checks()) - 2
    assert [line.split()[0] for line in out[:-1] if not line.startswith("  fine")] == ["later", "later"]
    assert out[-1] == "All checks are fine."
    world = practice.world()
    assert world["servers"] == world["volumes"] == []
    assert [image["name"] for image in world["images"]] == ["debian-11-golden"]
    assert world["mutations"] - before <= 2, "a token, and keys to look into the bucket with"
    status, out, _ = operator.do("runs")
    assert not any("good" in line for line in out)


def test_what_is_wrong_is_said_with_what_to_do(operator, practice):
    profile = operator.profile(
        "debian-11-golden",
        server={"volume_type": "SATA"},
        after={"export_bucket": "no-such-bucket", "export_key": "a.vhd"},
    )
    practice.faults({"world": "quota-full", "resource": "server"})
    status, out, err = operator.do("check", profile)
    said = "\n".join(out)
    assert status == 1
    assert err == "Must be fixed first: Name is free, Disk type is available, Server quota, Export has a place."
    assert 'Name it debian-11-golden-2: image.name = "debian-11-golden-2" in the profile' in said
    assert "Choose another disk type: server.volume_type in the profile" in said
    assert "Choose another bucket: after.export_bucket in the profile" in said
    assert "Find leftovers: isowright clean-up --orphans PROFILE" in said


def test_json_has_one_finding_a_line_with_its_remedies(operator, practice):
    profile = operator.profile("debian-11-golden")
    status, out, err = operator.do("check", profile, "--json")
    findings = {one["id"]: one for one in map(json.loads, out)}
    assert (status, err) == (1, "")
    assert set(findings) == {check.id for check in all_checks()}
    assert {one["event"] for one in findings.values()} == {"check"}
    name = findings["image-name"]
    assert name["verdict"] == "must-fix"
    assert name["remedies"] == [
        {"text": "Name it debian-11-golden-2", "action": "use", "answers": {"image.name": "debian-11-golden-2"}},
        {"text": "Choose another name", "action": "step:image.name"},
    ]
    assert findings["limits"]["verdict"] == "fine"


def test_a_remark_does_not_fail(operator, practice):
    status, out, _ = operator.do("check", operator.profile("beta", server={"flavor_id": "s7n.large.4"}))
    assert status == 0
    assert out[-1] == "A run may begin; 1 remark."
    assert any(line.startswith("  LOOK      Flavor is available") for line in out)


def test_bad_input_is_told_before_anything_is_asked(operator, practice):
    asked = len(practice.requests())
    status, _, err = operator.do("check", "no-such-profile")
    assert status == 2
    assert "no-such-profile" in err
    unfinished = operator.profile("unfinished", server={"flavor_id": ""}, network={"subnet_id": ""})
    status, _, err = operator.do("check", unfinished)
    assert status == 2
    assert "No flavor is chosen." in err
    assert "2 answers" in err
    status, _, err = operator.do("check", operator.profile("nobody"), secret=False)
    assert status == 2
    assert "ISOWRIGHT_PASSWORD" in err
    assert len(practice.requests()) == asked
    status, _, err = operator.do("check", operator.profile("wrong"), ISOWRIGHT_PASSWORD="not the password")
    assert status == 1
    assert "What to do" in err
