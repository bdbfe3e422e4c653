"""`isowright profiles diff` and `from-run`, names with variables, and a run whose answers are gone: as typed."""

from __future__ import annotations

import json
import re
import tomllib


def answers(operator, table):
    return tomllib.loads(operator.profile("scratch").read_text())[table]


def test_all_that_is_gone_is_told_at_once_and_nothing_starts(operator, practice):
    profile = operator.profile(
        "aged",
        iso=answers(operator, "iso") | {"key": "gone.iso"},
        image=answers(operator, "image") | {"os_version": "TempleOS 5 64bit"},
        server=answers(operator, "server") | {"availability_zone": "practice-9z", "volume_type": "TAPE"},
        network={
            "vpc_id": "none",
            "subnet_id": "none",
            "vpc_name": "vpc-default",
            "security_group_ids": ["no-group"],
            "security_group_names": [],
        },
    )
    before = len(practice.requests())
    status, out, err = operator.do("run", profile, "--json")
    assert (status, out) == (2, [])
    assert "6 answers of “aged” do not exist any more." in err
    for field in ("iso.key", "image.os_version", "server.availability_zone", "server.volume_type", "network.vpc_id"):
        assert re.search(rf"^  {field}: .+ .+\.$", err, re.MULTILINE), err
    assert "network.security_group_ids: The security group no-group does not exist any more. Take default" in err
    assert "What to do:" in err
    asked = [one for one in practice.requests()[before:] if one["method"] not in ("GET", "HEAD")]
    assert {one["path"].rsplit("/", 1)[-1] for one in asked} <= {"tokens", "securitytokens"}  # it signs in, and reads
    assert operator.do("runs", "--json")[1] == []


def test_one_that_is_gone_is_told_with_its_remedy_and_as_is_goes_on(operator):
    profile = operator.profile("one", iso=answers(operator, "iso") | {"key": "debian-12_5_0-amd64-netinst.iso"})
    status, _, err = operator.do("run", profile)
    assert status == 2
    assert "One answer of “one” does not exist any more." in err
    assert "Take debian-12_7_0-amd64-netinst.iso." in err
    status, _, err = operator.do("run", profile, "--as-is")
    assert status == 1
    assert "Try again" in err


def test_who_is_not_let_in_or_may_not_look(operator, practice):
    status, _, err = operator.do("run", operator.profile("p"), ISOWRIGHT_PASSWORD="not-it")
    assert status == 1
    assert "What to do:" in err
    assert operator.do("runs", "--json")[1] == []
    secret = {"ISOWRIGHT_PASSWORD": practice.ready["users"]["no-rights"]["password"]}
    profile = operator.profile("p", account={"user": "no-rights"}, network={"vpc_id": "none", "subnet_id": "none"})
    status, out, err = operator.do("run", profile, "--json", **secret)
    assert status == 1
    assert json.loads(out[-1])["stage"] == "register-iso"  # the run tells what is not allowed


def test_a_name_with_variables_a_profile_from_the_run_and_their_difference(operator):
    status, _, err = operator.do("run", operator.profile("p", image=answers(operator, "image") | {"name": "{who}"}))
    assert status == 2
    assert "“{who}” is no variable. There are {os}, {version}, {date}" in err.replace("\n  What to do:", "")

    image = answers(operator, "image") | {"name": "golden-{os}-{date}"}
    path = operator.profile("weekly", image=image)
    text = (
        path.read_text()
        .replace('name = "weekly"\n', 'name = "golden-{os}-{date}"\n')
        .replace('name = "golden-{os}-{date}"\n', 'name = "weekly"\n', 1)
    )
    path.write_text(text)
    assert operator.do("profiles", "import", path)[0] == 0
    status, out, err = operator.do("run", "weekly", "--json", "--on-install", "confirm")
    assert status == 3, err
    started = json.loads(out[0])
    assert re.fullmatch(r"golden-[a-z]+-\d{4}-\d\d-\d\d", started["name"])

    status, out, err = operator.do("profiles", "from-run", started["run"][:8], "again", secret=False)
    assert status == 0, err
    assert out == [f"Saved the answers of {started['name']} ({started['run']}) as “again”."]
    made = "\n".join(operator.do("profiles", "show", "again")[1])
    assert 'name = "golden-{os}-{date}"' in made
    assert "name_pattern" not in made
    for name, run, said in (
        ("again", started["run"], "already"),
        ("x", "nothing", "no run"),
        ("", started["run"], "name"),
    ):
        status, _, err = operator.do("profiles", "from-run", run, name, secret=False)
        assert status == 2
        assert said in err

    changed = operator.profile("changed")
    status, out, err = operator.do("profiles", "diff", "again", str(changed), "--json")
    assert status == 0, err
    told = json.loads("\n".join(out))
    assert (told["event"], told["first"], told["second"]) == ("profiles-diff", "again", "changed")
    fields = {one["field"]: one for one in told["differences"]}
    assert fields["image.name"]["first"] == "golden-{os}-{date}"
    assert fields["image.name"]["second"] == "changed"
    status, out, _ = operator.do("profiles", "diff", "again", str(changed))
    assert any(line.split() == ["Name", "golden-{os}-{date}", "changed"] for line in out)
    status, out, _ = operator.do("profiles", "diff", "again", "AGAIN")
    assert (status, out) == (0, ["“again” and “again” have the same answers."])
    for other in ("nobody", str(operator.folder / "none.toml")):
        assert operator.do("profiles", "diff", "again", other)[0] == 2

    assert operator.do("clean-up", "--yes")[0] == 0
    kept = next(operator.folder.rglob("last-used.toml")).read_text()
    assert "golden-{os}-{date}" in kept
    assert answers(operator, "server")["flavor_id"] in kept
