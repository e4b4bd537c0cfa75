"""The chart of a procedure: where everything stands, what is folded, what a finger does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hmi.theme import DAY, Look
from hmi.viewmodels.batch_steps import chart_nodes
from hmi.viewmodels.batches import batches
from hmi.viewmodels.procedure_chart import BOX_WIDTH, Block, Box, ChartNode, layout, tree
from hmi.viewmodels.wire import Obj
from hmi.widgets import draw
from hmi.widgets.procedurechart import ZOOMS, ChartControls, ProcedureChart
from tests.hmi import samples
from tests.hmi import samples_batches as sample
from tests.hmi.conftest import MakePanel


def node(node_id: str, kind: str = "phase", parent: str = "", **more: str) -> ChartNode:
    return ChartNode(node_id, kind, more.get("name", node_id), parent, more.get("state", "idle"))


def by_id(block: Block) -> dict[str, Box]:
    return {b.node.id: b for b in block.boxes if b.part in ("leaf", "head")}


FORKED = [
    node("a", "unit_procedure"), node("a1", parent="a"),
    node("p", "parallel"), node("p1", "branch", "p"), node("p1x", parent="p1"), node("p1y", parent="p1"),
    node("p2", "branch", "p"), node("p2x", parent="p2"),
    node("c", "choice"), node("c1", "branch", "c", name="if hot"), node("c1x", parent="c1"),
    node("c2", "branch", "c", name="else"),
    node("l", "loop"), node("lx", parent="l"),
]  # fmt: skip


# ---- places -------------------------------------------------------------------------------------------------------------


def test_sequence_goes_down_and_branches_stand_side_by_side() -> None:
    boxes = by_id(layout(tree(FORKED), 700))
    assert boxes["a"].y < boxes["a1"].y < boxes["p1x"].y < boxes["p1y"].y < boxes["c1x"].y < boxes["lx"].y
    assert boxes["p1x"].y == boxes["p2x"].y
    assert boxes["p1x"].x + boxes["p1x"].width < boxes["p2x"].x
    frame = next(b for b in layout(tree(FORKED), 700).boxes if b.part == "frame")
    assert frame.x < boxes["a1"].x
    assert frame.y + frame.height > boxes["a1"].y + boxes["a1"].height


def test_lines_tell_parallel_from_alternative_and_a_loop_goes_back() -> None:
    block = layout(tree(FORKED), 700)
    assert sum(line.double for line in block.lines) == 2, "opens and closes the parallel branches"
    (back,) = [line for line in block.lines if line.arrow]
    assert back.points[-1][1] < by_id(block)["lx"].y < back.points[0][1]
    captions = [b.node.name for b in block.boxes if b.part == "caption"]
    assert captions == ["if hot", "else", "l"]


def test_boxes_are_as_wide_as_the_branches_leave_room_for() -> None:
    alone = [node("a"), node("b")]
    assert by_id(layout(tree(alone), 1000))["a"].width == BOX_WIDTH[1]
    assert by_id(layout(tree(FORKED), 420))["p1x"].width < 200
    narrow = layout(tree(FORKED), 100)
    assert by_id(narrow)["a1"].width == BOX_WIDTH[0]
    assert narrow.width > 100, "then it is dragged sideways"


def test_an_operation_that_says_what_its_phase_says_is_not_said_twice() -> None:
    one = [node("o", "operation", name="Chill"), node("x", parent="o", name="Chill")]
    two = [node("o", "operation", name="Roast"), node("x", parent="o", name="Dry")]
    assert [b.part for b in layout(tree(one), 300).boxes] == ["leaf"]
    assert [b.part for b in layout(tree(two), 300).boxes] == ["caption", "leaf"]


KINDS = st.sampled_from(
    ["unit_procedure", "operation", "phase", "parallel", "choice", "loop", "branch", "wait", "prompt", "odd", ""]
)
NODES = st.lists(
    st.builds(ChartNode, st.integers(0, 12).map(str), KINDS, st.text(max_size=4), st.integers(0, 12).map(str)), max_size=14
)


@settings(max_examples=200, deadline=None)
@given(NODES, st.floats(50, 2000))
def test_whatever_comes_is_drawn_once_inside_the_chart_and_leaves_do_not_overlap(nodes: list[ChartNode], width: float) -> None:
    block = layout(tree(nodes), width)
    leaves = [b for b in block.boxes if b.part == "leaf"]
    assert len({b.node.id for b in leaves}) == len(leaves)
    for i, a in enumerate(leaves):
        assert a.x >= -1e-6
        assert a.y >= -1e-6
        assert a.y + a.height <= block.height + 1e-6
        for b in leaves[i + 1 :]:
            apart = a.x + a.width <= b.x + 1e-6 or b.x + b.width <= a.x + 1e-6
            assert apart or a.y + a.height <= b.y + 1e-6 or b.y + b.height <= a.y + 1e-6


# ---- the widget ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def chart(app: QApplication) -> Iterator[ProcedureChart]:
    made = ProcedureChart(Look(DAY))
    made.resize(400, 300)
    made.show()
    yield made
    made.hide()
    made.deleteLater()


def long_procedure(active: str) -> list[ChartNode]:
    found: list[ChartNode] = []
    for unit in "abcdef":
        state = "complete" if unit < active else "running" if unit == active else "idle"
        found.append(node(unit, "unit_procedure", state=state))
        for i in range(3):
            found.append(ChartNode(f"{unit}{i}", "phase", f"{unit}{i}", unit, state, current=unit == active and i == 1))
    return found


def shown(chart: ProcedureChart) -> dict[str, Box]:
    return {b.node.id: b for b in chart.boxes() if b.part in ("leaf", "head")}


def test_what_is_done_is_folded_until_it_is_touched(chart: ProcedureChart) -> None:
    chart.show_nodes(long_procedure("c"))
    assert chart.folded() == {"a", "b"}
    assert "a0" not in shown(chart)
    chart.toggle("a")
    assert "a0" in shown(chart)
    chart.show_nodes(long_procedure("d"))
    assert chart.folded() == {"b", "c"}, "what was unfolded stays so"


def test_it_follows_what_is_active_until_a_finger_moves_it_and_goes_back_there(chart: ProcedureChart) -> None:
    chart.fold_done = False
    controls = ChartControls(chart)

    def in_sight(node_id: str) -> bool:
        top = shown(chart)[node_id].y - chart.offset()[1]
        return 0 <= top < chart.height() - 40

    chart.show_nodes(long_procedure("a"))
    assert in_sight("a1")
    chart.show_nodes(long_procedure("e"))
    assert in_sight("e1")
    assert not in_sight("a1")
    was = chart.offset()
    QTest.mousePress(chart, Qt.MouseButton.LeftButton, pos=QPoint(200, 60))
    QTest.mouseMove(chart, QPoint(200, 160))
    QTest.mouseMove(chart, QPoint(200, 260))
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=QPoint(200, 260))
    assert chart.offset()[1] == was[1] - 200
    assert not chart.following
    chart.show_nodes(long_procedure("f"))
    assert chart.offset()[1] == was[1] - 200, "it stays where the finger left it"
    controls.to_active.click()
    assert in_sight("f1")
    assert chart.following
    controls.deleteLater()


def test_a_touch_chooses_a_node_a_drag_does_not(chart: ProcedureChart) -> None:
    chart.show_nodes(long_procedure("a"))
    chosen: list[str] = []
    chart.chosen.connect(chosen.append)

    def at(node_id: str) -> QPoint:
        box = shown(chart)[node_id]
        return QPoint(round(box.x + 30 + 8 - chart.offset()[0]), round(box.y + 20 + 8 - chart.offset()[1]))

    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at("a1"))
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at("a"))
    assert chosen == ["a1", "a"]
    head = shown(chart)["a"]
    fold = QPoint(round(head.x + head.width - 20 + 8 - chart.offset()[0]), at("a").y())
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=fold)
    assert chosen == ["a1", "a"]
    assert "a1" not in shown(chart)
    QTest.mousePress(chart, Qt.MouseButton.LeftButton, pos=at("a"))
    QTest.mouseMove(chart, at("a") + QPoint(0, 60))
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=at("a") + QPoint(0, 60))
    assert chosen == ["a1", "a"]


def test_it_is_drawn_larger_and_smaller_within_bounds(chart: ProcedureChart) -> None:
    chart.show_nodes(long_procedure("b"))
    controls = ChartControls(chart)
    while controls.smaller.isEnabled():
        controls.smaller.click()
    assert chart.zoom == ZOOMS[0]
    while controls.larger.isEnabled():
        controls.larger.click()
    assert chart.zoom == ZOOMS[-1]
    assert chart.grab().width() == 400
    controls.deleteLater()


def test_every_node_says_its_name_and_state(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    chart = ProcedureChart(Look(DAY))
    chart.resize(470, 500)
    by_number = {b.number: b for b in batches(panel.store)}
    chart.show_nodes(chart_nodes(panel.store, by_number["1187"], samples.NOW_NS))
    assert "Выдержка: в батоне не ниже 72 °C −7:00" in chart.spoken()
    assert "✓ Приёмка сырья R-101" in chart.spoken()
    held = chart_nodes(panel.store, by_number["1186"], samples.NOW_NS)
    chart.show_nodes(held)
    assert "Варка задержана 41:00" in chart.spoken()
    assert {n.id: n.mark for n in held if n.mark} == {"smokehouse.cooking.cook": 1}, "colour is for the deviation only"
    chart.show_nodes(chart_nodes(panel.store, by_number["1190"], samples.NOW_NS))
    assert "Прогрев на паузе 41:00" in chart.spoken()
    assert "если копчёная" in chart.spoken()
    chart.toggle("tumbler")
    assert "✓ Циклы массирования 3 / 3" in chart.spoken()
    chart.show_nodes([], empty="nothing")
    assert chart.spoken() == ["nothing"]
    chart.deleteLater()


def test_a_skipped_step_is_told_from_one_that_ran(make_panel: MakePanel) -> None:
    skipped: Obj = {"id": "x", "kind": "phase", "name": {"ru": "Шаг", "en": "Step"}, "parent": "", "state": "complete",
                    "started_ns": None, "ended_ns": samples.NOW_NS}  # fmt: skip
    panel = make_panel().feed(sample.view(sample.batch(1, "running", nodes=[skipped])))
    (found,) = chart_nodes(panel.store, batches(panel.store)[0], samples.NOW_NS)
    assert found.state == "skipped"


def test_the_name_of_a_step_at_work_is_not_cut_for_its_time(app: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def write(p: QPainter, rect: QRectF, text: str, font: QFont, *more: object) -> float:
        told.append(draw.elided(text, QFontMetricsF(font), rect.width()))
        return rect.width()

    monkeypatch.setattr(draw, "write", write)
    chart = ProcedureChart(Look(DAY))
    chart.resize(160, 200)
    chart.show_nodes([ChartNode("a", "prompt", "Температура готового рассола", "", "running", "0:53", current=True)])
    chart.grab()
    assert {"Температура", "готового рассола", "0:53"} <= set(told)
