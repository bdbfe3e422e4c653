"""Receipts: what a run made and what became of each thing, as JSON and as a page, whatever the run's end."""

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cli_tools import Operator, Practice


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


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    started = Practice(tmp_path_factory.mktemp("cloud"))
    yield started
    started.close()


@pytest.fixture
def operator(tmp_path, practice):
    practice.no_faults()
    person = Operator(tmp_path, practice)
    yield person
    practice.no_faults()
    person.close()


def receipts(operator, *run):
    """(JSON receipt, page) as the command line writes them."""
    for name in ("receipt.json", "receipt.html"):
        status, out, err = operator.do("runs", *run, "--receipt", operator.folder / name)
        assert (status, out) == (0, []), err
        assert name in err
    page = (operator.folder / "receipt.html").read_text(encoding="utf-8")
    return json.loads((operator.folder / "receipt.json").read_text(encoding="utf-8")), page


def check(told, page, states, fates):
    assert told["format"] == 1
    assert re.fullmatch(r"Isowright \d.*", told["program"])
    assert told["state"] in states
    assert {r["kind"]: r["fate"] for r in told["resources"]} == fates
    for thing in told["resources"]:
        assert thing["id"]
        assert thing["created"] <= thing["updated"] <= told["updated"]
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
    # One run of several, by its name; and the same facts as the list's.
    status, out, _ = operator.do("runs", "kept", "--json")
    assert status == 0
    (line,) = map(json.loads, out)
    assert line["resources"] == told["resources"]
    assert line["stages"] == told["stages"]


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
    left = {r["kind"] for r in told["resources"] if r["fate"] != "deleted"}
    assert {"iso-image", "server"} <= left
    assert operator.do("clean-up", told["run"], "--yes")[0] == 0
    told, page = receipts(operator)
    check(told, page, ["cleaned"], {r["kind"]: "deleted" for r in told["resources"]})
    assert "Nothing temporary is left in the cloud." in page


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
