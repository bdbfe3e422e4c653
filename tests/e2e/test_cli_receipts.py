"""Receipts: what a run made and what became of each thing, as JSON and as a page, whatever the run's end."""

import json
import re
import signal
from datetime import UTC, datetime
from html.parser import HTMLParser

import msgspec
import pytest

from isowright.errors import InputError
from isowright.events import LogLine, Resource
from isowright.pipeline.receipt import read_receipt, receipt_html, receipt_json
from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.recipe import Recipe

MADE_IN = {
    "iso-image": "register-iso",
    "server": "launch-server",
    "system-volume": "launch-server",
    "data-volume": "launch-server",
    "image": "capture-disk",
}
WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Page(HTMLParser):
    """Its tags, the cells of its tables by row, and what it would fetch."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.fetched, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href")]
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data):
        self.words.append(data)
        if self.rows:
            self.rows[-1].append(data)


def receipts(operator, *run):
    """(JSON receipt, page) as the command line writes them."""
    for name in ("receipt.json", "receipt.html"):
        status, out, err = operator.do("runs", *run, "--receipt", operator.folder / name)
        assert (status, out) == (0, []), err
        assert name in err
    page = (operator.folder / "receipt.html").read_text(encoding="utf-8")
    content = (operator.folder / "receipt.json").read_bytes()
    assert json.loads(msgspec.json.encode(read_receipt(content))) == json.loads(content)
    return json.loads((operator.folder / "receipt.json").read_text(encoding="utf-8")), page


def check(told, page, states, fates):
    assert told["format"] == 1
    assert re.fullmatch(r"Isowright \d.*", told["program"])
    assert told["state"] in states
    assert {r["kind"]: r["fate"] for r in told["resources"]} == fates
    for thing in told["resources"]:
        assert thing["id"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", thing["created"])
        assert thing["created"] <= thing["updated"] <= told["updated"]
        assert thing["stage"] == MADE_IN[thing["kind"]]
        assert bool(thing["why"]) == (thing["fate"] != "deleted")
    assert told["written"]["host"]
    seen = Page(page)
    assert "script" not in seen.tags
    assert seen.fetched == []
    for thing in told["resources"]:
        (row,) = [row for row in seen.rows if thing["id"] in row and thing["name"] in row]
        assert any(thing["fate"] in cell for cell in row)


def test_of_a_finished_run(operator, practice):
    profile = operator.profile("kept")
    assert operator.do("run", profile, "--json", "--on-install", "powered-off")[0] == 0
    told, page = receipts(operator)
    gone = dict.fromkeys(("iso-image", "server", "system-volume", "data-volume"), "deleted")
    check(told, page, ["done"], gone | {"image": "kept"})
    assert "Nothing temporary is left in the cloud." in page
    assert {s["state"] for s in told["stages"]} == {"done"}
    assert all(s["elapsed"] > 0 for s in told["stages"])
    begun = [s["begun"] for s in told["stages"]]
    assert begun == sorted(begun)
    assert all(told["created"] <= s["begun"] <= s["ended"] <= told["updated"] for s in told["stages"])
    assert any(entry["request_id"] for entry in told["log"])
    # One run of several, by its name; and the same facts as the receipt's.
    status, out, _ = operator.do("runs", "kept", "--json")
    assert status == 0
    (line,) = map(json.loads, out)
    assert {name: line[name] for name in ("resources", "stages", "log")} == {
        name: told[name] for name in ("resources", "stages", "log")
    }
    assert {*told} <= {*line}
    # Whatever reads the list reads the one run too.
    (listed,) = [run for run in map(json.loads, operator.do("runs", "--json")[1]) if run["id"] == told["run"]]
    assert {*listed} <= {*line}
    assert {k: v for k, v in listed.items() if line[k] != v}.keys() <= {"stages", "resources"}
    for kind in ("stages", "resources"):
        assert [thing["id"] for thing in listed[kind]] == [thing["id"] for thing in line[kind]]
        assert all(old.keys() <= new.keys() for old, new in zip(listed[kind], line[kind], strict=True))
    status, out, _ = operator.do("runs", "kept")
    assert status == 0
    words = "\n".join(out)
    assert all(part in words for s in told["stages"] for part in (s["title"], s["state"]))
    assert all(r["id"] in words for r in told["resources"])
    assert "Nothing temporary is left in the cloud." in words


def test_of_a_failed_run_and_of_the_same_cleaned_up(operator, practice):
    practice.faults({"job": "createServer", "action": "fail-with-debris", "code": "Ecs.0204", "reason": "<b>no</b>"})
    profile = operator.profile("broken")
    assert operator.do("run", profile, "--json", "--on-error", "keep")[0] == 1
    told, page = receipts(operator)
    check(told, page, ["failed"], {r["kind"]: r["fate"] for r in told["resources"]})
    assert "may still be in the cloud" in page
    assert told["error"]["code"] == "Ecs.0204"
    assert "b" not in Page(page).tags
    assert "<b>no</b>" in "".join(Page(page).words)
    assert {r["why"] for r in told["resources"]} - {""} == {"The run failed, and nobody has cleaned up yet."}
    words = "\n".join(operator.do("runs", "broken")[1])
    assert told["error"]["remedy"] in words
    assert "Ecs.0204" in words
    left = {r["kind"] for r in told["resources"] if r["fate"] != "deleted"}
    assert {"iso-image", "server"} <= left
    assert operator.do("clean-up", told["run"], "--yes")[0] == 0
    told, page = receipts(operator)
    check(told, page, ["cleaned"], {r["kind"]: "deleted" for r in told["resources"]})
    assert "Nothing temporary is left in the cloud." in page


def test_of_a_stopped_run_that_has_left_something(operator, practice):
    profile = operator.profile("halfway")
    running = operator.start("run", profile, "--json")
    running.event("waiting", reason="operator")
    running.process.send_signal(signal.SIGINT)
    assert running.end() == 130
    told, page = receipts(operator)
    fates = {r["kind"]: r["fate"] for r in told["resources"]}
    assert set(fates) == set(MADE_IN) - {"image"}
    check(told, page, [told["state"]], fates)
    assert told["leftovers"] == 4
    assert "4 things that the run made may still be in the cloud" in page
    (install,) = [s for s in told["stages"] if s["id"] == "install-os"]
    assert install["begun"]
    assert operator.do("clean-up", "halfway", "--yes")[0] == 0
    assert receipts(operator)[0]["leftovers"] == 0


def test_with_hostile_words_and_without_a_log():
    """As a damaged journal, or a cloud, may have them."""
    evil = "<script>alert(1)</script>\"'&"
    info = RunInfo(
        id="r1",
        mark="m",
        name=evil,
        recipe=Recipe(),
        state="failed",
        created=WHEN,
        updated=WHEN,
        stages=(StageInfo("launch-server", evil, "failed", evil),),
        resources=(
            Resource(kind="server", id=evil, name=evil, fate="exists", note=evil),
            Resource(kind="image", id="", name=evil, fate="planned"),
        ),
    )
    log = [LogLine(run="r1", at=WHEN, stage="launch-server", text=evil, request_id=evil)]
    seen = Page(receipt_html(info, log))
    assert "script" not in seen.tags
    assert seen.fetched == []
    assert seen.words.count(evil) >= 8
    bare = read_receipt(receipt_json(info))
    assert bare.log == ()
    assert bare.stages[0].begun is None
    assert bare.leftovers == 2
    assert "no answer is known" in bare.resources[1].why
    for content in (b"{}", b"\xff", receipt_json(info).replace(b'"format": 1', b'"format": 2')):
        with pytest.raises(InputError) as caught:
            read_receipt(content)
        assert caught.value.remedy


def test_that_cannot_be_written_or_chosen(operator):
    for name in ("first", "second"):
        assert operator.do("run", operator.profile(name), "--json", "--on-install", "confirm")[0] == 3
    status, _, err = operator.do("runs", "--receipt", operator.folder / "r.html")
    assert status == 2
    assert "several" in err
    status, _, err = operator.do("runs", "first", "--receipt", operator.folder / "nowhere" / "r.html")
    assert status == 1
    assert "could not be written" in err
    assert "What to do" in err
    assert "Traceback" not in err
    status, _, err = operator.do("runs", "third")
    assert status == 2
    assert "no run" in err
    assert operator.do("clean-up", "first", "--yes")[0] == operator.do("clean-up", "second", "--yes")[0] == 0
