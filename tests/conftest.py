"""What all tests share: at the end, the numbers that matrices of tests have recorded."""

import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("here", deadline=None)  # how long an example takes tells of the machine, not of the code
settings.load_profile("here")

# A shell that starts the tests in the background has them, and every process they start, ignore Ctrl+C, and `nohup` the
# end of the terminal, which some try.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def guest_iso(request):
    """The tiny installer ISO of tests/guest, built once and kept. Not to be written to."""
    sys.path.insert(0, str(Path(__file__).parent / "guest"))
    from guest_iso import CannotBuildError, build

    try:
        return build(Path(request.config.cache.mkdir("guest-iso")))
    except CannotBuildError as error:
        pytest.skip(f"NOT TRIED with a real installer: {error}")


def pytest_collection_modifyitems(items):
    """Whole runs first: the longest files must not be what one worker is left with at the end. A cell of a matrix is
    many runs: on a machine with other work to do, it may take its time."""
    items.sort(key=lambda item: not {"e2e", "clicks"} & set(item.path.parts))
    for item in items:
        if item.get_closest_marker("matrix") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(900))


def pytest_terminal_summary(terminalreporter):
    counted = {}
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name.endswith(" matrix") and report.when == "call":
                counted[name] = counted.get(name, 0) + value
    if "kill matrix" in counted:
        terminalreporter.write_line(
            f"kill matrix: {counted['kill matrix']} points killed, gone on with, nothing lost, nothing leaked"
        )
    if "fault matrix" in counted:
        terminalreporter.write_line(
            f"fault matrix: {counted['fault matrix']} cells, each borne, gone on with or cleaned up, nothing leaked"
        )
    if "bad answers matrix" in counted:
        terminalreporter.write_line(
            f"bad answers: {counted['bad answers matrix']} answers, each read or refused in words"
        )
    if "hostile disc matrix" in counted:
        terminalreporter.write_line(
            f"hostile discs: {counted['hostile disc matrix']} looked into, each told of in words"
        )
    if "job fault matrix" in counted:
        terminalreporter.write_line(f"job faults: {counted['job fault matrix']} runs, gone on with or cleaned up")
