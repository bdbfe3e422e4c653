"""What is done with the image once it is verified: the last stages, alone and together, and what goes wrong."""

import asyncio

import msgspec
import pytest

from isowright.errors import InputError
from isowright.events import Done, Failed, StageChanged, Waiting

MEMBERS = ("a" * 32, "b" * 32)
AFTER = {
    "test_boot": "log",
    "tags": {"team": "builds"},
    "min_ram": 2048,
    "max_ram": 8192,
    "share_with": MEMBERS,
    "copy_region": "practice-2",
    "copy_agency": "ims_copy_image",
    "export_key": "{name}.qcow2",
    "export_format": "qcow2",
}


def all_of_it(lab, **changes):
    return lab.recipe(after=AFTER | {"export_bucket": lab.recipe().iso.bucket} | changes)


def images(lab):
    """(the image, its copy or None): what exists now and did not at the start."""
    there = lab.world()["images"]
    here = lab.recipe().account.project_id
    own = [image for image in there if image["owner"] == here]
    copies = [image for image in there if image["owner"] != here]
    return own, copies


def exported(lab):
    return [
        o for b in lab.control("GET", "/practice/world")["buckets"] for o in b["objects"] if o["key"] == "result.qcow2"
    ]


def jobs(lab, kind):
    return [job for job in lab.control("GET", "/practice/world")["jobs"] if job["job_type"] == kind]


def installs(lab, watch):
    """The operator installs, and says nothing of a test boot."""
    watch.install = False

    def install(event):
        if isinstance(event, Waiting) and event.stage == "install-os":
            lab.finish_install(event.server_id)

    watch.hooks.append(install)


def when_asked(watch, do):
    """`do(event)` once the run asks about its test boot."""
    watch.hooks.append(lambda event: isinstance(event, Waiting) and event.stage == "test-boot" and do(event))


async def drive(engine, lab, run_id, watch, **how):
    handle = await engine.start(run_id, lab.login, watch, **how)
    return await handle.wait()


async def test_all_of_it(lab, watch):
    async with lab.engine() as engine:
        run = await engine.create(all_of_it(lab))
        end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Done), end
        info = await engine.info(run.id)
    ((image,), (copy,)) = images(lab)
    assert image["id"] == end.image_id == info.image_id
    assert {"team=builds", "app=isowright"} <= set(image["tags"])
    assert (image["min_ram"], image["max_ram"]) == (2048, "8192")
    assert (copy["name"], copy["status"], copy["installed"]) == (image["name"], "active", True)
    assert [o["size"] for o in exported(lab)] == [int(image["__image_size"])]
    assert lab.world()["servers"] == lab.world()["volumes"] == []
    kept = {(r.kind, r.fate) for r in info.resources if r.fate != "deleted"}
    assert kept == {("image", "kept"), ("share", "kept"), ("image-copy", "kept"), ("export", "kept")}
    assert info.leftovers == ()
    assert next(r.id for r in info.resources if r.kind == "image-copy") == copy["id"]
    stages = [event.stage for event in watch.of(StageChanged) if event.state == "done"]
    tail = ["verify-image", "clean-up", "test-boot", "set-properties", "share-image", "copy-image", "export-image"]
    assert stages[-7:] == tail
    details = {stage.id: stage.detail for stage in info.stages}
    assert details["test-boot"] == "It boots"
    assert details["share-image"].startswith("Shared with 2 projects")


async def test_runs_without_it_have_none_of_these_stages(lab, watch):
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe())
        assert [stage.id for stage in run.stages][-2:] == ["verify-image", "clean-up"]


async def test_firmware_that_was_chosen_is_that_of_the_iso_and_of_the_image(lab, watch):
    """A captured disk tells nothing of it: the cloud would start servers of the image by BIOS."""
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe(image={"firmware": "uefi"}))
        handle = await engine.start(run.id, lab.login, watch)
        end = await handle.wait()
    assert isinstance(end, Done), end
    (made,), _ = images(lab)
    assert made["hw_firmware_type"] == "uefi"
    (asked,) = lab.requests("POST", "/v2/cloudimages/action")[:1]
    assert asked["status"] == 200
    assert any("start by UEFI" in event.text for event in watch.events if getattr(event, "text", ""))


async def test_firmware_that_cannot_be_set_is_said_and_no_failure(lab, watch):
    lab.faults({"service": "ims", "method": "PATCH", "action": "refuse", "count": 0})
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe(image={"firmware": "uefi"}))
        handle = await engine.start(run.id, lab.login, watch)
        end = await handle.wait()
    assert isinstance(end, Done), end
    assert any("may not start by UEFI" in event.text for event in watch.events if getattr(event, "text", ""))


# --- test boot ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("good", [True, False])
async def test_operator_looks(lab, watch, good):
    asked, handles = [], []

    def answer(event):
        (server,) = [s for s in lab.world()["servers"] if s["name"].endswith("-test")]
        asked.append((event.server_id, server["id"]))
        handles[0].boots(good=good)

    installs(lab, watch)
    when_asked(watch, answer)
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe(after={"test_boot": "look"}))
        handles.append(await engine.start(run.id, lab.login, watch))
        end = await handles[0].wait()
        assert len(asked) == 1
        assert len(set(asked[0])) == 1
        assert lab.world()["servers"] == lab.world()["volumes"] == []
        lab.expect_only_image("result")
        if good:
            assert isinstance(end, Done), end
            return
        assert isinstance(end, Failed)
        assert end.error.title == "The image is done, but was not seen to boot. It does not boot."
        info = await engine.clean_up(run.id, lab.login, watch)
        assert (info.state, info.leftovers) == ("done", ())
    lab.expect_only_image("result")


async def test_mute_console_asks_the_operator(lab, watch):
    lab.faults({"world": "mute-consoles"})
    handles = []
    installs(lab, watch)
    when_asked(watch, lambda _event: handles[0].boots(good=True))
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe(after={"test_boot": "log"}))
        handles.append(await engine.start(run.id, lab.login, watch))
        assert isinstance(await handles[0].wait(), Done)
    assert [event.stage for event in watch.of(Waiting)] == ["install-os", "test-boot"]


async def test_empty_disk_does_not_boot(lab, new_watch):
    """Nobody has installed anything: the console's log says so, and the run with it."""
    watch = new_watch(install=False)
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe(after={"test_boot": "log"}))
        end = await drive(engine, lab, run.id, watch, on_install="powered-off")
        assert isinstance(end, Failed)
        assert end.stage == "test-boot"
        log = [event.text for event in await engine.log(run.id) if hasattr(event, "text")]
        assert "The console's log says: Boot failed: not a bootable disk" in log
        assert lab.world()["servers"] == []
        info = await engine.info(run.id)
        assert info.verified
        assert info.leftovers == ()


@pytest.mark.parametrize("by_itself", [False, True])
async def test_flavor_sold_out_between_the_two_servers(lab, watch, by_itself):
    """The image is made; its test boot takes another flavor, as the first server would have."""
    recipe = lab.recipe(after={"test_boot": "log"}, server={"next_flavor": by_itself})
    sold = recipe.server.flavor_id

    def sell(event):
        if isinstance(event, StageChanged) and (event.stage, event.state) == ("test-boot", "running"):
            lab.faults({"world": "sold-out", "flavor": sold})

    watch.hooks.append(sell)
    async with lab.engine() as engine:
        run = await engine.create(recipe)
        end = await drive(engine, lab, run.id, watch)
        if not by_itself:
            assert isinstance(end, Failed)
            assert end.error.title.startswith("The image is done, but was not seen to boot.")
            other = end.error.action.removeprefix("flavor:")
            server = msgspec.structs.replace(recipe.server, flavor_id=other, flavor_note="")
            await engine.revise(run.id, msgspec.structs.replace(run.recipe, server=server))
            end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Done), end
    lab.expect_only_image("result")


async def test_stopped_and_gone_on_with_in_a_test_boot(lab, watch):
    """The question outlives the process; the answer comes with the next."""
    asked = asyncio.Event()
    installs(lab, watch)
    when_asked(watch, lambda _event: asked.set())
    async with lab.engine() as engine:
        run = await engine.create(lab.recipe(after={"test_boot": "look"}))
        handle = await engine.start(run.id, lab.login, watch)
        await asyncio.wait_for(asked.wait(), 60)
        await handle.detach()
        (server,) = lab.world()["servers"]
        assert server["name"].endswith("-test")
        info = await engine.info(run.id)
        assert [r.name for r in info.leftovers if r.kind == "server"] == [server["name"]]
        end = await drive(engine, lab, run.id, watch, boots=True)
        assert isinstance(end, Done), end
    assert len(lab.requests("POST", "/cloudservers")) == 2 * 2  # each with its dry run
    lab.expect_only_image("result")


# --- what fails afterwards costs nothing that was made ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "stage", "words"),
    [
        ("imsAddImageMembersJob", "share-image", "The image is done, but was not shared with all."),
        ("imsCrossRegionCopyImageJob", "copy-image", "The image is done, but was not copied to practice-2."),
        ("imsNativeExportImageJob", "export-image", "The image is done, but was not exported."),
    ],
)
@pytest.mark.parametrize("action", ["fail", "fail-with-debris"])
async def test_failed_job(lab, watch, job, stage, words, action):
    lab.faults({"job": job, "action": action})
    async with lab.engine() as engine:
        run = await engine.create(all_of_it(lab, test_boot=""))
        end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Failed)
        assert end.stage == stage
        assert end.error.title.startswith(words)
        assert "stays" in end.error.detail
        assert lab.world()["servers"] == []
        end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Done), end
        assert (await engine.info(run.id)).leftovers == ()
    ((_,), (copy,)) = images(lab)
    assert copy["status"] == "active"
    assert len(exported(lab)) == 1
    assert len(jobs(lab, job)) == 2


@pytest.mark.parametrize("action", ["fail", "fail-with-debris"])
@pytest.mark.parametrize("job", ["imsCrossRegionCopyImageJob", "imsNativeExportImageJob"])
async def test_failed_job_cleaned_up(lab, watch, job, action):
    """What is half made goes; the image and what was completed stay, and the run counts as done."""
    lab.faults({"job": job, "action": action})
    async with lab.engine() as engine:
        run = await engine.create(all_of_it(lab, test_boot=""))
        assert isinstance(await drive(engine, lab, run.id, watch), Failed)
        info = await engine.clean_up(run.id, lab.login, watch)
        assert (info.state, info.leftovers) == ("done", ())
    (own, copies) = images(lab)
    assert [image["name"] for image in own] == ["result"]
    assert [copy["status"] for copy in copies] == ([] if "Copy" in job else ["active"])
    assert exported(lab) == []


async def test_taken_name_in_the_other_region(lab, watch):
    async with lab.engine() as engine:
        first = await engine.create(all_of_it(lab, test_boot=""))
        assert isinstance(await drive(engine, lab, first.id, watch), Done)
        again = lab.recipe(
            "another",
            after=AFTER
            | {
                "copy_name": "result",
                "export_bucket": "",
                "export_key": "",
                "export_format": "",
                "test_boot": "",
                "share_with": (),
            },
        )
        run = await engine.create(again)
        end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Failed)
        assert "Another image in practice-2 is called “result”" in end.error.title
        assert end.error.action == "step:image.after"
        other = msgspec.structs.replace(again, after=msgspec.structs.replace(again.after, copy_name="third"))
        await engine.revise(run.id, other)
        assert isinstance(await drive(engine, lab, run.id, watch), Done)
    assert sorted(image["name"] for image in images(lab)[1]) == ["result", "third"]


async def test_taken_object(lab, watch):
    recipe = all_of_it(lab, test_boot="", export_key="README.txt", copy_region="", copy_agency="", share_with=())
    async with lab.engine() as engine:
        run = await engine.create(recipe)
        end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Failed)
        assert "exists already" in end.error.title
        info = await engine.clean_up(run.id, lab.login, watch)
        assert (info.state, info.leftovers) == ("done", ())
    world = lab.control("GET", "/practice/world")
    assert any(o["key"] == "README.txt" for b in world["buckets"] for o in b["objects"])


async def test_unknown_agency(lab, watch):
    async with lab.engine() as engine:
        run = await engine.create(all_of_it(lab, test_boot="", copy_agency="nobody"))
        end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Failed)
        assert end.error.title.startswith("The image is done, but was not copied")
        assert end.error.remedy


async def test_region_of_which_nothing_is_known(lab, watch):
    """Custom endpoints without one for the other region: the job's word is taken, and a lost answer is told."""
    account = lab.recipe().account
    endpoints = {name: url for name, url in account.endpoints.items() if "@" not in name}
    recipe = lab.recipe(
        account={"endpoints": endpoints}, after={"copy_region": "practice-2", "copy_agency": "ims_copy_image"}
    )
    lab.faults({"action": "reset-after", "path": "/cross_region_copy", "method": "POST"})
    async with lab.engine() as engine:
        run = await engine.create(recipe)
        end = await drive(engine, lab, run.id, watch)
        assert isinstance(end, Failed)
        assert "not known whether the copy was begun" in end.error.title
        assert "practice-2" in end.error.remedy
        info = await engine.clean_up(run.id, lab.login, watch)
        assert (info.state, info.leftovers) == ("done", ())
        assert [r.fate for r in info.resources if r.kind == "image-copy"] == ["kept"]


async def test_impossible_answers_make_no_run(lab):
    async with lab.engine() as engine:
        with pytest.raises(InputError) as caught:
            await engine.create(all_of_it(lab, copy_region="practice-1"))
        assert caught.value.action == "step:image.after.copy_region"
