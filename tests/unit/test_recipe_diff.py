"""What differs between two versions: each change once, with the place, both values and a sentence in both languages."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from line.messages import JsonObject
from recipes.content import content_hash
from recipes.diff import Change, changes, difference_hash
from tests.unit.test_recipe_plant import doktorskaya_document

Data = dict[str, Any]
TEXT = {"ru": "Новое", "en": "New"}


def base() -> Data:
    return copy.deepcopy(doktorskaya_document().data)


def after(edit: Callable[[Data], object]) -> list[Change]:
    data = base()
    edit(data)
    return list(changes(base(), data))


def told(edit: Callable[[Data], object]) -> list[tuple[str, str, str, str]]:
    return [(c.path, c.kind, c.before, c.after) for c in after(edit)]


def smokehouse(data: Data) -> Any:
    return next(u for u in data["procedure"] if u["unit_procedure"] == "smokehouse")


def roasting(data: Data) -> Any:
    return smokehouse(data)["operations"][1]["phases"]


def test_nothing_changed() -> None:
    assert changes(base(), base()) == ()
    reordered = json.loads(json.dumps(base(), sort_keys=True))
    assert changes(base(), reordered) == ()
    assert told(lambda d: d.update(base_batch_kg=140.0)) == []


EDITS: dict[str, tuple[Callable[[Data], object], list[tuple[str, str, str, str]], str]] = {
    "version": (lambda d: d.update(version="1.1"), [("version", "changed", "1.0", "1.1")], "version: 1.0 → 1.1"),
    "value": (lambda d: d["parameters"]["cook_temp"].update(value=79.5),
              [("parameters.cook_temp.value", "changed", "78", "79.5")],
              "parameter Cooking temperature, value: 78 °C → 79.5 °C"),
    "ccp": (lambda d: d["parameters"]["cook_core"].pop("ccp"), [("parameters.cook_core.ccp", "changed", "true", "")],
            "parameter Core temperature of cooking, CCP: yes → —"),
    "new parameter": (lambda d: d["parameters"].update(rest={"value": 5, "eu": "min", "lo": 1, "hi": 9, "name": TEXT}),
                      [("parameters.rest", "added", "", "5 min")], "parameter New: added"),
    "ingredient gone": (lambda d: d["ingredients"].pop("nutmeg"), [("ingredients.nutmeg", "removed", "0.06 kg", "")],
                        "ingredient Nutmeg: removed"),
    "mass": (lambda d: d["ingredients"]["salt"].update(kg=1.1, tolerance_pct=2.0),
             [("ingredients.salt.kg", "changed", "1.04", "1.1"), ("ingredients.salt.tolerance_pct", "changed", "1", "2")],
             "ingredient Salt, mass: 1.04 kg → 1.1 kg"),
    "name": (lambda d: d.update(name={"ru": "А", "en": "B"}),
             [("name", "changed", "Колбаса варёная «Докторская» / Doktorskaya cooked sausage", "А / B")], "name: "),
    "nitrite": (lambda d: d["nitrite"].update(hi_mg_per_kg=80), [("nitrite.hi_mg_per_kg", "changed", "75", "80")],
                "nitrite, most nitrite, mg/kg: 75 → 80"),
    "units": (lambda d: d["equipment"]["smokehouse"].update(units=["S402"]),
              [("equipment.smokehouse.units", "changed", "", "S402")], "role smokehouse, units: — → S402"),
    "phase parameter": (lambda d: smokehouse(d)["operations"][2]["phases"][0]["parameters"].update(rh=95),
                        [("procedure.smokehouse.cooking.cook.parameters.rh", "changed", "$cook_rh", "95")],
                        "phase cook, parameter rh: $cook_rh → 95"),
    "watch limit": (lambda d: smokehouse(d)["operations"][2]["phases"][0]["watch"][2].update(lo="$cook_core-1"),
                    [("procedure.smokehouse.cooking.cook.watch.{u}.CoreTemp@end.lo", "changed",
                      "$cook_core-0.5", "$cook_core-1")],
                    "phase cook, watch Core temperature (CCP), lower limit: $cook_core-0.5 → $cook_core-1"),
    "watch gone": (lambda d: smokehouse(d)["operations"][2]["phases"][0]["watch"].pop(2),
                   [("procedure.smokehouse.cooking.cook.watch.{u}.CoreTemp@end", "removed",
                     "tag: {u}.CoreTemp, lo: $cook_core-0.5", "")], "phase cook, watch Core temperature (CCP): removed"),
    "all watches gone": (lambda d: d["procedure"][2]["operations"][1]["phases"][0].pop("watch"),
                         [("procedure.cutter.chopping.chop.watch.{u}.BatterTemp", "removed",
                           "tag: {u}.BatterTemp, hi: 12", "")],
                         "phase chop, watch Batter temperature: removed"),
    "phase added": (lambda d: roasting(d).append({"phase": "dry", "id": "again", "parameters": {"temp": 60}}),
                    [("procedure.smokehouse.roasting.again", "added", "", "parameters: temp: 60, phase: dry")],
                    "phase again: added"),
    "operation gone": (lambda d: smokehouse(d)["operations"].pop(3),
                       [("procedure.smokehouse.showering", "removed", "shower", "")], "operation Showering: removed"),
    "unit procedure gone": (lambda d: d["procedure"].pop(),
                            [("procedure.packer", "removed", "packing", "")], "unit procedure Packing: removed"),
    "order": (lambda d: smokehouse(d)["operations"].insert(0, smokehouse(d)["operations"].pop(2)),
              [("procedure.smokehouse.cooking", "moved", "", "")], "operation Cooking: moved"),
    "elsewhere": (lambda d: smokehouse(d)["operations"][0]["phases"].append(roasting(d).pop(0)),
                  [("procedure.smokehouse.setting.dry", "moved",
                    "procedure.smokehouse.roasting", "procedure.smokehouse.setting")],
                  "phase dry: moved"),
    "operation elsewhere": (lambda d: d["procedure"][5]["operations"].insert(0, smokehouse(d)["operations"].pop(3)),
                            [("procedure.chiller.showering", "moved", "procedure.smokehouse", "procedure.chiller")],
                            "operation Showering: moved"),
    "other kind": (lambda d: d["procedure"].__setitem__(0, {"prompt": "reception", "text": TEXT}),
                   [("procedure.reception", "removed", "reception", ""), ("procedure.reception", "added", "", "")],
                   "unit procedure Reception: removed"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(EDITS))
def test_a_change_is_told_once_and_in_words(name: str) -> None:
    edit, wanted, said = EDITS[name]
    found = after(edit)
    if name == "other kind":  # what lay in the unit procedure went with it
        found = found[:2]
    assert [(c.path, c.kind, c.before, c.after) for c in found] == wanted, found
    assert found[0].text.en.startswith(said), found[0].text
    assert found[0].text.ru != found[0].text.en


READ: dict[str, tuple[Callable[[Data], object], str, str, str]] = {
    "decimal comma and unit": (lambda d: d["parameters"]["cook_temp"].update(value=79.5),
                               "параметр «Температура варки», значение", "78 °C", "79,5 °C"),
    "minus": (lambda d: d["parameters"]["fill_vacuum"].update(lo=-0.97), "параметр «Вакуум набивки», нижний предел",
              "−0,95 бар", "−0,97 бар"),
    "mass": (lambda d: d["ingredients"]["salt"].update(kg=1.1), "сырьё «Соль пищевая», масса", "1,04 кг", "1,1 кг"),
    "tolerance": (lambda d: d["ingredients"]["salt"].update(tolerance_pct=1.5), "сырьё «Соль пищевая», допуск", "1 %", "1,5 %"),
    "other unit": (lambda d: d["parameters"]["chop_time"].update(eu="min", value=10.5),
                   "параметр «Время куттерования», единица измерения", "с", "мин"),
    "yes": (lambda d: d["parameters"]["cook_core"].pop("ccp"), "параметр «Температура в батоне при варке», ККТ", "да", ""),
    "word": (lambda d: smokehouse(d)["operations"][2]["phases"][0]["watch"][2].update(on="hold_operation"),
             "фаза «cook», контроль «Температура в батоне (ККТ)», действие", "", "удержать операцию"),
    "number of a version": (lambda d: d.update(version="1.1"), "версия", "1.0", "1.1"),
    "condition": (lambda d: smokehouse(d)["operations"][2]["phases"][0]["watch"][2].update(lo="$cook_core-1.5"),
                  "фаза «cook», контроль «Температура в батоне (ККТ)», нижний предел", "$cook_core-0.5", "$cook_core-1.5"),
    "material gone": (lambda d: d["ingredients"].pop("nutmeg"), "сырьё «Орех мускатный»: удалено", "0,06 кг", ""),
    "watch gone": (lambda d: d["procedure"][2]["operations"][1]["phases"][0].pop("watch"),
                   "фаза «chop», контроль «Температура фарша»: удалено", "тег: {u}.BatterTemp, верхний предел: 12", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", list(READ))
def test_a_person_reads_values_as_the_language_writes_them(name: str) -> None:
    edit, what, was, now = READ[name]
    found = next(c for c in after(edit) if c.what.ru == what)
    assert (found.was.ru, found.now.ru) == (was, now)
    assert "," not in found.before + found.after or name == "watch gone", "those are as the file has them"


def test_a_value_inside_what_was_moved_is_told_too() -> None:
    def edit(data: Data) -> None:
        operations = smokehouse(data)["operations"]
        operations.insert(0, operations.pop(2))
        operations[0]["phases"][0]["parameters"]["temp"] = 80

    assert told(edit) == [
        ("procedure.smokehouse.cooking", "moved", "", ""),
        ("procedure.smokehouse.cooking.cook.parameters.temp", "changed", "$cook_temp", "80"),
    ]


def test_everything_is_new_without_an_earlier_version() -> None:
    found = changes(None, base())
    assert {c.kind for c in found} <= {"added", "changed"}
    assert [c.path for c in found if c.path.startswith("procedure")] == [
        f"procedure.{u}" for u in ("reception", "grinder", "cutter", "filler", "smokehouse", "chiller", "packer")
    ]


def test_the_hash_binds_both_contents() -> None:
    one, other = content_hash(base()), content_hash({**base(), "version": "1.1"})
    assert difference_hash(one, other) == difference_hash(one, other)
    assert (
        len({difference_hash(one, other), difference_hash(other, one), difference_hash("", other), difference_hash(one, one)})
        == 4
    )


def _shuffled(value: Any, rng: random.Random, depth: int = 0) -> Any:
    """Data as a careless hand leaves it: parts dropped, doubled, of another kind."""
    roll = rng.random()
    if depth and roll < 0.04:
        return rng.choice([None, 5, "x", [], {}, [1], {"a": {"b": []}}, True])
    if isinstance(value, dict):
        return {k: _shuffled(v, rng, depth + 1) for k, v in value.items() if rng.random() > 0.03}
    if isinstance(value, list):
        kept = [_shuffled(v, rng, depth + 1) for v in value if rng.random() > 0.05]
        return kept + kept[:1] if roll > 0.95 else kept
    return value


@pytest.mark.parametrize("seed", range(40))
def test_drafts_of_any_shape_are_compared_and_nothing_differs_unseen(seed: int) -> None:
    rng = random.Random(seed)
    one, other = _shuffled(base(), rng), _shuffled(base(), rng)
    found = changes(one, other)
    assert changes(one, one) == changes(other, other) == ()
    assert bool(found) == (content_hash(one) != content_hash(other))
    for change in found:
        data: JsonObject = change.to_json()
        assert json.loads(json.dumps(data)) == data
