"""Who may import whom: import-linter's contracts hold, over all modules, and would notice."""

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import grimp
import pytest

from tests.architecture.tree import PACKAGES, ROOT, sources

LINTER = Path(sys.executable).with_name("lint-imports")
PURE = re.compile(r"services\.\w+\.(domain|kpis|thresholds|roles)(\..*)?|shared\.kernel(\..*)?")
FLOOR = 120
"""Fewer modules than this mean that the linter looked at another folder."""

PLANTS = {
    "a service imports another": ("services/orders/domain/planted.py", "import services.reporting"),
    "shared imports a service": ("shared/kernel/planted.py", "import services.orders"),
    "the command line imports plumbing": ("shopfleet/planted.py", "import shared.settings"),
    "a lower layer imports a higher": ("shared/kernel/planted.py", "import shared.web.problems"),
    "a file name nobody agreed on": ("services/orders/utils.py", ""),
    "a shared module without a layer": ("shared/helpers.py", ""),
    "a second way to the broker": ("shared/log/planted.py", "import aiokafka"),
}


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache"], cwd=root, capture_output=True, text=True, check=False, timeout=100
    )


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def test_import_directions_hold() -> None:
    result = _lint(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_all_modules_were_analysed() -> None:
    found = re.search(r"Analyzed (\d+) files", _lint(ROOT).stdout)
    files = [path for path in sources(*PACKAGES) if (path.parent / "__init__.py").exists()]

    assert found is not None
    assert int(found[1]) >= max(FLOOR, len(files))


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_import_is_noticed(plant: str, tmp_path: Path) -> None:
    file, text = PLANTS[plant]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, symlinks=True)
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(f"{text}\n", encoding="utf-8")

    result = _lint(tmp_path)

    assert result.returncode != 0
    assert "1 broken" in result.stdout or "2 broken" in result.stdout, result.stdout


def test_pure_modules_import_the_standard_library_and_the_kernel_only() -> None:
    graph = _graph()
    pure = [module for module in graph.modules if PURE.fullmatch(module)]

    impure = {
        f"{module} -> {imported}"
        for module in pure
        for imported in graph.find_modules_directly_imported_by(module)
        if not _is_allowed(module, imported)
    }

    assert pure
    assert impure == set()


def _is_allowed(module: str, imported: str) -> bool:
    if PURE.fullmatch(imported):
        return imported.startswith("shared.") or imported.split(".")[:2] == module.split(".")[:2]
    return imported.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def test_contracts_import_msgspec_and_the_kernel_only() -> None:
    graph = _graph()
    allowed = ("shared.contracts", "shared.kernel", "msgspec")

    strangers = {
        f"{module} -> {imported}"
        for module in graph.modules
        if module.startswith("shared.contracts")
        for imported in graph.find_modules_directly_imported_by(module)
        if not imported.startswith(allowed)
        and imported.split(".")[0] not in sys.stdlib_module_names
    }

    assert strangers == set()


def test_only_the_kafka_module_imports_the_client() -> None:
    importers = _graph().find_modules_that_directly_import("aiokafka")

    assert importers
    assert all(module.startswith("shared.kafka") for module in importers)


def test_nothing_installed_imports_tests_or_benchmarks() -> None:
    modules = _graph().modules

    assert not {"tests", "bench"} & {module.split(".")[0] for module in modules}
