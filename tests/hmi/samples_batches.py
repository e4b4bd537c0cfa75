"""Batches as the view ``batches`` tells them: one that cooks, one held on a deviation at a CCP, one with parallel branches that
asks its operator, one in semi-automatic mode, one in manual mode, one that has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.samples import MIN, NOW_NS, S

COMMANDS: Final = ("start", "pause", "resume", "hold", "restart", "stop", "abort", "manual")
Tree = tuple[str, str, str, str, "Sequence[Tree]"]
"""Kind, last part of the id, Russian, English, children."""


def text(ru: str, en: str) -> Obj:
    return {"ru": ru, "en": en}


def allowed(*names: str) -> Obj:
    return {name: name in names for name in COMMANDS}


def nodes(tree: Tree, units: dict[str, str], states: dict[str, str], **more: Obj) -> list[Json]:
    """The tree in pre-order; ``states`` by id, an ancestor of a running node runs, all others are idle or as told."""
    found: list[Json] = []

    def add(branch: Tree, parent: str, role: str) -> None:
        kind, name, ru, en, children = branch
        node_id = f"{parent}.{name}" if parent and parent != "procedure" else name
        role = name if kind == "unit_procedure" else role
        started = states.get(node_id, "idle") != "idle"
        found.append(
            {
                "id": node_id, "kind": kind, "name": text(ru, en), "parent": parent, "role": role, "unit": units.get(role, ""),
                "state": states.get(node_id, "idle"), "count": 1 if started else 0, "at_most": 3 if kind == "loop" else None,
                "started_ns": NOW_NS - 40 * MIN if started else None,
                "ended_ns": NOW_NS - 12 * MIN if states.get(node_id) == "complete" else None, **more.get(node_id, {}),
            }
        )  # fmt: skip
        for child in children:
            add(child, node_id, role)

    add(tree, "", "")
    return found


def _phase(name: str, ru: str, en: str) -> Tree:
    return ("phase", name, ru, en, ())


DOKTORSKAYA: Final[Tree] = (
    "procedure", "procedure", "Докторская", "Doktorskaya", (
        ("unit_procedure", "reception", "Приёмка сырья", "Reception", (
            ("operation", "weighing", "Взвешивание", "Weighing", (_phase("weigh", "Взвешивание", "Weighing"),)),
        )),
        ("unit_procedure", "grinder", "Измельчение", "Grinding", (
            ("operation", "grinding", "Измельчение", "Grinding", (_phase("grind", "Измельчение", "Grinding"),)),
        )),
        ("unit_procedure", "cutter", "Составление фарша", "Batter", (
            ("operation", "charging", "Загрузка", "Charging", (
                ("prompt", "salt", "Посолочная смесь: лот и масса", "Curing salt: lot and mass", ()),
                _phase("charge", "Загрузка", "Charging"),
            )),
            ("operation", "chopping", "Куттерование", "Chopping", (_phase("chop", "Куттерование", "Chopping"),)),
            ("operation", "discharging", "Выгрузка", "Discharging", (_phase("discharge", "Выгрузка", "Discharging"),)),
        )),
        ("unit_procedure", "filler", "Формовка", "Filling", (
            ("operation", "filling", "Набивка батонов", "Filling", (_phase("fill", "Набивка", "Filling"),)),
        )),
        ("unit_procedure", "smokehouse", "Термообработка", "Heat treatment", (
            ("operation", "setting", "Осадка", "Setting", (_phase("set", "Осадка", "Setting"),)),
            ("operation", "roasting", "Обжарка", "Roasting", (
                _phase("dry", "Подсушка", "Drying"), _phase("smoke", "Копчение", "Smoking"),
            )),
            ("operation", "cooking", "Варка", "Cooking", (
                _phase("cook", "Варка", "Cooking"),
                ("keep", "keep", "Выдержка: в батоне не ниже 72 °C", "Core at least 72 °C", ()),
            )),
            ("operation", "showering", "Душирование", "Showering", (_phase("shower", "Душ", "Shower"),)),
        )),
        ("unit_procedure", "chiller", "Охлаждение", "Chilling", (
            ("operation", "chilling", "Охлаждение", "Chilling", (_phase("chill", "Охлаждение", "Chilling"),)),
        )),
    ),
)  # fmt: skip

HAM: Final[Tree] = (
    "procedure", "procedure", "Ветчина", "Ham", (
        ("unit_procedure", "tumbler", "Массирование", "Tumbling", (
            ("prompt", "brine", "Рассол: лот и масса", "Brine: lot and mass", ()),
            ("loop", "cycles", "Циклы массирования", "Tumbling cycles", (
                _phase("tumble", "Массирование под вакуумом", "Tumbling under vacuum"),
                ("wait", "rest", "Отдых: давление выше 900 мбар", "Rest: above 900 mbar", ()),
            )),
            ("prompt", "look", "Мышечный белок на поверхности?", "Protein on the surface?", ()),
        )),
        ("parallel", "both", "", "", (
            ("branch", "fill", "Набивка", "Filling", (
                ("unit_procedure", "filler", "Формовка", "Filling", (_phase("fill", "Набивка", "Filling"),)),
            )),
            ("branch", "heat", "Прогрев", "Heating", (
                ("unit_procedure", "smokehouse_warm", "Прогрев камеры", "Chamber heating", (
                    _phase("warm", "Прогрев", "Heating"),
                )),
            )),
        )),
        ("choice", "how", "", "", (
            ("branch", "smoked", "если копчёная", "if smoked", (
                ("unit_procedure", "smokehouse", "Копчение и варка", "Smoking and cooking", (
                    _phase("smoke", "Копчение", "Smoking"), _phase("cook", "Варка", "Cooking"),
                )),
            )),
            ("branch", "plain", "иначе", "else", (
                ("unit_procedure", "smokehouse_plain", "Варка", "Cooking", (_phase("cook", "Варка", "Cooking"),)),
            )),
        )),
        ("unit_procedure", "chiller", "Охлаждение", "Chilling", (_phase("chill", "Охлаждение", "Chilling"),)),
    ),
)  # fmt: skip


def parameter(name: str, ru: str, en: str, unit: str, phase: str, span: tuple[float, float, float], eu: str, **more: Json) -> Obj:
    lo, value, hi = span
    return {"id": name, "name": text(ru, en), "unit": unit, "phase": phase, "value": value, "lo": lo, "hi": hi, "eu": eu,
            "ccp": False, "editable": True, "role": "operator", **more}  # fmt: skip


PARAMETERS: Final[list[Obj]] = [
    parameter("cook_temp", "Температура варки", "Cooking temperature", "S401", "cook", (75, 78, 80), "°C"),
    parameter("cook_rh", "Влажность варки", "Cooking humidity", "S401", "cook", (95, 98, 100), "%", role="technologist"),
    parameter("cook_core", "Температура в батоне при варке", "Core temperature", "S401", "cook", (72, 72, 75), "°C", ccp=True,
              editable=False),
    parameter("set_time", "Время осадки", "Setting time", "S401", "set", (600, 900, 7200), "s", editable=False),
    parameter("chill_core", "Температура в батоне после охлаждения", "Core after chilling", "H501", "chill", (4, 8, 8), "°C"),
]  # fmt: skip
INGREDIENTS: Final[list[Json]] = [
    {"material": "beef_premium", "name": text("Говядина высшего сорта", "Beef premium"), "kg": 28.6, "tolerance_pct": 1.0,
     "lots": [{"lot": "ГВ-2611-07", "kg": 28.7, "time_ns": NOW_NS - 180 * MIN, "user": "ivanova"}]},
    {"material": "pork_semi_fat", "name": text("Свинина полужирная", "Pork semi-fat"), "kg": 80.1, "tolerance_pct": 1.0,
     "lots": [{"lot": "СВ-2611-03", "kg": 38.0, "time_ns": NOW_NS - 178 * MIN, "user": "ivanova"},
              {"lot": "СВ-2611-07", "kg": 45.3, "time_ns": NOW_NS - 177 * MIN, "user": "petrov"}]},
    {"material": "curing_salt", "name": text("Посолочная смесь, 0,6 % нитрита", "Curing salt, 0.6 % nitrite"), "kg": 1.35,
     "tolerance_pct": 0.5, "lots": []},
    {"material": "ice", "name": text("Лёд", "Ice"), "kg": 22.9, "tolerance_pct": 2.0, "lots": []},
]  # fmt: skip


def active(node: str, unit: str, phase: str, state: str, *commands: str, **more: Json) -> Obj:
    return {"node": node, "unit": unit, "phase": phase, "task": "run", "phase_state": state, "waiting": None,
            "since_ns": NOW_NS - 41 * MIN, "run_since_ns": NOW_NS - 41 * MIN, "left_s": None,
            "counted_s": None, "for_s": None, "counting_ns": None, "held_reason": None,
            "allowed": {c: c in commands for c in ("pause", "resume", "hold", "restart")}, "reasons_against_restart": [],
            **more}  # fmt: skip


def stay(unit: str, phase: str, start_min: float, end_min: float | None) -> Json:
    end = None if end_min is None else NOW_NS - int(end_min * MIN)
    return {"unit": unit, "phase": phase, "start_ns": NOW_NS - int(start_min * MIN), "end_ns": end}


def batch(number: int, state: str, **more: Json) -> Obj:
    return {
        "id": f"B{number}", "number": number, "recipe": "doktorskaya", "version": "1.2", "hash": "3f9a1c55e0d2" + "0" * 52,
        "recipe_name": text("Колбаса варёная «Докторская»", "Doktorskaya cooked sausage"), "state": state, "size_kg": 140.0,
        "unit": "", "unit_procedure": "", "operation": "", "phase": "", "phase_state": "", "step": 0, "steps": 11,
        "created_ns": NOW_NS - 200 * MIN, "started_ns": NOW_NS - 190 * MIN, "ended_ns": None, "waiting": None,
        "held_reason": None, "mode": "automatic", "product": "free", "nodes": [], "active": [], "prompts": [], "deviations": [],
        "confirm": [], "ingredients": [], "allowed": allowed(), "parameters": [], "history": [], **more,
    }  # fmt: skip


BEFORE_COOK: Final = dict.fromkeys(
    (
        "reception", "reception.weighing", "reception.weighing.weigh", "grinder", "grinder.grinding", "grinder.grinding.grind",
        "cutter", "cutter.charging", "cutter.charging.salt", "cutter.charging.charge", "cutter.chopping", "cutter.chopping.chop",
        "cutter.discharging", "cutter.discharging.discharge", "filler", "filler.filling", "filler.filling.fill",
        "smokehouse.setting", "smokehouse.setting.set", "smokehouse.roasting", "smokehouse.roasting.dry",
        "smokehouse.roasting.smoke",
    ),
    "complete",
)  # fmt: skip
UNITS: Final = {"reception": "R101", "grinder": "G101", "cutter": "C201", "filler": "F301", "smokehouse": "S401"}
COOKING: Final = {**BEFORE_COOK, "procedure": "running", "smokehouse": "running", "smokehouse.cooking": "running"}


def cooking() -> Obj:
    """№1187 keeps its core temperature: a hold timer counts."""
    states = {**COOKING, "smokehouse.cooking.cook": "complete", "smokehouse.cooking.keep": "running"}
    keep = active("smokehouse.cooking.keep", "S401", "", "", left_s=420.0, counted_s=120.0, for_s=600.0,
                  counting_ns=NOW_NS - 60 * S,
                  waiting=text("считает выдержку: в батоне не ниже 72 °C", "counts: core at least 72 °C"))  # fmt: skip
    return batch(
        1187, "running", unit="S401", phase="cook", phase_state="running", step=7, nodes=nodes(DOKTORSKAYA, UNITS, states),
        active=[keep], parameters=PARAMETERS, ingredients=INGREDIENTS, allowed=allowed("pause", "hold", "stop", "abort"),
        history=[stay("R101", "weigh", 190, 180), stay("G101", "grind", 178, 160), stay("C201", "chop", 158, 140),
                 stay("F301", "fill", 136, 110), stay("S401", "set", 104, 85), stay("S401", "dry", 85, 62),
                 stay("S401", "smoke", 62, 41), stay("S401", "cook", 41, None)],
    )  # fmt: skip


def deviated() -> Obj:
    """№1186 broke its core probe while cooking: product on hold, batch Held, a disposition is asked for."""
    states = {
        **COOKING,
        "procedure": "held",
        "smokehouse": "held",
        "smokehouse.cooking": "held",
        "smokehouse.cooking.cook": "held",
    }
    why = text("S-402: нет достоверных данных «Температура в батоне (ККТ)»", "S-402: no good value of “Core temperature (CCP)”")
    undecided = text("по отклонению №1 (ККТ) нет решения", "deviation 1 (CCP) has no disposition")
    probe = text("Датчик в батоне исправен", "Core probe healthy")
    return batch(
        1186, "held", unit="S402", phase="cook", phase_state="held", step=7, product="on_hold", held_reason=why,
        nodes=nodes(DOKTORSKAYA, {**UNITS, "smokehouse": "S402"}, states), ingredients=INGREDIENTS,
        parameters=[{**p, "unit": "S402"} if p["unit"] == "S401" else p for p in PARAMETERS],
        active=[active("smokehouse.cooking.cook", "S402", "cook", "held", reasons_against_restart=[undecided, probe])],
        deviations=[{"number": 1, "node": "smokehouse.cooking.cook", "unit": "S402", "kind": "ccp",
                     "text": text("Температура в батоне (ККТ)", "Core temperature (CCP)"), "since_ns": NOW_NS - 6 * MIN,
                     "value": None, "lo": 71.5, "hi": None, "eu": "°C", "quality": "BadSensorFailure", "disposition": None},
                    {"number": 2, "node": "smokehouse.cooking.cook", "unit": "S402", "kind": "process",
                     "text": text("Температура камеры", "Chamber temperature"), "since_ns": NOW_NS - 5 * MIN,
                     "value": 70.1, "lo": 73.0, "hi": 83.0, "eu": "°C", "quality": "Good", "disposition": None}],
        allowed=allowed("stop", "abort"), history=[stay("S402", "set", 104, 85), stay("S402", "cook", 41, None)],
    )  # fmt: skip


def asking() -> Obj:
    """№1190, a ham: parallel branches at work, two prompts open."""
    states = {
        "procedure": "running", "tumbler": "complete", "tumbler.brine": "complete", "tumbler.cycles": "complete",
        "tumbler.cycles.tumble": "complete", "tumbler.cycles.rest": "complete", "tumbler.look": "complete", "both": "running",
        "both.fill": "running", "both.fill.filler": "running", "both.fill.filler.fill": "running", "both.heat": "running",
        "both.heat.smokehouse_warm": "paused", "both.heat.smokehouse_warm.warm": "paused",
    }  # fmt: skip
    ham = text("Ветчина варёная в оболочке", "Ham, cooked in casing")
    prompts: list[Json] = [
        {"id": "brine_lot", "node": "both.fill.filler.fill", "kind": "lot",
         "text": text("Взвесьте и внесите рассол", "Weigh the brine"),
         "role": "operator", "signed": False, "lo": None, "hi": None, "eu": "kg", "choices": [], "material": "brine",
         "target_kg": 20.0, "tolerance_pct": 2.0, "since_ns": NOW_NS - 3 * MIN},
        {"id": "ph", "node": "both.fill.filler.fill", "kind": "number",
         "text": text("Введите pH фарша", "Enter the pH"), "role": "technologist", "signed": True,
         "lo": 5.6, "hi": 6.4, "eu": "", "choices": [], "material": "", "target_kg": None, "tolerance_pct": None,
         "since_ns": NOW_NS - 2 * MIN},
    ]  # fmt: skip
    return batch(
        1190, "running", recipe="ham", recipe_name=ham, unit="F301", phase="fill", phase_state="running", step=4, steps=9,
        nodes=nodes(HAM, {"tumbler": "T251", "filler": "F301", "smokehouse_warm": "S402"}, states,
                    **{"tumbler.cycles": {"count": 3, "at_most": 3}}),
        active=[active("both.fill.filler.fill", "F301", "fill", "running", "pause", "hold", for_s=1124.0),
                active("both.heat.smokehouse_warm.warm", "S402", "warm", "paused", "resume", "hold",
                       waiting=text("на паузе: Иванова А. С.", "paused by Ivanova"))],
        prompts=prompts, allowed=allowed("pause", "resume", "hold", "stop", "abort"),
        ingredients=[{"material": "brine", "name": text("Рассол", "Brine"), "kg": 20.0, "tolerance_pct": 2.0, "lots": []}],
    )  # fmt: skip


def semi() -> Obj:
    """№1191 waits in semi-automatic mode for a confirmation."""
    states = {"procedure": "running", "reception": "complete", "reception.weighing": "complete",
              "reception.weighing.weigh": "complete", "grinder": "running"}  # fmt: skip
    return batch(
        1191, "running", mode="semi", unit="G101", phase="grind", phase_state="idle", step=2,
        nodes=nodes(DOKTORSKAYA, UNITS, states),
        active=[active("grinder.grinding.grind", "G101", "grind", "idle", run_since_ns=None)],
        confirm=["grinder.grinding.grind"], allowed=allowed("pause", "hold", "stop", "abort"),
    )  # fmt: skip


def manual() -> Obj:
    """№1192 is moved by a technologist, step by step."""
    return batch(
        1192, "running", mode="manual", unit="R101", phase="weigh", phase_state="idle", step=1,
        nodes=nodes(DOKTORSKAYA, UNITS, {"procedure": "running", "reception": "running"}),
        active=[active("reception.weighing.weigh", "R101", "weigh", "idle", run_since_ns=None)],
        confirm=["reception.weighing.weigh"], allowed=allowed("pause", "hold", "stop", "abort", "manual"),
    )  # fmt: skip


def ended() -> Obj:
    """№1185 is complete, its product released."""
    return batch(1185, "complete", product="released", ended_ns=NOW_NS - 30 * S, step=11,
                 nodes=nodes(DOKTORSKAYA, UNITS, dict.fromkeys((*COOKING, "chiller"), "complete")))  # fmt: skip


def view(*only: Obj) -> Obj:
    """The view as a message; all samples when none are given."""
    found: list[Json] = list(only) if only else [ended(), deviated(), cooking(), asking(), semi(), manual()]
    return {"type": "view", "name": "batches", "data": {"batches": found}}
