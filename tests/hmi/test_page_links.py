"""The page of connections: what an engineer reads of each device, its losses, the engine's health, and how late scans were."""

from __future__ import annotations

from typing import cast

from PySide6.QtWidgets import QApplication

from hmi.pages.links import LinksPage
from hmi.pages.links_devices import DevicesView
from hmi.pages.links_history import HistoryView
from hmi.viewmodels.badges import badges
from hmi.viewmodels.links import device_links, lateness
from hmi.viewmodels.wire import Obj
from line.quality import Status
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000
NOW = samples.NOW_NS


def links_page(panel: Panel, argument: str = "") -> DevicesView:
    panel.window.navigate("links", argument)
    page = panel.window.page
    assert isinstance(page, LinksPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page.devices


def facts(page: DevicesView) -> dict[str, str]:
    return {name.text(): value.text() for name, value in page.fact_labels if name.text()}


def link_event(seq: int, device: str, to: str, ago_s: int, ru: str = "") -> Obj:
    data: Obj = {"from": "up" if to == "down" else "down", "to": to, "error": {"ru": ru, "en": "x"}}
    event: Obj = {"seq": seq, "time_ns": NOW - ago_s * S, "kind": "link", "source": device, "unit": "", "batch": "", "data": data}
    return {"type": "event", "event": event}


def changed(view: str, device: str, **keys: object) -> Obj:
    data = samples.views()[view]
    entry = data[device]
    assert isinstance(entry, dict)
    return {"type": "view", "name": view, "data": {**data, device: {**entry, **keys}}}  # pyright: ignore[reportReturnType]


def test_every_device_with_state_age_and_response(make_panel: MakePanel) -> None:
    page = links_page(make_panel())
    assert page.table.spoken()[:5] == ["ПЛК 1", "127.0.0.1:5020", "на связи", "0,1\xa0с", "4,2\xa0мс"]
    assert [r.key for r in page.table.rows] == ["plc1", "plc2"]
    assert page.detail.title.text() == "ПЛК 1"
    assert page.why.text() == "hr:100+24: нет ответа за 500 мс"
    assert "запросов 75\u202f120, неудачных 3 (0,00\xa0%)" in page.counters.text()
    assert "пропусков данных 1" in page.counters.text()


def test_the_device_without_connection_is_the_one_shown_and_a_touch_chooses_another(make_panel: MakePanel) -> None:
    panel = make_panel().feed(changed("links", "plc2", state="down", last_error={"ru": "сертификат не принят", "en": "x"}))
    page = links_page(panel)
    assert (page.selected, page.why.text(), page.waiting()) == ("plc2", "сертификат не принят", 1)
    assert "нет связи" in page.table.spoken()
    page.table.chosen.emit("plc1")
    assert page.detail.title.text() == "ПЛК 1"


def test_losses_and_returns_newest_first(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = links_page(panel)
    panel.feed(
        link_event(9001, "plc1", "down", 600, "нет ответа в 2 опросах"), link_event(9002, "plc1", "up", 590),
        link_event(9003, "plc2", "down", 30, "чужое"),
    )  # fmt: skip
    assert [c.text for r in page.edges.rows for c in r.cells if c.text[:5] == "Связь"] == [
        "Связь восстановлена",
        "Связь потеряна",
    ]
    assert "нет ответа в 2 опросах" in page.edges.spoken()
    assert "чужое" not in page.edges.spoken()


def test_both_directions_of_the_heartbeat(make_panel: MakePanel) -> None:
    def image(alive: float, seen: float, status: int = 0) -> Obj:
        tags: Obj = {"Link.plc1.PlcAlive": [alive, status, NOW], "Link.plc1.SupervisorSeen": [seen, status, NOW]}
        return {"type": "image", "scan": 1, "time_ns": NOW, "full": False, "tags": tags}

    panel = make_panel()
    page = links_page(panel)
    panel.feed(image(0.0, 0.0, int(Status.BAD_WAITING_FOR_INITIAL_DATA)))
    cell = page.table.rows[0].cells[4]
    assert (cell.text, cell.sub) == ("—", ""), "not known is neither good nor bad"
    panel.feed(image(1.0, 1.0))
    cell = page.table.rows[0].cells[4]
    assert (cell.text, cell.sub, cell.bold) == ("ПЛК считает", "нас видит", False)
    panel.feed(image(0.0, 0.0))
    cell = page.table.rows[0].cells[4]
    assert (cell.text, cell.sub, cell.bold) == ("ПЛК стоит", "нас не видит", True)


def test_engine_facts_and_histogram(make_panel: MakePanel) -> None:
    page = links_page(make_panel())
    told = facts(page)
    assert told["Сканов: с опозданием, пропущено"] == "75\u202f120: 5, 0"
    assert told["Скан длится"] == "0,4\xa0мс"
    assert told["Приоритет реального времени"] == "обычный: нет права CAP_SYS_NICE"
    assert page.histogram.spoken()[0] == "≤ 0,5: 61\u202f204"
    assert page.histogram.spoken()[-1] == "> 100: 0"


def test_without_the_server_nothing_is_shown_as_connected(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = links_page(panel)
    panel.feed({"type": "lost", "error": "gone"})
    assert page.table.spoken()[2:4] == ["? на связи", "—"]
    assert facts(page)["Сервер"] == "нет связи"
    assert page.waiting() == 0


def test_a_histogram_that_is_not_whole_is_not_shown() -> None:
    assert lateness({}) == []
    assert lateness({"lateness": {"le_ms": [1.0], "counts": [1]}}) == []
    assert lateness({"lateness": {"le_ms": [1.0], "counts": [1, 2]}}) == [(1.0, 1), (None, 2)]


def test_a_device_that_the_engine_does_not_tell_of(make_panel: MakePanel) -> None:
    panel = make_panel()
    panel.feed({"type": "view", "name": "links", "data": {}})
    links = device_links(panel.store, NOW)
    assert [(link.id, link.state, link.age_s, link.requests) for link in links] == [
        ("plc1", "closed", None, 0), ("plc2", "closed", None, 0),
    ]  # fmt: skip


# ---- where the history goes ---------------------------------------------------------------------------------------------


def sink(**about: object) -> Obj:
    base = {"name": "plant", "state": "up", "backlog": 12, "behind": 0, "rate_per_s": 410.0, "left_s": 0.0, "forwarded": 88_000,
            "dead": 0, "text": {"ru": "", "en": ""}}  # fmt: skip
    return cast(Obj, {**base, **about})


def history_tab(panel: Panel, *told: Obj) -> HistoryView:
    panel.window.navigate("links", "history")
    page = panel.window.page
    assert isinstance(page, LinksPage)
    assert not page.history.settled()
    data: Obj = {"forwarder": {"state": "up", "backlog": 0, "sinks": list(told)}}
    panel.feed({"type": "reply", "reply_to": "links.health", "status": 200, "data": data})
    QApplication.processEvents()
    return page.history


def test_every_sink_says_what_waits_and_what_to_do(make_panel: MakePanel) -> None:
    panel = make_panel()
    why = {"ru": "Сервер InfluxDB не принимает токен: проверьте файл токена", "en": "token"}
    view = history_tab(
        panel, sink(), sink(name="office", state="down", backlog=51_000, behind=50_000, left_s=None, text=why),
        sink(name="cloud", behind=900, backlog=912, left_s=75.0, dead=3),
    )  # fmt: skip
    first, office, cloud = view.table.rows
    assert [c.text.replace("\u202f", " ") for c in first.cells[2:]] == ["12", "410", "88 000", "0"]
    assert office.cells[0].sub == "Сервер InfluxDB не принимает токен: проверьте файл токена"
    assert office.cells[1].chip is not None
    assert office.cells[1].chip.text == "не доходит"
    assert office.cells[2].sub == "—", "nobody can tell how long it takes"
    assert cloud.cells[2].sub.startswith("осталось ")
    assert "potok sink dead" in cloud.cells[0].sub
    assert view.waiting() == 2
    assert badges(panel.store)["links"] == 0, "the store has heard of no fault yet"
    panel.feed({"type": "lost", "error": "gone"})
    assert view.table.rows[0].cells[1].chip is not None
    assert view.table.rows[0].cells[1].chip.text == "? принимает"


def test_without_a_sink_the_page_says_that_history_stays_here(make_panel: MakePanel) -> None:
    view = history_tab(make_panel())
    assert view.table.empty == "Архив хранится только на этом сервере: InfluxDB не настроен."


def test_a_history_that_is_not_stored_is_called_out(make_panel: MakePanel) -> None:
    panel = make_panel()
    view = history_tab(panel)
    panel.feed({"type": "image", "scan": 5, "time_ns": NOW, "full": False, "tags": {
        "Historian.Ok": [0, 0, NOW], "Historian.DiskFreeGB": [0.2, 0, NOW], "Historian.DaysLeft": [0, 0, NOW],
        "Historian.SizeGB": [None, int(Status.BAD_NO_COMMUNICATION), NOW],
    }})  # fmt: skip
    told = {name.text(): value.text() for name, value in view.facts}
    assert told["Архив"] == "НЕ ЗАПИСЫВАЕТСЯ"
    assert told["Свободно на диске"] == "0,2\xa0ГБ"
    assert told["Занято отсчётами"] == "—", "what is not known is no zero"
    assert view.said.text().startswith("▲ Архив не записывается: не выключайте сервер")
