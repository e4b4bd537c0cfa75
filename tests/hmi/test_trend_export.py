"""A month on the trend page, what it shows saved as a file, and times of the plant's clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from hmi.pages.trends import TrendsPage
from hmi.viewmodels.exporting import ASK_EVERY_NS, Export, ExportState, begun, due, ended, params, told
from hmi.viewmodels.format import clock_text, file_stamp, midnight_ns, use_zone
from hmi.viewmodels.wire import Obj
from hmi.widgets.trend import time_label
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000
DAY = 86_400 * S
NOW = samples.NOW_NS
CHAMBER = "S401.ChamberTemp"


@pytest.fixture
def moscow() -> Iterator[None]:
    use_zone("Europe/Moscow")
    yield
    use_zone("")


def trends_page(panel: Panel) -> TrendsPage:
    panel.window.navigate("trends", CHAMBER)
    page = panel.window.page
    assert isinstance(page, TrendsPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def reply(to: str, status: int, data: Obj, error: str = "") -> Obj:
    return {"type": "reply", "reply_to": to, "status": status, "data": data, "error": error}


# ---- times --------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("moscow")
def test_times_are_those_of_the_plant_wherever_the_panel_stands() -> None:
    noon = 1_795_348_800 * S  # 2026-11-22 12:00 UTC
    assert clock_text(noon) == "15:00:00"
    assert file_stamp(noon) == "2026-11-22-150000"
    assert clock_text(midnight_ns() + 3600 * S) == "01:00:00"
    use_zone("Asia/Yekaterinburg")
    assert clock_text(noon) == "17:00:00"
    assert clock_text(midnight_ns()) == "00:00:00"


def test_a_zone_that_nobody_knows_leaves_the_machines_own() -> None:
    use_zone("")
    own = clock_text(NOW)
    use_zone("Mars/Olympus")
    assert clock_text(NOW) == own


def test_the_line_says_which_zone(make_panel: MakePanel) -> None:
    panel = make_panel()
    described: Obj = {**samples.description(), "time_zone": "Asia/Vladivostok"}
    panel.feed({"type": "line", "data": described})
    try:
        assert clock_text(1_795_348_800 * S) == "22:00:00"
    finally:
        use_zone("")


@pytest.mark.usefixtures("moscow")
def test_over_days_a_midnight_is_its_date() -> None:
    midnight = 1_795_381_200 * S  # 2026-11-23 00:00 in Moscow
    assert time_label(midnight, 0.0, 30 * 86_400.0) == "23.11"
    assert time_label(midnight, -86_400.0, 30 * 86_400.0) == "22.11"
    assert time_label(midnight, 8 * 3600.0, 2 * 86_400.0) == "08:00"
    assert time_label(midnight, 0.0, 86_400.0) == "00:00"
    assert time_label(midnight, 1.0, 600.0) == "00:00:01"


def test_a_month_is_one_touch_and_asks_for_no_more_points_than_an_hour(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    panel.feed(reply("trends.history", 200, {}))
    page.range_buttons[2_592_000].click()
    _, asked = next(a for a in reversed(panel.port.asked) if a[0] == "/api/history")
    from_ns, to_ns, points = asked["from_ns"], asked["to_ns"], asked["points"]
    assert isinstance(from_ns, int)
    assert isinstance(to_ns, int)
    assert isinstance(points, int)
    assert to_ns - from_ns >= 30 * DAY
    assert points <= 4000
    assert page.place.text() == "до текущего времени · 30\xa0сут"
    page.steps["back"].click()
    assert page.place.text().count(".2026") == 2, "dates, not times of day"


# ---- a file -------------------------------------------------------------------------------------------------------------


def test_an_export_goes_from_running_to_done_and_its_share_never_falls() -> None:
    export = begun("t1", Path("x.csv"), 0)
    assert not due(export, ASK_EVERY_NS - 1)
    assert due(export, ASK_EVERY_NS)
    export = told(export, reply("", 200, {"share": 0.5}))
    export = told(told(export, reply("", 200, {"share": 0.2})), reply("", 404, {}))
    assert export.share == 0.5
    export = ended(export, reply("", 200, {"bytes": 9}))
    assert (export.state, export.share, export.bytes) == (ExportState.DONE, 1.0, 9)
    assert told(export, reply("", 200, {"share": 0.1})) is export
    assert not due(Export(), 10**12)
    assert "period_ms" not in params(["a"], 0, 1, "csv", 0, "ru", "t")
    assert params(["a"], 0, 1, "csv", 1000, "ru", "t")["period_ms"] == 1000


def test_what_is_shown_is_saved_after_a_login_with_a_bar(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    made = page.open_export()
    made.formats.pick("parquet")
    made.periods.pick("60000")
    made.confirm()
    assert panel.port.downloads == [], "nobody is logged in: the login comes first"
    panel.log_in()
    made.confirm()
    path, asked, file, _ = panel.port.downloads[-1]
    assert path == "/api/export"
    assert file.suffix == ".parquet"
    assert asked["tag"] == page.model.tags
    assert asked["period_ms"] == 60_000
    assert made.said.text() == "Сохранение…"
    assert not made.ok.isEnabled()
    panel.clock.advance_ns(S)
    panel.window.refresh()
    assert (f"/api/export/progress/{asked['job']}", "trends.export.share") in panel.port.fetched
    panel.feed(reply("trends.export.share", 200, {"share": 0.42}))
    assert made.said.text() == "Сохранение… 42 %"
    assert made.bar.share == 0.42
    made.close_button.click()
    QApplication.processEvents()
    panel.feed(reply("trends.export", 200, {"bytes": 2048}))
    again = page.open_export()
    assert again.ok.isEnabled()
    assert page.export.state is ExportState.IDLE, "a new export begins anew"


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [(503, "", "сервер занят другими выгрузками"), (422, "", "слишком много строк"), (0, "ConnectError: x", "нет связи"),
     (0, "OSError: диск полон", "не удаётся записать в папку"), (500, "", "сервер ответил ошибкой 500")],
)  # fmt: skip
def test_a_failure_is_said_in_words(make_panel: MakePanel, status: int, error: str, said: str) -> None:
    panel = make_panel().log_in()
    page = trends_page(panel)
    made = page.open_export()
    made.confirm()
    panel.feed(reply("trends.export", status, {"disk": "OSError" in error}, error))
    assert made.said.text().startswith("✕ Не сохранено: ")
    assert "Error" not in made.said.text()
    assert said in made.said.text()
    assert made.ok.isEnabled()


def test_what_the_server_refuses_is_said_in_its_words_and_a_full_disk_by_its_name(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    made = trends_page(panel).open_export()
    long: Obj = {"error": {"ru": "Не больше 800 суток за один раз", "en": "At most 800 days at a time"}, "bytes": 0}
    for status, data, said in (
        (422, long, "Не больше 800 суток за один раз"),
        (0, {"disk": True, "full": True}, "на диске с папкой"),
        (401, {"error": {"ru": "Войдите", "en": "Sign in"}}, "сначала войдите"),
    ):
        made.confirm()
        panel.feed(reply("trends.export", status, data))
        assert made.said.text().startswith("✕ Не сохранено: ")
        assert said in made.said.text()
