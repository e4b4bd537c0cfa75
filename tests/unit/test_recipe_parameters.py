"""A parameter changed during a batch: by whom, why, within which limits; never a critical one, never a write outside."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.messages import Json
from recipes.parameters import critical, editable
from tests.unit.ccp_kit import CHAMBER, END, PROBE, Cooking
from tests.unit.test_recipe_plant import reasons

CRITICAL_CHAMBER = CHAMBER.replace("on: ON", "ccp: true")
PROCESS_CHAMBER = CHAMBER.replace("ON", "alarm")


def change(plant: Cooking, parameter: Json, value: Json, role: str = "operator", reason: str = "проба") -> tuple[str, str]:
    """Status of the answer and what was said against it."""
    answer = plant.send("batch.parameter", plant.batch, role, reason, parameter=parameter, value=value)
    return str(answer["status"]), reasons(answer.get("reasons", []))


def test_inside_its_limits_it_is_written_and_told_with_the_reason() -> None:
    plant = Cooking(PROBE)
    assert change(plant, "temp", 79.0) == ("accepted", "[]")
    assert plant.get("S401.SP_Temp") == 79.0
    (told,) = plant.told("parameter")
    assert (told["parameter"], told["from"], told["to"], told["eu"], told["user"], told["reason"]) == (
        "temp", 78.0, 79.0, "°C", "ivanova", "проба",
    )  # fmt: skip
    assert plant.now.state == "running"


def test_a_value_that_stands_already_is_confirmed_without_a_write() -> None:
    plant = Cooking(PROBE)
    assert change(plant, "temp", 78.0)[0] == "accepted"
    assert plant.writes == []
    assert [e.data["status"] for e in plant.events if e.kind == "command"][-2:] == ["accepted", "confirmed"]


def test_a_change_that_is_taken_back_before_the_plc_shows_it_is_written_too() -> None:
    plant = Cooking(PROBE)
    plant.write_works = False
    change(plant, "temp", 79.0)
    change(plant, "temp", 78.0)
    assert [w.value for w in plant.writes] == [79.0, 78.0]


@pytest.mark.parametrize("reason", [" ", "\n", "\u00a0"])
def test_without_a_reason_nothing_is_changed(reason: str) -> None:
    plant = Cooking(PROBE)
    assert change(plant, "temp", 79.0, reason=reason) == ("refused", '[{"ru": "Укажите причину", "en": "Give a reason"}]')
    assert plant.get("S401.SP_Temp") == 78.0
    assert not plant.told("parameter")


@pytest.mark.parametrize(("role", "status"), [
    ("viewer", "refused"), ("operator", "refused"), ("shift_lead", "refused"), ("", "refused"), ("king", "refused"),
    ("technologist", "accepted"), ("engineer", "accepted"), ("admin", "accepted"),
])  # fmt: skip
def test_the_recipe_says_who_may_change_it(role: str, status: str) -> None:
    plant = Cooking(PROBE)
    answer, said = change(plant, "rh", 96.0, role)
    assert answer == status
    assert ("нужны права технолога" in said) == (status == "refused")


def test_role_and_reason_are_said_together() -> None:
    said = change(Cooking(PROBE), "rh", 96.0, "operator", " ")[1]
    assert "нужны права технолога" in said
    assert "Укажите причину" in said


@pytest.mark.parametrize("role", ["operator", "technologist", "engineer", "admin"])
def test_a_critical_parameter_is_changed_by_nobody(role: str) -> None:
    plant = Cooking(END)
    status, said = change(plant, "core", 73.0, role)
    assert status == "refused"
    assert "ККТ, в партии не изменяется" in said


def test_a_parameter_that_a_critical_limit_is_made_of_is_changed_by_nobody() -> None:
    plant = Cooking(CRITICAL_CHAMBER)
    status, said = change(plant, "floor", 56.0, "admin")
    assert status == "refused"
    assert "от него зависит критический предел" in said
    control = plant.now.control
    assert critical(control.nodes, "floor")
    assert not critical(control.nodes, "temp")
    assert not editable(plant.now, control.parameters["floor"])


def test_a_limit_of_a_watch_that_is_no_ccp_moves_with_its_parameter() -> None:
    plant = Cooking(PROCESS_CHAMBER)
    plant.set("S401.ChamberTemp", 57.0)
    assert change(plant, "floor", 56.0)[0] == "accepted"
    for _ in range(10):
        plant.scan()
    assert not plant.told("deviation")


@pytest.mark.parametrize(("parameter", "value"), [
    ("temp", 74.999), ("temp", 80.001), ("temp", math.nan), ("temp", math.inf), ("temp", -math.inf), ("temp", "79"),
    ("temp", None), ("temp", True), ("temp", [79.0]), ("temp", 10**400), ("nothing", 79.0), (None, 79.0), (["temp"], 79.0),
    ({"a": 1}, 79.0),
], ids=str)  # fmt: skip
def test_what_is_no_value_within_the_limits_is_refused(parameter: Json, value: Json) -> None:
    plant = Cooking(PROBE)
    before = plant.now
    assert change(plant, parameter, value)[0] == "refused"
    assert plant.now.control == before.control
    assert not [w for w in plant.writes if plant.model.tags[w.handle].name == "S401.SP_Temp"]


def test_an_ended_batch_has_no_parameters_to_change() -> None:
    plant = Cooking(PROBE)
    plant.order(plant.batch, "abort")
    plant.until("aborted")
    assert change(plant, "temp", 79.0)[0] == "refused"


VALUES = st.floats(allow_nan=True, allow_infinity=True) | st.floats(74.0, 81.0) | st.floats(94.0, 101.0)
NAMES = st.sampled_from(["temp", "rh", "core", "floor", "nothing"])
ROLES = st.sampled_from(["viewer", "operator", "technologist", "admin"])


@given(st.lists(st.tuples(NAMES, VALUES, ROLES, st.sampled_from(["", " ", "так надо"])), max_size=12))
def test_whatever_is_asked_no_write_leaves_the_limits_of_the_recipe(asked: list[tuple[str, float, str, str]]) -> None:
    plant = Cooking(CHAMBER.replace("ON", "alarm"), END)
    limits = {"S401.SP_Temp": (75.0, 80.0), "S401.SP_RH": (95.0, 100.0), "S401.SP_Core": (72.0, 72.0)}
    for name, value, role, reason in asked:
        before = plant.now.control.parameters
        answer = plant.send("batch.parameter", plant.batch, role, reason or "\t", parameter=name, value=value)
        after = plant.now.control.parameters
        if answer["status"] == "refused":
            assert after == before
        else:
            assert reason.strip()
            assert (name, role) != ("rh", "operator")
            assert role != "viewer"
            assert after[name].value == value
        for parameter in after.values():
            assert parameter.lo <= parameter.value <= parameter.hi
    for write in plant.writes:
        name = plant.model.tags[write.handle].name
        if name in limits:
            lo, hi = limits[name]
            assert lo <= write.value <= hi, name
