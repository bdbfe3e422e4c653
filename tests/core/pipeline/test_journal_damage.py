"""Power failures: the journal cut off and overwritten at many places, gone, of another version, on disks that refuse.

After each damage either the last good state is read, or a recovered one with a notice, or a refusal that says what to
do; the damaged file is kept, no run shows another one's things, and nothing of value is lost without a word.
"""

import asyncio
import random
import shutil

import msgspec
import pytest

from isowright.clock import SystemClock
from isowright.errors import StateError
from isowright.events import LogLine
from isowright.pipeline.journal import Journal
from isowright.pipeline.stage import DOUBT
from isowright.recipe import ImageSpec, Recipe

STAGES = [("sign-in", "Sign in"), ("register-iso", "Register ISO"), ("launch-server", "Launch"), ("end", "End")]
NAMES = ["alpha", "beta", "gamma", "delta"]
SEEDS = range(5)
DAMAGES_A_SEED = 48


@pytest.fixture
def anyio_backend():
    return "asyncio"


def nobody(_event):
    """Hears nothing."""


async def fill(path, *, last="later"):
    """Four runs with everything; then, without a copy of it, one entry more."""
    journal = Journal(path, SystemClock())
    await journal.open()
    runs = {}
    for name in NAMES:
        run = runs[name] = await journal.create(Recipe(image=ImageSpec(name=name)), "weekly", STAGES)
        record = await journal.record(run, nobody)
        for kind in ("iso-image", "server", "image"):
            await record.intend(kind, f"{kind}-{name}")
            await record.made(kind, f"{kind}-{name}", f"id-{kind}-{name}", f"note of {name}")
        await record.fact("job", f"job-{name}")
        for number in range(40):
            line = LogLine(run=run, at=SystemClock().now(), stage="end", text=f"line {number} of {name} " + "x" * 60)
            journal.keep_event(run, line)
        await journal.set_stage(run, "sign-in", "done", f"as {name}", 1.5)
        await journal.set_run(run, "running", elapsed=1.5)
    await journal.set_run(runs["delta"], "done")
    if last:
        record = await journal.record(runs["alpha"], nobody)
        await record.fact(last, "x" * 400)
    return journal, runs


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """The files of a process that lost its power: a copy of some minutes ago, and a log that is not merged yet."""
    folder = tmp_path_factory.mktemp("crashed")

    async def make():
        live = folder / "live"
        live.mkdir()
        journal, _ = await fill(live / "journal.sqlite", last="")
        await journal.close()
        journal, runs = Journal(live / "journal.sqlite", SystemClock()), {}
        await journal.open()
        runs = {info.name: info.id for info in await journal.runs()}
        for name in NAMES:
            record = await journal.record(runs[name], nobody)
            await record.made("data-volume", f"disk-{name}", f"id-disk-{name}", "40 GB")
        await journal.set_stage(runs["beta"], "register-iso", "done", "", 2.5)
        kept = {p.name: p.read_bytes() for p in live.iterdir() if "user-" not in p.name and "opening" not in p.name}
        await journal.close()
        return kept, runs

    return asyncio.run(make())


def lay_out(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        if not name.endswith("-shm"):  # lives in memory; a power failure leaves nothing of it to be trusted
            (folder / name).write_bytes(content)
    return folder / "journal.sqlite"


def check_run(info, runs):
    """Nothing of another run is in it, and nothing that was never written."""
    name = next(name for name, run in runs.items() if run == info.id)
    assert info.name == info.recipe.image.name == name
    assert info.mark == info.id[:6]
    assert info.state in (("done", "running") if name == "delta" else ("running", "new"))
    assert {s.id for s in info.stages} <= {s for s, _ in STAGES}
    assert {s.detail for s in info.stages} <= {"", f"as {name}"}
    for thing in info.resources:
        own = "disk" if thing.kind == "data-volume" else thing.kind
        assert (thing.name, thing.id) in ((f"{own}-{name}", f"id-{own}-{name}"), (f"{own}-{name}", ""))
        assert thing.note in (f"note of {name}", "", "40 GB")


async def look(path, runs, before):
    """What became of a damaged journal: "same", "lost", "recovered" or "refused"."""
    journal = Journal(path, SystemClock())
    damaged = path.read_bytes() if path.exists() else b""
    refused = None
    try:
        await journal.open()
    except StateError as error:
        refused = error
    if refused is not None:
        assert refused.remedy
        assert refused.detail
        assert path.read_bytes() == damaged
        return "refused"
    try:
        infos = await journal.runs()
        doubtful = await journal.doubtful()
        facts = {info.id: (await journal.record(info.id, nobody)).known(DOUBT) for info in infos}
        for info in infos:
            check_run(info, runs)
            for event in await journal.events(info.id):
                assert event.run == info.id
        whole = msgspec.json.encode([stripped(info) for info in infos]) == before
        if journal.notice is None:
            assert whole, "entries are lost, and nobody is told"
            return "same"
        assert journal.notice.remedy
        unfinished = {info.id for info in infos if info.state not in ("done", "cleaned")}
        assert set(doubtful) == unfinished == {run for run, how in facts.items() if how}
        aside = [p for p in path.parent.iterdir() if ".damaged-" in p.name and p.suffix == ".sqlite"]
        if "last entries" in journal.notice.title:
            assert not aside
            return "lost"
        assert [p.read_bytes() for p in aside] == ([damaged] if damaged else [])
        # A run can be missing only if something said so before: here every one is in the copy.
        assert {info.id for info in infos} == set(runs.values())
        # The journal works again, and the copy follows it.
        record = await journal.record(infos[0].id, nobody)
        await record.fact("after", "the damage")
    finally:
        await journal.close()
    again = Journal(path, SystemClock())
    await again.open()
    assert again.notice is None
    await again.close()
    return "recovered"


def stripped(info):
    return msgspec.structs.replace(info, updated=info.created)


def damage(dice, files):
    """One torn write: something cut off, overwritten by noise or zeros, or a single flipped letter."""
    name = dice.choice(["journal.sqlite", "journal.sqlite", "journal.sqlite-wal"])
    content = bytearray(files[name])
    kind = dice.choice(["cut", "noise", "zeros", "flip", "flip", "sector"])
    at = dice.randrange(len(content))
    if kind == "cut":
        del content[at:]
    elif kind == "noise":
        size = dice.choice([1, 16, 512, 4096])
        content[at : at + size] = dice.randbytes(len(content[at : at + size]))
    elif kind == "zeros":
        size = dice.choice([64, 512, 4096, 20000])
        content[at : at + size] = bytes(len(content[at : at + size]))
    elif kind == "flip":
        content[at] ^= 1 << dice.randrange(8)
    else:
        at -= at % 512
        other = dice.randrange(len(content) // 512) * 512
        content[at : at + 512] = content[other : other + len(content[at : at + 512])]
    return {**files, name: bytes(content)}, f"{kind} {name} at {at}"


@pytest.mark.parametrize("seed", SEEDS)
async def test_torn_writes(crashed, tmp_path, seed):
    files, runs = crashed
    path = lay_out(tmp_path / "good", files)
    good = Journal(path, SystemClock())
    await good.open()
    before = msgspec.json.encode([stripped(info) for info in await good.runs()])
    assert good.notice is None
    await good.close()
    dice = random.Random(seed)
    ends = []
    for number in range(DAMAGES_A_SEED):
        bad, what = damage(dice, files)
        path = lay_out(tmp_path / str(number), bad)
        try:
            ends.append(await look(path, runs, before))
        except Exception as error:
            error.add_note(f"seed {seed}, damage {number}: {what}")
            raise
        shutil.rmtree(path.parent)
    assert ends.count("recovered") >= DAMAGES_A_SEED // 5
    assert ends.count("refused") <= DAMAGES_A_SEED // 10
