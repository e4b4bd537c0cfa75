"""The page of stops: what asks for a reason, giving one in two touches, cutting a stop with handles, making several one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from hmi.pages.overview import OverviewPage
from hmi.pages.shift import ShiftPage
from hmi.pages.shift_stops import StopsView
from hmi.pages.unit import UnitPage
from hmi.viewmodels.stops import PART_MIN_NS, Board, Cuts, Stop, board_of, merge_fault, offered, parse_stop, reasons, unexplained
from hmi.viewmodels.wire import Obj
from hmi.widgets.dialogs import TextDialog
from hmi.widgets.reasontree import ReasonOfPart
from hmi.widgets.rowtable import RowTable
from hmi.widgets.splitdialog import SplitDialog
from tests.hmi import samples, samples_stops
from tests.hmi.conftest import MakePanel, Panel
from tests.hmi.samples_stops import stop
from tests.hmi.test_panel_pages import texts

S = 1_000_000_000
NOW = samples.NOW_NS


def settle(panel: Panel) -> None:
    QApplication.processEvents()
    panel.window.refresh()
    QApplication.processEvents()


def stops_view(panel: Panel, argument: str = "stops", rows: list[Obj] | None = None) -> StopsView:
    panel.feed(samples_stops.message(rows))
    panel.window.navigate("shift", argument)
    settle(panel)
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    view = page.view
    assert isinstance(view, StopsView)
    return view


def click(panel: Panel, target: QWidget) -> None:
    assert target.isVisible()
    assert target.isEnabled()
    QTest.mouseClick(target, Qt.MouseButton.LeftButton)
    settle(panel)


def touch_row(panel: Panel, table: RowTable, key: str) -> None:
    """Turn to the page of a row, and a finger on its middle."""
    table.show_key(key)
    keys = [r.key for r in table.visible_rows()]
    row = table.look.px(56)
    y = table.look.px(34) + keys.index(key) * row + row // 2
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(table.look.px(60), y))
    settle(panel)


def dialog(panel: Panel, kind: type[QWidget]) -> QWidget:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


def keys(view: StopsView) -> list[str]:
    return [r.key for r in view.table.rows]


def cells(view: StopsView, key: str) -> list[str]:
    row = next(r for r in view.table.rows if r.key == key)
    return [t.replace("\u00a0", " ") for c in row.cells for t in (c.text, c.sub) if t]


# ---- what it shows ------------------------------------------------------------------------------------------------------


def test_unexplained_stops_come_first_and_are_counted_in_the_tab(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel)
    page = cast(ShiftPage, panel.window.page)
    assert page.tabs.buttons["stops"].text() == "Простои · 3"
    assert keys(view) == ["stop-19", "stop-16", "stop-3"], "what lasts first, then the newest, of the last shift as well"
    assert cells(view, "stop-19")[0] == "P-601"
    assert "стоит сейчас" in cells(view, "stop-19")
    assert cells(view, "stop-19")[-2:] == ["причина не указана", "предложено: Замена плёнки"]
    assert view.heading.text() == "P-601 Упаковка", "the first one is open at once"
    view.lists.choose("all")
    settle(panel)
    assert keys(view)[:2] == ["stop-19", "stop-16"]
    assert "stop-3" not in keys(view), "that of the shift before is under 'last shift'"
    view.periods.chosen.emit("previous")
    settle(panel)
    assert keys(view) == ["stop-3", "stop-2"]
    view.periods.chosen.emit("this")
    view.lists.choose("minor")
    settle(panel)
    assert keys(view) == ["stop-18", "stop-17", "stop-15", "stop-14", "stop-7"]
    assert view.minor.text() == "Мелкие простои (короче 5:00): F-301: 3 · 5:48, P-601: 1 · 0:42"


def test_an_open_stop_counts_on_between_two_views_while_it_is_known_to_stand(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel)
    assert view.length.text() == "12:30"
    panel.clock.advance_ns(7 * S)
    panel.feed(samples.image(time_ns=NOW + 7 * S))
    assert view.length.text() == "12:37"
    assert "12:37" in cells(view, "stop-19")
    unknown = samples_stops.stops_view()
    machines = cast(dict[str, Obj], unknown["machines"])
    machines["P601"] = {**machines["P601"], "seen": "unknown"}
    panel.feed({"type": "view", "name": "stops", "data": unknown})
    assert view.length.text() == "12:30", "what nobody knows is no part of it"


def test_what_was_said_of_a_stop_and_by_whom(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel, "stops/stop-12")
    assert view.lists.current == "all", "it needs nothing, so it is in the whole list"
    assert view.given.text() == "✓ Механика · Иванова: клин транспортёра, вызван механик"
    assert "партия №1186" in view.facts.text()
    assert "по данным машины: Замена плёнки" in view.facts.text()
    touch_row(panel, view.table, "stop-13")
    assert "часть разделённого простоя" in view.facts.text()


def test_the_first_alarm_leads_to_itself_while_it_stands_and_to_the_trend_of_its_minutes(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel, "stops/stop-16")
    assert view.alarm.text().startswith("Первая тревога: ")
    click(panel, view.to_alarm)
    assert panel.window.page is panel.window.pages["alarms"]
    view = stops_view(panel, "stops/stop-19")
    assert not view.to_alarm.isVisible(), "it does not stand any more"
    asked: list[tuple[str, str]] = []
    view.context.navigate = lambda page, argument: asked.append((page, argument))
    click(panel, view.to_trend)
    begun = NOW - int(12.5 * 60 * S)
    assert asked == [("trends", f"P601.FilmOk@{begun}")]


# ---- a reason -----------------------------------------------------------------------------------------------------------


def test_the_proposed_reason_is_one_touch_and_what_was_last_given_stands_beside_it(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel)
    assert [b.text().replace("\n", " ") for b in view.tree.hand.values()] == [
        "предложено: Замена плёнки", "Механика", "Нет продукта на входе",
    ]  # fmt: skip
    click(panel, view.tree.hand["film"])
    assert panel.port.submitted[-1][1:] == ("stop.reason", "stop-19", {"code": "film", "text": ""})
    assert not any(b.isEnabled() for b in view.tree.hand.values()), "until the line has answered"
    assert view.why.text() == "Отправляю…"


def test_any_other_reason_is_two_touches_through_its_branch(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel)
    click(panel, view.tree.buttons["organisation"])
    assert panel.port.submitted == [], "a branch is no reason"
    assert list(view.tree.buttons) == ["", "no_staff", "by_command", "emergency_stop", "waiting_for_order"]
    click(panel, view.tree.buttons[""])
    assert "breakdown" in view.tree.buttons
    click(panel, view.tree.buttons["breakdown"])
    click(panel, view.tree.buttons["electrical"])
    assert panel.port.submitted[-1][1:] == ("stop.reason", "stop-19", {"code": "electrical", "text": ""})


def test_a_reason_is_changed_and_a_note_is_added_to_it(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel)
    assert not view.note.isEnabled()
    assert "Пояснение пишут к указанной причине." in view.why.text()
    view = stops_view(panel, "stops/stop-5")
    click(panel, view.note)
    typed = cast(TextDialog, dialog(panel, TextDialog))
    assert typed.field.text() == "рулон"
    typed.field.setText("рулон бракованный")
    typed.confirm()
    assert panel.port.submitted[-1][1:] == ("stop.reason", "stop-5", {"code": "film", "text": "рулон бракованный"})
    view = stops_view(panel, "stops/stop-12")
    click(panel, view.tree.hand["film"])
    assert panel.port.submitted[-1][1:] == ("stop.reason", "stop-12", {"code": "film", "text": ""}), "words of another reason"


def test_a_stop_without_a_like_cannot_be_merged_and_says_so(make_panel: MakePanel) -> None:
    view = stops_view(make_panel().log_in(), "stops/stop-16")
    assert not view.merge.isEnabled()
    assert "Других таких простоев узла нет: объединять не с чем." in view.why.text()
    assert view.split.isEnabled()


def test_nobody_logged_in_is_asked_first_and_the_reason_goes_out_then(make_panel: MakePanel) -> None:
    panel = make_panel()
    view = stops_view(panel)
    click(panel, view.tree.hand["film"])
    assert panel.port.submitted == []
    panel.log_in()
    assert panel.port.submitted[-1][1:3] == ("stop.reason", "stop-19")


def test_who_may_not_and_a_lost_line_are_told_before_one_tries(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("viewer")
    view = stops_view(panel)
    assert view.why.text() == "Причину указывает оператор и выше."
    buttons: Sequence[QAbstractButton] = [
        *view.tree.hand.values(),
        *view.tree.buttons.values(),
        view.split,
        view.merge,
        view.note,
    ]
    assert not any(b.isEnabled() for b in buttons)
    panel.log_in()
    assert view.split.isEnabled()
    panel.feed({"type": "lost", "error": "closed"})
    assert "Нет связи" in view.why.text()
    assert not view.split.isEnabled()


# ---- cutting ------------------------------------------------------------------------------------------------------------


def test_a_stop_is_cut_by_handle_and_buttons_and_each_part_has_its_reason(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel, "stops/stop-12")
    click(panel, view.split)
    cut = cast(SplitDialog, dialog(panel, SplitDialog))
    begun = cut.stop.begun_ns
    assert cut.cuts.at_ns == [begun + 435 * S], "in the middle of its 14.5 minutes"
    click(panel, cut.steps[60])
    assert cut.cuts.at_ns == [begun + 495 * S]
    x, y = int(cut.bar.x_of(cut.cuts.at_ns[0])), 40
    QTest.mousePress(cut.bar, Qt.MouseButton.LeftButton, pos=QPoint(x + 12, y))
    QTest.mouseMove(cut.bar, QPoint(int(cut.bar.x_of(begun + 120 * S)), y))
    QTest.mouseRelease(cut.bar, Qt.MouseButton.LeftButton, pos=QPoint(int(cut.bar.x_of(begun + 120 * S)), y))
    settle(panel)
    moved = cut.cuts.at_ns[0]
    assert abs(moved - begun - 120 * S) <= 2 * S
    click(panel, cut.more)
    assert len(cut.cuts.at_ns) == 2
    click(panel, cut.less)
    assert cut.cuts.at_ns == [moved]
    QTest.mouseClick(cut.parts, Qt.MouseButton.LeftButton, pos=QPoint(cut.parts.width() - 100, 52 + 20))
    settle(panel)
    tree = cast(ReasonOfPart, dialog(panel, ReasonOfPart)).tree
    assert list(tree.hand) == ["film", "mechanical", "starved"], "that of the whole is at hand for a part"
    click(panel, tree.hand["film"])
    assert [r.cells[3].text for r in cut.parts.rows] == ["Механика", "Замена плёнки"]
    assert cut.ok.text() == "Разделить на части: 2"
    click(panel, cut.ok)
    want = {"at_ns": [moved], "codes": ["mechanical", "film"]}
    assert panel.port.submitted[-1][1:] == ("stop.split", "stop-12", want)


def test_cuts_stay_apart_and_inside_the_stop() -> None:
    cuts = Cuts(0, 600 * S, ["film"])
    assert cuts.add() == 0
    assert cuts.add() == 0
    assert cuts.at_ns == [150 * S, 300 * S]
    cuts.move(0, 10_000 * S)
    assert cuts.at_ns[0] == 300 * S - PART_MIN_NS
    cuts.move(1, -5)
    assert cuts.at_ns[1] == cuts.at_ns[0] + PART_MIN_NS
    assert cuts.codes == ["film", "", ""]
    cuts.codes[2] = "air"
    cuts.remove(1)
    assert cuts.codes == ["film", "air"], "the reason of the part that is left"
    short = Cuts(0, PART_MIN_NS, [""])
    assert short.add() is None


# ---- merging ------------------------------------------------------------------------------------------------------------


def test_neighbouring_small_stops_become_one(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel)
    view.lists.choose("minor")
    settle(panel)
    touch_row(panel, view.table, "stop-15")
    click(panel, view.merge)
    assert view.merger.isVisible()
    assert view.merger.fault.text() == "Отметьте в списке простои, которые были одним."
    assert not view.merger.do.isEnabled()
    assert keys(view) == ["stop-18", "stop-15", "stop-14", "stop-9", "stop-3"], "those of its unit"
    touch_row(panel, view.table, "stop-9")
    assert view.merger.fault.text() == "Между ними есть ещё простой этого узла: отметьте и его."
    touch_row(panel, view.table, "stop-9")
    touch_row(panel, view.table, "stop-14")
    assert view.merger.fault.text() == ""
    assert view.merger.do.text() == "Объединить: 2"
    assert "простой 3:36" in view.merger.facts.text()
    assert view.merger.facts.text().count("•") == 2
    click(panel, view.merger.do)
    assert panel.port.submitted[-1][1:] == ("stop.merge", "stop-14", {"stops": ["stop-15"]})
    assert view.selected == "stop-14", "the one that is left"
    assert view.single.isVisible()


def test_a_stop_of_its_own_and_waiting_are_not_merged_and_one_may_leave_it(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel, "stops/stop-12")
    click(panel, view.merge)
    touch_row(panel, view.table, "stop-8")
    assert view.merger.fault.text() == "Собственный простой и ожидание не объединяют."
    touch_row(panel, view.table, "stop-8")
    touch_row(panel, view.table, "stop-19")
    assert view.merger.fault.text() == "Один из них ещё длится: объедините после его окончания."
    assert not view.merger.do.isEnabled()
    click(panel, view.merger.leave)
    assert view.selected == "stop-12"
    assert panel.port.submitted == []


@pytest.mark.parametrize(
    ("chosen", "fault"),
    [
        (["stop-12"], "few"), (["stop-12", "stop-9"], "units"), (["stop-12", "stop-8"], "kinds"), (["stop-19", "stop-7"], "open"),
        (["stop-12", "stop-13"], "reasons"), (["stop-5", "stop-13"], "between"), (["stop-14", "stop-15"], ""),
        (["stop-5", "stop-7"], ""),
    ],
)  # fmt: skip
def test_what_cannot_be_one_is_said(chosen: list[str], fault: str) -> None:
    board = Board(stops=tuple(parse_stop(s) for s in samples_stops.stops()))
    picked: list[Stop] = [s for k in chosen if (s := board.stop(k)) is not None]
    assert merge_fault(board, picked) == fault


def test_too_many_stops_are_not_merged_at_once() -> None:
    rows = [parse_stop(stop(n, "P601", 1000 - 5 * n, 1.0)) for n in range(51)]
    assert merge_fault(Board(stops=tuple(rows)), rows) == "many"
    assert merge_fault(Board(stops=tuple(rows)), rows[:50]) == ""


# ---- a long stop asks ---------------------------------------------------------------------------------------------------


def test_a_long_stop_asks_over_every_page_and_leads_to_its_reason(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.feed(samples_stops.message())
    panel.window.navigate("overview", "")
    settle(panel)
    told = panel.window.told
    assert told.isVisible()
    assert told.text.text() == "P-601 Упаковка: стоит 12:30, причина не указана"
    assert told.more.text() == "ещё 2"
    page = panel.window.page
    assert isinstance(page, OverviewPage)
    captions = [b.text().replace("\n", " ").replace("\u00a0", " ") for b in page.need_buttons]
    assert "Простои без причины: 3 ▸" in captions
    click(panel, told.open_it)
    shift = panel.window.page
    assert isinstance(shift, ShiftPage)
    assert isinstance(shift.view, StopsView)
    assert shift.view.selected == "stop-19"
    assert not told.isVisible(), "the page itself counts them"
    panel.window.navigate("overview", "")
    click(panel, told.put_aside)
    assert told.text.text().startswith("S-401 Термокамера 1: простой 6:24 до ")


def test_one_long_stop_is_named_by_its_unit_and_nobody_is_asked_who_may_not_answer(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.feed(samples_stops.message([stop(19, "P601", 12.5, None)]))
    panel.window.navigate("overview", "")
    settle(panel)
    page = panel.window.page
    assert isinstance(page, OverviewPage)
    assert any("Упаковка стоит: почему?" in b.text().replace("\n", " ") for b in page.need_buttons)
    panel.log_in("viewer")
    settle(panel)
    assert not panel.window.told.isVisible()
    panel.log_in()
    explained = stop(19, "P601", 12.5, None, code="film")
    panel.feed(samples_stops.message([explained]))
    settle(panel)
    assert not panel.window.told.isVisible()


def test_the_page_of_a_unit_shows_its_open_stop_and_leads_to_the_reason(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.feed(samples_stops.message())
    panel.window.navigate("unit", "F301")
    settle(panel)
    page = panel.window.page
    assert isinstance(page, UnitPage)
    assert not page.stop_reason.isVisible(), "it does not stand"
    panel.window.navigate("unit", "P601")
    settle(panel)
    assert page.stop_reason.text() == "Стоит 12:30: причина? ▸"
    click(panel, page.stop_reason)
    shift = panel.window.page
    assert isinstance(shift, ShiftPage)
    assert isinstance(shift.view, StopsView)
    assert shift.view.selected == "stop-19"


# ---- the rest -----------------------------------------------------------------------------------------------------------


def test_reasons_at_hand_are_leaves_of_the_tree_and_none_twice(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel.feed(samples_stops.message([
        stop(4, "P601", 10.0, 6.0, proposed="film"), stop(3, "P601", 30.0, 6.0, code="casing"),
        stop(2, "P601", 50.0, 6.0, code="film"), stop(1, "F301", 60.0, 6.0, code="casing"),
    ]))  # fmt: skip
    board, tree = board_of(panel.store), reasons(panel.store)
    assert [r.code for r in offered(board, tree, board.stops[0])] == ["film", "casing"]
    assert [s.id for s in unexplained(board)] == ["stop-4"]


def test_a_line_without_watched_machines_says_so(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.feed({"type": "view", "name": "stops", "data": {"machines": {}, "stops": [], "oee": None}})
    panel.window.navigate("shift", "stops")
    settle(panel)
    view = cast(StopsView, cast(ShiftPage, panel.window.page).view)
    assert view.empty.text() == "На этой линии простои не учитываются."
    assert not view.single.isVisible()


def test_every_button_is_large_enough_and_choice_survives_another_size(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel, "stops/stop-9")
    small = [b.text() for b in view.findChildren(QAbstractButton) if b.isVisible() and min(b.width(), b.height()) < 48]
    assert small == []
    panel.window.resize(1920, 1080)
    settle(panel)
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    assert isinstance(page.view, StopsView)
    assert page.view.selected == "stop-9"


def test_a_stop_that_another_panel_merged_away_hands_its_place_to_none(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    view = stops_view(panel)
    view.choose("stop-9")
    branch = next(b for key, b in view.tree.buttons.items() if key)
    branch.click()
    panel.feed(samples_stops.message([s for s in samples_stops.stops() if s["id"] != "stop-9"]))
    assert (view.selected, view.single.isVisible()) == ("", False), "a reason must not go to another stop"
    assert view.empty.text() == "Этого простоя больше нет: его объединили с другими. Выберите другой."
    panel.window.tick()
    assert view.selected == ""
    touch_row(panel, view.table, keys(view)[0])
    assert (view.selected, view.single.isVisible()) == (keys(view)[0], True)


def test_a_line_that_watches_no_stops_claims_no_reasons(make_panel: MakePanel) -> None:
    panel = make_panel()
    view = stops_view(panel)
    panel.feed({"type": "view", "name": "stops", "data": {}})
    assert "У всех простоев указана причина." not in texts(view)
    assert "На этой линии простои не учитываются." in texts(view)


def test_hundreds_of_ended_stops_are_worded_once(make_panel: MakePanel, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = make_panel().log_in()
    rows = [stop(1000 + i, "P601", 600 - i, 2.0) for i in range(200)]
    view = stops_view(panel, "stops", [*rows, stop(1900, "F301", 7, None)])
    view.period = ""
    view.lists.choose("all")
    worded: list[str] = []
    real = view._row
    monkeypatch.setattr(view, "_row", lambda board, s, now_ns: (worded.append(s.id), real(board, s, now_ns))[1])
    view.refresh()
    assert worded == ["stop-1900"], "what lasts counts on"
    panel.feed(samples_stops.message([{**rows[0], "text": "Смазали"}, *rows[1:]]))
    assert worded[1:] == ["stop-1000"], "and what has changed is told anew"
    view.choose("stop-1003")
    view.start_merging()
    assert cells(view, "stop-1003")[0] == "☑"
