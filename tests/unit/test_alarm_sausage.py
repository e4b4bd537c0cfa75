"""The alarms of the sausage line: they load, they are rationalised, and none stands at idle or in normal production."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from alarms.alarm_checks import priority_remarks
from alarms.definitions import AlarmDef, AlarmKind, AlarmTable, LineFacts, load_alarms
from line.config import LineFile
from line.diagnostics import add_diagnostics
from line.documents import validate
from line.expr import parse_expression
from line.integrals import is_integral, reads
from line.recipe_tags import add_recipe_tags
from line.tags import TagTable, parse_tags_csv
from potok.yamlfile import read_yaml
from tests.unit.alarm_scripts import BAD, Script, command

LINE = Path(__file__).parents[2] / "lines" / "sausage"
UNITS = ("R101", "G101", "C201", "T251", "F301", "S401", "S402", "H501", "P601")


@cache
def sausage() -> tuple[TagTable, AlarmTable]:
    """Tags and alarms of the line as they are shipped."""
    document, problems = read_yaml(LINE / "line.yaml")
    assert document is not None, problems
    line, problems = validate(LineFile, document)
    assert line is not None, problems
    tags, problems = parse_tags_csv((LINE / "tags.csv").read_text(encoding="utf-8"), "tags.csv", line.devices)
    assert problems == []
    tags, problems = add_diagnostics(tags, line.devices)
    assert problems == []
    labels = {u: e.label for u, e in line.units.items()}
    tags, problems = add_recipe_tags(tags, labels)
    assert problems == []
    alarms_document, problems = read_yaml(LINE / "alarms.yaml")
    assert alarms_document is not None, problems
    alarms, problems = load_alarms(alarms_document, tags, line.units, labels, LineFacts.of(line))
    assert problems == []
    return tags, alarms


def idle() -> dict[str, float]:
    """The line stands, clean and ready: everything at rest reads zero or the room's temperature."""
    tags, _ = sausage()
    values = {t.name: min(max(0.0, t.lo), t.hi) for t in tags}
    healthy = (
        "ScaleOk",
        "W101.Ok",
        "Historian.Ok",
        "ClockOk",
        "GuardClosed",
        "LidClosed",
        "CasingOk",
        "DoorClosed",
        "FilmOk",
        "SupOk",
        "EStopOk",
        ".Up",
        "PlcAlive",
        "SupervisorSeen",
    )
    values |= {t.name: 1.0 for t in tags if t.name.endswith(healthy)}
    values |= {t.name: 12.0 for t in tags if t.name.endswith(("MeatTemp", "BatterTemp", "AirTemp", "ProductTemp", "RoomTemp"))}
    values |= {f"{u}.{t}": 25.0 for u in ("S401", "S402") for t in ("ChamberTemp", "CoreTemp")}
    values |= {
        "H501.CoreTemp": 12.0,
        "P601.StateCurrent": 4.0,
        "P601.UnitModeCurrent": 1.0,
        "PLC1.CycleTime": 20.0,
        "PLC2.CycleTime": 20.0,
        "Historian.DaysLeft": 300.0,
    }
    return values | {"Util.SteamPressure": 5.0, "Util.AirPressure": 6.2, "Util.GlycolTemp": -6.0}


RUNNING: dict[str, dict[str, float]] = {
    "R101": {"PhAct": 1, "MeatTemp": 2.0, "Weight": 200},
    "G101": {"PhAct": 1, "Current": 45, "FeedRate": 2200, "MeatTemp": 5.0, "MotorOn": 1},
    "C201": {"PhAct": 2, "BatterTemp": 10.0, "Vacuum": 90, "Mass": 220, "PhTime": 480, "MotorOn": 1},
    "T251": {"PhAct": 2, "MeatTemp": 4.5, "Vacuum": 90, "Mass": 150, "DrumSpeed": 12, "MotorOn": 1},
    "F301": {"PhAct": 1, "Vacuum": -0.88, "PortionMass": 500, "HopperMass": 150, "BatterTemp": 11.5, "MotorOn": 1},
    "S401": {"PhAct": 4, "ChamberTemp": 78, "SP_Temp": 78, "Humidity": 97, "CoreTemp": 60, "SteamValve": 40, "SteamValveFb": 39},
    "S402": {"PhAct": 2, "ChamberTemp": 55, "SP_Temp": 55, "Humidity": 40, "CoreTemp": 30, "SteamValve": 20, "SteamValveFb": 20},
    "H501": {"PhAct": 1, "AirTemp": 1.5, "CoreTemp": 15},
    "P601": {"PhAct": 1, "StateCurrent": 6, "CurMachSpeed": 42, "RejectPct": 0.8, "ProductTemp": 5.0},
}


def production() -> dict[str, float]:
    """Every unit runs its phase for an hour, inside its normal band."""
    values = idle()
    for unit, own in RUNNING.items():
        values |= {f"{unit}.PhSts": 1.0, f"{unit}.PhTime": 3600.0} | {f"{unit}.{k}": float(v) for k, v in own.items()}
    return values | {"C201.PhTime": 480.0}


def stand(values: Mapping[str, float], *, status: Mapping[str, int] | None = None, for_s: float = 1200) -> dict[str, str]:
    """Ids and states of what stands after these values have stood for a while."""
    tags, alarms = sausage()
    script = Script(alarms, tags)
    script.step(0, values, status=status)
    script.step(for_s, values, status=status)
    return script.states()


def test_the_number_and_the_priorities_are_those_of_a_rationalised_line() -> None:
    _, alarms = sausage()
    by_hand = [a for a in alarms if not a.generated]
    assert 80 <= len(by_hand) <= 110
    with_batches = [a for a in alarms if a.tag.startswith("Recipe.")]
    assert len(with_batches) == 2 * len(UNITS), "two of each unit come with its batches"
    assert len(alarms) - len(with_batches) <= 160
    assert priority_remarks(alarms) == []
    for some in (by_hand, [a for a in alarms if a not in with_batches]):
        count = Counter(a.priority for a in some)
        assert count[1] / len(some) <= 0.06
        assert 0.08 <= count[2] / len(some) <= 0.20
        assert priority_remarks(some) == []
    assert {a.unit for a in alarms} == {*UNITS, ""}


def test_every_alarm_has_a_place_and_every_area_has_alarms() -> None:
    _, alarms = sausage()
    assert {a.area for a in alarms} == {"raw", "filling", "heat", "packing", "energy", "automation", "line"}
    assert {a.area for a in alarms if a.unit in ("S401", "S402", "H501")} == {"heat"}


def test_critical_control_points_are_marked_and_nobody_hides_them() -> None:
    _, alarms = sausage()
    marked = {a.id for a in alarms if a.ccp}
    probes = {f"{u}.CoreTemp.bad_quality" for u in ("S401", "S402", "H501")} | {"R101.MeatTemp.bad_quality"}
    held = {f"{u}.ccp_hold" for u in UNITS}
    assert marked == held | probes | {"R101.MeatTemp.high", "S401.CoreTemp.low", "S402.CoreTemp.low", "H501.CoreTemp.high"}
    for a in alarms:
        if a.ccp:
            assert a.priority <= 3, a.id
            assert not a.suppress_when, a.id
        if "ККТ" in a.name.ru:
            assert a.ccp, a.id
    assert alarms.rules.shelve_ccp == ""


def test_kinds_beyond_limits_are_used_where_they_fit() -> None:
    _, alarms = sausage()
    assert {a.kind for a in alarms} == set(AlarmKind) - {
        AlarmKind.STALE, AlarmKind.DEVIATION, AlarmKind.DEVIATION_HIGH, AlarmKind.RATE, AlarmKind.RATE_HIGH,
    }  # fmt: skip
    assert {a.priority for a in alarms if a.auto_ack} == {4}


def test_every_text_is_written_in_both_languages() -> None:
    _, alarms = sausage()
    for a in alarms:
        for text in (a.name, a.cause, a.consequence, a.response):
            assert re.search("[а-яё]", text.ru), (a.id, text.ru)
            assert re.search("[a-z]", text.en), (a.id, text.en)
            assert not re.search("[а-яё]", text.en), (a.id, text.en)
        assert len(a.name.ru) <= 60, a.id
        for steps in (a.response.ru, a.response.en):
            numbers = [int(line.split(".")[0]) for line in steps.split("\n")]
            assert numbers == list(range(1, len(numbers) + 1)), a.id
        assert a.response.ru.count("\n") == a.response.en.count("\n"), a.id


def test_a_critical_alarm_never_waits_long() -> None:
    _, alarms = sausage()
    assert all(a.on_delay_s <= 10 for a in alarms if a.priority == 1)
    assert all(a.on_delay_s <= 60 for a in alarms if a.priority == 2)


def test_nothing_stands_at_idle() -> None:
    assert stand(idle()) == {}


def test_nothing_stands_in_production() -> None:
    assert stand(production()) == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"S401.ChamberTemp": 85.0}, ["S401.ChamberTemp.high"]),
        ({"S402.ChamberTemp": 91.0}, ["S402.ChamberTemp.high_high", "S402.ChamberTemp.high"]),
        ({"S401.ValveDev": 40.0}, ["S401.ValveDev.high"]),
        ({"S402.ValveDev": -40.0}, ["S402.ValveDev.low"]),
        ({"S401.ChamberTemp": 63.0}, ["S401.ChamberTemp.deviation_low"]),
        ({"S401.ChamberTemp": 71.0}, []),
        (
            {"S401.ChamberTemp": 63.0, "S401.SteamValveFb": 100.0},
            ["S401.ChamberTemp.deviation_low", "S401.ChamberTemp.expression"],
        ),
        ({"S401.SmokeOn": 1.0}, ["S401.SmokeOn.mismatch"]),
        ({"S402.PhAct": 3.0}, ["S402.SmokeOn.mismatch"]),
        ({"G101.MotorOn": 0.0}, ["G101.MotorOn.mismatch"]),
        ({"C201.PhSts": 6.0}, ["C201.MotorOn.mismatch"]),
        ({"F301.PhSts": 6.0, "F301.MotorOn": 0.0}, []),
        ({"S401.Humidity": 60.0}, ["S401.Humidity.low"]),
        ({"S401.PhSts": 2.0, "S401.CoreTemp": 65.0}, ["S401.CoreTemp.low"]),
        ({"S401.PhSts": 2.0, "S401.CoreTemp": 72.1}, []),
        ({"S402.DoorClosed": 0.0}, ["S402.DoorClosed.discrete"]),
        ({"S402.FanTrip": 1.0}, ["S402.FanTrip.discrete"]),
        ({"F301.Vacuum": -0.6}, ["F301.Vacuum.high"]),
        ({"F301.PortionDev": -3.0}, ["F301.PortionDev.low"]),
        ({"F301.CasingOk": 0.0, "F301.PhSts": 6.0, "F301.MotorOn": 0.0}, ["F301.CasingOk.discrete"]),
        ({"C201.BatterTemp": 12.8}, ["C201.BatterTemp.high"]),
        ({"C201.BatterTemp": 15.5}, ["C201.BatterTemp.high_high", "C201.BatterTemp.high"]),
        ({"C201.Vacuum": 60.0}, ["C201.Vacuum.low"]),
        ({"G101.MotorTrip": 1.0}, ["G101.MotorTrip.discrete"]),
        ({"R101.MeatTemp": 5.0}, ["R101.MeatTemp.high"]),
        ({"H501.AirTemp": 9.0}, ["H501.AirTemp.high"]),
        ({"P601.FilmOk": 0.0}, ["P601.FilmOk.discrete"]),
        ({"P601.FilmOk": 0.0, "P601.UnitModeCurrent": 2.0}, []),
        ({"P601.RejectPct": 5.0}, ["P601.RejectPct.high"]),
        ({"P601.ProductTemp": 9.5}, ["P601.ProductTemp.high"]),
        ({"Util.SteamPressure": 2.0}, ["Util.SteamPressure.low_low", "Util.SteamPressure.low"]),
        ({"Util.GlycolTemp": 3.0}, ["Util.GlycolTemp.high"]),
        ({"PLC1.EStopOk": 0.0}, ["PLC1.EStopOk.discrete"]),
        ({"Link.plc1.Up": 0.0}, ["Link.plc1.Up.discrete"]),
        ({"Link.plc1.PlcAlive": 0.0}, ["Link.plc1.PlcAlive.discrete"]),
        ({"Link.plc1.PlcAlive": 0.0, "Link.plc1.SupervisorSeen": 0.0}, ["Link.plc1.PlcAlive.discrete"]),
        ({"Link.plc2.SupervisorSeen": 0.0}, ["Link.plc2.SupervisorSeen.discrete"]),
        ({"Link.plc2.SkewMs": 1400.0}, ["Link.plc2.SkewMs.high"]),
        ({"Link.plc2.SkewMs": -1400.0}, ["Link.plc2.SkewMs.low"]),
        ({"Historian.Ok": 0.0}, ["Historian.Ok.discrete"]),
        ({"Historian.DaysLeft": 10.0}, ["Historian.DaysLeft.low"]),
        ({"Historian.HeldDays": 1.0}, ["Historian.HeldDays.high"]),
        ({"Historian.ClockOk": 0.0}, ["Historian.ClockOk.discrete"]),
        ({"Engine.LatenessMaxMs": 600.0}, ["Engine.LatenessMaxMs.high"]),
        ({"Engine.LatenessMaxMs": 600.0, "Engine.ScanMs": 180.0}, ["Engine.ScanMs.high"]),
    ],
)
def test_what_goes_wrong_in_production_is_said(change: dict[str, float], expected: list[str]) -> None:
    assert list(stand(production() | change)) == expected


def test_a_broken_core_probe_is_said_acknowledged_and_repaired() -> None:
    tags, alarms = sausage()
    script = Script(alarms, tags)
    broken = {"S401.CoreTemp": BAD}
    assert script.step(0, production()) == []
    assert script.step(1, production(), status=broken) == []
    assert script.step(6, production(), status=broken) == ["S401.CoreTemp.bad_quality normal>unack_active"]
    shown = script.view()["active"][0]
    assert (shown["priority"], shown["unit"], cast(dict[str, Any], shown["text"])["ru"]) == (
        2, "S401", "S-401: датчик в батоне неисправен (ККТ)"
    )  # fmt: skip
    ack = command("alarm.ack", ["S401.CoreTemp.bad_quality"])
    assert script.step(7, production(), ack, status=broken)[0].endswith("unack_active>acked_active")
    assert script.step(8, production()) == []
    assert script.step(18, production()) == ["S401.CoreTemp.bad_quality acked_active>normal"]


def computed(tags: TagTable) -> dict[str, set[str]]:
    """Computed tag → the tags that its expression reads."""
    of = {
        t.name: reads(t, tags) if is_integral(t.address) else parse_expression(t.address, tags).reads
        for t in tags.of_device("calc")
    }
    return {name: {tags[h].name for h in handles} for name, handles in of.items()}


def with_computed(tags: TagTable, bad: set[str]) -> dict[str, int]:
    """What is bad, and what is computed from it."""
    return dict.fromkeys(bad | {name for name, reads in computed(tags).items() if reads & bad}, BAD)


@pytest.mark.parametrize("device", ["plc1", "plc2"])
def test_a_lost_link_is_one_alarm_not_a_flood(device: str) -> None:
    tags, _ = sausage()
    lost = with_computed(tags, {t.name for t in tags if t.device == device})
    gone = dict.fromkeys((f"Link.{device}.Up", f"Link.{device}.PlcAlive", f"Link.{device}.SupervisorSeen"), 0.0)
    values = production() | gone | {f"Link.{device}.SkewMs": 5000.0}
    assert stand(values, status=lost) == {f"Link.{device}.Up.discrete": "unack_active"}


def judged() -> list[str]:
    """Every tag of a device that some alarm watches."""
    tags, alarms = sausage()
    return sorted({a.tag for a in alarms if tags[a.handle].device in ("plc1", "plc2")})


DECLINED = {f"{u}.PhTime" for u in ("C201", "S401", "S402")} | {"PLC1.CycleTime", "PLC2.CycleTime"}


@pytest.mark.parametrize("name", judged())
def test_a_broken_sensor_is_one_alarm(name: str) -> None:
    tags, _ = sausage()
    found = stand(production(), status=with_computed(tags, {name}))
    assert list(found) == ([] if name in DECLINED else [f"{name}.bad_quality"])


def test_a_generated_alarm_tells_what_is_blind_without_it() -> None:
    _, alarms = sausage()

    def of(alarm_id: str) -> AlarmDef:
        row = alarms.row(alarm_id)
        assert row is not None
        return alarms[row]

    steam, valve = of("Util.SteamPressure.bad_quality"), of("S401.ValveDev.bad_quality")
    assert (steam.generated, steam.priority, steam.area, steam.on_delay_s, steam.off_delay_s) == (True, 3, "energy", 5.0, 15.0)
    assert steam.name.ru == "Сигнал недостоверен (Давление пара)"
    assert steam.consequence.ru == "Не сработают тревоги: Пар: давление низкое; Нет пара; ещё 1"
    assert valve.name.ru == "S-401: сигнал недостоверен (Рассогласование клапана пара)"
    assert valve.when == "Link.plc2.Up == 1 and good(S401.SteamValveFb)"
    assert "S401.SteamValve, S401.SteamValveFb" in valve.cause.ru


def test_a_core_temperature_that_drops_while_cooking() -> None:
    tags, alarms = sausage()
    script = Script(alarms, tags)
    said: list[str] = []
    for s in range(0, 400, 2):
        core = 60.0 - max(0.0, s - 200.0) * 3.0 / 60.0  # three degrees a minute from second 200 on
        said += script.step(s, production() | {"S401.CoreTemp": core, "S402.CoreTemp": core})
    assert said == ["S401.CoreTemp.rate_low normal>unack_active"]  # S-402 dries


def test_a_fitter_at_the_packer_is_said_once_and_hides_its_alarms() -> None:
    tags, alarms = sausage()
    script = Script(alarms, tags)
    torn, fitting = {"P601.FilmOk": 0.0}, {"P601.UnitModeCurrent": 2.0}
    assert script.step(0, production()) == []
    assert "P601.UnitModeCurrent.transition normal>unack_active" in script.step(1, production() | fitting)
    assert all(
        "P601.FilmOk" not in e or e.endswith("suppressed>suppressed") for e in script.step(9, production() | torn | fitting)
    )
    assert "P601.FilmOk.discrete suppressed>unack_active" in script.step(20, production() | torn)


def test_the_table_is_the_same_whatever_the_seed_of_hashes() -> None:
    """A recording names the version of the table that it was made with: two loads of one folder must agree."""
    code = (
        "from pathlib import Path; from potok.linefolder import load_line; print(load_line(Path('lines/sausage')).alarms.version)"
    )
    versions = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(versions) == 1
