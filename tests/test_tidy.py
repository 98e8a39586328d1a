"""The house rules that a machine can check."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = [
    "dataflows",
    "operators",
    "connectors",
    "models",
    "analytics",
    "simulator",
    "stack",
    "demo",
    "alerts",
]
MAY_IMPORT = {
    "dataflows": {"connectors", "operators", "models"},
    "operators": {"models"},
    "connectors": {"operators", "analytics"},
    "models": set(),
    "analytics": {"models"},
    "simulator": set(),
    "stack": set(),
    "alerts": {"connectors"},
}
# A program that is called by a package's name and needs more than the package.
PROGRAMS = {"models/refit.py": {"dataflows", "operators"}}
SOURCES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "target" not in path.parts
]


def imports(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_arrows_point_one_way(package):
    for path in (ROOT / package).rglob("*.py"):
        others = set(imports(path)) & set(PACKAGES) - {package}
        assert others <= MAY_IMPORT[package] | PROGRAMS.get(str(path.relative_to(ROOT)), set()), path


def test_only_keygroup_brings_bytewax_into_the_operators():
    importers = [path.name for path in (ROOT / "operators").glob("*.py") if "bytewax" in set(imports(path))]
    assert importers == ["keygroup.py"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 230, "split by idea"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 55, f"{node.name} is too long"
