"""Line folders with faults: all of them told in one run, with file, line, key and remedy, and nothing started."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from line.documents import Document, Problem
from line.tags import COLUMNS, parse_tags_csv
from potok import linefolder
from potok.cli import main
from potok.linefolder import SHIPPED, LineError, find_folder, load_line
from potok.yamlfile import parse_yaml, read_yaml

SAUSAGE = SHIPPED / "sausage"
FILES = ("line.yaml", "tags.csv", "alarms.yaml", "recipes/doktorskaya.yaml")


@dataclass(frozen=True)
class Fault:
    """One thing done to a file, and what must be said about it."""

    file: str
    old: str
    new: str
    key: str
    message: str


FAULTS = (
    Fault("line.yaml", "scan_period_ms: 250", "scan_period_ms: fast", "scan_period_ms", "valid integer"),
    Fault("line.yaml", "scan_offset: 0.6", "scan_offset: 7", "scan_offset", "less than 1"),
    Fault("line.yaml", "stale_after_scans: 3", "stale_after_scan: 3", "stale_after_scan", "unknown key"),
    Fault("line.yaml", "    unit_id: 1\n", "    unit_id: 999\n", "devices.plc1.unit_id", "less than or equal"),
    Fault("line.yaml", "    publishing_ms: 250\n", "    publishing_ms: 0\n", "devices.plc2.publishing_ms", "greater than"),
    Fault(
        "line.yaml", 'if: "not {u}.FanTrip", action: hold', 'if: "{u}.FanTrip not", action: hold', "classes.smokehouse.interl", ""
    ),
    Fault("line.yaml", "ice: SP_Ice", "ice: SP_Eis", "classes.cutter.phases.charge.parameters.ice", "SP_Eis"),
    Fault("line.yaml", "class: reception, label", "class: recepton, label", "units.R101.class", "no class 'recepton'"),
    Fault("tags.csv", "R101.Weight,float", "R101.Weight,flaot", "R101.Weight", "unknown kind 'flaot'"),
    Fault("tags.csv", "ir:102:int16", "ir:102:int17", "R101.MeatTemp", "unknown register type 'int17'"),
    Fault("tags.csv", "ir:103:float32,kg,0,2000", "ir:103:float32,kg,0,много", "R101.Charged", "hi is 'много'"),
    Fault("tags.csv", "G101.Current,float,plc1", "G101.Current,float,plc9", "G101.Current", "unknown device 'plc9'"),
    Fault("tags.csv", "\nG101.MotorSpeed,", "\nG101.FeedRate,", "G101.FeedRate", "was used in line 19"),
    Fault("tags.csv", "\nC201.BowlSpeed,", "\nC201 BowlSpeed,", "C201 BowlSpeed", "is no tag name"),
    Fault("alarms.yaml", "device: plc1", "device: plc7", "alarms.0.device", "no device 'plc7'"),
    Fault("alarms.yaml", "shelve_max_min: 480", "shelve_max_min: 600", "rules.shelve_max_min", "one shift at most"),
    Fault("line.yaml", "device: plc1, area: raw", "device: plc1, area: rau", "units.R101.area", "no area 'rau'"),
    Fault("alarms.yaml", "priority: 2\n    latching", "priority: 9\n    latching", "alarms.2.priority", "no priority 9"),
    Fault(
        "alarms.yaml", "on_delay_s: 5\n    priority: 3", "on_delay_s: -5\n    priority: 3", "alarms.6.on_delay_s", "below zero"
    ),
    Fault("alarms.yaml", 'when: "Link.plc1.Up == 1"', 'when: "Link.plc1.Up = 1"', "alarms.4.when", "is no expression"),
    Fault("recipes/doktorskaya.yaml", "value: 2000, lo: 1600", "value: 2000, lo: 2100", "parameters.grind_feed", ""),
    Fault("recipes/doktorskaya.yaml", "mass: $charge_mass", "mass: $charge_maß", "procedure.0", "charge_maß"),
    Fault("recipes/doktorskaya.yaml", "- phase: grind\n", "- phase: grnd\n", "procedure.1", "grnd"),
    Fault("recipes/doktorskaya.yaml", "{class: chiller, waiting", "{class: fridge, waiting", "equipment.chiller.class", "fridge"),
    Fault("recipes/doktorskaya.yaml", "author: Техно", "status: approved\nauthor: Техно", "status", "unknown key"),
    Fault(
        "recipes/approvals.yaml",
        "approved_by: Главный",
        "approved_by: Технолог колбасного цеха #",
        "approvals.0.approved_by",
        "also the author",
    ),
    Fault("recipes/approvals.yaml", 'time: "2026', 'time: "20-26', "approvals.0.time", "is no time"),
    Fault("recipes/doktorskaya.yaml", "base_batch_kg: 140", "base_batch_kg: -140", "base_batch_kg", "greater than"),
)


WHOLE = {(SAUSAGE / f).read_bytes(): read_yaml(SAUSAGE / f, f) for f in FILES if f.endswith("yaml")}


@pytest.fixture(autouse=True)
def parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are as they were shipped are not parsed again and again: that is most of the time that loading takes."""

    def read(path: Path, name: str | None = None) -> tuple[Document | None, list[Problem]]:
        known = WHOLE.get(path.read_bytes()) if path.is_file() else None
        return known or read_yaml(path, name)

    monkeypatch.setattr(linefolder, "read_yaml", read)


def copy_of_the_line(folder: Path) -> Path:
    """The shipped line, to be broken."""
    copy = folder / "plant"
    shutil.copytree(SAUSAGE, copy)
    return copy


def spoil(line: Path, fault: Fault) -> int:
    """Do it; returns the line at which the change stands."""
    path = line / fault.file
    text = path.read_text(encoding="utf-8")
    assert fault.old in text, f"the shipped line has changed: {fault.old!r} is gone"
    at = text.index(fault.old)
    path.write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")
    return text.count("\n", 0, at) + 1 + (len(fault.new) - len(fault.new.lstrip("\n")))


def problems_of(line: Path) -> list[Problem]:
    """What loading it says."""
    with pytest.raises(LineError) as caught:
        load_line(line)
    return caught.value.problems


def tells(problems: list[Problem], fault: Fault, at: int) -> bool:
    """True when one of the problems is about this fault, names a place near it and says what to do."""
    span = fault.new.strip("\n").count("\n") + 1
    return any(
        p.file == fault.file
        and p.key.startswith(fault.key)
        and fault.message in p.message
        and p.remedy
        and at <= p.line < at + span
        for p in problems
    )


def shown(problems: list[Problem]) -> str:
    return "\n".join(str(p) for p in problems)


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{f.file}-{f.key}" for f in FAULTS])
def test_each_fault_is_told_with_its_place(tmp_path: Path, fault: Fault) -> None:
    line = copy_of_the_line(tmp_path)
    at = spoil(line, fault)
    problems = problems_of(line)
    assert tells(problems, fault, at), f"expected {fault.file}:{at}: {fault.key}: {fault.message}\n{shown(problems)}"
    assert {p.file for p in problems} == {fault.file} or len(problems) < 12, shown(problems)
    assert all(p.message and p.remedy for p in problems)


DEVICES_LEFT_OUT = [f for f in FAULTS if not f.key.startswith("devices.")]
RECIPE_UNREADABLE = ("status", "base_batch_kg", "approvals.0.time")


@pytest.mark.parametrize(
    "faults",
    [
        [f for f in DEVICES_LEFT_OUT if f.key not in RECIPE_UNREADABLE],
        [f for f in FAULTS if not f.file.startswith("recipes") or f.key in RECIPE_UNREADABLE if f.key != "units.R101.class"],
    ],
    ids=["what files mean", "what files hold"],
)
def test_all_faults_are_told_in_one_run(tmp_path: Path, faults: list[Fault], capsys: pytest.CaptureFixture[str]) -> None:
    """Two sets: what refers to an entry that cannot be read at all (a device, a recipe's head) is not judged."""
    line = copy_of_the_line(tmp_path)
    places = [(f, spoil(line, f)) for f in faults]
    assert len(places) >= 18
    problems = problems_of(line)
    missing = [f"{f.file}:{at}: {f.key}: {f.message}" for f, at in places if not tells(problems, f, at)]
    assert not missing, "not told: " + "; ".join(missing) + "\n" + shown(problems)

    assert main(["check", str(line), "--json"]) == 2
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    listed = [Problem(p["file"], p["line"], p["key"], p["message"], p["remedy"]) for p in report["problems"]]
    assert listed == problems

    assert main(["check", str(line)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == shown(problems) + f"\n{len(problems)} problems; nothing was started\n"


def test_a_line_that_is_right_says_what_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "sausage"]) == 0
    model = load_line(find_folder("sausage")).model
    assert f"{len(model.tags)} tags, {len(model.units)} units" in capsys.readouterr().out
    assert main(["check", "sausage", "--plan", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert report["problems"] == []
    plan = report["plan"]["plc1"]
    assert plan["requests"] < plan["requests_contiguous_only"] < plan["requests_one_per_tag"]


def test_certificates_that_are_not_there_are_a_remark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ca.pem").touch()
    tls = "tls: {ca: ca.pem, certificate: potok.pem, key: potok.key}"
    device = f"{{driver: modbus, name: {{ru: П, en: P}}, transport: tls, host: plc3, {tls}}}"
    head = "line: x\nname: {ru: Л, en: L}\nclasses: {}\nunits: {}\ndevices:\n  plc3: "
    (tmp_path / "line.yaml").write_text(f"{head}{device}\n", encoding="utf-8")
    (tmp_path / "tags.csv").write_text(f"{','.join(COLUMNS)}\nA.B,int,plc3,hr:0:int16,,,,,,,,,,Б,B\n", encoding="utf-8")
    (tmp_path / "alarms.yaml").write_text("alarms: []\n")
    assert main(["check", str(tmp_path), "--plan"]) == 0
    told = capsys.readouterr()
    assert "hr:0: 1 register: A.B" in told.out
    assert told.err.splitlines() == [
        f"remark: plc3: tls.certificate: {tmp_path / 'potok.pem'} does not exist on this computer",
        f"remark: plc3: tls.key: {tmp_path / 'potok.key'} does not exist on this computer",
    ]


def test_priorities_given_too_freely_are_a_remark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "line: x\nname: {ru: Л, en: L}\nclasses: {}\nunits: {}\ndevices:\n  plc3: "
    (tmp_path / "line.yaml").write_text(f"{head}{{driver: modbus, name: {{ru: П, en: P}}}}\n", encoding="utf-8")
    rows = "".join(f"A.T{i},int,plc3,hr:{i}:int16,,,,,,,,,,Б,B\n" for i in range(20))
    (tmp_path / "tags.csv").write_text(f"{','.join(COLUMNS)}\n{rows}", encoding="utf-8")
    texts = ", ".join(f"{key}: {{ru: н, en: n}}" for key in ("name", "cause", "consequence", "response"))
    alarms = "".join(f"- {{tag: A.T{i}, kind: high, limit: 9, priority: {1 + i // 5}, {texts}}}\n" for i in range(20))
    (tmp_path / "alarms.yaml").write_text(f"diagnostics: {{bad_quality: false}}\nalarms:\n{alarms}", encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "20 alarms" in told.out
    assert told.err.startswith("remark: alarms.yaml: 25% of the alarms have priority 1, about 5% is usual")
    assert len(told.err.splitlines()) == 1


def test_commands_that_run_a_line_start_nothing(tmp_path: Path) -> None:
    """As processes, for what a process leaves behind is what counts."""
    line = copy_of_the_line(tmp_path)
    spoil(line, FAULTS[0])
    spoil(line, FAULTS[8])
    commands = {name: ["--data", str(tmp_path / name)] for name in ("serve", "demo", "engine", "shift")} | {"sim": []}
    running = {
        name: subprocess.Popen(
            [sys.executable, "-m", "potok", name, str(line), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, arguments in commands.items()
    }
    for name, process in running.items():
        out, err = process.communicate(timeout=60)
        assert process.returncode == 2, f"{name}: {err}"
        assert out == "", name
        assert "line.yaml:5: scan_period_ms:" in err
        assert "tags.csv:2: R101.Weight:" in err
        assert "nothing was started" in err
        assert "Traceback" not in err
        assert not (tmp_path / name).exists(), f"{name} has made its data folder"


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (str(tmp_path / "nowhere"), str(SAUSAGE / "line.yaml"), "no such line"):
        assert main(["check", name]) == 2
        assert "one of the shipped lines: sausage" in capsys.readouterr().err
    assert find_folder("sausage") == SAUSAGE
    assert find_folder(str(tmp_path)) == tmp_path


# Files that are no files, and bytes that are no text


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", ["missing", "empty", "folder", "binary", "nul", "latin1", "dangling", "spaces"])
def test_a_file_that_is_none(tmp_path: Path, name: str, what: str) -> None:
    line = copy_of_the_line(tmp_path)
    path = line / name
    path.unlink()
    content = {
        "empty": b"",
        "binary": bytes(range(256)) * 40,
        "nul": b"\0" * 1000,
        "latin1": b"line: \xe9\xe8\n",
        "spaces": b" \n\t\n",
    }
    if what == "folder":
        path.mkdir()
    elif what == "dangling":
        path.symlink_to(tmp_path / "gone")
    elif what in content:
        path.write_bytes(content[what])
    if what == "missing" and name.startswith("recipes/"):
        assert "doktorskaya" not in load_line(line).recipes  # a line with one recipe less; without any, people run it by hand
        return
    problems = problems_of(line)
    assert any(p.file == name and p.message and p.remedy for p in problems), shown(problems)


DEEP = {
    "flow lists": "a: " + "[" * 2_000,
    "flow maps": "{a: " * 2_000,
    "block lists": "- " * 2_000 + "x",
    "closed lists": "[" * 1_500 + "]" * 1_500,
    "aliases": "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*{'a' if i == 0 else f'b{i - 1}'}, *a]\n" for i in range(40)),
    "merge": "a: &a {x: 1}\nb:\n  <<: *a\n",
    "object": "a: !!python/object/apply:os.system ['true']\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "huge number": "a: " + "9" * 10_000 + "\n",
    "sexagesimal": "scan_period_ms: 1:99:99999\n",
    "date": "line: 2026-13-45\n",
    "binary": "line: !!binary x\n",
    "timestamp": "a: 2026-02-30 25:61:61\n",
    "null key": "? \n: x\n",
    "list key": "? [a, b]\n: x\n",
    "only a list": "- a\n- b\n",
    "only a word": "sausage\n",
}


@pytest.mark.parametrize("name", [f for f in FILES if f.endswith("yaml")])
@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_strange_yaml_is_told(name: str, text: str, tmp_path: Path) -> None:
    for file in FILES:
        target = tmp_path / "plant" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        if file == name:
            target.write_text(text, encoding="utf-8")
        else:
            target.symlink_to(SAUSAGE / file)
    assert any(p.file == name for p in problems_of(tmp_path / "plant"))


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_yaml_of_damaged_bytes_is_read_or_told(data: st.DataObject) -> None:
    """The reader by itself, on a part of a shipped file small enough for many tries."""
    name = data.draw(st.sampled_from([f for f in FILES if f.endswith("yaml")]))
    raw = (SAUSAGE / name).read_bytes()
    start = data.draw(st.integers(0, len(raw) - 1500))
    damaged = damage(data, raw[start : start + 1500])
    document, problems = parse_yaml(damaged.decode("utf-8", "replace"), name)
    assert (document is None) == bool(problems)
    assert all(p.file == name and p.message and p.remedy for p in problems)


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_tags_of_damaged_bytes_are_read_or_told(data: st.DataObject) -> None:
    damaged = damage(data, (SAUSAGE / "tags.csv").read_bytes()[:6000])
    _, problems = parse_tags_csv(damaged.decode("utf-8", "replace"), "tags.csv", ["plc1", "plc2"])
    assert all(p.file == "tags.csv" and p.message and p.remedy for p in problems)


@pytest.fixture(scope="module")
def shared_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_line(tmp_path_factory.mktemp("damaged"))


@given(data=st.data())
@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_a_folder_of_damaged_files_loads_or_tells(shared_copy: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    path = shared_copy / name
    whole = (SAUSAGE / name).read_bytes()
    path.write_bytes(damage(data, whole))
    try:
        problems = []
        try:
            load_line(shared_copy)
        except LineError as error:
            problems = error.problems or [Problem("", 0, "", "", "")]
        assert all(p.message and p.remedy for p in problems)
    finally:
        path.write_bytes(whole)


def damage(data: st.DataObject, raw: bytes) -> bytes:
    """A few small accidents: bytes changed, removed, put in, a piece moved or doubled, the end cut off."""
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(damaged) - 1)))
        length = data.draw(st.integers(1, 12))
        piece = bytes(damaged[at : at + length])
        match data.draw(st.sampled_from(["change", "remove", "insert", "double", "move", "cut"])):
            case "change":
                damaged[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))
            case "remove":
                del damaged[at : at + length]
            case "insert":
                damaged[at:at] = data.draw(
                    st.sampled_from([b"[", b"}", b"&a ", b"*a", b":", b"\n", b"\t", b'"', b"!!int ", b"-", b","])
                )
            case "double":
                damaged[at:at] = piece
            case "move":
                del damaged[at : at + length]
                to = data.draw(st.integers(0, len(damaged)))
                damaged[to:to] = piece
            case _:
                del damaged[at:]
    return bytes(damaged)


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "line.yaml"
    path.write_bytes(b"#" * 4_000_001)
    document, problems = read_yaml(path, "line.yaml")
    assert document is None
    assert "bytes" in problems[0].message
    assert isinstance(parse_yaml("a: 1", "f")[0], Document)
