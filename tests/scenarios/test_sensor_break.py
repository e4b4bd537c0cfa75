"""A core probe breaks while sausage cooks: held in that very scan, never passed on bad data, released only by a signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from historian.queries import Queries
from historian.writer import JournalWriter
from line.messages import Command, CommandKind, Event, Json
from line.quality import Status
from materials.catalogue import Catalogue
from potok.prompts import Answers
from potok.shift import Fingerprint, ShiftRecorder, ShiftSettings, ShiftStepper
from potok.storekeeper import Storekeeper
from tests.scenarios.coarse import coarse_line

SEED: Final = 3
PROBE: Final = "S401.CoreTemp"
HOUR_SCANS: Final = 3600
SIGNATURE: Final = {"user": "sidorova", "name": "Сидорова А. П.", "role": "technologist", "time_ns": 1}


class Quiet:
    """Nobody at the line but who takes in and enters lots: what happens to the batch is what this test does."""

    def __init__(self, catalogue: Catalogue | None) -> None:
        self._answers = Answers()
        self._storekeeper = Storekeeper(catalogue)

    def look(self, now_ns: int, views: Mapping[str, Any]) -> list[Command]:
        store = [ask(now_ns, kind, target, args=dict(args)) for kind, target, args in self._storekeeper.look(now_ns, views)]
        found = self._answers.look(now_ns, views)
        return [*store, *(ask(now_ns, CommandKind.BATCH_REPLY, batch, args=dict(args)) for batch, args in found)]


def ask(now_ns: int, kind: CommandKind, target: str, reason: str = "", **args: Any) -> Command:
    """A command of the person in front of the panel; ``args`` may be given as a whole."""
    body: dict[str, Json] = args.get("args", args)
    return Command(f"{kind}-{target}-{now_ns}", kind, target, body, "petrov", "operator", "S401", now_ns, reason)


@dataclass
class Cook:
    """The line, one batch, and the data folder that it leaves."""

    stepper: ShiftStepper
    writer: JournalWriter
    data: Path
    batch_id: str = ""

    def step(self, scans: int = 1) -> None:
        for _ in range(scans):
            self.stepper.step()

    def value(self, tag: str) -> tuple[float, int]:
        image = self.stepper.engine.state.image
        handle = self.stepper.line.model.tags.handle(tag)
        return float(image.value[handle]), int(image.status[handle])

    @property
    def batch(self) -> dict[str, Any]:
        views: Mapping[str, Any] = self.stepper.engine.state.views
        return next((b for b in views["batches"]["batches"] if b["id"] == self.batch_id or not self.batch_id), {})

    def alarm(self, alarm_id: str) -> str:
        """State of a standing alarm, '' when it does not stand."""
        views: Mapping[str, Any] = self.stepper.engine.state.views
        return next((a["state"] for a in views["alarms"]["active"] if a["id"] == alarm_id), "")

    def until(self, reached: Any, scans: int, what: str) -> None:
        for _ in range(scans):
            if reached():
                return
            self.step()
        raise AssertionError(f"not within {scans} s: {what}; {self.batch}")

    def command(self, kind: CommandKind, target: str = "", reason: str = "", **args: Any) -> tuple[str, str]:
        """Ask, and what came of it: status and reasons in Russian."""
        command = ask(self.stepper.clock.now_ns(), kind, target or self.batch_id, reason, **args)
        self.stepper.engine.submit(command)
        self.step(2)
        answers = [e for e in self.events("command") if e.data["id"] == command.id and e.data["status"] != "received"]
        reasons: Any = answers[0].data.get("reasons", [])
        return str(answers[0].data["status"]), " | ".join(r["ru"] for r in reasons)

    def events(self, kind: str) -> list[Event]:
        self.writer.flush(10.0)
        return Queries(self.data).events_after(0, 100_000, kind)

    def told(self, what: str) -> list[Mapping[str, Any]]:
        """Events of the batch of this kind."""
        return [e.data for e in self.events("batch") if e.batch == self.batch_id and e.data["what"] == what]


@pytest.fixture
def cook(tmp_path: Path) -> Any:
    """A small batch in the smokehouse, cooking, its core at 66 °C."""
    print(f"seed {SEED}")
    line = coarse_line(tmp_path)
    data = tmp_path / "data"
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, data)
    assert recorder.writer is not None
    stepper = ShiftStepper(line, ShiftSettings(8.0, SEED), recorder, fingerprint)
    stepper.operator = Quiet(line.materials)
    found = Cook(stepper, recorder.writer, data)
    try:
        stepper.open()
        found.step(10)
        assert found.command(CommandKind.BATCH_CREATE, "doktorskaya", size_kg=70.0, start=True)[0] == "accepted"
        found.batch_id = str(found.batch["id"])
        found.until(lambda: found.batch["phase"] == "cook", 3 * HOUR_SCANS, "cooking")
        found.until(lambda: found.value(PROBE)[0] > 66.0, 2 * HOUR_SCANS, "66 °C in the core")
        yield found
    finally:
        recorder.writer.close()


@pytest.mark.timeout(120)
def test_a_sensor_break_while_cooking(cook: Cook) -> None:
    held_in_one_scan(cook)
    nothing_passes_on_bad_data(cook)
    only_a_signature_lets_it_on(cook)
    the_cook_is_finished_on_good_data(cook)
    the_record_shows_it(cook)


def held_in_one_scan(cook: Cook) -> None:
    """The scan whose image has the bad value is the scan that holds the batch."""
    assert cook.batch["state"] == "running"
    cook.stepper.plant.inject("sensor_break", PROBE)
    cook.until(lambda: cook.value(PROBE)[1] == int(Status.BAD_SENSOR_FAILURE), 3, "the broken probe")
    assert cook.batch["state"] in ("holding", "held"), "not in the scan that saw it"
    assert cook.batch["product"] == "on_hold"
    (deviation,) = cook.batch["deviations"]
    assert (deviation["kind"], deviation["quality"], deviation["disposition"]) == ("ccp", "BadSensorFailure", None)
    cook.until(lambda: cook.batch["state"] == "held", 10, "Held")
    assert cook.value("S401.SteamValve")[0] == 0.0
    cook.until(lambda: cook.alarm("S401.ccp_hold") == "unack_active", 10, "the alarm of the unit")
    assert cook.value("Recipe.S401.CcpHold")[0] == 1.0


def nothing_passes_on_bad_data(cook: Cook) -> None:
    """A quarter of an hour without a probe: no lethality, no verdict, no way on."""
    lethality, _ = cook.value("S401.F")
    cook.step(900)
    value, status = cook.value("S401.F")
    assert value == pytest.approx(lethality, abs=0.2)
    assert status != 0, "a lethality that is not being counted is not Good"
    assert cook.told("verdict") == []
    assert cook.command(CommandKind.BATCH_COMMAND, command="restart")[0] == "refused"
    assert cook.batch["state"] == "held"


def only_a_signature_lets_it_on(cook: Cook) -> None:
    """The probe is replaced; the product still waits for a person who signs."""
    cook.stepper.plant.clear("sensor_break", PROBE)
    cook.step(5)
    status, why = cook.command(CommandKind.BATCH_COMMAND, command="restart")
    assert status == "refused"
    assert "подписать решение" in why
    number = cook.batch["deviations"][0]["number"]
    release: dict[str, Any] = {"deviation": number, "verdict": "release"}
    assert cook.command(CommandKind.BATCH_DISPOSITION, reason="щуп заменён", **release)[0] == "refused", "not signed"
    signed = {**release, "signature": SIGNATURE}
    assert cook.command(CommandKind.BATCH_DISPOSITION, **signed)[0] == "refused", "no reason"
    operator = {**release, "signature": {**SIGNATURE, "role": "operator"}}
    assert cook.command(CommandKind.BATCH_DISPOSITION, reason="щуп заменён", **operator)[0] == "refused", "no technologist"
    assert cook.batch["product"] == "on_hold"
    assert cook.command(CommandKind.BATCH_DISPOSITION, reason="щуп заменён, доварить", **signed)[0] == "accepted"
    assert cook.batch["product"] == "released"
    assert cook.batch["state"] == "held", "a person restarts"
    assert cook.command(CommandKind.BATCH_COMMAND, command="restart")[0] == "accepted"
    cook.until(lambda: cook.batch["state"] == "running", 20, "Running")


def the_cook_is_finished_on_good_data(cook: Cook) -> None:
    """Core and lethality are judged, both Good."""
    cook.until(lambda: cook.batch["phase"] == "shower", 2 * HOUR_SCANS, "the shower")
    verdicts = [(v["tag"], v["passed"], v["quality"]) for v in cook.told("verdict") if v["ccp"]]
    assert verdicts == [(PROBE, True, "Good"), ("S401.F", True, "Good")]
    assert cook.value("S401.F")[0] >= 30.0
    assert cook.value("Recipe.S401.CcpHold")[0] == 0.0
    assert cook.alarm("S401.ccp_hold") == "rtn_unack", "nobody acknowledged it"


def the_record_shows_it(cook: Cook) -> None:
    """The record, made of what is on the disk: deviation, decision with name and reason, verdicts, and that it is whole."""
    record: Any = Queries(cook.data).batch_report(cook.batch_id)
    assert record is not None
    (deviation,) = (d for d in record["deviations"] if d["kind"] == "ccp")
    assert (deviation["tag"], deviation["quality"], deviation["unit"]) == (PROBE, "BadSensorFailure", "S401")
    assert deviation["disposition"]["verdict"] == "release"
    assert deviation["disposition"]["signature"]["name"] == SIGNATURE["name"]
    assert "щуп заменён" in deviation["disposition"]["reason"]
    assert any("отклонению №1" in s["meaning"]["ru"] for s in record["signatures"])
    assert any(a["alarm"] == "S401.CoreTemp.bad_quality" for a in record["alarms"])
    states = [s["to"] for s in record["states"] if s["node"] == ""]
    assert states[:5] == ["running", "holding", "held", "restarting", "running"]
    assert Queries(cook.data).verify_chain() == (True, None)
