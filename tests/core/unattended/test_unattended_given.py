"""Answer files that operators bring: recognised, and what would spoil the run told in words."""

from __future__ import annotations

import pytest

from isowright.errors import InputError
from isowright.unattended.family import FAMILIES
from isowright.unattended.given import look, read

PRESEED = """\
d-i debian-installer/locale string en_US
d-i partman-auto/disk string /dev/vdb
d-i debian-installer/exit/poweroff boolean true
"""
KICKSTART = """\
lang en_US
ignoredisk --only-use=vdb
rootpw --iscrypted $6$a$b
poweroff
%packages
@core
%end
"""
AUTOINSTALL = """\
#cloud-config
autoinstall:
  version: 1
  storage: {layout: {name: direct, match: {path: /dev/vdb}}}
  shutdown: poweroff
"""
AUTOYAST = """\
<?xml version="1.0"?>
<!DOCTYPE profile>
<profile xmlns="http://www.suse.com/1.0/yast2ns" xmlns:config="http://www.suse.com/1.0/configns">
  <general><mode><halt config:type="boolean">true</halt></mode></general>
  <partitioning config:type="list"><drive><device>/dev/vdb</device></drive></partitioning>
</profile>
"""
GOOD = {"preseed": PRESEED, "kickstart": KICKSTART, "autoinstall": AUTOINSTALL, "autoyast": AUTOYAST}


def codes(text, kind=None):
    looked = look(text.encode() if isinstance(text, str) else text, FAMILIES.get(kind))
    return looked.kind, [remark.code for remark in looked.remarks], looked.usable


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_one(kind):
    assert codes(GOOD[kind], kind) == (kind, [], True)


@pytest.mark.parametrize("kind", GOOD)
def test_for_another_installer_it_is_refused(kind):
    other = "kickstart" if kind != "kickstart" else "preseed"
    assert codes(GOOD[kind], other) == (kind, ["other-installer"], False)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("preseed", "boolean true", "boolean false"),
        ("kickstart", "poweroff", "reboot"),
        ("autoinstall", "shutdown: poweroff", "shutdown: reboot"),
        ("autoyast", ">true<", ">false<"),
        ("kickstart", "poweroff", "#poweroff"),
    ],
)
def test_one_that_does_not_power_off(kind, old, new):
    assert codes(GOOD[kind].replace(old, new), kind) == (kind, ["no-power-off"], True)


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("disk", ["vda", "sda", "xvda"])
def test_one_that_takes_the_first_disk(kind, disk):
    looked = look(GOOD[kind].replace("vdb", disk).encode(), FAMILIES[kind])
    assert [remark.code for remark in looked.remarks] == ["first-disk"]
    assert disk in looked.remarks[0].title
    assert "/dev/vdb" in looked.remarks[0].remedy


@pytest.mark.parametrize("kind", GOOD)
def test_one_that_names_no_disk(kind):
    lines = [line for line in GOOD[kind].splitlines() if "vdb" not in line]
    assert codes("\n".join(lines) + "\n", kind) == (kind, ["no-disk"], True)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("preseed", PRESEED + "d-i passwd/root-password password hunter2\n"),
        ("kickstart", KICKSTART.replace("--iscrypted $6$a$b", "hunter2")),
        ("kickstart", KICKSTART + "user --name=x --password=hunter2\n"),
        ("autoinstall", AUTOINSTALL + "  identity: {username: a}\n  user-data:\n    password: hunter2\n"),
        ("autoyast", AUTOYAST.replace("<general>", "<user_password>hunter2</user_password><general>")),
    ],
)
def test_one_with_a_plain_password(kind, text):
    assert codes(text, kind) == (kind, ["plain-password"], True)


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("hello\n", None, "unknown-kind"),
        ("", None, "unknown-kind"),
        (b"\xff\xfe\0", None, "unknown-kind"),
        ("<html></html>", None, "unknown-kind"),
        ('<unattend xmlns="urn:schemas-microsoft-com:unattend"/>', None, "unknown-kind"),
        (AUTOYAST[:-20], "autoyast", "broken"),
        (AUTOYAST.replace("<!DOCTYPE profile>", '<!DOCTYPE p [<!ENTITY a "b">]>'), "autoyast", "broken"),
        (AUTOINSTALL.replace("  version: 1\n", ""), "autoinstall", "broken"),
        ("#cloud-config\nautoinstall: [\n", "autoinstall", "broken"),
        ("#cloud-config\nusers: []\n", "autoinstall", "broken"),
        (KICKSTART.replace("%end", ""), "kickstart", "broken"),
    ],
)
def test_what_is_none_or_broken(text, kind, code):
    told = codes(text, kind)
    assert told == (kind, [code], False)


def test_it_is_read_and_not_run(tmp_path):
    path = tmp_path / "preseed.cfg"
    path.write_text(PRESEED + f"d-i preseed/early_command string touch {tmp_path}/ran\n")
    looked = read(path, FAMILIES["preseed"])
    assert looked.data == path.read_bytes()
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InputError):
        read(tmp_path / "none", None)
    path.write_bytes(b"x" * (1024**2 + 1))
    with pytest.raises(InputError, match="more than 1 MB"):
        read(path, None)
