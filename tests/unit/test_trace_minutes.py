"""From a lot to exactly its minutes: units, tags, alarms and changes, and of a packed unit only its own time at the packer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from historian.lot_queries import LotQueries
from historian.minutes_document import minutes_pages
from line.clock import NS_PER_S
from tests.builders import T0_NS
from tests.unit.record_kit import B, Folder


def at(second: float) -> int:
    return T0_NS + round(second * NS_PER_S)


def plant(path: Path) -> LotQueries:
    """A batch in the smokehouse from 10 to 100 s and at the packer from 100 to 200 s; two packed units at 150 and 180 s."""
    with Folder(path, recipe=None) as f:
        f.add(1, "lot", "L1", {"what": "received", "kg": 100.0, "material": "pork"})
        f.batch(5, "created", number=1, recipe="ham")
        f.alarm(2, "alarm", "normal", "unack_active", "S401.Old.low")
        f.alarm(8, "return", "unack_active", "normal", "S401.Old.low")
        f.batch(10, "acquire", unit="S401", role="smokehouse")
        f.add(11, "lot", "L1", {"what": "consumed", "kg": 50.0, "left_kg": 50.0, "material": "pork"}, "S401", B)
        f.command(20, "c1", "tag.write", "S401.SP_Temp", value=79.0)
        f.command(21, "c2", "tag.write", "S402.SP_Temp", value=79.0)
        f.written(21, "S401.SP_Temp", 79.0, "c1")
        f.alarm(30, "alarm", "normal", "unack_active")
        f.alarm(40, "return", "unack_active", "normal")
        f.add(50, "unit", "S401", {"what": "mode", "from": "auto", "to": "manual", "user": "ivanov"}, "S401")
        f.batch(60, "parameter", parameter="cook_temp", from_=78.0, to=79.0, eu="°C", user="ivanov", reason="r")
        f.batch(100, "release", unit="S401", role="smokehouse")
        f.batch(100, "acquire", unit="P701", role="packer")
        for second, sscc in ((150, "1"), (180, "2")):
            told: dict[str, Any] = {"what": "packed", "sscc": sscc, "packs": 5, "kg": 20.0}
            f.add(second, "lot", B, told, "P701", B)
        f.batch(200, "release", unit="P701", role="packer")
        f.alarm(300, "alarm", "normal", "unack_active", "S401.Late.low")
        for second in range(0, 320, 10):
            f.sample(second, "S401.ChamberTemp", 70.0 + second / 10)
            f.sample(second, "P701.Weight", 0.4)
            f.sample(second, "S4010.Other", 1.0)
    return LotQueries(path / "journal.db", path / "samples")


def units(queries: LotQueries, lot: str, points: int = 0) -> dict[str, dict[str, Any]]:
    found = queries.minutes(lot, points)
    assert found is not None
    (batch,) = cast(list[dict[str, Any]], found["batches"])
    return {u["unit"]: u for u in batch["units"]}


def test_a_batch_has_its_units_with_their_alarms_and_changes(tmp_path: Path) -> None:
    found = units(plant(tmp_path), B)
    smoke = found["S401"]
    assert (smoke["from_ns"], smoke["to_ns"], smoke["role"]) == (at(10), at(100), "smokehouse")
    assert [a["alarm"] for a in smoke["alarms"]] == ["S401.CoreTemp.low"]  # neither the one before nor the one after
    assert [(c["what"], c.get("target") or c.get("tag") or c.get("to")) for c in smoke["changes"]] == [
        ("command", "S401.SP_Temp"), ("write", "S401.SP_Temp"), ("mode", "manual"),
    ]  # fmt: skip
    assert smoke["tags"] == ["S401.ChamberTemp"]
    assert "curves" not in smoke
    assert (found["P701"]["from_ns"], found["P701"]["to_ns"], found["P701"]["tags"]) == (at(100), at(200), ["P701.Weight"])


def test_a_packed_unit_has_its_own_minutes_at_the_packer(tmp_path: Path) -> None:
    queries = plant(tmp_path)
    first, second = units(queries, "1"), units(queries, "(00)2")
    assert (first["P701"]["from_ns"], first["P701"]["to_ns"]) == (at(100), at(150))
    assert (second["P701"]["from_ns"], second["P701"]["to_ns"]) == (at(150), at(180))
    assert first["S401"]["from_ns"] == second["S401"]["from_ns"] == at(10)


def test_curves_are_those_of_the_minutes(tmp_path: Path) -> None:
    curve = units(plant(tmp_path), "2", points=200)["P701"]["curves"]["P701.Weight"]
    assert curve["t"][-1] == at(180)
    assert all(at(150) <= t <= at(180) for t in curve["t"][1:])  # the first may be the sample before, to start the line


def test_a_batch_tells_what_people_changed_in_it(tmp_path: Path) -> None:
    found = plant(tmp_path).minutes(B)
    assert found is not None
    (batch,) = cast(list[dict[str, Any]], found["batches"])
    assert [(c["what"], c["parameter"], c["to"]) for c in batch["changes"]] == [("parameter", "cook_temp", 79.0)]


def test_a_received_lot_has_no_minutes_and_an_unknown_one_no_answer(tmp_path: Path) -> None:
    queries = plant(tmp_path)
    found = queries.minutes("L1")
    assert found is not None
    assert found["batches"] == []
    assert queries.minutes("L9") is None
    assert LotQueries(tmp_path / "none.db", tmp_path).minutes("L1") is None


def test_of_two_stays_at_the_packer_a_packed_unit_has_its_own(tmp_path: Path) -> None:
    told: dict[str, Any] = {"what": "packed", "packs": 5, "kg": 20.0}
    with Folder(tmp_path, recipe=None) as f:
        f.batch(5, "created", number=1, recipe="ham")
        f.batch(100, "acquire", unit="P701", role="packer")
        f.add(110, "lot", B, {**told, "sscc": "1"}, "P701", B)
        f.batch(120, "release", unit="P701", role="packer")
        f.batch(140, "acquire", unit="P701", role="packer")
        f.add(150, "lot", B, {**told, "sscc": "2"}, "P701", B)
        f.batch(160, "release", unit="P701", role="packer")
        f.add(162, "lot", B, {**told, "sscc": "3"}, "P701", B)
        f.add(162, "lot", B, {**told, "sscc": "4"}, "P701", B)
    queries = LotQueries(tmp_path / "journal.db", tmp_path / "samples")
    found: dict[str, list[tuple[int, int]]] = {}
    for sscc in "1234":
        answer = queries.minutes(sscc)
        assert answer is not None
        (batch,) = cast(list[dict[str, Any]], answer["batches"])
        found[sscc] = [(u["from_ns"], u["to_ns"]) for u in batch["units"]]
    assert found == {
        "1": [(at(100), at(110))],
        "2": [(at(110), at(120)), (at(140), at(150))],
        "3": [(at(150), at(160))],
        "4": [(at(140), at(160))],
    }


LINE: dict[str, Any] = {
    "units": [
        {"id": "S401", "label": "S-401", "name": {"ru": "Термокамера", "en": "Smokehouse"},
         "key_values": [{"tag": "S401.ChamberTemp"}], "phases": [{"id": "cook", "parameters": {"temp": "S401.SP_Temp"}}]},
        {"id": "P701", "label": "P-701", "name": {"ru": "Упаковка", "en": "Packer"}, "key_values": [{"tag": "P701.Weight"}]},
    ],
    "tags": [{"name": "S401.ChamberTemp", "ru": "Температура камеры", "en": "Chamber", "eu": "°C", "decimals": 1, "unit": "S401"},
             {"name": "S401.SP_Temp", "ru": "Задание", "en": "Setpoint", "eu": "°C", "decimals": 1, "unit": "S401"}],
    "recipes": [{"id": "ham", "name": {"ru": "Ветчина", "en": "Ham"}}],
}  # fmt: skip


def test_the_document_has_curves_alarms_and_changes_by_unit(tmp_path: Path) -> None:
    found = plant(tmp_path).minutes("2", 200)
    assert found is not None
    document = cast(dict[str, Any], minutes_pages(found, LINE, {"ivanov": "Иванов И."}, "ru", "Europe/Moscow"))
    heads = [b["text"] for b in document["blocks"] if b["kind"] == "heading" and b["level"] == 1]
    assert [h.split(" · ")[0] for h in heads] == ["S-401 Термокамера", "P-701 Упаковка", "Изменения в партии"]
    smoke = document["blocks"][next(i for i, b in enumerate(document["blocks"]) if b.get("text") == heads[0]) :]
    assert smoke[1]["kind"] == "plot"
    assert smoke[1]["name"] == "S-401: Температура камеры, °C"
    tables = [b["rows"] for b in smoke if b["kind"] == "table"]
    assert len(tables[0]) == 1, "the one alarm of its time"
    said = [(row[1], row[2]) for row in tables[1]]
    assert said == [
        ("S-401: Задание = 79 °C", "Иванов И."),
        ("режим: автомат → ручной", "Иванов И."),
    ]
    assert "ham" not in str(document["product"])


def test_a_lot_that_lay_in_store_says_so(tmp_path: Path) -> None:
    found = plant(tmp_path).minutes("L1", 200)
    assert found is not None
    document = minutes_pages(found, {}, {}, "en", "UTC")
    assert {"kind": "text", "text": "The lot lay in store: it was in no unit of the line."} in cast(list[Any], document["blocks"])
