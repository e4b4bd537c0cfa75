"""The flood view: it comes with a flood, puts the first and the worst ahead, folds consequences, and hides nothing for good."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest

from hmi.pages.alarms import AlarmsPage
from hmi.viewmodels.alarm_page import flood_rows
from hmi.viewmodels.alarms import AlarmRow, alarm_rows
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.alarm_samples import NOW, S, alarms_page, look_a_moment, standing, view
from tests.hmi.conftest import MakePanel

FLOOD: Json = {"since_ns": NOW - 200 * S, "count": 34}
ROWS = (
    standing("steam", priority=2, first_out=True, time_ns=NOW - 90 * S),
    standing("core", priority=1, consequence_of="steam", time_ns=NOW - 30 * S),
    standing("rate", priority=2, consequence_of="steam", time_ns=NOW - 50 * S),
    standing("late", priority=3, consequence_of="steam", time_ns=NOW - 40 * S, state="acked_active", acked_by="petrov"),
    standing("film", priority=4, time_ns=NOW - 10 * S),
    standing("link", priority=3, consequence_of="gone", time_ns=NOW - 20 * S),
)


def flooded(**more: Json) -> Obj:
    return view(*ROWS, **{"flood": FLOOD, **more})


def shown(page: AlarmsPage) -> list[str]:
    return [r.key for r in page.table.rows]


def test_a_flood_switches_to_its_view_and_its_end_back(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(view(*ROWS))
    everything = shown(page)
    assert not page.flood_bar.isVisible()
    panel.feed(flooded())
    assert page.flood_bar.isVisible()
    assert page.flood_text.text().startswith("Лавина тревог с ")
    assert "34 за 10 мин. Сверху первопричины и приоритет 1, следствий свёрнуто: 2." in page.flood_text.text()
    assert shown(page) == ["core", "steam", "link", "film"]
    panel.feed(view(*ROWS))
    assert not page.flood_bar.isVisible()
    assert shown(page) == everything


def test_a_touch_shows_all_and_the_flood_does_not_take_it_back(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(flooded())
    assert page.flood_button.text() == "Показать все"
    page.flood_button.click()
    assert set(shown(page)) == {"steam", "core", "rate", "late", "film", "link"}
    assert page.flood_button.text() == "Сначала главное"
    panel.feed(flooded(last_10_min=40))
    assert len(shown(page)) == 6, "what the operator chose stays while the flood goes on"
    page.flood_button.click()
    assert len(shown(page)) == 4
    page._head_touched("time")
    assert len(shown(page)) == 6, "an order of one's own is an order of all"


def test_consequences_unfold_under_their_first_out(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(flooded())
    steam = page.table.rows[1]
    assert [c.text for c in steam.cells][-1] == "+ 2"
    assert steam.cells[4].sub == "первопричина"
    table = page.table
    box = table._lefts(table._inner(QRectF(table.rect())))[-1]
    assert box.width() >= 48
    QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(round(box.center().x()), 48 + 50 + 25))
    assert shown(page) == ["core", "steam", "rate", "late", "link", "film"]
    assert [r.inset for r in page.table.rows] == [False, False, True, True, False, False]
    assert page.table.rows[1].cells[-1].text == "− 2"
    assert page.now.selected == "steam"
    page.table.touched.emit("steam", "fold")
    assert len(shown(page)) == 4


def test_what_is_folded_is_never_acknowledged_with_what_is_seen(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    panel.feed(flooded())
    look_a_moment(panel)
    assert {alarm for alarm, _ in page.acknowledgeable()} == {"core", "steam", "link", "film"}


def test_an_alarm_that_is_folded_is_found_from_elsewhere(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    alarms_page(panel)
    panel.feed(flooded())
    page = alarms_page(panel, "late")
    assert page.now.selected == "late"
    assert "late" in {r.key for r in page.table.visible_rows()}
    assert page.detail.title.text() == "S-401 late"
    assert "следствие: steam" in page.detail.lines.text()


def rows_of(*entries: Obj) -> list[AlarmRow]:
    store = LineStore()
    store.apply(view(*entries), mono_ns=0, now_ns=0)
    return alarm_rows(store)


ids = st.sampled_from(["a", "b", "c", "d", "e", "f"])
entry = st.builds(
    lambda i, p, first, of: standing(i, priority=p, first_out=first, consequence_of="" if first or of == i else of),
    ids, st.integers(1, 4), st.booleans(), st.one_of(st.just(""), ids),
)  # fmt: skip


@given(st.lists(entry, unique_by=lambda e: str(e["id"]), max_size=6), st.frozensets(ids))
def test_every_alarm_is_in_the_view_or_folded_under_one_that_is_and_priority_1_never(
    rows: list[Obj], unfolded: frozenset[str]
) -> None:
    alarms = rows_of(*rows)
    lines = flood_rows(alarms, unfolded)
    visible = [line.alarm.id for line in lines]
    assert len(visible) == len(set(visible))
    heads = {line.alarm.id: line.followers for line in lines}
    missing = [a for a in alarms if a.id not in visible]
    assert all(a.consequence_of in heads and a.priority > 1 for a in missing)
    assert sum(heads.values()) - len(missing) == sum(f for i, f in heads.items() if i in unfolded)
    assert len(visible) + len(missing) == len(alarms)


def test_the_strip_tells_the_flood_and_the_worst_alarm_and_has_room_for_many_digits(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    counts: Json = {"1": 2, "2": 13, "3": 217, "4": 0}
    panel.feed(view(*ROWS, flood=FLOOD, counts=counts))
    strip = panel.window.strip
    assert strip.banner.line.startswith("Лавина: 34 за 10 мин · ")
    assert strip.banner.line.endswith(" · 0:30")
    metrics = QFontMetricsF(panel.window.context.look.font(15, 600))
    lefts = strip.counts._lefts()
    assert all(
        right - left >= panel.window.context.look.px(24) + metrics.horizontalAdvance(text)
        for left, right, text in zip(lefts, lefts[1:], strip.counts.spoken(), strict=False)
    ), "no number runs into the symbol beside it"
    assert strip.counts.width() == lefts[-1]
