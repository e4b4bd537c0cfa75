"""The batch page: list in plain words, commands by state, parameters inside their limits, a new batch."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from hmi.pages.batches import BatchesPage
from hmi.viewmodels.batch_page import COMMANDS, allowed, duration, parameter_rows, step_lines
from hmi.viewmodels.batches import batches
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import HOLD_S
from hmi.widgets.dialogs import NumericPad, Question
from hmi.widgets.newbatch import NewBatchDialog
from line.messages import Json
from recipes.states import BATCH_COMMANDS, BATCH_TABLE
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000


def batches_page(panel: Panel, argument: str = "") -> BatchesPage:
    panel.window.navigate("batches", argument)
    page = panel.window.page
    assert isinstance(page, BatchesPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def with_state(state: str, **more: Json) -> Obj:
    entries = cast("list[Obj]", samples.batches_view()["batches"])
    changed: list[Json] = [{**e, "state": state, **more} if e["id"] == "B1187" else e for e in entries]
    return {"type": "view", "name": "batches", "data": {"batches": changed}}


def dialog(panel: Panel, kind: type[QWidget]) -> QWidget:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


# ---- list ---------------------------------------------------------------------------------------------------------------


def test_the_list_tells_where_each_batch_is_and_why_it_stands(make_panel: MakePanel) -> None:
    page = batches_page(make_panel().log_in())
    by_key = {r.key: r.cells for r in page.table.rows}
    assert set(by_key) == {"B1186", "B1187", "B1188", "B1189"}
    number, state, where, step, start = by_key["B1188"]
    assert (number.text, number.sub) == ("№1188", "Молочная")
    assert state.chip is not None
    assert (state.chip.text, state.chip.style) == ("Задержана", "held")
    assert where.text == "F-301 · Набивка"
    assert where.sub == "нет оболочки: заправить и продолжить"
    assert (step.text, step.share) == ("5 / 9", 5 / 9)
    assert start.sub == "4:50", "hours and minutes since the start"
    assert page.badge() == 1
    assert page.count.text() == "на линии 4 · завершено 0"


def test_ended_batches_stand_below_and_say_when(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel)
    panel.feed(with_state("complete", ended_ns=samples.NOW_NS))
    assert page.table.rows[-1].key == "B1187"
    assert page.table.rows[-1].cells[2].text.startswith("закончена в ")
    page.choose("B1187")
    assert not any(b.isEnabled() for b in (*page.commands.values(), page.stop, page.abort))


def test_an_empty_shift_says_what_to_do(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel)
    panel.feed({"type": "view", "name": "batches", "data": {"batches": []}})
    assert page.table.spoken() == ["В этой смене партий нет. Создать — «Новая партия…»."]
    assert page.detail.title.text() == "Партия не выбрана"
    assert page.new.isEnabled()


def test_touch_selects_and_the_pane_follows(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel, "B1188")
    assert page.detail.heading.text() == "№1188"
    assert page.detail.why.text() == "Задержана: нет оболочки: заправить и продолжить"
    keys = [r.key for r in page.table.rows]
    at = keys.index("B1186")
    QTest.mouseClick(page.table, Qt.MouseButton.LeftButton, pos=QPoint(60, 34 + at * 68 + 30))
    assert page.detail.heading.text() == "№1186"
    assert not page.detail.why.isVisible()
    page.detail.to_unit.click()
    assert panel.window.page is panel.window.pages["unit"]


def test_the_procedure_lists_phases_with_times_newest_first(make_panel: MakePanel) -> None:
    page = batches_page(make_panel().log_in(), "B1187")
    page.detail.tabs.choose("procedure")
    rows = page.detail.steps.rows
    assert [r.cells[0].text for r in rows] == ["5", "4", "3", "2", "1"]
    assert rows[0].cells[1].text.startswith("Варка · S-401")
    assert rows[0].cells[1].bold
    assert rows[0].cells[3].text == "41:00"
    lines = step_lines(page.context.store, batches(page.context.store)[0], samples.NOW_NS)
    assert [line.current for line in lines] == [False, False, False, False, True]


# ---- commands -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(BATCH_TABLE))
def test_commands_offered_are_those_of_the_engines_table(make_panel: MakePanel, state: str) -> None:
    assert COMMANDS[str(state)] == {c for c in BATCH_COMMANDS if c in BATCH_TABLE[state]}  # pyright: ignore[reportArgumentType]


def test_buttons_follow_the_state_and_send_the_command(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel, "B1187")
    assert [n for n, b in page.commands.items() if b.isEnabled()] == ["hold"]
    page.commands["hold"].click()
    assert panel.port.submitted[-1][1:] == ("batch.command", "B1187", {"command": "hold"})
    assert not page.commands["hold"].isEnabled(), "not twice while the answer is awaited"
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 202, "body": {"id": "c1"}, "error": ""})
    panel.feed({"type": "event", "event": _command_event("c1", "accepted")}, with_state("held"))
    panel.feed({"type": "event", "event": _command_event("c1", "confirmed")})
    assert [n for n, b in page.commands.items() if b.isEnabled()] == ["restart"]


def _command_event(command: str, status: str, *reasons: Json) -> Obj:
    data: Obj = {"id": command, "status": status, "kind": "batch.command", "target": "B1187", "reasons": list(reasons)}
    return {"seq": 5000, "time_ns": samples.NOW_NS, "kind": "command", "source": "ivanova", "unit": "", "batch": "", "data": data}


def test_a_refusal_stands_beside_the_batch_in_words(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel, "B1188")
    page.commands["restart"].click()
    body: Obj = {"reasons": [{"ru": "F-301: оболочка не заправлена", "en": "F-301: no casing"}]}
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 422, "body": body, "error": ""})
    panel.window.tick()
    assert page.detail.refused.text() == "✕ Отказ: F-301: оболочка не заправлена"
    assert page.detail.refused.isVisible()
    page.choose("B1186")
    assert not page.detail.refused.isVisible()


def test_stop_and_abort_stand_apart_and_are_held_for_two_seconds(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel, "B1187")
    others = max(b.x() + b.width() for b in (*page.commands.values(), page.new))
    assert page.abort.x() - others > 100
    for made, command in ((page.stop, "stop"), (page.abort, "abort")):
        made.press()
        panel.clock.advance_ns(int((HOLD_S - 0.1) * S))
        made.check()
        assert not panel.port.submitted or panel.port.submitted[-1][3] != {"command": command}
        panel.clock.advance_ns(int(0.1 * S))
        made.check()
        assert panel.port.submitted[-1][1:] == ("batch.command", "B1187", {"command": command})


def test_nothing_is_sent_while_the_server_is_gone_or_for_a_viewer(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("viewer")
    page = batches_page(panel, "B1187")
    assert not any(b.isEnabled() for b in (*page.commands.values(), page.stop, page.abort, page.new))
    panel.log_in("operator").feed({"type": "lost", "error": "x"})
    assert not any(b.isEnabled() for b in (*page.commands.values(), page.stop, page.abort, page.new))


# ---- parameters ---------------------------------------------------------------------------------------------------------


def test_parameters_of_the_running_phase_come_first_with_limits_and_ccp_is_not_editable(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel, "B1187")
    batch = page.batch()
    assert batch is not None
    rows = parameter_rows(panel.store, batch)
    assert [r.parameter.id for r in rows] == ["cook_temp", "cook_rh", "core", "dry_temp", "dry_time"]
    assert (rows[0].value, rows[0].limits, rows[0].where) == ("78\u00a0°C", "75…80\u00a0°C", "S-401 · Варка")
    slots = page.detail.parameters.slots
    assert [s.change.isVisible() for s in slots[:3]] == [True, True, False]
    assert slots[2].note.text() == "ККТ"


def test_a_parameter_is_changed_by_the_pad_and_a_question_that_names_both_values(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel, "B1187")
    page.detail.parameters.slots[0].change.click()
    pad = cast(NumericPad, dialog(panel, NumericPad))
    for key in "81":
        pad.press(key)
    assert not pad.ok.isEnabled(), "above the recipe's limit"
    pad.backspace()
    pad.backspace()
    for key in "79":
        pad.press(key)
    pad.confirm()
    assert panel.port.submitted == [], "not before the question"
    question = cast(Question, dialog(panel, Question))
    said = [label.text() for label in question.findChildren(QWidget) if hasattr(label, "text")]  # pyright: ignore[reportAttributeAccessIssue]
    assert "№1187, Температура камеры, варка: 78\u00a0°C → 79\u00a0°C." in said
    question.confirm()
    assert panel.port.submitted[-1][1:] == ("batch.parameter", "B1187", {"parameter": "cook_temp", "value": 79.0})


def test_parameters_turn_pages(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    one = cast("list[Obj]", cast("list[Obj]", samples.batches_view()["batches"])[1]["parameters"])[0]
    panel.feed(with_state("running", parameters=[{**one, "id": f"p{i}"} for i in range(27)]))
    page = batches_page(panel, "B1187")
    pages = page.detail.parameters
    assert pages.pager.isVisible()
    seen = [r.parameter.id for r in pages.visible_rows()]
    while pages.forward.isEnabled():
        pages.forward.click()
        seen += [r.parameter.id for r in pages.visible_rows()]
    assert seen == [f"p{i}" for i in range(27)], "every one once"
    page.choose("B1186")
    page.choose("B1187")
    assert pages.page == 0


# ---- new batch ----------------------------------------------------------------------------------------------------------


def test_a_new_batch_is_recipe_size_and_a_button_that_says_what_it_does(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel)
    page.new.click()
    made = cast(NewBatchDialog, dialog(panel, NewBatchDialog))
    recipe = panel.store.line.recipes[0] if panel.store.line else None
    assert recipe is not None
    made.recipe_buttons[recipe.id].click()
    assert made.limits.text() == "пределы 70…160\u00a0кг"
    pad = made.open_pad()
    for key in "161":
        pad.press(key)
    assert not pad.ok.isEnabled()
    for _ in range(3):
        pad.backspace()
    for key in "120":
        pad.press(key)
    pad.confirm()
    assert made.ok.text() == "Создать и пустить, 120\u00a0кг"
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.create", recipe.id, {"size_kg": 120.0, "start": True})


def test_a_new_batch_may_wait_and_a_login_is_asked_first(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = batches_page(panel)
    made = page.open_new()
    made.only_create.click()
    assert panel.port.submitted == []
    panel.log_in()
    assert panel.port.submitted[-1][1] == "batch.create"
    assert panel.port.submitted[-1][3]["start"] is False


def test_without_a_recipe_nothing_can_be_created(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    described = {**samples.description(), "recipes": []}
    panel.feed({"type": "line", "data": described})
    page = batches_page(panel)
    assert not page.new.isEnabled()
    made = page.open_new()
    assert not made.ok.isEnabled()
    made.reject()


def test_unknown_states_and_empty_entries_do_no_harm(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel)
    panel.feed({"type": "view", "name": "batches", "data": {"batches": [{"id": "B7", "state": "dreaming"}, {}, 5]}})
    batch = page.batch()
    assert batch is not None
    assert not allowed(batch, "stop")
    assert duration(batch, samples.NOW_NS) == ""
    assert page.table.rows[0].cells[1].chip is not None
