"""ISO, on this computer: installing without an operator, by an answer file or by a form."""

from __future__ import annotations

import asyncio
import stat
import sys
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit

sys.path.insert(0, str(Path(__file__).parents[1] / "core" / "unattended"))

from samples import HASH, ssh_key

from isowright.practice.isos import DEBIAN, IsoPlan, make_iso
from isowright.recipe import ANSWERS_TO_COME, IsoSource
from isowright.unattended.answers import Answers

LEFT = Qt.MouseButton.LeftButton
PRESEED = """\
d-i debian-installer/locale string en_US
d-i partman-auto/disk string /dev/vdb
d-i debian-installer/exit/poweroff boolean true
"""


@pytest.fixture
async def debian(tmp_path):
    path = tmp_path / "debian-12.7.0-amd64-netinst.iso"
    await asyncio.to_thread(make_iso, DEBIAN, path)
    return path


@pytest.fixture
def preseed(tmp_path):
    path = tmp_path / "my.cfg"
    path.write_text(PRESEED)
    return path


@pytest.fixture
def start(open_wizard, ready_recipe, window, until):
    """Open the wizard at ISO with this file of this computer, and these answers."""

    async def begin(iso, answers="", *, until_looked=True):
        source = IsoSource(bucket="", key="a.iso", path=str(iso), answers=str(answers))
        recipe = msgspec.structs.replace(ready_recipe, iso=source)
        wizard = await open_wizard("iso", recipe)
        window.activateWindow()
        page = wizard.page
        await until(lambda: page.local.bucket and page.local.facts and not page.tasks.running("inspect"))
        if until_looked:
            await until(lambda: not page.tasks.running("answers"))
        return wizard

    return begin


def view(wizard):
    return wizard.page.form.unattended


def unfold(wizard):
    button = view(wizard).fold.button
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert view(wizard).how.isVisible()


def choose(wizard, how):
    """With the arrow keys."""
    switch = view(wizard).how
    switch.setFocus()
    for _ in range(3):
        if switch.value() != how:
            QTest.keyClick(switch.focusProxy(), Qt.Key.Key_Right)
    assert switch.value() == how


def drop(page, path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    spot, copy, none = QPointF(120, 120), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page, QDragEnterEvent(spot.toPoint(), copy, mime, LEFT, none))
    QApplication.sendEvent(page, QDropEvent(spot, copy, mime, LEFT, none))


def said(widget):
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


async def press_continue(wizard, until):
    QTest.mouseClick(wizard.footer.primary_button, LEFT)
    await until(lambda: not wizard.tasks.running("move"))


def type_into(edit, text):
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, text)


@pytest.mark.qt_log_ignore("propagateSizeHints")  # what Qt's own file chooser asks of the offscreen platform
async def test_an_answer_file_is_chosen_judged_and_gone_on_with(start, debian, preseed, until):
    wizard = await start(debian)
    page = wizard.page
    assert not view(wizard).how.isVisible()  # folded
    unfold(wizard)
    assert view(wizard).how.value() == "hand"
    choose(wizard, "file")
    assert page.problem == "No answer file is chosen."
    await press_continue(wizard, until)
    assert wizard.step == "iso"
    assert "fill in the form" in said(view(wizard).file)
    assert wizard.focusWidget() is view(wizard).file.choose
    QTest.keyClick(view(wizard).file.choose, Qt.Key.Key_Return)
    chooser = await until(QApplication.activeModalWidget)
    assert isinstance(chooser, QFileDialog)
    edit = chooser.findChild(QLineEdit)
    edit.setText(str(preseed))
    QTest.keyClick(edit, Qt.Key.Key_Return)
    await until(lambda: page.session.recipe.iso.answers == str(preseed))
    await until(lambda: not page.tasks.running("answers"))
    assert "preseed (Debian's installer)" in view(wizard).file.kind.text()
    assert page.valid
    # a remark is shown and does not stop; it is read anew when the page is shown again
    preseed.write_text(PRESEED.replace("poweroff boolean true", "poweroff boolean false"))
    await press_continue(wizard, until)
    assert wizard.step == "image"
    await wizard.jump("iso")
    await until(lambda: "does not power the server off" in said(view(wizard).file))
    assert page.valid
    assert page.hint.text == "One remark on this ISO. You can go on."
    await press_continue(wizard, until)
    assert wizard.step == "image"
    await wizard.jump("iso")
    QTest.mouseClick(view(wizard).how.buttons()[0], LEFT)
    assert page.session.recipe.iso.answers == ""
    assert page.valid


async def test_what_another_installer_takes_is_refused_where_it_is_dropped(start, debian, tmp_path, until):
    wizard = await start(debian)
    page = wizard.page
    unfold(wizard)
    choose(wizard, "file")
    kickstart = tmp_path / "ks.cfg"
    kickstart.write_text("lang en_US\nignoredisk --only-use=vdb\npoweroff\n%packages\n%end\n")
    drop(page, kickstart)
    await until(lambda: "the ISO's installer takes preseed" in said(view(wizard).file))
    assert not page.valid
    assert page.hint.tone == "danger"
    assert page.problem.startswith("Answer file: This answer file is of the kind kickstart (Anaconda)")
    await press_continue(wizard, until)
    assert wizard.step == "iso"
    assert wizard.focusWidget() is view(wizard).file.choose
    assert page.session.recipe.iso.path == str(debian)  # what was dropped is no ISO


async def test_the_form_says_what_is_wrong_and_becomes_a_file(start, debian, services, until):
    wizard = await start(debian)
    page = wizard.page
    unfold(wizard)
    choose(wizard, "form")
    form = view(wizard).form
    await press_continue(wizard, until)
    assert wizard.step == "iso"
    assert form.fields["user"].error().startswith("The user name is missing.")
    assert "Nobody could log in" in form.fields["ssh_keys"].error()
    assert wizard.focusWidget() is form.edits["user"]
    QTest.keyClicks(form.edits["user"], "ops")
    assert form.fields["user"].error() == ""
    QTest.mouseClick(form.copy_command, LEFT)
    assert QGuiApplication.clipboard().text() == "openssl passwd -6"
    type_into(form.edits["password_hash"], "secret")
    assert "A password itself must not be entered here" in form.fields["password_hash"].error()
    assert not page.valid
    type_into(form.edits["password_hash"], "")
    form.keys.setFocus()
    QTest.keyClicks(form.keys, "ssh-ed25519 AAAA")
    assert "damaged or cut off" in form.fields["ssh_keys"].error()
    form.keys.selectAll()
    QGuiApplication.clipboard().setText(ssh_key() + "\n")
    QTest.keyClick(form.keys, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    type_into(form.edits["timezone"], "Europe/Berlin")
    type_into(form.edits["packages"], "vim htop")
    QTest.keyClick(form.virtio.box, Qt.Key.Key_Space)
    assert [field.error() for field in form.fields.values() if field.error()] == []
    await press_continue(wizard, until)  # before the pause after typing is over
    assert wizard.step == "image"
    path = Path(page.session.recipe.iso.answers)
    assert path.parent == services.home.answers_dir
    text, mode = await asyncio.to_thread(lambda: (path.read_text(), path.stat().st_mode))
    assert stat.S_IMODE(mode) == 0o600
    assert "time/zone string Europe/Berlin" in text
    assert "vim htop" in text
    assert "initramfs" not in text
    for step in ("server", "network", "review"):
        await until(lambda: wizard.page.valid and not wizard.page.tasks.running("enter"))
        await press_continue(wizard, until)
        assert wizard.step == step
    review = wizard.page
    await until(lambda: "Installs by itself: preseed (Debian's installer), " + path.name in said(review.choices))
    await until(lambda: "Installs by itself</span>: preseed (Debian" in said(review.happens))


@pytest.fixture
def written(services, debian):
    """The file of a form that was filled in at another time, and its answers."""
    from isowright.iso import inspect_file
    from isowright.unattended import kept
    from isowright.unattended.family import family_of

    answers = Answers(user="ops", password_hash=HASH, packages=("vim",), cloud_init=False)
    return kept.keep(services.home.answers_dir, family_of(inspect_file(debian)), answers), answers


async def test_a_form_comes_back_as_a_form(start, debian, written, until):
    path, answers = written
    wizard = await start(debian, path)
    page, form = wizard.page, view(wizard).form
    assert view(wizard).how.value() == "form"
    assert form.isVisible()
    assert form.answers() == answers
    assert page.session.recipe.iso.answers == str(path)
    type_into(form.edits["user"], "deploy")
    await until(lambda: page.session.recipe.iso.answers not in (ANSWERS_TO_COME, str(path)))
    assert path.exists()  # a run may have it
    type_into(form.edits["user"], "ops")
    await until(lambda: page.session.recipe.iso.answers == str(path))
    type_into(form.edits["user"], "")
    assert page.session.recipe.iso.answers == ANSWERS_TO_COME
    assert page.problem == "The installer's answers: The user name is missing."
    (problem,) = page.session.recipe.problems("iso")  # what is not complete is no installation by hand
    assert problem.field == "answers"


async def test_a_file_that_is_gone_is_said_with_a_way_out(start, debian, preseed, until):
    preseed.unlink()
    wizard = await start(debian, preseed)
    page = wizard.page
    assert view(wizard).how.value() == "file"
    assert "cannot be read" in page.problem
    assert "choose another one" in said(view(wizard).file)
    assert view(wizard).file.choose.isVisible()
    preseed.write_text(PRESEED)
    drop(page, preseed)
    await until(lambda: page.valid)


async def test_an_iso_that_takes_no_answers_says_why(start, tmp_path, preseed, until):
    path = tmp_path / "win.iso"
    plan = IsoPlan("CCCOMA_X64FRE_EN-US_DV9", (("/sources/install.wim", "-"), ("/Autounattend.xml", "<unattend/>")))
    await asyncio.to_thread(make_iso, plan, path)
    wizard = await start(path, preseed)
    page = wizard.page
    assert "This one has one: autounattend.xml" in said(view(wizard))
    assert not view(wizard).how.isVisible()
    assert page.problem == "This ISO's installer takes no answers."
    QTest.mouseClick(view(wizard).give_up, LEFT)
    assert page.session.recipe.iso.answers == ""
    await until(lambda: page.valid)
    assert not view(wizard).give_up.isVisible()


async def test_without_xorriso_it_says_how_to_get_it(start, debian, preseed, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    wizard = await start(debian, preseed)
    assert "needs the program xorriso" in wizard.page.problem
    assert "apt-get install xorriso" in said(view(wizard).trouble)
    assert not wizard.page.valid
