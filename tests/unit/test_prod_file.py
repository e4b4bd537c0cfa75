"""production.yaml: the shipped one, and every fault with its line, key and remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from line.documents import Problem
from line.tags import TagKind, TagTable
from potok.linefolder import LineError, find_folder, load_line
from potok.yamlfile import parse_yaml, read_yaml
from production.plan import LOSS_OF, Category, Loss, ProductionPlan
from production.production_file import load_production
from tests.builders import tag

TAGS = TagTable([
    tag("P.State", 0, kind=TagKind.ENUM), tag("P.Good", 1, kind=TagKind.INT), tag("P.Reject", 2, kind=TagKind.INT),
    tag("P.Stop", 3, kind=TagKind.INT), tag("P.Starved", 4, kind=TagKind.BOOL), tag("P.Label", 5, kind=TagKind.STRING),
])  # fmt: skip
GOOD = """\
constraint: P
stop_threshold_s: 120
machines:
  P:
    kind: packml
    state: P.State
    good: P.Good
    reject: P.Reject
    reason: P.Stop
    starved: P.Starved
    rate_per_min: {default: 60, ham: 30}
    stop_reasons: {1: film}
    state_reasons: {aborted: belt}
reasons:
  - code: down
    name: {ru: Поломка, en: Breakdown}
    category: breakdown
    reasons:
      - {code: belt, name: {ru: Лента, en: Belt}}
      - {code: film, name: {ru: Плёнка, en: Film}, category: changeover}
      - {code: spares, name: {ru: Запчасти, en: Spares}, loss: external}
  - {code: rest, name: {ru: Перерыв, en: Break}, category: planned}
requests:
  fault: {name: {ru: Неисправность, en: Fault}}
"""


def load(text: str, recipes: tuple[str, ...] | None = ("ham",)) -> tuple[ProductionPlan | None, list[Problem]]:
    document, problems = parse_yaml(text, "production.yaml")
    assert document is not None, problems
    return load_production(document, TAGS, {"P", "Q"}, recipes)


def test_a_good_file() -> None:
    plan, problems = load(GOOD)
    assert problems == []
    assert plan is not None
    (machine,) = plan.machines
    assert (plan.constraint, plan.threshold_ns, machine.unit, machine.total, machine.blocked) == ("P", 120 * 10**9, "P", -1, -1)
    assert (machine.state, machine.good, machine.reject, machine.reason, machine.starved) == (0, 1, 2, 3, 4)
    assert (machine.rate_of("ham"), machine.rate_of("salami")) == (0.5, 1.0)
    assert (machine.by_number, machine.by_state) == ({1: "film"}, {"aborted": "belt"})
    told = {r.code: (r.category, r.loss, r.parent, r.leaf) for r in plan.reasons.values()}
    assert told == {
        "down": (Category.BREAKDOWN, Loss.AVAILABILITY, "", False),
        "belt": (Category.BREAKDOWN, Loss.AVAILABILITY, "down", True),
        "film": (Category.CHANGEOVER, Loss.AVAILABILITY, "down", True),
        "spares": (Category.BREAKDOWN, Loss.EXTERNAL, "down", True),
        "rest": (Category.PLANNED, Loss.PLANNED, "", True),
    }
    assert list(plan.requests) == ["fault"]


def test_every_category_has_its_loss() -> None:
    assert set(LOSS_OF) == set(Category)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message"),
    [
        ("constraint: P\n", "constraint: Q\n", 1, "constraint", "'Q' is none of the machines"),
        ("constraint: P\n", "", 1, "constraint", "this key is missing"),
        ("stop_threshold_s: 120", "stop_threshold_s: 0", 2, "stop_threshold_s", "greater than 0"),
        ("  P:\n", "  X:\n", 4, "machines.X", "there is no unit 'X'"),
        ("kind: packml", "kind: robot", 5, "machines.P.kind", "'packml' or 'phase'"),
        ("state: P.State", "state: P.Stat", 6, "machines.P.state", "there is no tag 'P.Stat'"),
        ("state: P.State", "state: P.Label", 6, "machines.P.state", "P.Label is of kind string"),
        ("state: P.State", "state: ''", 6, "machines.P.state", "no tag is named"),
        ("good: P.Good", "good: P.Starved", 7, "machines.P.good", "P.Starved is of kind bool"),
        ("    good: P.Good\n", "", 4, "machines.P", "no counter of good items"),
        ("reject: P.Reject", "reject: P.Reject\n    total: P.Good", 9, "machines.P.total", "reject and total are both given"),
        ("ham: 30", "pie: 30", 11, "machines.P.rate_per_min.pie", "there is no recipe 'pie'"),
        ("ham: 30", "ham: 0", 11, "machines.P.rate_per_min.ham", "greater than 0"),
        ("ham: 30}", "ham: 30}\n    rate_per_h: {ham: 3}", 12, "machines.P.rate_per_h", "planned rate is given twice"),
        ("{1: film}", "{1: fil}", 12, "machines.P.stop_reasons.1", "there is no reason 'fil'"),
        ("{1: film}", "{0: film}", 12, "machines.P.stop_reasons.0", "number 0 is no reason"),
        ("{1: film}", "{1: down}", 12, "machines.P.stop_reasons.1", "'down' is a branch"),
        ("{aborted: belt}", "{broken: belt}", 13, "machines.P.state_reasons.broken", "'broken' is no state of a packml machine"),
        ("code: rest", "code: belt", 22, "reasons.1.code", "the reason 'belt' stands twice"),
        ("category: planned", "category: lazy", 22, "reasons.1.category", "'breakdown', "),
        (", category: planned", "", 22, "reasons.1", "the reason 'rest' has no category"),
        ("loss: external", "loss: money", 21, "reasons.0.reasons.2.loss", "'availability', "),
        ("code: rest", "code: Rest!", 22, "reasons.1.code", "pattern"),
        ("name: {ru: Неисправность, en: Fault}", "name: Fault", 24, "requests.fault.name", "in both languages"),
        ("requests:", "demands:", 23, "demands", "unknown key"),
    ],
)
def test_every_fault_is_told(old: str, new: str, line: int, key: str, message: str) -> None:
    assert old in GOOD
    plan, problems = load(GOOD.replace(old, new, 1))
    assert plan is None
    found = [p for p in problems if p.line == line and p.key == key]
    assert found, [str(p) for p in problems]
    assert any(message in p.message for p in found), [str(p) for p in found]
    assert all(p.remedy for p in problems)


def test_rates_are_not_judged_without_recipes() -> None:
    plan, problems = load(GOOD.replace("ham: 30", "pie: 30"), None)
    assert (plan is not None, problems) == (True, [])


def test_the_shipped_line_watches_filler_smokehouses_and_packer() -> None:
    folder = find_folder("sausage")
    line = load_line(folder)
    assert [m.unit for m in line.production.machines] == ["F301", "S401", "S402", "P601"]
    assert line.production.constraint == "P601"
    assert {r.category for r in line.production.reasons.values()} == set(Category)
    assert all(r.name.ru and r.name.en for r in line.production.reasons.values())
    document, _ = read_yaml(folder / "production.yaml", "production.yaml")
    assert document is not None


def test_a_line_without_the_file_watches_nothing(tmp_path: Path) -> None:

    folder = tmp_path / "line"
    shutil.copytree(find_folder("sausage"), folder)
    (folder / "production.yaml").unlink()
    assert load_line(folder).production == ProductionPlan()
    (folder / "production.yaml").write_text("constraint: [", encoding="utf-8")
    with pytest.raises(LineError):
        load_line(folder)
