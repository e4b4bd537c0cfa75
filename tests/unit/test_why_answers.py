"""Why: titled scripts of a journal, and the chain of causes that each must give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from historian.why_names import Names, TagWords
from line.clock import NS_PER_S
from line.quality import Status
from tests.builders import T0_NS
from tests.unit.record_kit import CHAMBER, COOK, CORE, HASH, SET, B, Folder, both, finish, start

NAMES = Names(
    tags={SET: TagWords({"ru": "Задание камеры", "en": "Chamber setpoint"}, "°C", 1, "S401", "plc1", True),
          CHAMBER: TagWords({"ru": "Камера", "en": "Chamber"}, "°C", 1, "S401", "plc1"),
          "S401.SP_Time": TagWords({"ru": "Время", "en": "Time"}, "s", 0, "S401", "plc1", True),
          "Line.LoadKg": TagWords({"ru": "Загрузка", "en": "Load"}, "kg", 0, "", "calc")},
    units={"S401": "S-401"}, people={"ivanov": "Иванов И. И.", "petrova": "Петрова А. А."},
    place=lambda recipe, content, key: (f"recipes/{recipe}.yaml", 40 + len(key)) if content == HASH else None,
    devices={"S401": "plc1"}, phases={("S401", "cook"): both("Cook")}, recipes={"ham": both("Ham")},
)  # fmt: skip


class Answer:
    """An answer, in words and kinds."""

    def __init__(self, folder: Path, target: str, at_s: float | None = None, names: Names = NAMES) -> None:
        at_ns = None if at_s is None else T0_NS + round(at_s * NS_PER_S)
        self.found: dict[str, Any] = dict(Queries(folder).why(target, at_ns, names))
        self.what: str = self.found["what"]
        self.chain: list[dict[str, Any]] = list(self.found["chain"])
        self.kinds = [link["kind"] for link in self.chain]
        self.ru = [str(link["text"]["ru"]) for link in self.chain]
        self.en = [str(link["text"]["en"]) for link in self.chain]
        assert all(self.ru), "every link is told in Russian"
        assert all(self.en), "every link is told in English"


def hold(f: Folder, at_s: float, reason: dict[str, str], user: str = "") -> None:
    """The batch goes to held, as the engine tells it."""
    who = {"user": user} if user else {}
    f.batch(at_s, "state", unit="S401", **{"from": "running", "to": "holding"}, reasons=[reason], **who)
    f.batch(at_s + 2, "state", unit="S401", **{"from": "holding", "to": "held"}, reasons=[reason])


def test_a_setpoint_comes_from_the_node_of_the_recipe_and_the_person_who_started_the_batch(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
    answer = Answer(tmp_path, SET)
    assert (answer.what, answer.kinds) == ("tag", ["write", "request", "start", "command"])
    assert answer.ru[0] == (
        "S-401: Задание камеры: задание 78 °C записано 22:14:19 партией №1001 — Cooking (ру) "
        "(рецепт Ham (ру) 3.1, шаг smokehouse.cooking.cook, параметр cook_temp)."
    )
    assert answer.ru[2] == "Партию №1001 запустил Иванов И. И. в 22:13:20."
    assert answer.found["answer"]["ru"] == f"{answer.ru[0]} {answer.ru[2]}"
    assert answer.chain[0]["ref"] == {
        "tag": SET, "batch": B, "recipe": "ham", "version": "3.1", "hash": HASH, "node": COOK,
        "key": "procedure.0.operations.0.phases.1.parameters.temp", "file": "recipes/ham.yaml", "line": 48,
    }  # fmt: skip


def test_a_setpoint_changed_by_a_person_comes_from_that_person_with_the_reason(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.command(100, "c2", "batch.parameter", B, "petrova", parameter="cook_temp", value=79.0, reason="cold load")
        change: dict[str, Any] = {"from": 78.0, "to": 79.0, "eu": "°C", "user": "petrova", "reason": "cold load"}
        f.batch(100.5, "parameter", parameter="cook_temp", **change)
        f.written(101, SET, 79.0, "c2")
    answer = Answer(tmp_path, SET)
    assert answer.kinds == ["write", "command"]
    assert answer.en[1] == "Петрова А. А. (station P1): change a parameter №1001: 79.0, 22:15:00 ('cold load')."
    f2 = tmp_path / "by_batch"
    f2.mkdir()
    with Folder(f2) as f:
        start(f)
        f.command(100, "c2", "batch.parameter", B, "petrova", parameter="cook_temp", value=79.0, reason="cold load")
        f.batch(100.5, "parameter", parameter="cook_temp", **change)
        f.written(101, SET, 79.0)
    answer = Answer(f2, SET)
    assert answer.kinds[:3] == ["write", "parameter", "command"]
    assert answer.ru[1] == "Cooking temperature (ру): 78 °C → 79 °C, изменил Петрова А. А. в 22:15:00 («cold load»)."


def test_a_tag_written_by_hand_comes_from_the_command(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.command(5, "w1", "tag.write", "S401.SP_Time", "petrova", "confirmed", reason="trial", value=600.0)
        f.written(5.4, "S401.SP_Time", 600.0, "w1")
    answer = Answer(tmp_path, "S401.SP_Time")
    assert answer.kinds == ["write", "command"]
    assert "командой Петрова А. А. (пост P1)" in answer.ru[0]


def test_a_write_that_the_plc_did_not_take_says_so(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.written(70, SET, 77.0, status="BadTimeout")
    assert "(not confirmed: BadTimeout)" in Answer(tmp_path, SET).en[0]


def test_a_tag_that_only_the_plc_moves_is_explained_by_its_unit(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
    answer = Answer(tmp_path, CHAMBER)
    assert answer.kinds == ["plc", "state", "write", "request", "start", "command"]
    assert answer.ru[0] == "S-401: Камера: система этот тег не записывает, его ведёт ПЛК."


def test_a_tag_that_nobody_wrote_since_the_journal_begins(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.add(0, "system", "engine", {"what": "started"})
    answer = Answer(tmp_path, "S401.SP_Time")
    assert answer.kinds == ["plc"]
    assert "since the journal begins (22:13:20)" in answer.en[0]


def test_a_reckoned_tag_is_nobodys(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.add(0, "system", "engine", {"what": "started"})
    answer = Answer(tmp_path, "Line.LoadKg")
    assert (answer.kinds, answer.en) == (["end"], ["Load: reckoned by the engine."])


def test_a_hold_by_a_person(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.command(200, "h1", "batch.command", B, "petrova", reason="casing burst", command="hold")
        hold(f, 200.5, both("Held by the operator: casing burst"), "petrova")
    answer = Answer(tmp_path, B)
    assert (answer.what, answer.kinds) == ("batch", ["state", "state", "command"])
    assert answer.ru[2] == "Петрова А. А. (пост P1) — команда партии №1001: «Удержать», 22:16:40 («casing burst»)."
    assert answer.chain[2]["ref"] == {"command": "h1", "user": "petrova", "station": "P1"}


def test_the_hold_of_the_phase_goes_back_to_the_person_as_well(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.command(200, "h1", "batch.command", B, "petrova", command="hold")
        hold(f, 200.5, both("Held by the operator"), "petrova")
        f.batch(
            200.5,
            "request",
            node=COOK,
            unit="S401",
            request="B1001/2",
            command="hold",
            phase="cook",
            setpoints={},
            cause=both("x"),
        )
        f.written(201, "S401.PhCmd", 2.0)
        f.unit(201.5, "running", "holding")
        f.unit(203, "holding", "held")
    answer = Answer(tmp_path, "S401")
    assert answer.kinds == ["state", "state", "write", "request", "state", "command"]
    assert answer.ru[2].startswith("S401.PhCmd: «Удержать» записано")
    assert answer.chain[-1]["ref"]["user"] == "petrova"


def test_a_hold_by_an_interlock(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        reasons = [{"ru": "не выполнено: «Дверь закрыта»", "en": "not fulfilled: 'Door closed'"}]
        f.add(300, "unit", "S401", {"what": "interlock", "action": "hold", "reasons": reasons}, "S401", B)
        f.written(300.5, "S401.PhCmd", 2.0, "interlock")
        f.unit(301, "running", "holding")
        hold(f, 301, both("S-401: the PLC held the phase"))
    batch, unit = Answer(tmp_path, B), Answer(tmp_path, "S401")
    assert batch.kinds == ["state", "state", "interlock"]
    assert batch.ru[2] == "S-401: блокировка задержала фазу в 22:18:20: не выполнено: «Дверь закрыта»."
    assert unit.kinds == ["state", "write", "interlock"]


def test_a_hold_by_a_deviation_names_the_watch_of_the_recipe(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        seen = {"tag": CHAMBER, "value": 90.0, "lo": 73.0, "hi": 83.0, "eu": "°C", "quality": "Good"}
        said = {"number": 4, "kind": "process", "text": both("Chamber 90"), "on": "hold", "back": False}
        f.batch(400, "deviation", node=COOK, unit="S401", **{**seen, **said})
        hold(f, 400, both("Chamber 90"))
    answer = Answer(tmp_path, B)
    assert answer.kinds == ["state", "state", "deviation", "recipe"]
    assert answer.ru[2] == "Отклонение №4 в 22:20:00: Chamber 90 (ру)."
    assert answer.ru[3].startswith("Так следит рецепт: Chamber (ру) — Cooking (ру)")
    assert answer.chain[3]["ref"]["key"] == "procedure.0.operations.0.phases.1.watch.0"
    assert answer.chain[3]["ref"]["line"] == 48


def test_a_value_that_came_back_is_no_cause_of_a_hold(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        said = {"number": 4, "kind": "process", "tag": CHAMBER, "text": both("within its limits again"), "back": True}
        f.batch(400, "deviation", node=COOK, unit="S401", **said)
        hold(f, 400.5, both("?"))
    assert Answer(tmp_path, B).kinds == ["state", "state", "end"]


def test_a_hold_by_a_lost_link_names_the_link_of_its_own_plc(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.add(494, "link", "plc1", {"from": "up", "to": "down", "error": both("no answer")})
        f.add(495, "link", "plc2", {"from": "up", "to": "down", "error": both("cable")})
        hold(f, 500, both("S-401: no link to the PLC"))
    answer = Answer(tmp_path, B)
    assert answer.kinds == ["state", "state", "link"]
    assert answer.ru[2] == "Связь с plc1 потеряна в 22:21:34: no answer (ру)."


def test_a_hold_by_a_restart_of_the_engine(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.add(600, "system", "engine", {"what": "restored"})
        reason = {"ru": "Система управления перезапущена: проверьте", "en": "The engine restarted: check the product"}
        f.batch(601, "state", unit="S401", **{"from": "running", "to": "held"}, reasons=[reason])
    answer = Answer(tmp_path, B)
    assert answer.kinds == ["state", "system"]
    assert answer.ru[1] == "Система управления перезапущена в 22:23:20."


def test_a_hold_by_the_plc_alone_ends_honestly(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.unit(700, "running", "holding")
        hold(f, 700, both("S-401: the PLC held the phase"))
    batch, unit = Answer(tmp_path, B), Answer(tmp_path, "S401")
    assert batch.kinds == ["state", "state", "state", "plc", "end"]
    assert unit.kinds == ["state", "plc", "end"]
    assert "ПЛК сделал это сам или по кнопке на узле" in unit.ru[1]
    assert unit.en[-1] == "The journal says no more."


def test_a_phase_that_ended_by_itself(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        finish(f)
    unit, batch = Answer(tmp_path, "S401"), Answer(tmp_path, B)
    assert unit.kinds == ["state", "plc", "start", "command"]
    assert batch.kinds == ["state", "step", "start", "command"]


def test_a_refused_command_says_what_stands_against_it(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        seen = {"tag": CORE, "value": None, "lo": 71.5, "hi": None, "eu": "°C", "quality": "BadSensorFailure"}
        said = {"number": 1, "kind": "ccp", "text": both("Core: no good value"), "on": "hold", "back": False}
        f.batch(800, "deviation", node=COOK, unit="S401", **{**seen, **said})
        f.command(
            900,
            "r1",
            "batch.command",
            B,
            "petrova",
            "refused",
            reasons=[both("Deviation 1 awaits its disposition")],
            command="restart",
        )
    answer = Answer(tmp_path, "r1")
    assert (answer.what, answer.kinds) == ("command", ["refused", "deviation", "recipe", "command"])
    assert answer.ru[0] == "Команда отклонена в 22:28:20: Deviation 1 awaits its disposition (ру)."
    assert answer.chain[2]["ref"]["key"].endswith("watch.1")


def test_a_batch_that_waits_for_a_reply_says_for_which(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f, until_cooking=False)
        f.batch(10, "prompt", node="n.look", prompt="look", text=both("Is the load in?"), role="operator")
        f.batch(11, "prompt", node="n.lot", prompt="lot", text=both("Lot of salt?"), role="operator")
        f.batch(20, "reply", node="n.lot", prompt="lot", value="L1", user="ivanov")
    answer = Answer(tmp_path, B)
    assert answer.kinds == ["prompt", "state", "command", "recipe"]
    assert answer.ru[0] == "Партия №1001 ждёт ответа с 22:13:30: «Is the load in? (ру)» (отвечает оператор)."
    with Folder(tmp_path) as f:
        f.batch(30, "reply", node="n.look", prompt="look", value=True, user="ivanov")
    assert "prompt" not in Answer(tmp_path, B).kinds


def test_a_held_batch_says_first_why_it_is_held_and_not_what_it_asked(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f, until_cooking=False)
        f.batch(10, "prompt", node="n.look", prompt="look", text=both("Is the load in?"), role="operator")
        hold(f, 20, both("by hand"), "petrova")
    assert Answer(tmp_path, B).kinds == ["state", "state"]


def test_a_node_of_a_batch_is_explained_by_its_own_question_state_and_cause(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        states = {"kind": "prompt", "from": "idle", "to": "running", "reasons": []}
        for at, node in ((80, "n.first"), (90, "n.second")):
            f.batch(at, "prompt", node=node, prompt=node[2:], text=both(f"Question {node[2:]}?"), role="shift_lead")
            f.batch(at, "state", node=node, **states)
    answer = Answer(tmp_path, f"{B}/n.second")
    assert (answer.what, answer.kinds) == ("step", ["prompt", "state", "start", "command"])
    assert answer.ru[0] == "Партия №1001 ждёт ответа с 22:14:50: «Question second? (ру)» (отвечает мастер смены)."
    with Folder(tmp_path) as f:
        f.batch(800, "deviation", node=COOK, unit="S401", number=1, kind="ccp", tag=CORE, text=both("x"), back=False)
        for at, old, new in ((800, "running", "holding"), (802, "holding", "held")):
            f.batch(at, "state", node=COOK, unit="S401", **{"from": old, "to": new}, kind="phase", reasons=[both("x")])
    assert Answer(tmp_path, f"{B}/{COOK}").kinds == ["state", "state", "deviation", "recipe"]


def test_a_node_that_has_not_begun_is_explained_by_its_batch(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f, until_cooking=False)
    answer = Answer(tmp_path, f"{B}/{COOK}")
    assert answer.kinds == ["state", "state", "command", "recipe"]
    assert answer.ru[0].endswith("ещё не начинался.")


def test_words_of_the_line_stand_for_ids(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
    told = Answer(tmp_path, "S401").ru
    assert told[0].startswith("S-401: фаза «Cook (ру)» ")
    assert any("фазе «Cook (ру)» узла S-401" in t for t in told)
    assert any("— создать партию «Ham (ру)»" in t for t in told)


def test_a_critical_deviation_says_what_was_decided_of_the_product(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.batch(800, "deviation", node=COOK, unit="S401", number=1, kind="ccp", tag=CORE, text=both("x"), back=False)
        hold(f, 800, both("x"))
    assert Answer(tmp_path, B).en[2].endswith("x; the product still awaits its disposition.")
    with Folder(tmp_path) as f:
        f.batch(850, "disposition", node=COOK, deviation=1, verdict="release", user="petrova", reason="y")
    assert Answer(tmp_path, B).ru[2].endswith("x (ру); решение: выпустить (Петрова А. А., 22:27:30).")


def test_after_the_disposition_the_deviation_is_no_reason_any_more(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.batch(800, "deviation", node=COOK, unit="S401", number=1, kind="ccp", tag=CORE, text=both("x"), back=False)
        f.batch(850, "disposition", node=COOK, deviation=1, verdict="release", user="petrova", reason="y")
        f.command(900, "r1", "batch.command", B, status="refused", reasons=[both("door open")], command="restart")
    assert Answer(tmp_path, "r1").kinds == ["refused", "command"]


def test_a_refusal_of_the_unit_is_told_first(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        data = {"what": "refused", "command": "start", "phase": "cook", "reasons": [both("door open")]}
        f.add(70, "unit", "S401", data, "S401", B)
    answer = Answer(tmp_path, "S401")
    assert answer.kinds[:2] == ["refused", "state"]
    assert answer.ru[0] == "S-401: команда «Пуск» отклонена в 22:14:30: door open (ру)."


def test_an_alarm_with_its_limit_and_who_acknowledged_it(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.alarm(200, "alarm", "normal", "unack_active", on_delay_s=20.0)
        f.alarm(210, "ack", "unack_active", "acked_active", user="petrova")
    answer = Answer(tmp_path, "S401.CoreTemp.low")
    assert (answer.what, answer.kinds) == ("alarm", ["alarm", "alarm", "end"])
    assert answer.ru[0] == "Тревога «Core low (ру)»: принята в 22:16:50 — Петрова А. А."
    assert answer.ru[1] == "Тревога «Core low (ру)» пришла в 22:16:40: S401.CoreTemp 60 °C, предел 65 °C."


def test_an_alarm_on_a_value_that_is_not_good_does_not_show_it(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.alarm(200, "alarm", "normal", "unack_active", kind="bad_quality", limit=None, quality=int(Status.BAD_SENSOR_FAILURE))
    answer = Answer(tmp_path, "S401.CoreTemp.low")
    assert "недостоверно (отказ датчика)" in answer.ru[0]
    assert "60" not in answer.ru[0]


def test_an_alarm_that_is_a_consequence_goes_back_to_the_first(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.alarm(200, "alarm", "normal", "unack_active", "S401.Fan", text=both("Fan tripped"))
        f.alarm(203, "alarm", "normal", "unack_active", consequence_of="S401.Fan")
    assert [t.split("'")[1] for t in Answer(tmp_path, "S401.CoreTemp.low").en[:2]] == ["Core low", "Fan tripped"]


def test_the_alarm_of_a_deviation_goes_back_to_it_without_the_number_of_its_tag(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.batch(800, "deviation", node=COOK, unit="S401", number=1, kind="ccp", tag=CORE, text=both("x"), back=False)
        hold(f, 800, both("x"))
        f.alarm(860, "alarm", "normal", "unack_active", "S401.ccp_hold", tag="Recipe.S401.CcpHold", limit=1.0, value=1.0)
    answer = Answer(tmp_path, "S401.ccp_hold")
    assert answer.kinds == ["alarm", "deviation", "recipe"]
    assert answer.ru[0].endswith("пришла в 22:27:40: Recipe.S401.CcpHold.")


def test_a_faulty_sensor_is_no_consequence_of_the_deviation_that_it_caused(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.batch(800, "deviation", node=COOK, unit="S401", number=1, kind="ccp", tag=CORE, text=both("x"), back=False)
        f.alarm(805, "alarm", "normal", "unack_active", kind="bad_quality", limit=None, quality=int(Status.BAD_SENSOR_FAILURE))
    answer = Answer(tmp_path, "S401.CoreTemp.low")
    assert answer.kinds == ["alarm", "end"]
    assert answer.ru[1].endswith("проверьте датчик, кабель и вход ПЛК.")


def test_an_alarm_of_a_link_names_the_loss(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.add(198, "link", "plc1", {"from": "up", "to": "down", "error": both("no answer")})
        f.alarm(200, "alarm", "normal", "unack_active", "Link.plc1", kind="communication", tag="Link.plc1.Up")
    assert Answer(tmp_path, "Link.plc1").kinds == ["alarm", "link"]


def test_an_output_of_the_escalation_goes_back_to_the_alarm(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.alarm(200, "alarm", "normal", "unack_active")
        f.add(230, "escalation", "S401.CoreTemp.low", {"what": "step", "step": 2, "policy": "p"})
        f.written(230.5, "Site.Horn", 1.0, "escalation")
    answer = Answer(tmp_path, "Site.Horn")
    assert answer.kinds == ["write", "escalation", "alarm", "end"]
    assert answer.ru[1] == "Оповещение по «S401.CoreTemp.low»: шаг 2 в 22:17:10."


def test_the_past_is_asked_by_its_time(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.written(500, SET, 60.0)
        hold(f, 600, both("?"), "ivanov")
    assert "78" in Answer(tmp_path, SET, 400).ru[0]
    assert "60" in Answer(tmp_path, SET, 550).ru[0]
    assert "идёт" in Answer(tmp_path, B, 400).ru[0]
    assert "задержана" in Answer(tmp_path, B).ru[0]


def test_a_batch_that_was_not_started(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.command(0, "c1", "batch.create", "ham", answer={"batch": B}, size_kg=50.0)
        f.batch(0.5, "created", number=1001, recipe="ham", version="3.1", hash=HASH, size_kg=50.0, user="ivanov", parameters={})
    assert Answer(tmp_path, B).kinds == ["recipe", "command"]


def test_a_name_that_the_journal_does_not_know_is_said_to_be_unknown(tmp_path: Path) -> None:
    assert Answer(tmp_path, "nothing").kinds == ["end"]
    with Folder(tmp_path) as f:
        start(f)
    answer = Answer(tmp_path, "nothing")
    assert (answer.what, answer.kinds) == ("", ["end"])


def test_without_the_line_ids_stand_for_names_and_no_file_is_named(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
    answer = Answer(tmp_path, SET, names=Names())
    assert answer.ru[0].startswith("S401.SP_Temp: задание 78 записано")
    assert "file" not in answer.chain[0]["ref"]


def test_without_the_recipe_the_chain_still_reaches_the_person(tmp_path: Path) -> None:
    with Folder(tmp_path, None) as f:
        start(f)
    answer = Answer(tmp_path, SET)
    assert answer.kinds == ["write", "request", "start", "command"]
    assert "recipe ham 3.1, step cook" in answer.en[0]


@pytest.mark.parametrize("target", ["S401.PhSts", "S401.PhAct"])
def test_what_the_plc_shows_of_its_phase_is_the_state_of_the_unit(tmp_path: Path, target: str) -> None:
    with Folder(tmp_path) as f:
        start(f)
    assert Answer(tmp_path, target, names=Names()).kinds[0] == "state"


@pytest.mark.parametrize("target", ["B1001' OR 1=1 --", "%", "S401.\x00", "х" * 128, '{"a"}'])
def test_odd_names_are_only_names(tmp_path: Path, target: str) -> None:
    with Folder(tmp_path) as f:
        start(f)
    assert Answer(tmp_path, target).kinds[-1] == "end"
