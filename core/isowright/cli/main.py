"""`isowright`: reads the command line and starts what it names. What is heavy is imported by the command that needs it.

Exit status: 0 done, 1 the run failed, 2 bad usage or input, 3 stopped while waiting for the operator, 130 interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

from isowright import private
from isowright.errors import AppError, InputError, StateError

INTERRUPTED = 130
_PRACTICE_SPEED = 60.0


class _Parser(argparse.ArgumentParser):
    """argparse leaves with status 2 by itself; its messages get the form of all others."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"isowright: {message}", file=sys.stderr)
        print(f"  What to do: see {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)


# As recipe_after has them, which is imported only where it is needed.
_LAST_STAGES = ("test-boot", "set-properties", "share-image", "copy-image", "export-image")


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status of the command. `argv` without the program's name; None = this process's own."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            # Texts hold dashes and quotes that an old terminal may not know: better a "?" than a crash.
            reconfigure(errors="replace")
    private.take_secrets()
    if argv is None:  # a process of its own
        private.guard_process()
    given = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = given.command
    try:
        return command(given)
    except AppError as error:
        from isowright.cli.output import print_error

        print_error(error)
        return error.exit_status
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; the interpreter must not stumble over it once more at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="isowright",
        description="Turns an installer ISO into a private image. Without a command, opens the window.",
        epilog="Exit status: 0 done, 1 the run failed, 2 bad usage or input, 3 operator's turn, 130 interrupted.",
    )
    parser.add_argument("--version", action=_Version, help="print the version and leave")
    parser.add_argument("--profile", metavar="NAME", help="open the window at Review with this profile")
    parser.add_argument("--practice", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(command=_window)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_run_commands(commands)
    _add_inspect(commands)
    _add_remaster(commands)
    _add_profiles(commands)
    _add_practice(commands)
    return parser


def _add_run_commands(commands: argparse._SubParsersAction[_Parser]) -> None:
    run = commands.add_parser("run", help="make an image from a profile")
    run.add_argument("profile", metavar="PROFILE", help="name of a saved profile, or path of a .toml file")
    run.add_argument(
        "--auto-delete",
        metavar="HOURS",
        type=_auto_delete,
        default=None,
        help="have the cloud delete the temporary server by itself after so many hours if this computer is lost; a "
        "living run puts it off; 0 = never (default: the profile's server.auto_delete_hours, else 24)",
    )
    run.add_argument(
        "--as-is",
        action="store_true",
        help="do not ask the cloud first whether what the profile names (flavor, subnet, ISO…) still exists",
    )
    run.set_defaults(command=_run)
    check = commands.add_parser("check", help="look whether a run of a profile would succeed; makes nothing")
    check.add_argument("profile", metavar="PROFILE", help="name of a saved profile, or path of a .toml file")
    check.set_defaults(command=_check)
    resume = commands.add_parser("resume", help="go on with an interrupted, waiting or failed run")
    which = resume.add_mutually_exclusive_group()
    which.add_argument("run", metavar="RUN", nargs="?", help="id of the run, or its beginning (default: the only one)")
    which.add_argument("--all", action="store_true", help="all unfinished runs, at the same time")
    resume.add_argument("--installed", action="store_true", help="the operating system is installed: capture it")
    resume.add_argument("--image-name", metavar="NAME", help="another name for the image, if the first is taken")
    resume.add_argument("--flavor", metavar="ID", help="another flavor for the server, if the first is sold out")
    resume.add_argument("--boots", choices=("yes", "no"), help="what you saw of the server of the test boot")
    resume.add_argument(
        "--without",
        metavar="STAGE",
        action="append",
        choices=_LAST_STAGES,
        help=f"do without one of the last stages: {', '.join(_LAST_STAGES)}",
    )
    resume.set_defaults(command=_resume)
    for command in (run, resume):
        command.add_argument(
            "--on-install",
            choices=["wait", "powered-off", "confirm"],
            default="wait",
            help="when the system has to be installed: wait until the server powers off (default), "
            "take it as installed, or stop with status 3",
        )
        command.add_argument(
            "--on-error",
            choices=["ask", "clean-up", "keep"],
            default=None,
            help="what becomes of a failed run's resources (default: ask at a terminal, else keep)",
        )
    runs = commands.add_parser("runs", help="past and unfinished runs, and what each created")
    runs.add_argument("run", nargs="?", metavar="RUN", help="only this one: its id, the beginning of it, or its name")
    runs.add_argument("--receipt", type=Path, metavar="FILE", help="write its receipt: a page, or JSON (FILE.json)")
    runs.set_defaults(command=_runs)
    clean_up = commands.add_parser("clean-up", help="delete what a run has made and not needed any more")
    clean_up.add_argument(
        "run",
        metavar="RUN",
        nargs="?",
        help="id of the run, or its beginning (default: the only one); with --orphans, the profile whose account is "
        "looked through",
    )
    clean_up.add_argument(
        "--orphans", action="store_true", help="what no live run owns in the whole project, of other computers too"
    )
    clean_up.add_argument(
        "--min-age",
        metavar="HOURS",
        type=hours,
        default=24.0,
        help="with --orphans: younger things of other computers may be in use, and --yes leaves them (default: 24)",
    )
    clean_up.add_argument("--yes", action="store_true", help="do not ask")
    clean_up.set_defaults(command=_clean_up)
    console = commands.add_parser("console", help="a fresh address of the temporary server's console")
    console.add_argument(
        "run", metavar="RUN", nargs="?", help="id of the run, or its beginning (default: the only one with a server)"
    )
    console.set_defaults(command=_console)
    for command in (run, check, resume, runs, clean_up, console):
        command.add_argument("--json", action="store_true", help="one JSON object a line instead of words")


def _add_profiles(commands: argparse._SubParsersAction[_Parser]) -> None:
    profiles = commands.add_parser("profiles", help="saved profiles")
    actions = profiles.add_subparsers(metavar="ACTION", required=True, dest="action")
    actions.add_parser("list", help="all profiles")
    for name, words in (("show", "print one as TOML"), ("export", "write one for others"), ("delete", "remove one")):
        action = actions.add_parser(name, help=words)
        action.add_argument("name", metavar="NAME")
        if name == "export":
            action.add_argument("file", metavar="FILE", nargs="?", type=Path, help="default: standard output")
    compare = actions.add_parser("diff", help="what differs between two")
    compare.add_argument("name", metavar="A", help="name of a saved profile, or path of a .toml file")
    compare.add_argument("other", metavar="B", help="the same of another")
    compare.add_argument("--json", action="store_true", help="one JSON object instead of words")
    from_run = actions.add_parser("from-run", help="save the answers of a run as a profile")
    from_run.add_argument("run", metavar="RUN", help="its id, the beginning of it, or its name")
    from_run.add_argument("name", metavar="NAME", help="of the new profile")
    actions.add_parser("import", help="save a TOML file as a profile").add_argument("file", metavar="FILE", type=Path)
    profiles.set_defaults(command=_profiles)
    accounts = commands.add_parser("accounts", help="what other programs on this computer sign in with")
    accounts.add_argument("--json", action="store_true", help="one JSON object a line instead of words")
    accounts.set_defaults(command=_accounts)


def _add_inspect(commands: argparse._SubParsersAction[_Parser]) -> None:
    inspect = commands.add_parser("inspect", help="what an ISO is, and whether an image can be made of it")
    inspect.add_argument(
        "iso", metavar="ISO", nargs="?", help="path of a file; with --profile, BUCKET/KEY (default: the profile's ISO)"
    )
    inspect.add_argument("--profile", metavar="PROFILE", help="look into an object of this profile's account")
    inspect.add_argument("--json", action="store_true", help="one JSON object instead of words")
    inspect.set_defaults(command=_inspect)


def _add_remaster(commands: argparse._SubParsersAction[_Parser]) -> None:
    remaster = commands.add_parser("remaster", help="have a Linux installer ISO install by itself, without questions")
    remaster.add_argument("iso", metavar="ISO", type=Path, help="the ISO; it is only read")
    answers = remaster.add_mutually_exclusive_group(required=True)
    answers.add_argument(
        "--answers", metavar="FILE", type=Path, help="a preseed, kickstart, autoinstall or AutoYaST file"
    )
    answers.add_argument("--form", metavar="FILE", type=Path, help="answers as TOML, from which such a file is written")
    remaster.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="the new ISO; - = the answer file alone"
    )
    remaster.set_defaults(command=_remaster)


def _add_practice(commands: argparse._SubParsersAction[_Parser]) -> None:
    practice = commands.add_parser("practice", help="a cloud on this computer, for practice and tests")
    practice.add_argument("--state", metavar="DIR", type=Path, help="keep what exists here (default: nowhere)")
    practice.add_argument("--port", metavar="N", type=port, default=0, help="of the control door (default: any)")
    practice.add_argument(
        "--speed", metavar="N", type=speed, default=_PRACTICE_SPEED, help="cloud seconds in a second (default: 60)"
    )
    practice.add_argument("--faults", metavar="FILE", type=Path, help="script of faults, JSON or TOML")
    practice.add_argument(
        "--like",
        choices=["practice", "huaweicloud", "otc", "hcs"],
        default="practice",
        help="the cloud whose missing calls and limits are played",
    )
    practice.add_argument(
        "--machine",
        choices=["scripted", "qemu"],
        default="scripted",
        help="what servers are: played (default), or real machines that boot the ISO and really install",
    )
    practice.add_argument(
        "--memory-limit", metavar="MIB", type=memory, default=1024, help="of one real machine (default: 1024)"
    )
    practice.add_argument(
        "--disk-limit",
        metavar="GIB",
        type=disk_space,
        default=20,
        help="what all disks and images of real machines may take on this computer (default: 20)",
    )
    practice.set_defaults(command=_practice)
    # No help: the whole job in the terminal, for `./dev run` without a display.
    tour = commands.add_parser("tour")
    tour.add_argument("--speed", metavar="N", type=speed, default=_PRACTICE_SPEED)
    tour.add_argument("--json", action="store_true")
    tour.set_defaults(command=_tour)


def port(text: str) -> int:  # argparse tells the name of what a wrong value is no such of
    number = int(text)
    if not 0 <= number < 65536:
        raise ValueError(text)
    return number


def speed(text: str) -> float:
    factor = float(text)
    if not 0 < factor <= 1e6:
        raise ValueError(text)
    return factor


def memory(text: str) -> int:
    mebibytes = int(text)
    if not 64 <= mebibytes <= 1024 * 1024:
        raise ValueError(text)
    return mebibytes


def disk_space(text: str) -> int:
    gibibytes = int(text)
    if not 1 <= gibibytes <= 1024 * 1024:
        raise ValueError(text)
    return gibibytes


def hours(text: str) -> float:
    count = float(text)
    if not 0 <= count <= 1e6:
        raise ValueError(text)
    return count


def _auto_delete(text: str) -> int:
    """Whole hours as a recipe takes them."""
    from isowright.recipe import MAX_AUTO_DELETE

    if not text.isdecimal() or int(text) > MAX_AUTO_DELETE:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of hours from 0 to {MAX_AUTO_DELETE}")
    return int(text)


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:  # noqa: A002  # argparse's own name
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"isowright {version('isowright')}")
        raise SystemExit(0)


def _window(given: argparse.Namespace) -> int:
    if sys.platform.startswith(("linux", "freebsd")) and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):  # Qt would end the process with a core dump
        raise StateError(
            "There is no display to open the window on.",
            detail="Neither DISPLAY nor WAYLAND_DISPLAY is set.",
            remedy="Start it from a desktop session, or use the commands: isowright --help.",
        )
    try:
        from isowright_gui import app
    except ImportError as error:
        if not (error.name or "").startswith(("PySide6", "shiboken6", "qasync", "qtawesome")):
            raise
        raise StateError(
            "The window cannot be opened, because Qt does not load.",
            detail=str(error),
            remedy="Install the missing library (on Debian: libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 "
            "libxcb-cursor0), or use the commands: isowright --help.",
        ) from error
    if given.profile is not None:
        from isowright.home import Home
        from isowright.profiles import Profiles

        home = Home.default()
        home.ensure()
        Profiles(home).load(given.profile)  # a wrong name is told here, where it was typed
    return app.main(profile=given.profile, practice=given.practice)


def _run(given: argparse.Namespace) -> int:
    from isowright.cli import runs

    options = runs.Options(given.json, given.on_error)
    return _live(runs.run(given.profile, given.on_install, options, auto_delete=given.auto_delete, as_is=given.as_is))


def _check(given: argparse.Namespace) -> int:
    from isowright.cli import checks

    return _live(checks.check(given.profile, json=given.json))


def _resume(given: argparse.Namespace) -> int:
    from isowright.cli import runs

    on_install = "powered-off" if given.installed else given.on_install
    other = runs.Answers(given.image_name, given.flavor, tuple(given.without or ()))
    boots = {"yes": True, "no": False}.get(given.boots)
    if given.all and other.given:
        raise InputError(
            "--image-name, --flavor and --without are answers for one run.",
            remedy="Give the id of that run instead of --all.",
        )
    options = runs.Options(given.json, given.on_error)
    return _live(runs.resume(given.run, on_install, options, everything=given.all, other=other, boots=boots))


def _runs(given: argparse.Namespace) -> int:
    from isowright.cli import told

    return _live(told.show(given.run, json=given.json, receipt=given.receipt))


def _clean_up(given: argparse.Namespace) -> int:
    if given.orphans:
        from isowright.cli import orphans

        young = given.min_age * 3600
        return _live(orphans.clean_up(given.run, yes=given.yes, json=given.json, young=young))
    from isowright.cli import runs

    return _live(runs.clean_up(given.run, yes=given.yes, json=given.json))


def _console(given: argparse.Namespace) -> int:
    from isowright.cli import runs

    return _live(runs.console(given.run, json=given.json))


def _inspect(given: argparse.Namespace) -> int:
    from isowright.cli import inspect

    if given.profile is not None:
        return _live(inspect.remote(given.profile, given.iso, json=given.json))
    if given.iso is None:
        raise InputError("No ISO is named.", remedy="Give the path of a file, or --profile and BUCKET/KEY.")
    return inspect.local(Path(given.iso), json=given.json)


def _remaster(given: argparse.Namespace) -> int:
    from isowright.cli import remaster

    return remaster.run(given.iso, given.answers, given.form, given.out)


def _profiles(given: argparse.Namespace) -> int:
    from isowright.cli import profiles

    if given.action == "diff":
        return profiles.diff(given.name, given.other, json=given.json)
    if given.action == "from-run":
        return _live(profiles.from_run(given.run, given.name))
    return profiles.run(given.action, getattr(given, "name", ""), getattr(given, "file", None))


def _accounts(given: argparse.Namespace) -> int:
    from isowright.cli import accounts

    return accounts.run(json=given.json)


def _practice(given: argparse.Namespace) -> int:
    from isowright.practice.launch import serve
    from isowright.practice.machines import Settings

    if given.faults is not None and not given.faults.is_file():
        raise InputError(f"There is no file {given.faults}.", remedy="Check the path of the fault script.")
    return asyncio.run(
        serve(
            state=given.state,
            port=given.port,
            speed=given.speed,
            faults=given.faults,
            like=given.like,
            machine=given.machine,
            settings=Settings(memory=given.memory_limit, disk=given.disk_limit),
        )
    )


def _tour(given: argparse.Namespace) -> int:
    from isowright.cli import tour

    return _live(tour.run(given.speed, json=given.json))


def _live(work: Coroutine[Any, Any, int]) -> int:
    """Run it; Ctrl+C and a polite kill cancel it, so that it can put its things in order first."""

    async def live() -> int:
        task = asyncio.current_task()
        assert task is not None
        with contextlib.suppress(NotImplementedError):  # Windows, where nobody sends it
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    return asyncio.run(live())


if __name__ == "__main__":
    raise SystemExit(main())
