"""The strip's alarm side: the worst alarm with its value, the sound and its silence, and buttons that are free once answered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hmi.pages.calls import CallsPage, CallsView
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.alarm_samples import NOW, S, alarms_page, look_a_moment, many, standing, view
from tests.hmi.conftest import MakePanel, Panel

RUN: Json = {"id": "a", "what": "alarm", "on": "unacked", "priority": 2, "paused": False, "next_ns": None}


def escalation(sound_s: float = 0.0, **outputs: bool) -> Obj:
    data: Json = {"runs": [RUN], "notices": [], "outbox": [], "sound_s": sound_s, "outputs": dict[str, Json](outputs)}
    return {"type": "view", "name": "escalation", "data": data}


def answer(panel: Panel, status: str) -> None:
    """The server takes the last command, and the engine answers it."""
    local, kind, target, _ = panel.port.submitted[-1]
    panel.feed({"type": "command_reply", "local": local, "status": 202, "body": {"id": f"c{local}"}, "error": ""})
    data: Json = {"id": f"c{local}", "kind": kind, "target": target, "status": status, "reasons": [{"ru": "нет", "en": "no"}]}
    event: Json = {"seq": local, "time_ns": NOW, "kind": "command", "source": "ivanova", "unit": "", "batch": "", "data": data}
    panel.feed({"type": "event", "event": event})


def test_a_value_that_is_not_good_has_its_question_mark_here_too(make_panel: MakePanel) -> None:
    row = standing("x", tag="S401.ChamberTemp", kind="bad_quality", value=11.0, eu="°C", time_ns=NOW - 3 * S)
    panel = make_panel().feed(view(row))
    assert panel.window.strip.banner.line.replace("\u00a0", " ").split(" · ")[1:] == ["? 11,0 °C", "0:03"]


def test_the_value_of_the_worst_alarm_stands_against_its_limit(make_panel: MakePanel) -> None:
    panel = make_panel()
    assert "91,4 °C > 90,0" in panel.window.strip.banner.line.replace("\u00a0", " ")


def test_the_next_alarm_can_be_acknowledged_as_soon_as_the_first_is_accepted(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.feed(view(standing("a", priority=1), standing("b", priority=2)))
    strip = panel.window.strip
    QTest.mouseClick(strip.ack, Qt.MouseButton.LeftButton)
    assert not strip.ack.isEnabled(), "its answer is awaited"
    answer(panel, "accepted")
    panel.feed(view(standing("a", priority=1, state="acked_active"), standing("b", priority=2)))
    assert strip.ack.isEnabled()
    QTest.mouseClick(strip.ack, Qt.MouseButton.LeftButton)
    assert panel.port.submitted[-1][3]["alarms"] == ["b"]


def test_page_after_page_of_a_flood_is_acknowledged_without_waiting(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(many(40))
    look_a_moment(panel)
    page.acknowledge_visible()
    assert not page.ack_all.isEnabled()
    answer(panel, "accepted")
    page.table.turn(1)
    look_a_moment(panel)
    assert page.ack_all.isEnabled()


def test_a_refusal_after_the_acceptance_of_others_is_still_told(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    QTest.mouseClick(panel.window.strip.ack, Qt.MouseButton.LeftButton)
    answer(panel, "accepted")
    answer(panel, "refused")
    panel.window.tick()
    assert panel.window.notice.text() == "Отказ: нет"


def test_silence_is_seen_and_free_again_when_a_later_step_sounds(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    strip = panel.window.strip
    panel.feed(view(standing("a", priority=2)), escalation(30.0, horn=True))
    assert strip.silence.isEnabled()
    assert "звук снят" not in strip.banner.line
    panel.feed(view(standing("a", priority=2), silenced=True), escalation(horn=False))
    assert strip.banner.line.startswith("звук снят · ")
    assert not strip.silence.isEnabled()
    panel.feed(escalation(5.0, horn=True))
    assert strip.silence.isEnabled(), "the next step sounds although the alarm was silenced"
    assert "звук снят" not in strip.banner.line


@pytest.mark.parametrize(("output", "loud"), [("horn", True), ("light_red", False)])
def test_the_horn_of_what_is_acknowledged_or_of_a_call_can_be_silenced_and_a_light_is_no_sound(
    make_panel: MakePanel, output: str, loud: bool
) -> None:
    panel = make_panel().log_in()
    panel.feed(view(standing("a", state="acked_active")), escalation(**{output: True}))
    assert panel.window.strip.silence.isEnabled() is loud


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("operator", True), ("", True)])
def test_who_may_only_look_finds_the_buttons_dashed(make_panel: MakePanel, role: str, may: bool) -> None:
    panel = make_panel()
    if role:
        panel.log_in(role)
    panel.window.navigate("calls", "")
    page = panel.window.page
    assert isinstance(page, CallsPage)
    calls, strip = page.view, panel.window.strip
    assert isinstance(calls, CallsView)
    assert [b.isEnabled() for b in (strip.ack, strip.silence, strip.call, calls.new)] == [may] * 4


def test_without_the_server_no_alarm_flashes_or_shows_its_value_as_good(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    assert page.table.rows[0].cells[0].flashing
    panel.feed({"type": "lost", "error": "closed"})
    panel.window.refresh()
    first = page.table.rows[0]
    assert not first.cells[0].flashing
    assert first.cells[3].text.replace("\u00a0", " ") == "? 91,4 °C > 90,0"
    assert {c.role for c in first.cells[1:4]} == {"label"}
    assert "? 91,4" in panel.window.strip.banner.line
    assert [c.text for c in page.table.rows[1].cells[3:4]] == ["—"], "what has no value gets no question mark"


def test_an_alarm_that_the_line_does_not_describe_keeps_its_priority(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(view(standing("never.heard.of", priority=1)))
    assert "мастер смены" in page.detail.why.text(), "the rule of priority 1"
