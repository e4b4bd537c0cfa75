"""The documents say what the code does: links, commands, walls, tables of the contract, diagrams, keys of the line files."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest
from pydantic import BaseModel

from line.config import History, Interlock, KeyValue, LineFile, Module, PhaseDef, Totals, UnitClass, UnitEntry
from line.devices import ModbusDevice, OpcUaDevice
from line.messages import EventKind
from line.phases import PHASE_TABLE
from line.quality import Status, status_name
from line.tags import COLUMNS, TagKind
from plc_drivers.modbus.codec import REGISTER_TYPES
from potok.bench import BENCHMARKS
from potok.cli import main
from potok.describe import describe
from potok.linefolder import find_folder, load_line
from potok.shift import ShiftSettings, ShiftStepper
from server.permissions import COMMAND_ROLES, Role
from simulators.faults import FAULTS
from tests.unit.test_imports import FENCES, MAY_IMPORT, PACKAGES

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "docs" / "ARCHITECTURE.md"
README = ROOT / "README.md"
READMES = (README, ROOT / "README.ru.md")
LINE_FILES = ROOT / "docs" / "howto" / "line-files.md"


def tracked() -> list[Path]:
    """Files of the project: those that git knows or would add; without git all that lie here."""
    if shutil.which("git") is not None and (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True).stdout.decode()
        return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    hidden = (".venv", ".git", ".pytest_cache", ".ruff_cache", ".hypothesis", "__pycache__")
    return [p for p in ROOT.rglob("*") if p.is_file() and not any(part in hidden for part in p.relative_to(ROOT).parts)]


FILES = tracked()
DOCUMENTS = sorted(p for p in FILES if p.suffix == ".md")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def each_document() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


def prose(text: str) -> str:
    """Without fenced code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def code(text: str) -> Iterator[str]:
    """Lines of fenced code, and what stands between backticks."""
    for block in re.findall(r"^```[a-z]*\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", prose(text))


def section(document: Path, heading: str) -> str:
    """What stands under ``heading`` until the next one of its rank."""
    text = document.read_text(encoding="utf-8")
    rank = heading.split(" ", 1)[0]
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(rank)}}} |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, f"{name_of(document)} has no heading '{heading}'"
    return found[1]


def tables(text: str) -> list[list[list[str]]]:
    """Tables → rows → cells, without heads."""
    found: list[list[list[str]]] = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text + "\n", flags=re.MULTILINE):
        rows = [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in block.splitlines()]
        found.append([r for r in rows[1:] if not all(re.fullmatch(r":?-+:?", c) for c in r)])
    return found


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# Links and files


def slugs(document: Path) -> set[str]:
    heads = re.findall(r"^#+ +(.*)$", prose(document.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in heads}


@each_document()
def test_every_link_and_picture_resolves(document: Path) -> None:
    broken: list[str] = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in slugs(file)):
            broken.append(target)
    assert broken == []


@each_document()
def test_every_file_that_is_named_exists(document: Path) -> None:
    names = [f"/{name_of(p)}" for p in FILES]
    missing: list[str] = []
    for span in re.findall(r"`([^`\n]+)`", prose(document.read_text(encoding="utf-8"))):
        match = re.match(r"([\w.][\w./-]*\.(?:py|yaml|csv|sh|md|ts|qm))(?![\w*])", span)
        if match and "NNNN" not in span and not any(n.endswith(f"/{match[1]}") for n in names):
            missing.append(match[1])
    assert missing == []


def test_every_decision_is_numbered_and_has_its_four_parts() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [r.name[:4] for r in records] == [f"{n:04d}" for n in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert text.startswith(f"# {record.name[:4]} "), record.name
        assert re.search(r"^Status: (accepted|proposed|replaced by \d{4})$", text, flags=re.MULTILINE), record.name
        assert re.findall(r"^## (.*)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"], record.name


def test_both_readmes_have_the_same_shape() -> None:
    english, russian = (p.read_text(encoding="utf-8") for p in READMES)
    for shape in (r"^#+(?= )", r"\]\((docs/screenshots/[^)]+)\)"):
        assert re.findall(shape, prose(english), flags=re.MULTILINE) == re.findall(shape, prose(russian), flags=re.MULTILINE)
    for table_en, table_ru in zip(tables(english), tables(russian), strict=True):
        assert len(table_en) == len(table_ru)


MACHINE = re.compile(
    r"(?<![\w.])/(?:roo[t]|hom[e]/\w|wor[k]/|User[s]/\w)|[A-Z]:\\User[s]|pypi\.or[g]|pythonhosted\.or[g]|npmjs\.or[g]|index[-_]url|\.\./share[d]"
)


def test_no_machine_path_and_no_registry_stands_in_the_project() -> None:
    found: list[str] = []
    for path in FILES:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name_of(path)}: {m[0]}" for m in MACHINE.finditer(text)]
    assert found == []


# Commands

COMMAND = re.compile(r"(?:^|[/\\\s])potok ([a-z]+)(.*)$")


def documented_commands() -> dict[str, set[str]]:
    """Command → options that some document uses it with."""
    commands: dict[str, set[str]] = {}
    for document in DOCUMENTS:
        for span in code(document.read_text(encoding="utf-8")):
            if match := COMMAND.search(span):
                options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", match[2]))
                commands.setdefault(match[1], set()).update(options)
    return commands


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    told = capsys.readouterr()
    assert ended.value.code == 0, told.err
    return told.out


@pytest.mark.parametrize("command", sorted(documented_commands()))
def test_every_command_in_the_documents_exists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    known = set(re.findall(r"--[a-z][a-z-]*", help_of(command, capsys)))
    assert documented_commands()[command] <= known | {"--help"}


@pytest.mark.parametrize("readme", READMES, ids=name_of)
def test_the_readmes_list_every_command(readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    offered = set(re.findall(r"^ {4}([a-z]+) ", capsys.readouterr().out, flags=re.MULTILINE))
    listed = {m[1] for table in tables(readme.read_text(encoding="utf-8")) for row in table for c in ticked(row[0])
              if (m := COMMAND.search(c))}  # fmt: skip
    assert listed == offered


@pytest.mark.parametrize("readme", READMES, ids=name_of)
def test_the_readmes_list_every_benchmark(readme: Path) -> None:
    first = [ticked(row[0]) for table in tables(readme.read_text(encoding="utf-8")) for row in table]
    assert set(BENCHMARKS) <= {names[0] for names in first if names}


def test_faults_in_the_documents_exist() -> None:
    named = {
        m for d in DOCUMENTS for span in code(d.read_text(encoding="utf-8")) for m in re.findall(r"potok fault ([a-z_]+)", span)
    }
    assert named
    assert named <= {*FAULTS, "list"}


# ARCHITECTURE against the code


def test_import_rules_are_those_that_are_enforced() -> None:
    packages, fences = tables(section(ARCHITECTURE, "## Import rules"))
    allowed = {row[0].strip("`"): row[1].split("(")[0] for row in packages}
    stated = {p: set(PACKAGES) if text.startswith("all") else set(ticked(text)) & set(PACKAGES) for p, text in allowed.items()}
    assert stated == MAY_IMPORT
    assert {row[0].strip("`"): tuple(ticked(row[1].split(", not")[0])) for row in fences} == FENCES


def test_commands_are_those_of_the_server() -> None:
    (rows,) = tables(section(ARCHITECTURE, "## Commands"))
    stated = {row[0].strip("`"): Role.parse(row[3].split(",")[0]) for row in rows}
    assert stated == {str(kind): role for kind, role in COMMAND_ROLES.items()}


def test_kinds_of_event_are_those_of_the_code() -> None:
    (rows,) = tables(section(ARCHITECTURE, "## Events"))
    assert [row[0].strip("`") for row in rows] == [str(k) for k in EventKind]


def test_routes_are_those_of_the_server() -> None:
    (rows,) = tables(section(ARCHITECTURE, "## Server API (all JSON; `Authorization: Bearer TOKEN`)"))
    stated = {
        (m[1], re.sub(r"(?<=/)[A-Z]+(?=/|$)", "*", m[2])) for row in rows for m in re.finditer(r"([A-Z]+) (/api/[\w/.]+)", row[0])
    }
    served: set[tuple[str, str]] = set()
    for path in sorted((ROOT / "server").glob("routes_*.py")):
        for method, route in re.findall(r'@app\.(\w+)\("([^"]+)"', path.read_text(encoding="utf-8")):
            served.add(("WS" if method == "websocket" else method.upper(), re.sub(r"\{\w+\}", "*", route)))
    assert stated == served


def test_statuses_are_those_of_the_code() -> None:
    (rows,) = tables(section(ARCHITECTURE, "## Quality"))
    named = {word for row in rows for word in re.findall(r"\b(?:Bad|Uncertain|Good)[A-Z]\w+", row[1])}
    assert named
    assert named <= {status_name(s) for s in Status}


def test_the_phase_diagram_is_drawn_from_the_table() -> None:
    lines = ["stateDiagram-v2", "    [*] --> idle"]
    for state, row in PHASE_TABLE.items():
        lines += [f"    {state.name.lower()} --> {target.name.lower()}: {command}" for command, target in row.items()]
    wanted = "\n".join(["```mermaid", *lines, "```"])
    assert wanted in section(ARCHITECTURE, "## Units and the phase handshake"), f"put this there:\n{wanted}"


def keys_in(data: object, ids: set[str]) -> Iterator[str]:
    """All keys of nested JSON, save those that are ids or numbers."""
    if isinstance(data, Mapping):
        for key, value in cast(Mapping[str, object], data).items():
            if key not in ids and not key.isdecimal():
                yield key
            yield from keys_in(value, ids)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for value in cast(Sequence[object], data):
            yield from keys_in(value, ids)


def test_views_and_description_have_the_keys_that_are_stated() -> None:
    line = load_line(find_folder("sausage"))
    ids = {*line.model.units, *line.model.enums, *line.model.file.devices, *(t.name for t in line.model.tags)}
    ids |= set(line.escalation.outputs)
    ids |= {name for unit in line.model.units.values() for phase in unit.phases.values() for name in phase.parameters}
    stepper = ShiftStepper(line, ShiftSettings(hours=1.0, seed=1))
    stepper.open()
    for _ in range(400):
        stepper.step()
    views = stepper.engine.state.views
    assert views["batches"]["batches"]
    text = section(ARCHITECTURE, "## Views (what panels are shown besides tags)")
    assert {k for k in keys_in(views, ids) if not re.search(rf"\b{k}\b", text)} == set()
    (row,) = [r for r in ARCHITECTURE.read_text(encoding="utf-8").splitlines() if r.startswith("| `GET /api/line`")]
    assert {k for k in keys_in(describe(line), ids) if not re.search(rf"\b{k}\b", row)} == set()


# The files of a line

MODELS: tuple[type[BaseModel], ...] = (
    LineFile, ModbusDevice, OpcUaDevice, UnitClass, UnitEntry, PhaseDef, KeyValue, Interlock, Module, Totals, History,
)  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_every_key_of_line_yaml_is_explained(model: type[BaseModel]) -> None:
    text = LINE_FILES.read_text(encoding="utf-8")
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert [k for k in keys if not re.search(rf"`{k}`|\b{k}:", text)] == []


def test_every_column_kind_and_register_type_is_explained() -> None:
    text = section(LINE_FILES, "## tags.csv")
    spans = {word for span in re.findall(r"`([^`\n]+)`", prose(text)) for word in re.split(r"[\s:,]+", span)}
    assert {*COLUMNS, *TagKind, *REGISTER_TYPES} - spans == set()
    assert ",".join(COLUMNS) in text
