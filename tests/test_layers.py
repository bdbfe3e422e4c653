"""The rules between the layers, read from the source: who may import whom, where colours live, what tr() is given.

Imports count wherever they stand: inside functions, under TYPE_CHECKING, and as a literal name for importlib. Each
breach is reported as file:line with the rule that it breaks.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"core": "isowright", "gui": "isowright_gui", "resources": "isowright_resources"}


@dataclass(frozen=True)
class Rule:
    """Modules under ``where`` never import what is under ``never``. Names stand for themselves and all they contain."""

    where: tuple[str, ...]
    never: tuple[str, ...]
    why: str
    but: tuple[str, ...] = ()
    """Allowed although it is under ``never``."""
    unless: tuple[str, ...] = ()
    """Importing modules that the rule does not hold for."""


def top_level_modules() -> tuple[str, ...]:
    """The plain modules of the core (errors, events, recipe, …), which every layer above may use."""
    return tuple(f"isowright.{path.stem}" for path in (ROOT / "core/isowright").glob("*.py") if path.stem != "__init__")


RULES = (
    Rule(
        where=("isowright",),
        never=("PySide6", "shiboken6", "qasync", "qtawesome", "qtpy"),
        why="the core runs without Qt",
    ),
    Rule(
        where=("isowright",),
        never=("isowright_gui",),
        why="the core does not know the window; only the command line opens it",
        but=("isowright_gui.app",),
    ),
    Rule(
        where=("isowright",),
        never=("isowright_gui",),
        why="only the command line opens the window",
        unless=("isowright.cli",),
    ),
    Rule(
        where=("isowright_gui",),
        never=("httpx", "keyring", "sqlite3"),
        why="the window asks the core; it does no input or output of its own",
    ),
    Rule(
        where=("isowright_resources",),
        never=("isowright", "isowright_gui", "PySide6"),
        why="resources are data",
    ),
    Rule(
        where=("isowright.cloud",),
        never=("isowright.pipeline", "isowright.stages", "isowright.checks", "isowright.cli"),
        why="cloud/ knows single calls, nothing of pipelines",
    ),
    Rule(
        where=("isowright.stages",),
        never=("isowright",),
        why="a stage knows the cloud and the stage contract",
        but=(
            "isowright.cloud",
            "isowright.iso",
            "isowright.pipeline.stage",
            "isowright.stages",
            "isowright.unattended",
            "isowright.upload",
            *top_level_modules(),
        ),
    ),
    Rule(
        where=("isowright.upload",),
        never=("isowright",),
        why="upload/ knows a file and a bucket, nothing of runs",
        but=("isowright.cloud", "isowright.upload", *top_level_modules()),
    ),
    Rule(
        where=("isowright.unattended",),
        never=("isowright.pipeline", "isowright.stages", "isowright.checks", "isowright.cli", "isowright.practice"),
        why="answers and ISOs have nothing to do with runs",
    ),
    Rule(
        where=("isowright.iso",),
        never=("isowright.pipeline", "isowright.stages", "isowright.checks", "isowright.cli"),
        why="what an ISO is has nothing to do with runs",
    ),
    Rule(
        where=("isowright.pipeline",),
        never=("isowright.cli", "isowright.checks"),
        why="the pipeline is run by others",
    ),
    Rule(
        where=("isowright.practice",),
        never=("isowright",),
        why="practice/ shares no code with the client, or a shared mistake would hide itself",
        but=("isowright.practice", "isowright.errors", "isowright.home"),
    ),
    Rule(
        where=("isowright", "isowright_gui", "isowright_resources"),
        never=("isowright.practice",),
        why="only its launchers start the practice cloud",
        unless=("isowright.practice", "isowright.cli", "isowright_gui.app", "isowright_gui.practice"),
    ),
)

COLOUR = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6})\b|^#[0-9a-fA-F]{3}$")
COLOURS_LIVE_IN = re.compile(r"isowright_gui\.theme\w*(\.|$)")
TRANSLATING = {"tr", "translate"}


def under(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the prefixes or inside one."""
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def imports(tree: ast.Module, module: str, *, package: bool) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported; ``from a import b`` counts as ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: None if package and node.level == 1 else -(node.level - package)]
                base = ".".join([*above, *([base] if base else [])])
            yield from ((node.lineno, base if alias.name == "*" else f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def called(node: ast.Call) -> str:
    """The last name of what is called: ``self.tr(…)`` and ``tr(…)`` are both ``tr``."""
    return getattr(node.func, "attr", None) or getattr(node.func, "id", "")


def is_built(node: ast.expr) -> bool:
    """Whether a text is put together before it is looked up, so that no translation can ever be found for it."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return True
    return isinstance(node, ast.Call) and called(node) == "format"


def breaches(source: str, module: str, *, package: bool = False) -> list[tuple[int, str]]:
    """Line and sentence of everything in a module's source that breaks a rule, in the order of the lines."""
    tree = ast.parse(source)
    found = [
        (line, f"{module} imports {name}: {rule.why}")
        for line, name in imports(tree, module, package=package)
        for rule in RULES
        if under(module, rule.where) and not under(module, rule.unless)
        if under(name, rule.never) and not under(name, rule.but)
    ]
    if under(module, ("isowright_gui",)):
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not COLOURS_LIVE_IN.match(module):
                found += [(node.lineno, f"colour {c}: colours live in the theme") for c in COLOUR.findall(node.value)]
            if isinstance(node, ast.Call) and called(node) in TRANSLATING and any(map(is_built, node.args)):
                found.append((node.lineno, f"{called(node)}() is given a built text: fill in after translating"))
    return sorted(set(found))


def sources() -> Iterator[tuple[Path, str]]:
    """Each source file and its module name."""
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder / package).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            yield path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_every_module_keeps_the_rules() -> None:
    modules = list(sources())
    assert {name.split(".")[0] for _, name in modules} == set(FOLDERS.values())
    found = [
        f"{path.relative_to(ROOT)}:{line}: {sentence}"
        for path, name in modules
        for line, sentence in breaches(path.read_text("utf-8"), name, package=path.name == "__init__.py")
    ]
    assert not found, "\n" + "\n".join(found)


def test_top_level_names_are_ours_alone() -> None:
    """An installed top-level ``core`` or ``gui`` would overwrite other people's files."""
    for folder, package in FOLDERS.items():
        importable = {
            path.name
            for path in (ROOT / folder).iterdir()
            if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
        }
        assert importable == {package}, folder
        assert (ROOT / folder / package / "py.typed").exists(), package
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert sorted(wheel["packages"]) == sorted(f"{folder}/{package}" for folder, package in FOLDERS.items())


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("isowright.flow", "import PySide6.QtCore", "the core runs without Qt"),
        ("isowright.flow", "def later():\n    from qasync import QEventLoop", "the core runs without Qt"),
        ("isowright.flow", "import importlib\nimportlib.import_module('shiboken6')", "the core runs without Qt"),
        ("isowright.flow", "from isowright_gui import theme", "the core does not know the window"),
        ("isowright.flow", "from isowright_gui.app import main", "only the command line opens the window"),
        ("isowright.cli.main", "from isowright_gui.theme import theme", "only the command line opens it"),
        ("isowright_gui.pages.iso", "if True:\n    import httpx as h", "does no input or output"),
        ("isowright_gui.app", "from keyring.errors import KeyringError", "does no input or output"),
        ("isowright_gui.runs.live", "import os, sqlite3", "does no input or output"),
        ("isowright_gui.runs.live", "from isowright import practice", "only its launchers"),
        ("isowright.cloud.ims", "from isowright.pipeline.stage import Stage", "nothing of pipelines"),
        ("isowright.cloud.ims", "from ..stages import verify", "nothing of pipelines"),
        ("isowright.stages.launch", "from ..pipeline import runner", "the stage contract"),
        (
            "isowright.stages.launch",
            "from isowright.pipeline.stage import Stage\nimport isowright.cli",
            "stage contract",
        ),
        ("isowright.practice.services.ims", "from ...cloud.models import Image", "shares no code with the client"),
        ("isowright.practice.world", "from isowright.cloud import wire", "shares no code with the client"),
        ("isowright.checks.quota", "import isowright.practice.seed", "only its launchers"),
        ("isowright_gui.pages.iso", "COLOUR = 'color: #2f6fEB;'", "colour #2f6fEB"),
        ("isowright_gui.pages.iso", "def css(x):\n    return f'{x} #abc12345'", "colour #abc12345"),
        ("isowright_gui.pages.iso", "self.tr(f'{n} images')", "tr() is given a built text"),
        ("isowright_gui.pages.iso", "tr('%s images' % n)", "tr() is given a built text"),
        ("isowright_gui.pages.iso", "self.tr('{} images'.format(n))", "tr() is given a built text"),
    ],
)
def test_a_breach_is_found(module: str, source: str, complaint: str) -> None:
    found = breaches(source, module)
    assert found, source
    assert {line for line, _ in found} == {len(source.splitlines())}
    assert any(complaint in sentence for _, sentence in found), found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("isowright.cli.main", "from isowright_gui.app import main\nfrom isowright.practice.server import serve"),
        ("isowright_gui.practice", "from isowright.practice.server import serve"),
        ("isowright_gui.theme_tokens", "LIGHT = {'surface': '#ffffff'}"),
        ("isowright_gui.pages.iso", "self.tr('%n images', '', 3)\nself.tr('{} images').format(n)\nrow = 'Run #12345'"),
        ("isowright.cloud.obs", "import httpx\nfrom isowright.errors import AppError\nfrom .wire import sign"),
        ("isowright.stages.verify", "from isowright.cloud.client import Cloud\nfrom ..pipeline.stage import Stage"),
        ("isowright.practice.world", "from .model import Server\nfrom isowright.practice import seed"),
        ("isowright_gui.pages.iso", "'''Says PySide6, httpx and keyring.'''\nimport httpx_like"),
    ],
)
def test_what_is_allowed_passes(module: str, source: str) -> None:
    assert breaches(source, module) == []


def test_relative_imports_of_a_package_count_from_itself() -> None:
    assert breaches("from .practice import server", "isowright", package=True) != []
    assert breaches("from . import server", "isowright.practice", package=True) == []
    assert breaches("from ..cloud import wire", "isowright.practice", package=True) != []
