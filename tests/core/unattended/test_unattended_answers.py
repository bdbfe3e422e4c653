"""The form: what it refuses in words, and that nothing typed into it gets out of its place in any answer file."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import ANSWERS, HASH, ssh_key

from isowright.errors import InputError
from isowright.iso.report import Inspection
from isowright.unattended.answers import Answers
from isowright.unattended.family import FAMILIES, family_of
from isowright.unattended.given import look
from isowright.unattended.writing import answer_file, save

KINDS = ("preseed", "kickstart", "autoinstall", "autoyast")
YAST = "{http://www.suse.com/1.0/yast2ns}"
NASTY = "'; touch x #\"$(touch x)`touch x` <x>&amp; \\ %end"


def written(kind, answers):
    return answer_file(FAMILIES[kind], answers).decode()


def with_(**changes):
    return msgspec.structs.replace(ANSWERS, **changes)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"user": ""}, "user", "user name is missing"),
        ({"user": "Ops Team"}, "user", "cannot be a user"),
        ({"user": "daemon"}, "user", "cannot be a user"),
        ({"ssh_keys": (), "password_hash": ""}, "ssh_keys", "Nobody could log in"),
        ({"password_hash": "hunter2"}, "password_hash", "must not be entered here"),
        ({"password_hash": "$1$ab$cdefghijklmnopqrstuvwx"}, "password_hash", "too weak"),
        ({"ssh_keys": ("-----BEGIN OPENSSH PRIVATE KEY-----",)}, "ssh_keys", "private key"),
        ({"ssh_keys": (ssh_key()[:40],)}, "ssh_keys", "damaged"),
        ({"ssh_keys": (ssh_key() + "\nroot::0:0",)}, "ssh_keys", "one line"),
        ({"ssh_keys": ("ssh-dss AAAA x",)}, "ssh_keys", "no kind"),
        ({"language": "german"}, "language", "no language"),
        ({"timezone": "../../etc/passwd"}, "timezone", "no time zone"),
        ({"keyboard": "us; reboot"}, "keyboard", "no keyboard"),
        ({"hostname": "a b"}, "hostname", "no name of a host"),
        ({"packages": ("vim", "-o APT::x")}, "packages", "no name of a package"),
        ({"mirror": "http://x/ y"}, "mirror", "no address"),
    ],
)
def test_what_cannot_be_used_is_told_in_words(changes, field, words):
    answers = with_(**changes)
    (problem,) = answers.problems()
    assert problem.field == field
    assert words in problem.message
    assert problem.remedy
    for kind in KINDS:
        with pytest.raises(InputError, match=re.escape("No answer file")):
            written(kind, answers)


@pytest.mark.parametrize("kind", [*KINDS, "isowright-test"])
@pytest.mark.parametrize("user", ["ops", "root"])
def test_what_is_written_is_of_its_kind_and_gives_no_cause_for_worry(kind, user):
    family = FAMILIES[kind]
    for answers in (with_(user=user), with_(user=user, password_hash=""), with_(user=user, ssh_keys=())):
        looked = look(answer_file(family, answers), family)
        assert (looked.kind, looked.remarks) == (kind, ())
    staying = look(answer_file(family, with_(user=user, power_off=False)), family)
    assert [remark.code for remark in staying.remarks] == ["no-power-off"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_choices_are_in_it(kind):
    full = written(kind, with_(mirror="http://mirror.example/os"))
    for told in ("ops", HASH, "g++", "Etc/UTC", "en_US", "virtio_blk", "cloud-init", "mirror.example"):
        assert told in full
    bare = written(kind, with_(virtio=False, cloud_init=False))
    assert "virtio" not in bare
    assert ("growpart" in full, "OpenStack" in full) in ((True, False), (False, True), (False, False))
    if kind != "autoinstall":  # Ubuntu's installer needs it itself
        assert "cloud-init" not in bare


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_is_for_its_owner_alone(kind, tmp_path):
    folder = tmp_path / "data" / "answers"
    path = save(folder, FAMILIES[kind], ANSWERS)
    assert path.read_bytes() == answer_file(FAMILIES[kind], ANSWERS)
    assert path.stat().st_mode & 0o077 == folder.stat().st_mode & 0o077 == 0
    assert save(folder, FAMILIES[kind], ANSWERS) == path
    assert save(folder, FAMILIES[kind], with_(hostname="other")) != path
    assert len(list(folder.iterdir())) == 2


@pytest.mark.skipif(not shutil.which("debconf-set-selections"), reason="NOT TRIED: there is no debconf here")
def test_debconf_reads_the_preseed_file(tmp_path):
    path = tmp_path / "preseed.cfg"
    path.write_text(written("preseed", with_(ssh_keys=(ssh_key(NASTY),), mirror="http://mirror.example/debian")))
    command = ["debconf-set-selections", "--checkonly", path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def lines_of_shell(kind, text):
    """All scripts in it, as they would be run."""
    if kind == "kickstart":
        return re.findall(r"^%(?:pre|post)[^\n]*\n(.*?)^%end$", text, re.MULTILINE | re.DOTALL)
    if kind == "autoyast":
        return [node.text for node in ET.fromstring(text).iter(f"{YAST}source")]
    if kind == "autoinstall":
        told = yaml.safe_load(text)["autoinstall"]
        return told["early-commands"] + told["late-commands"]
    return [line.split(" string ", 1)[1] for line in text.splitlines() if "_command string " in line]


@pytest.mark.parametrize("kind", KINDS)
def test_scripts_are_shell(kind, tmp_path):
    """Parsed by a shell, the inner ones too; never run."""
    for user in ("ops", "root"):
        scripts = lines_of_shell(kind, written(kind, with_(user=user, ssh_keys=(ssh_key(NASTY),), password_hash="")))
        assert len(scripts) >= 2
        for script in scripts:
            inner = shlex.split(script)[-1] if " sh -c " in script else script
            for text in (script, inner):
                subprocess.run(["sh", "-n"], input=text, text=True, check=True, timeout=10)


def test_the_disk_is_never_the_first_one(tmp_path):
    """The piece that finds the data disk, run against lists of disks that are files."""
    from isowright.unattended.script import find_disk

    for disks, found in (("sda sdb", "sdb"), ("nvme0n1 nvme1n1 sdz", "nvme1n1"), ("vda", "/dev/vdb"), ("", "/dev/vdb")):
        command = f"printf '%s\\n' {disks}" if disks else "true"
        script = f"{find_disk(command)}; echo $d".replace("[ -b $d ]", "false")
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, timeout=10)
        assert done.stdout.strip() == found


def keys_in(kind, text):
    """The SSH keys, as that installer's own parser would take them out."""
    if kind == "autoinstall":
        return yaml.safe_load(text)["autoinstall"]["ssh"]["authorized-keys"]
    if kind == "autoyast":
        return [node.text for node in ET.fromstring(text).iter(f"{YAST}listentry")]
    if kind == "kickstart":
        inner = lines_of_shell(kind, text)[-1]
    else:
        late = next(line for line in text.splitlines() if "late_command" in line).split(" string ", 1)[1]
        (_, _, inner) = heard("in-target", late)
    words = heard("printf", inner.replace("/home/ops", ".").replace("/etc/", "./"))
    return words[1 : words[0].count("%s") + 1]


def heard(command, script):
    """The arguments that a real shell gives to the first such command of a script; all commands do nothing in it."""
    names = {command, "mkdir", "chmod", "chown", "update-initramfs", "touch"}
    nothing = "".join(f"{name}() {{ :; }}\n" for name in names - {command})
    listen = f"{command}() {{ builtin printf '%s\\0' \"$@\" >&3; exit; }}\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".ssh").mkdir()
        done = subprocess.run(
            ["bash", "-c", f"exec 3>&1\n{nothing}{listen}{script}"],
            cwd=folder,
            capture_output=True,
            check=True,
            timeout=10,
        )
    return done.stdout.decode().split("\0")[:-1]


anything = st.text(max_size=30)


@settings(max_examples=40, deadline=None)
@given(comment=anything)
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_comes_out_as_it_went_in_or_is_refused(kind, comment):
    """The comment of a key is the one free text of the form."""
    key = ssh_key(comment)
    answers = with_(ssh_keys=(key, ssh_key(NASTY, seed=2)))
    if answers.problems():
        assert not comment.isprintable()
        return
    assert keys_in(kind, written(kind, answers)) == [key.strip(), ssh_key(NASTY, seed=2)]


@settings(max_examples=150, deadline=None)
@given(
    field=st.sampled_from(
        ["language", "timezone", "keyboard", "hostname", "user", "password_hash", "packages", "mirror"]
    ),
    value=st.one_of(anything, st.from_regex(r"[a-z/_:$.]{1,12}[;'\"\n $<&`\\]{1,3}[a-z]*", fullmatch=True)),
)
def test_no_other_answer_can_hold_what_any_format_would_read_as_more(field, value):
    answers = with_(**{field: (value,) if field == "packages" else value})
    if not any(problem.field == field for problem in answers.problems()):
        assert re.fullmatch(r"[A-Za-z0-9./:$_+~=-]*", value)


@pytest.mark.parametrize(
    ("distribution", "version", "kind"),
    [
        ("debian", "12.7", "preseed"),
        ("ubuntu-server", "24.04", "autoinstall"),
        ("ubuntu-server", "18.04", "preseed"),
        ("rocky", "9.4", "kickstart"),
        ("openeuler", "22.03", "kickstart"),
        ("sles", "15", "autoyast"),
        ("windows-server", "2022", None),
        ("", "", None),
    ],
)
def test_families(distribution, version, kind):
    family = family_of(Inspection(name="x", size=1, distribution=distribution, version=version))
    assert (family and family.kind) == kind


def test_defaults_need_a_user_and_a_way_in():
    assert [problem.field for problem in Answers().problems()] == ["user", "ssh_keys"]
