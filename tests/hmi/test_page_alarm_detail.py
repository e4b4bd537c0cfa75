"""The pane beside the lists: what to do, who was told and whether it arrived, how the alarm is configured, where to go."""

from __future__ import annotations

from hmi.pages.alarm_words import limit_text
from hmi.pages.trends import TrendsPage
from hmi.viewmodels.line_info import AlarmInfo
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi import samples
from tests.hmi.alarm_samples import NOW, S, alarms_page, standing, view
from tests.hmi.conftest import MakePanel

ALARM = "S401.ChamberTemp.high"


def step(after_s: float, text: str, state: str) -> Json:
    return {"after_s": after_s, "text": {"ru": text, "en": text}, "state": state}


def run(**more: Json) -> Obj:
    entry: dict[str, Json] = {
        "id": ALARM, "what": "alarm", "on": "unacked", "policy": "p1", "unit": "S401", "priority": 1, "text": {},
        "since_ns": NOW - 100 * S, "elapsed_s": 100.0, "paused": False, "step": 1, "next_ns": NOW + 80 * S,
        "steps": [step(0, "сирена", "taken"), step(180, "мастер смены", "waiting"), step(300, "КИПиА", "waiting")],
    }  # fmt: skip
    return {**entry, **more}


def notice(state: str, name: str, **more: Json) -> Obj:
    entry: dict[str, Json] = {
        "id": f"n-{name}", "run": ALARM, "contact": name, "contact_name": {"ru": name, "en": name}, "role": "", "outside": True,
        "state": state, "attempts": 1, "error": {"ru": "", "en": ""}, "told_ns": NOW - 60 * S, "ended_ns": 0, "text": {},
    }  # fmt: skip
    return {**entry, **more}


def escalation(*runs: Obj, notices: tuple[Obj, ...] = ()) -> Obj:
    data: Obj = {"runs": list(runs), "notices": list(notices), "outbox": [], "sound_s": 0, "outputs": {}}
    return {"type": "view", "name": "escalation", "data": data}


def test_the_next_step_is_counted_down(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    assert not page.detail.do.escalation.isVisible()
    panel.feed(escalation(run()))
    assert page.detail.do.escalation.text() == "Эскалация: шаг 1 из 3, следующий через 1:20"
    panel.clock.advance_ns(30 * S)
    panel.feed(samples.image(time_ns=NOW + 30 * S))
    assert page.detail.do.escalation.text() == "Эскалация: шаг 1 из 3, следующий через 0:50"
    sooner = run(on="no_action", next_ns=NOW + 40 * S, step=2)
    panel.feed(escalation(run(), sooner))
    assert page.detail.do.escalation.text() == "Эскалация: шаг 2 из 3, следующий через 0:10", "the one that comes first"
    panel.feed(escalation(run(step=0)))
    assert page.detail.do.escalation.text() == "Эскалация: первый шаг через 0:50"
    panel.feed(escalation(run(paused=True)))
    assert page.detail.do.escalation.text() == "Эскалация приостановлена"
    panel.feed(escalation(run(step=3, next_ns=None)))
    assert page.detail.do.escalation.text() == "Эскалация: сделаны все шаги, 3"
    panel.feed(escalation())
    assert not page.detail.do.escalation.isVisible()


def test_steps_and_notices_tell_who_when_and_whether_it_arrived(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    page.detail.tabs.choose("told")
    assert page.detail.told.spoken() == ["По этой тревоге эскалация не идёт."]
    failed = notice(
        "failed", "КИПиА", attempts=3, error={"ru": "сервер не отвечает", "en": "x"}, told_ns=NOW - 20 * S, ended_ns=NOW
    )
    other = notice("told", "чужая", run="other")
    panel.feed(escalation(run(), notices=(notice("delivered", "мастер", ended_ns=NOW - 50 * S), failed, other)))
    entries = page.detail.told.entries
    assert [(e.mark, e.text) for e in entries] == [
        ("", "Пока не квитирована"), ("✓", "сирена"), ("·", "мастер смены"), ("·", "КИПиА"), ("", "Кому сообщено"),
        ("✕", "КИПиА: не доставлено · попытка 3 · сервер не отвечает"), ("✓", "мастер: доставлено"),
    ]  # fmt: skip
    assert [e.right for e in entries[1:4]] == ["0:00", "через 1:20", "5:00"]
    assert [e.strong for e in entries[1:4]] == [False, True, False]


def test_settings_come_from_the_description_of_the_line(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    page.detail.tabs.choose("settings")
    facts = {e.text: e.right.replace("\u00a0", " ") for e in page.detail.facts.entries}
    line = panel.store.line
    assert line is not None
    info = line.alarms[ALARM]
    assert facts["Приоритет"] == str(info.priority)
    assert facts["Предел"] == "> 84,0 °C"
    assert facts["Задержка прихода / ухода"] == "20 с / 30 с"
    assert facts["Группа первопричин"] == info.group
    assert facts["Тег"] == "S401.ChamberTemp"
    assert facts["Участок"] == line.area_name(info.area, "ru")
    ccp = next(a for a in line.alarms.values() if a.ccp)
    panel.feed(view(standing(ccp.id)))
    assert page.detail.facts.entries[0].right == f"{ccp.priority} · ККТ"


def test_a_limit_is_told_as_what_it_is_measured_from(make_panel: MakePanel) -> None:
    store = make_panel().store
    deviation = AlarmInfo("a", tag="S401.ChamberTemp", kind="deviation_low", limit=8.0, setpoint="S401.SP_Temp")
    rate = AlarmInfo("a", tag="S401.CoreTemp", kind="rate_high", limit=2.5, window_s=300.0)
    name = store.text(store.line.tags["S401.SP_Temp"].text) if store.line else ""
    assert limit_text(store, deviation).replace("\u00a0", " ") == f"< 8,0 °C от «{name}»"
    assert limit_text(store, rate).replace("\u00a0", " ") == "> 2,5 °C в минуту за 5 мин"
    assert limit_text(store, AlarmInfo("a", tag="S401.DoorClosed", kind="discrete", limit=0.0)) == ""


def test_who_acknowledged_and_when_and_what_came_first(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "F301.CasingOk.discrete")
    assert "квитировал(а) Иванова" in page.detail.lines.text()
    page.choose("S401.ChamberTemp.deviation_low")
    line = panel.store.line
    assert line is not None
    first = line.alarms[ALARM].text["ru"]
    assert page.detail.lines.text().splitlines()[1].startswith("следствие: ")
    assert str(first) in page.detail.lines.text()


def test_the_trend_gives_way_to_a_long_response(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    assert page.detail.do.around.isVisible()
    line = dict(samples.description())
    long = {"ru": "\n".join(f"{i}. Проверьте по месту узел {i} и запишите показания прибора." for i in range(1, 9)), "en": "x"}
    line["alarms"] = [{**a, "response": long} if a["id"] == ALARM else a for a in line["alarms"]]  # type: ignore[index,union-attr]
    panel.feed({"type": "line", "data": line})
    panel.window.refresh()
    assert not page.detail.do.around.isVisible()
    assert page.detail.do.texts[2].text().endswith("показания прибора.")
    assert panel.window.height() == 800, "the page does not grow"


def test_buttons_lead_to_unit_trend_and_the_history_of_the_alarm(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    page.detail.to_unit.click()
    assert panel.window.page is panel.window.pages["unit"]
    page = alarms_page(panel)
    page.detail.to_trend.click()
    assert isinstance(panel.window.page, TrendsPage)
    page = alarms_page(panel)
    page.search.field.setText("old")
    page.detail.to_history.click()
    assert page.tabs.current == "journal"
    assert page.journal.query.alarm == ALARM
    assert page.journal.query.text == ""
    assert panel.port.asked[-1] == ("/api/alarm_journal", {"alarm": ALARM, "limit": 200})
    assert page.search.only.isVisible()
    page.search.only.click()
    assert page.journal.query.alarm == ""
    assert not page.search.only.isVisible()
