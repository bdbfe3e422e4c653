"""The command line from outside: real processes, a real practice cloud, exit statuses, and nothing secret anywhere."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cli_tools import Practice


def images(practice, name):
    return [image for image in practice.world()["images"] if image["name"] == name]


def servers(practice, run):
    return [server for server in practice.world()["servers"] if f"run={run}" in server.get("tags", [])]


# ------------------------------------------------------------------------------------------------- practice cloud


def test_ready_line_says_all_that_is_promised(practice):
    ready = practice.ready
    assert next(iter(ready)) == "event"
    assert ready["event"] == "practice-ready"
    assert set(ready["endpoints"]) == {"iam", "ims", "ecs", "evs", "vpc", "obs", "eps"}
    urls = [ready["control"], *ready["endpoints"].values()]
    assert {urlsplit(url).hostname for url in urls} == {"127.0.0.1"}
    assert len({urlsplit(url).port for url in urls}) == 8
    for key in ("region", "project_id", "domain", "user", "password", "access_key", "secret_key"):
        assert ready[key], key
    assert all(bucket["name"] and isinstance(bucket["objects"], list) for bucket in ready["buckets"])
    assert len(ready["buckets"]) >= 2
    text = Path(ready["profile"]).read_text()
    assert 'cloud = "custom"' in text
    assert not any(secret in text for secret in practice.secrets)


@pytest.mark.parametrize("options", [["--port", "x"], ["--speed", "0"], ["--speed", "nan"], ["--faults", "nowhere"]])
def test_practice_refuses_what_it_cannot_be(operator, options):
    status, out, err = operator.do("practice", *options)
    assert (status, out) == (2, [])
    assert "What to do:" in err


def test_practice_refuses_a_state_in_use(operator, practice):
    state = operator.folder / "world"
    first = operator.start("practice", "--state", state)
    first.event("practice-ready")
    status, out, err = operator.do("practice", "--state", state)
    assert (status, out) == (2, [])
    assert "Another practice cloud" in err
    assert "What to do:" in err
    first.process.kill()  # its output tells its credentials: nothing of them belongs to this operator's secrets


# ------------------------------------------------------------------------------------------------------- whole job


def test_run_to_the_image(operator, practice):
    run = operator.start("run", operator.profile("whole"), "--json")
    turn = run.event("waiting", reason="operator")
    assert turn["stage"] == "install-os"
    practice.finish_install(turn["server_id"])
    assert run.end() == 0, run.said
    first, last = run.events[0], run.events[-1]
    assert (first["event"], first["resumed"], first["region"]) == ("run-started", False, practice.ready["region"])
    done = [event["stage"] for event in run.events if event["event"] == "stage" and event["state"] == "done"]
    assert done == [stage for stage, _title in first["stages"]]
    assert last["event"] == "done"
    assert last["image_name"] == "whole"
    (image,) = images(practice, "whole")
    assert (image["id"], image["status"], image["installed"]) == (last["image_id"], "active", True)
    assert servers(practice, first["run"]) == []
    assert {event["run"] for event in run.events} == {first["run"]}
    assert run.err == []


def test_auto_delete_of_the_profile_and_of_the_command(operator, practice):
    """The profile's hours, unless the command line says otherwise; 0 is never."""
    profile = operator.profile("lost", server={"auto_delete_hours": 5})
    for given, hours in (((), 5), (("--auto-delete", "48"), 48), (("--auto-delete", "0"), 0)):
        run = operator.start("run", profile, "--json", "--on-install", "confirm", *given)
        assert run.end() == 3, run.said
        run_id = run.events[0]["run"]
        (server,) = servers(practice, run_id)
        if hours:
            ahead = datetime.fromisoformat(server["auto_terminate_time"]) - datetime.now(UTC)
            assert timedelta(hours=hours, minutes=-2) < ahead <= timedelta(hours=hours, minutes=1)
        else:
            assert "auto_terminate_time" not in server
        assert operator.do("clean-up", run_id, "--yes")[0] == 0
    assert "--auto-delete HOURS" in " ".join(operator.do("run", "--help")[1])


def test_words_for_people(operator, practice):
    run = operator.start("run", operator.profile("words"))
    server = run.until(lambda line: "YOUR TURN" in line).rsplit("Server: ", 1)[1].rstrip(".")
    practice.finish_install(server)
    assert run.end() == 0, run.said
    assert run.out[0].startswith("words: run ")
    stages = [line for line in run.out if line.startswith("  done ")]
    titles = ["Sign in", "Register ISO", "Launch temporary server", "Install the OS", "Capture the data disk", "Verify"]
    assert [line[13 : 13 + len(title)] for line, title in zip(stages, titles, strict=False)] == titles
    (image,) = images(practice, "words")
    assert image["id"] in run.out
    assert "\x1b" not in run.said
    status, out, _ = operator.do("runs")
    assert status == 0
    assert " done " in out[0]
    assert sum(" deleted " in f" {line} " for line in out) == 4


def test_access_key_instead_of_a_password(operator, practice):
    keys = {"ISOWRIGHT_ACCESS_KEY": practice.ready["access_key"], "ISOWRIGHT_SECRET_KEY": practice.ready["secret_key"]}
    profile = operator.profile("keyed", account={"method": "access_key"})
    status, out, err = operator.do("run", profile, "--json", "--on-install", "powered-off", secret=False, **keys)
    assert status == 0, err
    assert json.loads(out[-1])["event"] == "done"


def test_confirm_stops_and_installed_goes_on(operator, practice):
    status, out, err = operator.do("run", operator.profile("confirmed"), "--json", "--on-install", "confirm")
    assert status == 3
    last = json.loads(out[-1])
    assert (last["event"], last["reason"], bool(last["server_id"])) == ("waiting", "operator", True)
    assert f"isowright resume {last['run']} --installed" in err
    assert images(practice, "confirmed") == []
    assert len(servers(practice, last["run"])) == 1
    resumed = operator.start("resume", "--installed", "--json")
    assert resumed.end() == 0, resumed.said
    assert resumed.events[0]["resumed"] is True
    assert resumed.events[-1]["image_id"] == images(practice, "confirmed")[0]["id"]
    kinds = [resource["kind"] for resource in resumed.events[-1]["resources"]]
    assert sorted(kinds) == sorted(set(kinds))
    assert servers(practice, last["run"]) == []


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_goes_on_without_making_anything_twice(operator, practice, number):
    name = f"interrupted-{number.name.lower()}"
    run = operator.start("run", operator.profile(name), "--json")
    run_id = run.event("stage", stage="launch-server", state="running")["run"]
    run.process.send_signal(number)
    assert run.end() == 130, run.said
    err = "\n".join(run.err)
    assert "Stopped at “Launch temporary server”" in err
    assert "ISO image" in err
    assert f"isowright resume {run_id}" in err
    assert "Traceback" not in err
    status, out, _ = operator.do("runs", "--json")
    (info,) = map(json.loads, out)
    assert (status, info["event"], info["id"], info["interrupted"]) == (0, "run", run_id, True)

    resumed = operator.start("resume", "--json")
    practice.finish_install(resumed.event("waiting", reason="operator")["server_id"])
    assert resumed.end() == 0, resumed.said
    kinds = [resource["kind"] for resource in resumed.events[-1]["resources"]]
    assert sorted(kinds) == sorted(set(kinds))
    assert len(images(practice, name)) == 1
    assert servers(practice, run_id) == []


def test_resume_all_ends_every_run(operator, practice):
    for name in ("many-1", "many-2"):
        assert operator.do("run", operator.profile(name), "--json", "--on-install", "confirm")[0] == 3
    status, _, err = operator.do("resume", "--json")
    assert status == 2
    assert "several runs" in err
    status, out, err = operator.do("resume", "--all", "--installed")
    assert status == 0, err
    assert len({line.split("]")[0] for line in out}) == 2
    assert all(len(images(practice, name)) == 1 for name in ("many-1", "many-2"))
    assert operator.do("resume", "--all", "--json")[:2] == (0, [])


# ------------------------------------------------------------------------------------------------ failing, clean-up


def test_failed_run_says_what_it_made_and_clean_up_removes_it(operator, practice):
    practice.faults({"job": "createServer", "action": "fail", "code": "Ecs.0219", "reason": "no host"})
    run = operator.start("run", operator.profile("failing"), "--json")
    assert run.end() == 1, run.said
    failed = run.events[-1]
    assert (failed["event"], failed["stage"]) == ("failed", "launch-server")
    assert failed["error"]["remedy"]
    assert any(resource["kind"] == "iso-image" for resource in failed["resources"])
    err = "\n".join(run.err)
    assert "What to do:" in err
    assert f"isowright clean-up {failed['run']}" in err
    status, _, err = operator.do("clean-up")
    assert (status, "--yes" in err) == (2, True)
    status, out, err = operator.do("clean-up", failed["run"], "--yes", "--json")
    assert status == 0, err
    assert json.loads(out[-1])["event"] == "cleaned-up"
    assert [image for image in practice.world()["images"] if failed["run"] in str(image)] == []
    assert operator.do("clean-up", "--yes") == (0, ["There is nothing to clean up."], "")


def test_on_error_clean_up(operator, practice):
    practice.faults({"job": "createServer", "action": "fail-with-debris", "code": "Ecs.0219", "reason": "no host"})
    before = {image["id"] for image in practice.world()["images"]}
    run = operator.start("run", operator.profile("debris"), "--json", "--on-error", "clean-up")
    assert run.end() == 1, run.said
    assert [event["event"] for event in run.events if event["event"] in ("failed", "cleaned-up")] == [
        "failed",
        "cleaned-up",
    ]
    assert {image["id"] for image in practice.world()["images"]} == before
    assert servers(practice, run.events[0]["run"]) == []


def test_taken_image_name(operator, practice):
    status, _, err = operator.do("run", operator.profile("twice"), "--on-install", "powered-off")
    assert status == 0, err
    status, _, err = operator.do("run", operator.profile("twice"), "--on-install", "powered-off")
    assert status == 1
    assert "twice" in err
    assert "What to do:" in err
    assert len(images(practice, "twice")) == 1
    assert "--image-name NAME" in err
    status, _, err = operator.do("resume", "--image-name", "no/slash")
    assert status == 2
    assert "What to do:" in err
    status, _, err = operator.do("resume", "--image-name", "twice-2", "--on-install", "powered-off")
    assert status == 0, err
    assert len(images(practice, "twice-2")) == 1


def test_flavor_sold_out_since_it_was_chosen(operator, practice):
    flavor = tomllib.loads(operator.profile("scarce").read_text())["server"]["flavor_id"]
    practice.faults({"world": "sold-out", "flavor": flavor})
    status, _, err = operator.do("run", operator.profile("scarce"), "--on-install", "confirm")
    assert status == 1
    assert "What to do:" in err
    assert re.search(r"--flavor \w+\.large\.\d", err)
    assert operator.do("resume", "--all", "--flavor", "s6.large.4")[0] == 2
    status, _, err = operator.do("resume", "--flavor", "s6.large.4", "--on-install", "confirm")
    assert status == 3, err
    status, _, err = operator.do("resume", "--flavor", flavor)
    assert status == 2
    assert "no longer be changed" in err
    status, _, err = operator.do("resume", "--installed")
    assert status == 0, err
    assert len(images(practice, "scarce")) == 1


# --------------------------------------------------------------------------------------------------------- bad input


def test_wrong_password(operator, practice):
    status, out, err = operator.do(
        "run", operator.profile("p"), "--json", "--as-is", ISOWRIGHT_PASSWORD="not-the-password"
    )
    assert status == 1
    failed = json.loads(out[-1])
    assert (failed["event"], failed["stage"], failed["error"]["kind"]) == ("failed", "sign-in", "AuthError")
    assert failed["resources"] == []
    assert "What to do:" in err
    assert "not-the-password" not in f"{out}{err}"
    assert b"not-the-password" not in b"".join(p.read_bytes() for p in operator.folder.rglob("*") if p.is_file())
    resumed = operator.start("resume", "--json", "--on-install", "confirm")
    assert resumed.end() == 3, resumed.said
    assert operator.do("clean-up", "--yes")[0] == 0


def test_no_secret_at_hand(operator):
    status, out, err = operator.do("run", operator.profile("p"), secret=False)
    assert (status, out) == (2, [])
    assert "ISOWRIGHT_PASSWORD" in err
    assert "no keyring service" in err
    assert operator.do("runs", "--json")[:2] == (0, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema = 1\nname = ", "not valid TOML"),
        ("schema = 9\n", "newer version"),
        ("schema = 1\n[account]\npassword = 'x'\n", "holds a secret"),
        ("schema = 1\n", "account.cloud"),
    ],
    ids=["damaged", "newer", "secret", "empty"],
)
def test_profile_that_cannot_be_run(operator, text, words):
    path = operator.folder / "p.toml"
    path.write_text(text)
    status, out, err = operator.do("run", path, "--json")
    assert (status, out) == (2, [])
    assert words in err
    assert "What to do:" in err
    assert path.read_text() == text


@pytest.mark.parametrize("args", [["run", "nobody"], ["resume", "nothing"], ["clean-up", "nothing"], ["resume"]])
def test_what_does_not_exist(operator, args):
    status, out, err = operator.do(*args)
    assert (status, out) == (2, [])
    assert "What to do:" in err


@pytest.mark.parametrize(
    "args",
    [
        ["fly"],
        ["run"],
        ["run", "p", "--on-install", "never"],
        ["run", "p", "--auto-delete", "721"],
        ["run", "p", "--auto-delete", "-1"],
        ["--nonsense"],
        ["profiles"],
    ],
)
def test_bad_usage(operator, args):
    status, out, err = operator.do(*args)
    assert (status, out) == (2, [])
    assert "--help" in err


@pytest.mark.parametrize("args", [["run", "p"], ["runs"], ["resume"], ["profiles", "list"], ["--profile", "p"]])
def test_home_that_cannot_be_written(operator, args):
    (operator.folder / "file").write_text("in the way")
    env = {"ISOWRIGHT_HOME": str(operator.folder / "file" / "home"), "QT_QPA_PLATFORM": "offscreen"}
    status, out, err = operator.do(*args, **env)
    assert (status, out) == (1, [])
    assert "ISOWRIGHT_HOME" in err


def test_wrong_speed_of_the_environment(operator):
    status, _, err = operator.do("runs", ISOWRIGHT_SPEED="fast")
    assert status == 2
    assert "ISOWRIGHT_SPEED" in err


def test_run_that_another_process_drives(operator, practice):
    run = operator.start("run", operator.profile("held"), "--json")
    turn = run.event("waiting", reason="operator")
    status, _, err = operator.do("resume", turn["run"])
    assert status == 1
    assert "driven already" in err
    status, _, err = operator.do("clean-up", turn["run"], "--yes")
    assert status == 1
    assert "driven already" in err
    practice.finish_install(turn["server_id"])
    assert run.end() == 0, run.said


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_window_without_display(operator):
    status, out, err = operator.do()
    assert (status, out) == (1, [])
    assert "no display" in err
    assert "isowright --help" in err


# ---------------------------------------------------------------------------------------------------------- the rest


def test_version(operator):
    status, out, _ = operator.do("--version")
    assert status == 0
    assert out[0].split()[0] == "isowright"
    assert out[0].split()[1][0].isdigit()


def test_profiles(operator, practice):
    path = operator.profile("mine", account={"access_key": "AKIDOFMINE"})
    assert operator.do("profiles", "import", path)[:2] == (0, ["Imported as “mine”."])
    assert operator.do("profiles", "import", path)[:2] == (0, ["Imported as “mine (2)”."])
    (operator.folder / "isowright/config/profiles/broken.toml").write_text("[")
    status, out, _ = operator.do("profiles", "list")
    assert status == 0
    assert [line.split("  ")[0] for line in out] == ["broken", "mine", "mine (2)"]
    assert "cannot be used" in out[0]
    status, shown, _ = operator.do("profiles", "show", "mine")
    assert status == 0
    assert 'access_key = "AKIDOFMINE"' in shown
    status, exported, _ = operator.do("profiles", "export", "mine")
    assert exported == [line for line in shown if "AKID" not in line]
    target = operator.folder / "out.toml"
    assert operator.do("profiles", "export", "mine", target)[0] == 0
    assert target.read_text().splitlines() == exported
    assert operator.do("profiles", "export", "mine", target)[0] == 2
    assert operator.do("profiles", "delete", "mine")[0] == 0
    assert operator.do("profiles", "delete", "mine")[0] == 2
    assert operator.do("profiles", "show", "mine")[0] == 2
    status, out, err = operator.do("run", "mine (2)", "--on-install", "confirm", "--json")
    assert status == 3, err
    assert operator.do("clean-up", "--yes")[0] == 0


def test_practice_profile_starts_the_users_own_practice_cloud(operator):
    own = Practice(operator.folder, "--state", operator.folder / "isowright/data/practice")
    facts = {"cloud": "practice", "endpoints": {}, "project_id": "", "domain": "", "user": ""}
    path = own.profile(operator.folder / "own.toml", "own", account=facts)
    assert own.close() == 0
    status, out, err = operator.do("run", path, "--json", "--on-install", "confirm", secret=False)
    assert status == 3, err
    status, out, err = operator.do("resume", "--installed", "--json", secret=False)
    assert status == 0, err
    image = json.loads(out[-1])["image_id"]
    again = Practice(operator.folder, "--state", operator.folder / "isowright/data/practice")
    assert [found["id"] for found in images(again, "own")] == [image]
    assert again.close() == 0


def test_practice_cloud_that_cannot_keep_its_state(operator):
    (operator.folder / "isowright" / "data").mkdir(parents=True)
    (operator.folder / "isowright" / "data" / "practice").write_text("in the way")
    profile = operator.folder / "mine.toml"
    profile.write_text(operator.profile("mine").read_text().replace('cloud = "custom"', 'cloud = "practice"'))
    status, _, err = operator.do("run", profile, secret=False)
    assert status == 1
    assert "practice cloud cannot start" in err
    assert "What to do:" in err
    assert "Traceback" not in err


def test_tour_without_a_display(operator):
    status, out, err = operator.do("tour", "--speed", "600", secret=False)
    assert (status, err) == (0, "")
    assert sum(line.startswith("  done ") for line in out) >= 7
    ready = next(number for number, line in enumerate(out) if line.startswith("Image "))
    assert len(out[ready + 1]) == 36
    assert not (operator.folder / "isowright").exists()
    status, out, _ = operator.do("tour", "--speed", "600", "--json", secret=False)
    assert status == 0
    assert json.loads(out[-1])["event"] == "done"
