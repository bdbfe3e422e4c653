"""What the run page shows, worked out from events and from the journal: no window, no cloud."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from isowright.events import (
    Cancelled,
    CleanedUp,
    ErrorInfo,
    Failed,
    LogLine,
    Progress,
    Resource,
    ResourceChanged,
    RunStarted,
    StageChanged,
    Transfer,
    Waiting,
)
from isowright.pipeline.runs import RunInfo, StageInfo
from isowright.recipe import Recipe
from isowright_gui.runs.failed import remedies
from isowright_gui.runs.state import LOG_LINES, BuildState
from isowright_gui.runs.upload import transfer_words
from isowright_gui.runs.words import bill, clean_words, headline, made_of, next_name, safe_words, shown

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SERVER = Resource(kind="server", id="s-1", name="isowright-1", fate="exists")
DATA = Resource(kind="data-volume", id="v-1", name="isowright-1 data disk", fate="exists")
ISO = Resource(kind="iso-image", id="i-1", name="iso-debian", fate="exists")
IMAGE = Resource(kind="image", id="i-2", name="debian", fate="kept")


def event(sort, /, **facts):
    return sort(run="r", at=NOW, **facts)


def started(*stages: str) -> BuildState:
    state = BuildState("r", "debian")
    pairs = tuple((stage, stage.title()) for stage in stages)
    state.take(event(RunStarted, name="debian", cloud="otc", region="eu-de", resumed=False, stages=pairs))
    return state


def stage(state: BuildState, name: str, what: str, elapsed: float = 0.0) -> None:
    state.take(event(StageChanged, stage=name, title=name.title(), state=what, elapsed=elapsed))


def info(state: str, *stages: StageInfo, **facts) -> RunInfo:
    return RunInfo(
        id="r",
        mark="7f3a9c",
        name="debian",
        recipe=Recipe(),
        state=state,
        created=NOW,
        updated=NOW,
        stages=stages,
        **facts,
    )


def test_a_run_from_start_to_the_operators_turn():
    state = started("sign-in", "install-os")
    stage(state, "sign-in", "running")
    state.take(event(Progress, stage="sign-in", text="Job 1", fraction=0.5))
    assert (state.phase, state.position, state.current.fraction) == ("running", 1, 0.5)
    stage(state, "sign-in", "done", 2.0)
    assert state.stages["sign-in"].fraction is None
    stage(state, "install-os", "running")
    stage(state, "install-os", "your-turn")
    state.take(event(Waiting, stage="install-os", reason="operator", text="Install it.", server_id="s-1"))
    assert (state.phase, state.position, state.server_id) == ("your-turn", 2, "s-1")


def test_what_was_intended_and_never_made_is_not_shown():
    state = started("launch-server")
    state.take(event(ResourceChanged, kind="server", id="", name="isowright-1", fate="planned"))
    assert [r.fate for r in state.live_resources] == ["planned"]
    state.take(event(ResourceChanged, kind="server", id="", name="isowright-1", fate="deleted", note="never made"))
    assert state.resources == {}


def test_the_line_of_an_intent_becomes_the_one_with_the_id():
    state = started("launch-server")
    state.take(event(ResourceChanged, kind="server", id="", name="isowright-1", fate="planned"))
    state.take(event(ResourceChanged, kind="server", id="s-1", name="isowright-1", fate="exists"))
    assert [r.id for r in state.resources.values()] == ["s-1"]


def test_the_log_keeps_its_last_lines_and_counts_all():
    state = started("sign-in")
    for number in range(LOG_LINES + 20):
        state.take(event(LogLine, stage="sign-in", text=str(number), request_id="q"))
    row = state.stages["sign-in"]
    assert (len(row.log), row.logged) == (LOG_LINES, LOG_LINES + 20)
    assert row.log[-1] == (NOW, str(LOG_LINES + 19), "q")


def test_cleaning_up_is_no_running_stage():
    state = started("launch-server", "clean-up")
    stage(state, "launch-server", "running")
    state.take(event(Cancelled, stage="launch-server", resources=(SERVER,)))
    assert (state.phase, state.stages["launch-server"].state) == ("cancelled", "cancelled")
    state.phase = "cleaning"
    stage(state, "clean-up", "running")
    assert state.phase == "cleaning"
    gone = Resource(kind="server", id="s-1", name="isowright-1", fate="deleted")
    state.take(event(CleanedUp, resources=(gone,)))
    assert state.phase == "cleaned"
    assert state.live_resources == []


def test_a_retry_forgets_the_error():
    state = started("sign-in")
    stage(state, "sign-in", "running")
    state.take(event(Failed, stage="sign-in", error=ErrorInfo(kind="AuthError", title="Wrong password.")))
    assert (state.phase, state.failed_stage, state.position) == ("failed", "sign-in", 1)
    pairs = (("sign-in", "Sign in"),)
    state.take(event(RunStarted, name="debian", cloud="otc", region="eu-de", resumed=True, stages=pairs))
    assert (state.phase, state.error, state.failed_stage, state.stages["sign-in"].state) == (
        "running",
        None,
        "",
        "waiting",
    )


@pytest.mark.parametrize("kind", ["running", "your-turn"])
def test_an_interrupted_run_shows_where_it_stopped(kind):
    log = [event(LogLine, stage="register", text="job 1", request_id="q")]
    stages = (StageInfo("register", "Register", "done"), StageInfo("install", "Install", kind), StageInfo("x", "X"))
    state = BuildState.from_info(info("running", *stages, resources=(SERVER,)), log)
    assert state.phase == "cancelled"
    assert [row.state for row in state.stages.values()] == ["done", "cancelled", "waiting"]
    assert state.position == 2
    assert state.stages["register"].log == [(NOW, "job 1", "q")]


def test_a_run_that_another_process_drives_is_watched_from_afar():
    state = BuildState.from_info(info("running", StageInfo("install", "Install", "your-turn"), held=True))
    assert state.phase == "held"
    assert state.stages["install"].state == "your-turn"


def test_a_failed_run_of_the_journal_has_its_error_at_its_stage():
    error = ErrorInfo(kind="QuotaError", title="Full.")
    stages = (StageInfo("register", "Register", "done"), StageInfo("launch", "Launch", "failed"))
    state = BuildState.from_info(info("failed", *stages, error=error))
    assert (state.phase, state.failed_stage, state.error) == ("failed", "launch", error)


@pytest.mark.parametrize(
    ("kind", "action", "ids"),
    [
        ("NameTakenError", "step:image.name", ["rename", "retry"]),
        ("AuthError", "", ["sign-in", "retry"]),
        ("SoldOutError", "step:server", ["edit:server", "retry"]),
        ("SoldOutError", "flavor:s7.large.4", ["flavor:s7.large.4", "edit:server", "retry"]),
        ("NotFoundError", "clean-up", ["clean", "retry"]),
        ("JobFailedError", "retry", ["retry"]),
        ("AppError", "", ["retry"]),
    ],
)
def test_every_error_has_a_way_on(kind, action, ids):
    assert [remedy.id for remedy in remedies(ErrorInfo(kind=kind, title="x", action=action))] == ids


def test_remedies_of_a_failed_clean_up_and_of_the_practice_cloud():
    error = ErrorInfo(kind="AuthError", title="x", action="sign-in")
    assert [remedy.id for remedy in remedies(error, cleaning=True)] == ["clean"]
    assert [remedy.id for remedy in remedies(error, practice=True)] == ["retry"]


def test_which_answers_can_still_be_changed():
    assert not made_of("server", [ISO])
    assert made_of("server", [ISO, SERVER])
    assert made_of("network", [DATA])
    assert not made_of("iso", [])
    assert made_of("iso", [ISO])
    assert made_of("account", [ISO])
    assert not made_of("account", [])


def test_words_about_what_exists():
    assert clean_words([SERVER, DATA]) == "Clean up deletes the server and its disks."
    assert clean_words([ISO]) == "Clean up deletes what the run has made."
    assert clean_words([]) == "Nothing is left behind."
    assert "hour" in bill([ISO, SERVER], ended=False, practice=False)
    assert "Nothing" in bill([ISO, SERVER], ended=False, practice=True)
    assert bill([IMAGE], ended=True, practice=False) == ""
    assert safe_words("capture-disk", [DATA])
    assert safe_words("launch-server", [DATA]) == ""


@pytest.mark.parametrize(
    ("name", "following"), [("debian", "debian-2"), ("debian-2", "debian-3"), ("a-2026", "a-2026-2")]
)
def test_the_next_name(name, following):
    assert next_name(name) == following
    assert len(next_name("n" * 128)) <= 128


def test_the_page_says_whose_turn_comes_next():
    state = started("register-iso", "launch-server", "install-os")
    stage(state, "register-iso", "done")
    stage(state, "launch-server", "running")
    title, sentence = headline("running", state, "debian", 150)
    assert title == "Building debian"
    assert sentence == "Stage 2 of 3 · 2 min 30 s so far. Your turn comes next: installing the OS."
    assert "Stage 2 of 3 failed" in headline("failed", state, "debian", 0)[1]


MIB, GIB = 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("transfer", "words"),
    [
        (Transfer(done=0, total=300 * MIB), "0 of 300 MiB"),
        (Transfer(done=GIB, total=4 * GIB, rate=85e6, left=42.0), "1.0 of 4.0 GiB · 85 MB/s · 42 s left"),
        (Transfer(done=GIB, total=4 * GIB, rate=0.4e6, left=4000.0), "1.0 of 4.0 GiB · 0.4 MB/s · 1 h 07 min left"),
        (Transfer(done=5 * MIB, total=9 * MIB, rate=1e6, left=61.0), "5 of 9 MiB · 1.0 MB/s · 2 min left"),
        (
            Transfer(done=5 * MIB, total=9 * MIB, paused=True, rate=1e6, left=61.0),
            "Paused · 5 of 9 MiB safe in the bucket",
        ),
        (
            Transfer(done=0, total=9 * MIB, paused=True, again=3 * MIB),
            "Paused · 0 of 9 MiB safe in the bucket, 3.0 MiB under way are sent again",
        ),
        (Transfer(done=10, total=20), "0 of 1 KiB"),
    ],
)
def test_an_upload_in_words(qapp, transfer, words):
    assert transfer_words(transfer) == words


def test_the_amounts_of_an_upload_end_with_its_stage():
    state = BuildState("r", "n")
    upload = Transfer(done=1, total=2)
    state.take(StageChanged(run="r", at=NOW, stage="upload-iso", title="Upload ISO", state="running"))
    state.take(Progress(run="r", at=NOW, stage="upload-iso", text="1 of 2", fraction=0.5, transfer=upload))
    assert state.stages["upload-iso"].transfer == upload
    state.take(StageChanged(run="r", at=NOW, stage="upload-iso", title="Upload ISO", state="done"))
    assert state.stages["upload-iso"].transfer is None


@pytest.mark.parametrize(
    ("fate", "note", "word"),
    [
        ("planned", "", "Being made"),
        ("exists", "", "Unfinished"),
        ("deleted", "completed: it became the ISO object", "Completed"),
        ("deleted", "aborted", "Deleted"),
        ("unknown", "", "May exist"),
    ],
)
def test_the_fate_of_an_upload(qapp, fate, note, word):
    row = shown(Resource(kind="upload", id="u", name="isos/a.iso", fate=fate, note=note), brief=True)
    assert (row.word, row.kind) == (word, "Upload")
