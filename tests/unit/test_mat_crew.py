"""The storekeeper of simulated shifts, and answers to prompts for lots from the stock."""

from __future__ import annotations

from typing import Any

from line.messages import CommandKind, JsonObject
from materials.catalogue import MaterialKind
from materials.lot import LotStatus
from potok.linefolder import find_folder, load_line
from potok.prompts import ANSWER_AFTER_NS, Answers
from potok.storekeeper import ASK_AGAIN_NS, Storekeeper
from tests.builders import T0_NS
from tests.unit.mat_kit import Bench, told


def views(**row: object) -> dict[str, Any]:
    given = {
        "material": "salt",
        "traced": True,
        "prompt": "p",
        "missing_kg": 2.0,
        "stock_kg": 5.0,
        "lot": "L1",
        "lot_left_kg": 5.0,
    }
    prompt = {"id": "p", "kind": "lot", "material": "salt", "since_ns": T0_NS, "target_kg": 9.0}
    return {
        "batches": {"batches": [{"id": "B1", "prompts": [prompt]}]},
        "materials": {"day": "2026-01-01", "needs": [{"batch": "B1", "ingredients": [{**given, **row}]}]},
    }


def wishes(now_ns: int = T0_NS, keeper: Storekeeper | None = None, **row: object) -> list[tuple[str, str]]:
    keeper = keeper or Storekeeper(load_line(find_folder("sausage")).materials)
    return [(kind.value, target) for kind, target, _ in keeper.look(now_ns, views(**row))]


def test_what_is_there_is_left_alone() -> None:
    assert wishes() == []
    assert wishes(prompt=None, stock_kg=0.0) == []
    assert wishes(traced=False, stock_kg=None) == []
    assert wishes(missing_kg=0.0, stock_kg=0.0) == []


def test_what_lacks_is_taken_in_once_in_a_while() -> None:
    keeper = Storekeeper(load_line(find_folder("sausage")).materials)
    assert wishes(keeper=keeper, stock_kg=1.0) == [("lot.receive", "")]
    assert wishes(T0_NS + ASK_AGAIN_NS - 1, keeper, stock_kg=1.0) == []
    assert wishes(T0_NS + ASK_AGAIN_NS, keeper, stock_kg=1.0) == [("lot.receive", "")]


def test_a_remainder_is_loaded_before_a_new_lot() -> None:
    assert wishes(lot_left_kg=0.5) == [("batch.lot", "B1")]


def test_a_delivery_has_nothing_against_it() -> None:
    catalogue = load_line(find_folder("sausage")).materials
    assert catalogue is not None
    bench = Bench()
    bench.stage._catalogue = catalogue  # pyright: ignore[reportPrivateUsage]
    keeper = Storekeeper(catalogue)
    for material in catalogue.materials.values():
        if material.traced and material.kind is not MaterialKind.REWORK:
            args = keeper.delivery(material, 7.3, bench.today(), catalogue)
            events = bench.ask(CommandKind.LOT_RECEIVE, "", **args)
            (event,) = told(events, "received")
            assert (event.data["status"], event.data["kg"]) == (LotStatus.AVAILABLE.value, 8.0), (
                material.id,
                event.data["reasons"],
            )


def answer(**row: object) -> list[JsonObject]:
    answers = Answers()
    assert list(answers.look(T0_NS, views(**row))) == []
    return [args for _, args in answers.look(T0_NS + ANSWER_AFTER_NS, views(**row))]


def test_a_prompt_for_a_lot_is_answered_with_what_is_missing_of_the_lot_whose_turn_it_is() -> None:
    assert answer() == [{"prompt": "p", "value": {"lot": "L1", "kg": 2.0}}]


def test_it_waits_while_the_lot_is_still_to_come() -> None:
    assert answer(lot=None, lot_left_kg=None) == []
    assert answer(lot_left_kg=1.9) == []
    assert answer(missing_kg=0.0) == []
