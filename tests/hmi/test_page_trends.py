"""The trend page: live joins history without a seam, gaps stay gaps, bad quality is marked, axes, cursor, pan and zoom."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hmi.pages.trends import TrendsPage
from hmi.theme import DAY, NIGHT, Look, contrast
from hmi.viewmodels.samples import HOLD_MAX_NS, TagSamples, staircase, stretches
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.trends import PENS_MAX, SETTLE_NS, TrendModel, scale_name, value_range
from hmi.viewmodels.wire import Obj
from hmi.widgets.penplot import DAY_PENS, NIGHT_PENS, PEN_STYLES, line_pen
from hmi.widgets.tagpicker import TagPicker
from line.messages import Json
from line.quality import Status
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000
MIN = 60 * S
NOW = samples.NOW_NS
CHAMBER = "S401.ChamberTemp"


def trends_page(panel: Panel, argument: str = CHAMBER) -> TrendsPage:
    panel.window.navigate("trends", argument)
    page = panel.window.page
    assert isinstance(page, TrendsPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def history(tag: str, points: list[tuple[int, float | None, int]]) -> Obj:
    entry: Obj = {"t": [t for t, _, _ in points], "v": [v for _, v, _ in points], "q": [q for _, _, q in points]}
    return {tag: entry}


def answer(panel: Panel, data: Obj) -> None:
    panel.feed({"type": "reply", "reply_to": "trends.history", "status": 200, "data": data})


def drawn(page: TrendsPage, index: int) -> tuple[np.ndarray, np.ndarray]:
    """What a pen draws, in seconds before now and in engineering units."""
    x, y = page.plot.curves[index].getOriginalDataset()
    assert x is not None
    assert y is not None
    names = page.plot._scales
    pens = [t for t in page.model.tags if t not in page.model.hidden]
    scale = next(s for s in names if s.name == scale_name(page.context.store, pens[index]))
    return x - (NOW - page.base_ns) / S, y * (scale.hi - scale.lo) + scale.lo


# ---- samples ------------------------------------------------------------------------------------------------------------


def test_live_values_go_on_from_the_history_without_a_seam() -> None:
    made = TagSamples()
    made.watch(NOW)
    made.add_live(NOW, 3.0, 0)
    made.take_history(cast(Obj, history("t", [(NOW - 2 * S, 1.0, 0), (NOW - S, 2.0, 0)])["t"]), NOW - MIN, NOW)
    made.add_live(NOW + S, 4.0, 0)
    window = made.all()
    assert window.t.tolist() == [NOW - 2 * S, NOW - S, NOW, NOW + S]
    assert window.v.tolist() == [1.0, 2.0, 3.0, 4.0]
    made.take_history(cast(Obj, history("t", [(NOW - S, 2.0, 0), (NOW, 3.0, 0), (NOW + S, 4.0, 0)])["t"]), NOW - S, NOW + S)
    assert made.all().v.tolist() == [2.0, 3.0, 4.0], "what the history has too is there once"


def test_values_not_watched_leave_a_gap_and_do_not_join() -> None:
    made = TagSamples()
    made.take_history(cast(Obj, history("t", [(NOW - MIN, 1.0, 0)])["t"]), NOW - 2 * MIN, NOW - MIN)
    made.watch(NOW)
    made.add_live(NOW, 5.0, 0)
    window = made.all()
    assert [math.isnan(v) for v in window.v] == [False, True, False]
    held = made.at(NOW - 30 * S)
    assert held is not None
    assert math.isnan(held[0])


def test_a_value_that_stands_still_holds_while_it_is_watched() -> None:
    made = TagSamples()
    made.take_history(cast(Obj, history("t", [(NOW - MIN, 1.0, 0)])["t"]), NOW - 2 * MIN, NOW)
    made.watch(NOW)
    later = NOW + 2 * HOLD_MAX_NS
    made.watch(later)
    x, y = staircase(made.all(), NOW, later)
    assert x[-1] == (later - NOW) / S
    assert y[-1] == 1.0
    silent = TagSamples()
    silent.take_history(cast(Obj, history("t", [(NOW - 2 * HOLD_MAX_NS, 1.0, 0)])["t"]), NOW - 3 * HOLD_MAX_NS, NOW)
    x, _ = staircase(silent.all(), NOW, NOW)
    assert x[-1] == pytest.approx(-HOLD_MAX_NS / S), "an unexplained silence is a gap, not a constant value"
    assert silent.at(NOW) is None


def test_bad_and_uncertain_stretches_are_told_and_bad_values_are_not_drawn() -> None:
    made = TagSamples()
    bad, doubt = int(Status.BAD_SENSOR_FAILURE), int(Status.UNCERTAIN_LAST_USABLE_VALUE)
    points: list[tuple[int, float | None, int]] = [
        (NOW, 1.0, 0), (NOW + S, None, bad), (NOW + 2 * S, 9.0, bad), (NOW + 3 * S, 3.0, doubt), (NOW + 4 * S, 4.0, 0),
    ]  # fmt: skip
    made.take_history(cast(Obj, history("t", points)["t"]), NOW, NOW + 5 * S)
    found = [(s.start_ns - NOW, s.end_ns - NOW, s.bad) for s in stretches(made.all(), NOW + 5 * S)]
    assert found == [(S, 3 * S, True), (3 * S, 4 * S, False)]
    assert [math.isnan(v) for v in made.all().v] == [False, True, True, False, False]
    assert made.at(NOW + 3 * S) == (3.0, doubt)


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.floats(-1e6, 1e6), st.sampled_from([0, int(Status.BAD_TIMEOUT)])), max_size=50)
)
def test_times_ascend_whatever_comes(points: list[tuple[int, float, int]]) -> None:
    made = TagSamples()
    half = len(points) // 2
    made.take_history(cast(Obj, history("t", [(NOW + t * S, v, q) for t, v, q in points[:half]])["t"]), NOW, NOW + 1000 * S)
    for t, v, q in points[half:]:
        made.watch(NOW + t * S)
        made.add_live(NOW + t * S, v, q)
    window = made.all()
    assert np.all(np.diff(window.t) >= 0)
    x, y = staircase(window, NOW, NOW + 2000 * S)
    assert len(x) == len(y)
    assert np.all(np.diff(x) >= 0)


# ---- model --------------------------------------------------------------------------------------------------------------


def test_the_model_asks_once_per_window_and_again_when_it_leaves_what_is_held() -> None:
    model = TrendModel(NOW)
    assert model.settled, "nothing is chosen, so nothing is waited for"
    model.choose([CHAMBER, "S401.SP_Temp"])
    asked = model.request(NOW, 0)
    assert asked is not None
    assert asked["tag"] == [CHAMBER, "S401.SP_Temp"]
    assert (asked["from_ns"], asked["to_ns"]) == (NOW - 900 * S, NOW)
    assert model.request(NOW, S) is None, "one at a time"
    model.take({"status": 200, "data": history(CHAMBER, [(NOW - MIN, 1.0, 0)])})
    assert model.request(NOW, 2 * S) is None
    model.pan(-0.25, NOW, 3 * S)
    assert model.request(NOW, 3 * S + SETTLE_NS) is None, "still inside the margin"
    model.pan(-1.0, NOW, 4 * S)
    assert model.request(NOW, 4 * S) is None, "the finger is still moving"
    assert model.request(NOW, 4 * S + SETTLE_NS) is not None
    model.take({"status": 0, "data": {}})
    assert model.request(NOW, 5 * S) is None
    assert model.request(NOW, 15 * S) is not None, "an answer that never came"


def test_pan_and_zoom_leave_live_and_come_back_to_it() -> None:
    model = TrendModel(NOW)
    model.pan(-0.5, NOW, 0)
    assert not model.span.live
    assert model.span.end_ns == NOW - 300 * S
    model.follow(NOW + MIN)
    assert model.span.end_ns == NOW - 300 * S, "history stands still"
    model.zoom(2.0, NOW, 0)
    assert model.span.seconds == 1200
    assert model.span.end_ns == NOW, "grown around its middle it reaches now"
    assert model.span.live
    model.zoom(0.001, NOW, 0)
    assert model.span.seconds == 10.0
    model.zoom(1e9, NOW, 0)
    assert model.span.seconds == 400 * 86_400, "as long as history is kept"


def test_at_most_eight_pens_and_those_that_stay_keep_their_samples() -> None:
    model = TrendModel(NOW)
    model.choose([f"t{i}" for i in range(12)])
    assert len(model.tags) == PENS_MAX
    kept = model.samples["t3"]
    model.toggle("t3")
    model.choose(["t3", "x"])
    assert model.samples["t3"] is kept
    assert model.hidden == {"t3"}


def test_a_range_stays_until_values_leave_it() -> None:
    first = value_range([np.array([1.0, 2.0, np.nan])], None)
    assert first[0] < 1.0
    assert first[1] > 2.0
    assert value_range([np.array([1.05, 1.9])], first) == first
    assert value_range([np.array([1.0, 3.0])], first) != first
    assert value_range([np.array([1.5, 1.51])], first) != first, "a range far too wide is given up"
    assert value_range([], None) == (0.0, 1.0)


# ---- page ---------------------------------------------------------------------------------------------------------------


def test_history_and_live_are_one_line_on_the_page(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    assert page.model.tags == [CHAMBER, "S401.SP_Temp"], "the setpoint comes with its value"
    assert ("/api/history", "trends.history") in panel.port.fetched
    answer(panel, {**history(CHAMBER, [(NOW - 10 * S, 80.0, 0), (NOW - 4 * S, 90.0, 0)])})
    x, y = drawn(page, 0)
    assert (round(x[0], 3), round(float(y[0]), 3)) == (-10, 80.0)
    assert (round(x[-1], 3), round(float(y[-1]), 3)) == (0, 91.4)
    assert np.all(np.isfinite(y))
    panel.clock.advance_ns(S)
    panel.feed(samples.image({**samples.VALUES, CHAMBER: 92.0}, time_ns=NOW + 4 * S))
    _, y = drawn(page, 0)
    assert round(float(y[-1]), 3) == 92.0


def test_bad_quality_is_a_gap_with_a_hatched_ribbon(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    bad = int(Status.BAD_SENSOR_FAILURE)
    answer(panel, history(CHAMBER, [(NOW - 60 * S, 80.0, 0), (NOW - 40 * S, None, bad), (NOW - 20 * S, 81.0, 0)]))
    _, y = drawn(page, 0)
    assert np.isnan(y).any()
    shown = [h for h in page.plot.hatches if h.isVisible()]
    assert len(shown) == 1
    left, right = cast("tuple[float, float]", shown[0].getRegion())
    assert (round(right - left, 3), shown[0].brush.style()) == (20.0, Qt.BrushStyle.BDiagPattern)


def test_a_lost_server_ends_the_line_and_a_new_connection_asks_anew(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    answer(panel, history(CHAMBER, [(NOW - 10 * S, 80.0, 0)]))
    panel.clock.advance_ns(10 * S)
    panel.feed({"type": "lost", "error": "x"})
    panel.clock.advance_ns(5 * S)
    panel.window.refresh()
    held = page.model.samples[CHAMBER].at(NOW + 14 * S)
    assert held is not None
    assert math.isnan(held[0])
    assert page.legend.entries[0].value.startswith("?")
    before = panel.port.fetched.count(("/api/history", "trends.history"))
    panel.feed({"type": "connected"}, samples.image(time_ns=NOW + 15 * S))
    assert panel.port.fetched.count(("/api/history", "trends.history")) == before + 1


def test_every_unit_of_measure_has_its_own_axis(make_panel: MakePanel) -> None:
    panel = make_panel("en")
    page = trends_page(panel)
    page._choose([CHAMBER, "S401.CoreTemp", "S401.Humidity", "S401.FanSpeed", "S401.DoorClosed"])
    answer(panel, {})
    panel.window.refresh()
    titles = [s.title for s in page.plot._scales]
    assert titles == ["°C", "%", "Hz", "0/1"]
    assert sum(a.isVisible() for a in page.plot.axes) == 4
    celsius = page.plot.axes[0]
    (_, ticks), *_ = celsius.tickValues(0.0, 1.0, 400)
    values = [celsius.lo + t * (celsius.hi - celsius.lo) for t in ticks]
    assert all(abs(v - round(v)) < 1e-6 for v in values), "ticks stand at round numbers of the unit"


def test_pens_are_one_pixel_wide_clipped_and_told_apart_without_alarm_colours(make_panel: MakePanel) -> None:
    page = trends_page(make_panel())
    curve = page.plot.curves[0]
    assert curve.opts["pen"].width() == 1
    assert curve.opts["clipToView"]
    for palette, colours in ((DAY, DAY_PENS), (NIGHT, NIGHT_PENS)):
        assert len(set(colours)) == PENS_MAX
        assert not set(colours) & {palette.p1, palette.p2, palette.p3, palette.p4}
        assert all(contrast(c, palette.pane) >= 3.0 for c in colours)
    styles = {(line_pen(Look(), i).color().name(), PEN_STYLES[i]) for i in range(PENS_MAX)}
    assert len(styles) == PENS_MAX


def test_a_tap_puts_the_cursor_and_tells_value_and_quality(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    bad = int(Status.BAD_SENSOR_FAILURE)
    answer(panel, history(CHAMBER, [(NOW - 300 * S, 80.0, 0), (NOW - 100 * S, None, bad)]))
    QApplication.processEvents()
    left = page.plot.box.mapViewToScene(page.plot.box.viewRect().center()).toPoint()
    QTest.mouseClick(page.plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(left.x(), left.y()))
    assert page.model.cursor_ns is not None
    assert abs(page.model.cursor_ns - (NOW - 300 * S)) < 5 * S
    page._set_cursor(NOW - 200 * S)
    assert page.legend.entries[0].at_cursor == "80,0\u00a0°C"
    page._set_cursor(NOW - 50 * S)
    assert page.legend.entries[0].at_cursor == "? Недостоверно"
    page._set_cursor(NOW - 500 * S)
    assert page.legend.entries[0].at_cursor == "—"
    assert page.place.text().startswith("курсор ")
    page.no_cursor.click()
    assert page.legend.entries[0].at_cursor == ""


def test_a_finger_pans_back_and_the_button_returns_to_now(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    QApplication.processEvents()
    (left, right), _ = page.plot.box.viewRange()
    viewport, middle = page.plot.plot.viewport(), page.plot.box.mapViewToScene(page.plot.box.viewRect().center()).toPoint()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 11):
        QTest.mouseMove(viewport, middle + QPoint(20 * step, 0))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle + QPoint(200, 0))
    moved_s = 200 * (right - left) / page.plot.box.width()
    assert not page.model.span.live
    assert page.model.span.end_ns == pytest.approx(NOW - moved_s * S, abs=12 * S), "the curve follows the finger"
    assert page.model.cursor_ns is None, "a pan is no tap"
    panel.window.refresh()
    assert page.plot.box.viewRange()[0][1] == pytest.approx(right - moved_s, abs=12)
    assert page.steps["forward"].isEnabled()
    page.now.click()
    assert page.model.span.live
    assert page.model.span.seconds == pytest.approx(right - left, abs=1)
    page.range_buttons[28_800].click()
    assert page.model.span.seconds == 28_800
    page.steps["in"].click()
    assert page.model.span.seconds == 14_400


def test_alarms_of_the_pens_are_marked(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    line = panel.store.line
    assert line is not None
    own = next(a for a in line.alarms.values() if a.tag == CHAMBER)
    other = next(a for a in line.alarms.values() if a.tag == "H501.AirTemp")

    def event(seq: int, alarm: str, to: str) -> Obj:
        return {
            "seq": seq,
            "time_ns": NOW - 100 * S,
            "kind": "alarm",
            "source": alarm,
            "unit": "S401",
            "batch": "",
            "data": {"to": to},
        }

    raised = [event(1, own.id, "unack_active"), event(2, own.id, "acked_active"), event(3, other.id, "unack_active")]
    panel.feed({"type": "reply", "reply_to": "trends.alarms", "status": 200, "data": {"events": [], "last": 3}})
    panel.feed({"type": "reply", "reply_to": "trends.alarms", "status": 200, "data": {"events": cast(Json, raised), "last": 3}})
    assert [m.priority for m in page.plot._marks] == [own.priority]
    assert page.plot._marks[0].x == pytest.approx((NOW - 100 * S - page.base_ns) / S)


def test_the_picker_offers_large_targets_by_unit_and_takes_no_ninth(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    page.open_picker()
    picker = next(w for w in panel.window.findChildren(TagPicker) if w.isVisible())
    assert picker.group == "S401"
    assert picker.tag_buttons[CHAMBER].isChecked()
    assert all(b.sizeHint().height() >= 46 for b in (*picker.tag_buttons.values(), *picker.group_buttons.values()))
    picker._clear()
    picker.show_group("C201")
    names = list(picker.tag_buttons)[:9]
    for name in names:
        picker.toggle(name)
    assert picker.chosen == names[:8]
    assert not picker.tag_buttons[names[8]].isEnabled()
    assert picker.ok.text() == "Показать 8 из 8"
    picker.confirm()
    assert page.model.tags == names[:8]


def test_a_touch_on_the_legend_hides_a_pen(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    QTest.mouseClick(page.legend, Qt.MouseButton.LeftButton, pos=QPoint(40, 20))
    assert page.model.hidden == {CHAMBER}
    assert not page.plot.curves[0].isVisible()
    QTest.mouseClick(page.legend, Qt.MouseButton.LeftButton, pos=QPoint(40, 20))
    assert page.plot.curves[0].isVisible()


def test_without_a_choice_it_shows_key_values_of_a_running_unit(make_panel: MakePanel) -> None:
    page = trends_page(make_panel(), "")
    assert page.model.tags
    assert len({t.split(".")[0] for t in page.model.tags}) == 1
    assert LineStore().ready is False


def test_what_the_panel_remembers_stands_in_until_the_history_comes(make_panel: MakePanel) -> None:
    panel = make_panel()
    page = trends_page(panel)
    assert not page.settled()
    x, y = drawn(page, 0)
    assert len(x) > 100, "the store's last minutes are drawn at once"
    assert np.isfinite(y).all()
    answer(panel, history(CHAMBER, [(NOW - 4 * S, 90.0, 0)]))
    x, _ = drawn(page, 0)
    assert round(float(x[0]), 3) == -4.0, "the history takes their place"
    made = TagSamples()
    made.seed(np.array([-3.0, -2.0]), np.array([1.0, np.nan]), NOW)
    assert [s.bad for s in stretches(made.all(), NOW)] == [True]
