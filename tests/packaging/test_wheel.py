"""The wheel, as somebody gets it who has no clone: what is in it, and that it starts in an environment of its own."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"isowright", "isowright_gui", "isowright_resources"}


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Standard output of a command that must succeed; what it said is in the failure otherwise."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ISOWRIGHT"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from this tree."""
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An empty virtual environment."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    return home


def pip_install(environment: Path, *arguments: str | Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, "--python", environment / "bin/python", "install", *arguments, cwd=environment)


def site_packages(environment: Path) -> Path:
    (found,) = environment.glob("lib/python*/site-packages")
    return found


def runtime_closure(environment: Path) -> Iterator[Distribution]:
    """The distributions, installed here, that the declared dependencies of the wheel installed there lead to."""
    (ours,) = Distribution.discover(name="isowright", path=[str(site_packages(environment))])
    seen = {"isowright"}
    waiting = [ours]
    while waiting:
        for text in waiting.pop().requires or []:
            requirement = Requirement(text)
            key = canonicalize_name(requirement.name)
            if key not in seen and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                seen.add(key)
                waiting.append(distribution(key))
                yield waiting[-1]


def lend(distributions: Iterator[Distribution], environment: Path) -> None:
    """Put distributions that are installed here into another environment, as links."""
    target = site_packages(environment)
    for lent in distributions:
        for top in {file.parts[0] for file in lent.files or [] if file.parts[0] not in {"..", "__pycache__"}}:
            source = Path(str(lent.locate_file(top)))
            if not (target / top).exists() and source.exists():
                (target / top).symlink_to(source)


def starts(environment: Path, cwd: Path) -> None:
    """The command answers, and the window's module loads, all from that environment and nowhere else."""
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version
    home = {"ISOWRIGHT_HOME": str(cwd / "home"), "QT_QPA_PLATFORM": "offscreen"}
    assert version[1] in run(environment / "bin/isowright", "--version", cwd=cwd, **home)
    code = (
        "import isowright, isowright_gui.app, isowright_resources\n"
        "print(isowright.__file__, isowright_gui.__file__, isowright_resources.__file__, sep='\\n')"
    )
    places = run(environment / "bin/python", "-c", code, cwd=cwd, **home).split()
    assert len(places) == 3
    assert all(Path(place).is_relative_to(environment) for place in places), places


def test_holds_our_three_packages_and_their_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == PACKAGES
    assert "isowright_resources/clouds.toml" in names
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    missing = {
        path.relative_to(ROOT / folder).as_posix()
        for folder in ("core", "gui", "resources")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } - set(names)
    assert not missing
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_starts_with_nothing_but_its_declared_dependencies(wheel: Path, environment: Path, tmp_path: Path) -> None:
    """The dependencies are lent by this environment, but only those that the wheel declares, so it asks no network."""
    pip_install(environment, "--no-deps", "--no-index", wheel)
    lend(runtime_closure(environment), environment)
    starts(environment, tmp_path)


@pytest.mark.skipif(not os.environ.get("ISOWRIGHT_TEST_ALL"), reason="downloads 100 MB: ./dev test --all")
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_starts_after_a_real_installation(wheel: Path, environment: Path, tmp_path: Path) -> None:
    """pip resolves and downloads the dependencies itself, held to the locked versions."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(line.rstrip(" \\") for line in lock.splitlines() if "==" in line), "utf-8")
    pip_install(environment, "--constraint", constraints, wheel)
    starts(environment, tmp_path)
