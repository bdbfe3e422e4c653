"""`isowright run`, `resume`, `console` and `clean-up`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from isowright.cli.context import choose, confirm, opened, several, sign_in
from isowright.cli.output import Printer, print_error, printer, resource_lines
from isowright.cli.sign_in import with_new_code
from isowright.cli.stored import check_stored
from isowright.cloud.ecs import CONSOLE_MINUTES
from isowright.cloud.login import Login
from isowright.errors import AppError, InputError
from isowright.events import AnyEvent, Cancelled, Done, ErrorInfo, Failed, Waiting
from isowright.last_used import LastUsed
from isowright.pipeline.engine import Engine, in_use
from isowright.pipeline.runs import RunInfo
from isowright.profiles import Profiles
from isowright.recipe import Account, Recipe
from isowright.recipe_after import do_without

WAITING = 3
INTERRUPTED = 130
_TEST_BOOT = "test-boot"


@dataclass(frozen=True)
class Options:
    """json: events instead of words. on_error: "ask", "clean-up", "keep" or None (ask at a terminal, else keep)."""

    json: bool = False
    on_error: str | None = None


@dataclass(frozen=True)
class Answers:
    """What a stopped run goes on with instead of what it has; None = as it is."""

    image_name: str | None = None
    flavor: str | None = None
    without: tuple[str, ...] = ()  # of recipe_after.LAST_STAGES

    @property
    def given(self) -> bool:
        return self.image_name is not None or self.flavor is not None or bool(self.without)

    def into(self, recipe: Recipe) -> Recipe:
        image, server = recipe.image, recipe.server
        if self.image_name is not None:
            image = msgspec.structs.replace(image, name=self.image_name)
        if self.flavor is not None:
            server = msgspec.structs.replace(server, flavor_id=self.flavor, flavor_note="")
        return do_without(msgspec.structs.replace(recipe, image=image, server=server), self.without)


async def run(
    profile: str, on_install: str, options: Options, *, auto_delete: int | None = None, as_is: bool = False
) -> int:
    """A new run of a profile. Returns the exit status; raises AppError before the run begins.

    as_is: without looking first whether its answers still exist. auto_delete: hours after which the cloud deletes the
    server of a lost computer, 0 = never, None = as the profile has it.
    """
    async with opened() as core:
        profiles = Profiles(core.home)
        name, recipe = profiles.open(profile)
        _check(recipe)
        account, login = await sign_in(core, recipe.account, ask=not options.json)
        recipe = msgspec.structs.replace(recipe, account=account)
        if auto_delete is not None:
            server = msgspec.structs.replace(recipe.server, auto_delete_hours=auto_delete)
            recipe = msgspec.structs.replace(recipe, server=server)
        if not as_is:
            login = await check_stored(name, recipe, login, core.engine.clock)
        saved = name if profiles.find(profile) else ""
        info = await core.engine.create(recipe, profile=saved)
        await asyncio.to_thread(LastUsed(core.home).remember, recipe)
        return await drive(core.engine, info, login, account, on_install, options)


async def resume(
    given: str | None,
    on_install: str,
    options: Options,
    *,
    everything: bool,
    other: Answers | None = None,
    boots: bool | None = None,
) -> int:
    """Go on with one run, with `other` answers if there are any, or with all unfinished ones at once. Returns the worst
    exit status."""
    async with opened() as core:
        runs = await core.engine.runs()
        chosen = _resumable(core.engine, runs, given, everything=everything)
        if other is not None and other.given:
            chosen = [await core.engine.revise(info.id, other.into(info.recipe)) for info in chosen]
        signed = [(info, *await sign_in(core, info.recipe.account, ask=not options.json)) for info in chosen]
        if not everything:
            ((info, account, login),) = signed
            return await drive(core.engine, info, login, account, on_install, options, boots=boots)
        if not signed and not options.json:
            print("There is no run to go on with.")
        statuses = await asyncio.gather(
            *(
                _guarded(core.engine, info, login, account, on_install, options, label=info.mark)
                for info, account, login in signed
            )
        )
        return max(statuses, key=lambda status: (status == 1, status), default=0)


async def clean_up(given: str | None, *, yes: bool, json: bool) -> int:
    """Delete what a run has left, after a question unless `yes`."""
    async with opened() as core:
        runs = await core.engine.runs()
        chosen = [free(core.engine, choose(runs, given))] if given else [info for info in runs if not info.held]
        left = [info for info in chosen if info.leftovers]
        if len(left) > 1:
            raise several(left, "Several runs have left something.")
        if not left:
            if not json:
                print("There is nothing to clean up.")
            return 0
        info = left[0]
        if not yes:
            _ask_before_deleting(info, json=json)
        account, login = await sign_in(core, info.recipe.account, ask=not json)
        out = printer(json=json)
        try:
            await core.engine.clean_up(info.id, login, out.take, account=account)
        finally:
            out.close()
    return 0


async def console(given: str | None, *, json: bool) -> int:
    """Print a fresh address of a server's console, also of a run that another process drives."""
    async with opened() as core:
        runs = await core.engine.runs()
        with_server = [info for info in runs if any(r.kind == "server" for r in info.leftovers)]
        if not given and len(with_server) > 1:
            raise several(with_server, "Several runs have a server.")
        if not given and not with_server:
            raise InputError("No run has a server now.", remedy="See isowright runs.")
        info = choose(runs, given) if given else with_server[0]
        account, login = await sign_in(core, info.recipe.account, ask=not json)
        url = (await core.engine.console_url(info.id, login, account=account)).reveal()
    if json:
        facts = {"event": "console", "run": info.id, "url": url, "good_for": CONSOLE_MINUTES * 60}
        print(msgspec.json.encode(facts).decode())
    else:
        print(url)
        _note(
            f"Good for about {CONSOLE_MINUTES} minutes, to be opened once; whoever has it has the console. "
            "Ask again for a new one."
        )
    return 0


async def drive(
    engine: Engine,
    info: RunInfo,
    login: Login,
    account: Account,
    on_install: str,
    options: Options,
    *,
    label: str = "",
    also: Callable[[AnyEvent], None] | None = None,
    boots: bool | None = None,
) -> int:
    """Run to its end, to the operator's turn or to an interruption. `also` sees every event after it is printed."""
    out = printer(json=options.json, label=label)

    def watch(event: AnyEvent) -> None:
        out.take(event)
        if on_install == "wait":
            _say_how(event)
        if also:
            also(event)

    handle = await engine.start(info.id, login, watch, on_install=on_install, boots=boots, account=account)
    try:
        end = await handle.wait()
    except asyncio.CancelledError:
        await handle.detach()
        out.close()
        _say_interrupted(await engine.info(info.id))
        raise
    out.close()
    match end:
        case Done():
            return 0
        case Waiting():
            _say_turn(info.id, end.stage)
            return WAITING
        case Failed():
            again = await with_new_code(account, login, end.error, engine.clock, ask=not options.json)
            if again is not None:
                return await drive(engine, info, again, account, on_install, options, label=label, also=also)
            await _after_failure(engine, info.id, end, (login, account), options, out)
            return 1
        case Cancelled() | None:
            _say_interrupted(await engine.info(info.id))
            return INTERRUPTED


async def _guarded(
    engine: Engine, info: RunInfo, login: Login, account: Account, on_install: str, options: Options, *, label: str
) -> int:
    """One of several runs: what keeps it from starting does not keep the others."""
    try:
        return await drive(engine, info, login, account, on_install, options, label=label)
    except AppError as error:
        print_error(error)
        return error.exit_status


async def _after_failure(
    engine: Engine, run_id: str, failed: Failed, who: tuple[Login, Account], options: Options, out: Printer
) -> None:
    print_error(failed.error)
    info = await engine.info(run_id)
    choice = options.on_error or ("ask" if sys.stdin.isatty() and sys.stdout.isatty() and not options.json else "keep")
    if info.leftovers:
        _note("What the run has made:", *resource_lines(info.leftovers))
        if choice == "ask":
            choice = "clean-up" if confirm("Delete it now?") else "keep"
        if choice == "clean-up":
            login, account = who
            try:
                await engine.clean_up(run_id, login, out.take, account=account)
            except AppError as error:
                print_error(error)
            else:
                return
            finally:
                out.close()
    option = _other_answer(failed.error)
    _note(f"Try again: isowright resume {run_id}{option}")
    if not option and (answer := _of_profile(failed.error)):
        _note(f"With another answer: change {answer} in the profile, and run that.")
    if info.leftovers:
        _note(f"Delete all of it: isowright clean-up {run_id}")


def _say_how(event: AnyEvent) -> None:
    """How a question is answered that this process cannot ask."""
    if isinstance(event, Waiting) and event.stage == _TEST_BOOT:
        _note(f"Stop this with Ctrl-C, then: {_say_boots(event.run)}")


def _say_turn(run_id: str, stage: str) -> None:
    if stage == _TEST_BOOT:
        _note(f"See what it does: isowright console {run_id}", f"Then: {_say_boots(run_id)}")
    else:
        _note(f"Go on once it is installed: isowright resume {run_id} --installed")


def _say_boots(run_id: str) -> str:
    return f"isowright resume {run_id} --boots yes (or no)"


def _other_answer(error: ErrorInfo) -> str:
    """The option that mends what failed, "" = the same again may do."""
    if error.kind == "NameTakenError" or error.action in ("rename", "step:image.name"):
        return " --image-name NAME"
    if error.action.startswith("flavor:"):
        return f" --flavor {error.action.removeprefix('flavor:')}"
    if error.action.startswith("step:image.after"):
        return " (--without STAGE does without one of the last stages)"
    return " --flavor ID" if error.action in ("step:server", "step:server.flavor_id") else ""


def _of_profile(error: ErrorInfo) -> str:
    """The answer that failed, as a profile has it ("iso.bucket"): a run keeps its own. "" = it is not one of those."""
    step, _, field = error.action.removeprefix("step:").partition(".")
    of_run = error.action.startswith("step:") and field and step in ("iso", "image", "server", "network")
    return f"{step}.{field}" if of_run and field != "path" else ""  # the file itself can be mended


def _resumable(engine: Engine, runs: list[RunInfo], given: str | None, *, everything: bool) -> list[RunInfo]:
    """Raises InUseError before anybody is asked for a password in vain."""
    if given:
        return [free(engine, choose(runs, given))]
    open_runs = [info for info in runs if info.unfinished and not info.held]
    if everything:
        return open_runs
    if not open_runs:
        driven = [f"{info.name} ({info.id}) is driven by {info.holder.brief}." for info in runs if info.holder]
        raise InputError(
            "There is no run to go on with.", detail="\n".join(driven), remedy="See isowright runs for past ones."
        )
    if len(open_runs) > 1:
        raise several(open_runs, "There are several runs to go on with.")
    return open_runs


def free(engine: Engine, info: RunInfo) -> RunInfo:
    """Raises InUseError if another process drives it."""
    if info.held:
        raise in_use(info.holder, engine.clock)
    return info


def _check(recipe: Recipe) -> None:
    """All that is missing at once, not one thing after the other."""
    problems = recipe.problems()
    if not problems:
        return
    first = problems[0]
    raise InputError(
        "The profile cannot be run as it is." if len(problems) > 1 else first.message,
        detail="\n".join(f"{p.step}.{p.field}: {p.message} {p.remedy}" for p in problems) if len(problems) > 1 else "",
        remedy="Mend these answers in the profile, or open it in the window: isowright --profile NAME"
        if len(problems) > 1
        else first.remedy,
        action=f"step:{first.step}.{first.field}",
    )


def _ask_before_deleting(info: RunInfo, *, json: bool) -> None:
    if json or not sys.stdin.isatty():
        raise InputError(
            "Nothing was deleted: nobody could be asked.",
            remedy="Add --yes to delete without a question.",
        )
    print(f"{info.name} ({info.id}) has left:")
    for line in resource_lines(info.leftovers):
        print(line)
    if not confirm("Delete all of this?"):
        raise InputError("Nothing was deleted.", remedy="Call it again when it may be.")


def _say_interrupted(info: RunInfo) -> None:
    stage = info.stage
    _note(f"Stopped{f' at “{stage.title}”' if stage else ''}. {info.cancel_cost()}")
    if info.leftovers:
        _note("What the run has made:", *resource_lines(info.leftovers))
    _note(f"Go on: isowright resume {info.id}")
    if info.leftovers:
        _note(f"Delete all of it: isowright clean-up {info.id}")


def _note(*lines: str) -> None:
    """What is for people alone goes to standard error, so that standard output stays one kind of thing."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)
