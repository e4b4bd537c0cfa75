"""The import rules of docs/ARCHITECTURE.md, checked on the syntax trees of all packages."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "line", "plc_drivers", "alarms", "recipes", "materials", "production", "historian", "notify", "server", "hmi", "simulators",
    "potok", "benchmarks",
)  # fmt: skip
MAY_IMPORT = {
    "line": set[str](),
    "plc_drivers": {"line"},
    "alarms": {"line"},
    "recipes": {"line"},
    "materials": {"line"},
    "production": {"line"},
    "historian": {"line"},
    "simulators": {"line"},
    "server": {"line", "alarms", "recipes", "materials", "production", "historian"},
    "notify": {"line", "server"},
    "hmi": {"line"},
    "potok": set(PACKAGES),
    "benchmarks": set(PACKAGES),
}
LINE_THIRD_PARTY = {"numpy", "pydantic"}
LINE_BANNED_STDLIB = {"socket", "sqlite3", "http", "urllib", "subprocess", "multiprocessing", "threading", "random"}
FENCES = {
    "pymodbus": ("plc_drivers/", "simulators/", "benchmarks/"),
    "asyncua": ("plc_drivers/", "simulators/", "benchmarks/"),
    "PySide6": ("hmi/",),
    "pyqtgraph": ("hmi/",),
    "miniaudio": ("hmi/sound.py",),
    "apprise": ("notify/sending.py",),
    "influxdb_client": ("historian/influx.py", "historian/influx_read.py", "benchmarks/forwarder.py"),
    "fastapi": ("server/",),
    "uvicorn": ("server/",),
    "sqlite3": ("historian/", "server/", "benchmarks/"),
    "yaml": ("potok/yamlfile.py",),
    "pyarrow": ("historian/export_parquet.py",),
    "typst": ("historian/typeset.py",),
    "zxingcpp": ("materials/symbols.py",),
}


def sources() -> list[Path]:
    return [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, node.lineno


def violations(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    package = name.split("/", 1)[0]
    for module, line in imports(path):
        top = module.split(".", 1)[0]
        where = f"{name}:{line} imports {module}"
        if top == "tests":
            yield where
        if top in PACKAGES and top != package and top not in MAY_IMPORT[package]:
            yield where
        if top in FENCES and not name.startswith(FENCES[top]):
            yield where
        if name.startswith("hmi/viewmodels/") and top in ("PySide6", "pyqtgraph"):
            yield where
        if package == "line" and top in LINE_BANNED_STDLIB:
            yield where
        if package == "line" and top not in {*sys.stdlib_module_names, *LINE_THIRD_PARTY, *PACKAGES, "tests", *FENCES}:
            yield where
        if top == "random" and package != "simulators":
            yield where


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_respect_the_walls(path: Path) -> None:
    assert list(violations(path)) == []


CLOCK_CALLS = {
    ("time", "time"), ("time", "time_ns"), ("time", "monotonic"), ("time", "monotonic_ns"), ("time", "perf_counter"),
    ("time", "perf_counter_ns"), ("time", "sleep"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"),
    ("date", "today"),
}  # fmt: skip


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_only_the_clock_room_reads_the_clock(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCK_CALLS:
            found.append(f"{name}:{node.lineno} {node.value.id}.{node.attr}")
    assert not found or name == "line/clock.py"


def test_the_rules_catch_a_violation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.test_imports.ROOT", tmp_path)
    (tmp_path / "line").mkdir()
    bad = tmp_path / "line" / "bad.py"
    bad.write_text("import socket\nimport asyncua\nfrom alarms import states\nfrom tests import builders\nimport rich\n")
    assert len(list(violations(bad))) == 5
