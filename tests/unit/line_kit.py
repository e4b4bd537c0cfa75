"""A small line of two ovens for the tests of ``line``: its files, a PLC that plays the handshake, and a rig that scans them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from line.config import LineFile
from line.diagnostics import add_diagnostics
from line.documents import Document, Problem, Text, validate
from line.engine import Engine, NullRecorder
from line.image import Readings, Snapshot
from line.messages import Command, Event, JsonObject, LinkState, LinkStatus, Write, WriteResult
from line.model import LineModel, build_model
from line.phases import PHASE_COMMANDS, PHASE_TABLE, PhaseState
from line.quality import Status
from line.scan import HEARTBEAT_ORIGIN, Inputs, Outputs, ScanPlan, scan_once
from line.stage import PhaseRequest, RequestResult, Scan, Stage
from line.tags import TagTable, parse_tags_csv
from line.units import UnitsStage
from potok.yamlfile import parse_yaml, read_yaml
from tests.builders import T0_NS

SAUSAGE = Path(__file__).resolve().parents[2] / "lines" / "sausage"
PERIOD_NS = 250_000_000
HEADER = "name,kind,device,address,eu,lo,hi,decimals,scale,offset,writable,deadband,enum,ru,en"

LINE_YAML = """\
line: bakery
name: {ru: Печи, en: Ovens}
scan_period_ms: 250
scan_offset: 0.6
stale_after_scans: 3
devices:
  plc1:
    driver: modbus
    name: {ru: ПЛК 1, en: PLC 1}
    heartbeat: PLC1.Sup
enums:
  phase_result:
    4: {ru: Блокировка ПЛК, en: PLC interlock}
classes:
  oven:
    name: {ru: Печь, en: Oven}
    phases:
      bake: {number: 2, name: {ru: Выпечка, en: Baking}, parameters: {temp: SP_Temp, time: SP_Time}}
      cool: {number: 3, name: {ru: Остывание, en: Cooling}, parameters: {}}
    key_values:
      - {tag: "{u}.Temp", setpoint: "{u}.SP_Temp", normal: [0, 80]}
    permissives:
      - {id: door, if: "{u}.Door", text: {ru: Дверь закрыта, en: Door closed}}
      - {id: cold, if: "{u}.Temp <= 90", show: "{u}.Temp", text: {ru: Не горячее 90, en: At most 90}}
    interlocks:
      - {id: door, if: "{u}.Door", action: hold, text: {ru: Дверь закрыта, en: Door closed}}
      - {id: hot, if: "{u}.Temp <= 120", action: abort, show: "{u}.Temp", text: {ru: Не горячее 120, en: At most 120}}
units:
  U1: {class: oven, label: U-1, name: {ru: Печь 1, en: Oven 1}, device: plc1}
  U2: {class: oven, label: U-2, name: {ru: Печь 2, en: Oven 2}, device: plc1}
"""

_UNIT_ROWS = (
    "Temp,float,plc1,ir:{a}:float32,°C,-50,300,1,,,,,,Температура,Temperature",
    "Door,bool,plc1,di:{a},,,,,,,,,,Дверь,Door",
    "SP_Temp,float,plc1,hr:{a}:float32,°C,0,200,1,,,1,,,Задание,Setpoint",
    "SP_Time,float,plc1,hr:1{a}:float32,s,0,3600,1,,,1,,,Время,Time",
    *(f"{n},int,plc1,hr:2{{a}}:{n},,0,65535,0,,,1,,,{n},{n}" for n in ("PhId", "PhCmd", "BatchNo", "PhReq")),
    *(f"{n},int,plc1,ir:3{{a}}:{n},,0,65535,0,,,,,,{n},{n}" for n in ("PhSts", "PhAct", "PhAck", "PhRes", "PhTime", "PhDone")),
)
EXTRA_ROWS = (
    "PLC1.Sup,int,plc1,hr:0:uint16,,0,65535,0,,,1,,,Счётчик,Counter",
    "PLC1.Shots,int,plc1,hr:1:uint16,,0,100,0,,,1,,,Впрыски,Shots",
    "U1.Dev,float,calc,U1.Temp - U1.SP_Temp,°C,-500,500,1,,,,,,Отклонение,Deviation",
    "U1.Ratio,float,calc,U1.Dev / U1.SP_Temp,,-500,500,1,,,,,,Отношение,Ratio",
)


def oven_csv(units: Sequence[str] = ("U1", "U2"), extra: Sequence[str] = EXTRA_ROWS) -> str:
    rows = [f"{u}.{row.format(a=i)}" for i, u in enumerate(units) for row in _UNIT_ROWS]
    return "\n".join([HEADER, *rows, *extra]) + "\n"


def load(yaml_text: str = LINE_YAML, csv_text: str | None = None) -> tuple[LineModel | None, list[Problem]]:
    """The model of these files, or every problem in them."""
    document, problems = parse_yaml(yaml_text, "line.yaml")
    return (None, problems) if document is None else _resolve(document, csv_text or oven_csv())


def _resolve(document: Document, csv_text: str) -> tuple[LineModel | None, list[Problem]]:
    file, problems = validate(LineFile, document)
    if file is None:
        return None, problems
    tags, problems = parse_tags_csv(csv_text, "tags.csv", file.devices)
    if problems:
        return None, problems
    tags, problems = add_diagnostics(tags, file.devices)
    return (None, problems) if problems else build_model(file, tags, document)


@cache
def ovens() -> LineModel:
    """The small line, resolved."""
    model, problems = load()
    assert model is not None, problems
    return model


@cache
def sausage() -> LineModel:
    """The shipped line, resolved."""
    document, problems = read_yaml(SAUSAGE / "line.yaml", "line.yaml")
    assert document is not None, problems
    model, problems = _resolve(document, (SAUSAGE / "tags.csv").read_text(encoding="utf-8"))
    assert model is not None, problems
    return model


def readings(tags: TagTable, values: Mapping[str, float], now_ns: int, status: Mapping[str, int] | None = None) -> Readings:
    """One poll that brought these values, Good unless ``status`` says otherwise."""
    names = list(values)
    handles = np.array([tags.handle(n) for n in names], dtype=np.int64)
    codes = np.array([(status or {}).get(n, 0) for n in names], dtype=np.uint32)
    stamps = np.full(len(names), now_ns, dtype=np.int64)
    return Readings(handles, np.array([values[n] for n in names], dtype=np.float64), codes, stamps, stamps)


def command(kind: str, target: str, identity: str = "c1", **args: Any) -> Command:
    """A command of an operator."""
    return Command(identity, kind, target, args, "anna", "operator", "panel-1", T0_NS)


def link(state: LinkState, device: str = "plc1", error: str = "") -> LinkStatus:
    return LinkStatus(device, state, T0_NS, Text(ru=error, en=error))


class FakePlc:
    """Plays the handshake of docs/ARCHITECTURE.md for a set of units; ``values`` are all of its tags by name."""

    def __init__(self, tags: TagTable, units: Sequence[str]) -> None:
        self.tags = tags
        self.values: dict[str, float] = {t.name: 0.0 for t in tags.of_device("plc1")}
        self.status: dict[str, int] = {}
        self.answers = True
        self.verdict: int | None = None
        self.written: list[tuple[str, float]] = []
        self._last = dict.fromkeys(units, 0.0)
        for unit in units:
            self.values[f"{unit}.Door"] = 1.0
            self.values[f"{unit}.Temp"] = 20.0

    def read(self, now_ns: int) -> Readings:
        return readings(self.tags, self.values, now_ns, self.status)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Take writes in their order; a new request number makes the PLC look at the command once."""
        for write in writes:
            name = self.tags[write.handle].name
            self.values[name] = write.value
            if write.origin != HEARTBEAT_ORIGIN:
                self.written.append((name, write.value))
            unit, _, suffix = name.partition(".")
            if suffix == "PhReq" and write.value != self._last[unit] and self.answers:
                self._last[unit] = write.value
                self._judge(unit)
        return [WriteResult(w.handle, w.value, w.origin, int(Status.GOOD)) for w in writes]

    def state(self, unit: str) -> PhaseState:
        return PhaseState(int(self.values[f"{unit}.PhSts"]))

    def done(self, unit: str) -> None:
        """The state's own completion: Running → Complete, Holding → Held and so on."""
        self.values[f"{unit}.PhSts"] = float(PHASE_TABLE[self.state(unit)]["done"])

    def _judge(self, unit: str) -> None:
        words = {n: w for w, n in PHASE_COMMANDS.items()}
        word = words.get(int(self.values[f"{unit}.PhCmd"]), "")
        nxt = PHASE_TABLE[self.state(unit)].get(word)
        verdict = self.verdict if self.verdict is not None else 0 if nxt is not None else 1
        if verdict == 0 and nxt is not None:
            self.values[f"{unit}.PhSts"] = float(nxt)
            if word == "start":
                self.values[f"{unit}.PhAct"] = self.values[f"{unit}.PhId"]
        self.values[f"{unit}.PhRes"] = float(verdict)
        self.values[f"{unit}.PhAck"] = self.values[f"{unit}.PhReq"]


class Batch:
    """A stage in the place of ``recipes``: asks for what a test put into ``ask`` and keeps the answers."""

    name = "batches"
    command_kinds = frozenset[str]()

    def __init__(self) -> None:
        self.ask: list[PhaseRequest] = []
        self.answers: list[RequestResult] = []

    def initial(self) -> int:
        return 0

    def step(self, state: int, scan: Scan) -> int:
        scan.requests += self.ask
        self.ask = []
        self.answers += scan.results
        return state

    def view(self, state: int) -> JsonObject:
        return {}

    def save(self, state: int) -> JsonObject:
        return {}

    def restore(self, saved: JsonObject, now_ns: int) -> int:
        return 0


class Rig:
    """The ovens, their PLC and the scan, one period after the other."""

    def __init__(self, stages: Sequence[Stage[Any]] | None = None, model: LineModel | None = None) -> None:
        self.model = model if model is not None else ovens()
        self.batch = Batch()
        self.plc = FakePlc(self.model.tags, tuple(self.model.units))
        self.plan = ScanPlan(self.model, stages if stages is not None else [self.batch, UnitsStage(self.model)])
        self.state = self.plan.initial()
        self.now_ns = T0_NS
        self.results: list[WriteResult] = []
        self.events: list[Event] = []
        self.links: dict[str, LinkStatus] = {}
        self.online = True
        self.polls = True

    def scan(self, *commands: Command, ask: Sequence[PhaseRequest] = (), after_ns: int = PERIOD_NS) -> Outputs:
        """The next scan; its writes reach the PLC after it, when that is online."""
        self.now_ns += after_ns
        self.batch.ask += ask
        polled = [self.plc.read(self.now_ns)] if self.polls else []
        inputs = Inputs(self.now_ns, polled, commands, self.results, self.links)
        self.state, outputs = scan_once(self.plan, self.state, inputs)
        self.results = self.plc.write(outputs.writes) if self.online else []
        self.events += outputs.events
        return outputs

    def view(self, unit: str = "U1") -> Mapping[str, Any]:
        units: Any = self.state.views["units"]["units"]
        return units[unit]

    def told(self, kind: str, **match: object) -> list[Mapping[str, Any]]:
        """The data of all events of this kind so far whose data match."""
        found: list[Mapping[str, Any]] = [dict(e.data) for e in self.events if e.kind == kind]
        return [d for d in found if all(d.get(k) == v for k, v in match.items())]

    def statuses(self, identity: str = "c1") -> list[str]:
        """What the events said about one command, in order."""
        return [str(d["status"]) for d in self.told("command", id=identity)]

    def reasons(self, identity: str = "c1") -> list[str]:
        """The English reasons of the last answer to a command."""
        return [r["en"] for r in self.told("command", id=identity)[-1].get("reasons", [])]


def start(unit: str = "U1", identity: str = "r1", phase: str = "bake", batch_no: int = 1001, **parameters: float) -> PhaseRequest:
    """A batch's request to start a phase."""
    return PhaseRequest(identity, unit, "start", "B1001", phase, parameters, batch_no)


def ask(word: str, unit: str = "U1", identity: str = "r2") -> PhaseRequest:
    """A batch's request for anything but a start."""
    return PhaseRequest(identity, unit, word, "B1001")


class Journal:
    """A recorder that keeps what it is given; ``durable`` False holds back the word that it is on disk."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.records: list[tuple[list[int], list[str]]] = []
        self.samples: list[int] = []
        self.durable = True
        self.waiting: list[Callable[[], None]] = []

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        self.events += events
        self.records.append(([e.seq for e in events], sorted(states)))
        if on_durable is not None:
            if self.durable:
                on_durable()
            else:
                self.waiting.append(on_durable)

    def sample(self, image: Snapshot) -> None:
        self.samples.append(image.scan)


def engine(journal: Journal | None = None, next_seq: int = 1) -> Engine:
    plan = ScanPlan(ovens(), [UnitsStage(ovens())])
    return Engine(plan, plan.initial(), journal if journal is not None else NullRecorder(), next_seq=next_seq)


def running(rig: Rig) -> Rig:
    """U1 runs ``bake`` for batch B1001."""
    rig.scan(ask=[start(temp=72.0, time=600.0)])
    rig.scan()
    rig.scan()
    assert rig.view()["state"] == "running"
    rig.plc.written.clear()
    rig.batch.answers.clear()
    return rig
