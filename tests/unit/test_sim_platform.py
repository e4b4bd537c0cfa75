"""The platform scale of the simulated line: its indicator, and the helper who puts on it what the terminal asks for."""

from __future__ import annotations

import pytest

from simulators import build_sausage_line
from simulators.platform import CAPACITY_KG
from simulators.sausage import SimLine


def get(line: SimLine, name: str) -> float:
    plc = line.plcs["plc1"]
    return plc.values[plc.index(f"W101.{name}")]


def put(line: SimLine, name: str, value: float) -> None:
    plc = line.plcs["plc1"]
    assert plc.write(plc.index(f"W101.{name}"), value) == 0


def run(line: SimLine, seconds: float) -> None:
    for _ in range(round(seconds * 4)):
        line.step()


def test_it_stands_empty_and_calm_until_something_is_asked_for() -> None:
    line = build_sausage_line(seed=1)
    run(line, 5)
    assert [get(line, n) for n in ("Gross", "Net", "Stable", "Ok")] == [0.0, 0.0, 1.0, 1.0]


def test_what_is_asked_for_is_put_on_and_taken_off_again() -> None:
    line = build_sausage_line(seed=1)
    run(line, 5)
    put(line, "Target", 28.6)
    run(line, 8)
    assert get(line, "Stable") == 0.0, "it is being loaded"
    run(line, 12)
    assert get(line, "Stable") == 1.0
    assert get(line, "Net") == pytest.approx(28.6, rel=0.002)
    put(line, "Target", 0.0)
    run(line, 20)
    assert (get(line, "Gross"), get(line, "Stable")) == (0.0, 1.0)


def test_the_tare_is_taken_off() -> None:
    line = build_sausage_line(seed=2)
    put(line, "Tare", 1.5)
    put(line, "Target", 10.0)
    run(line, 25)
    assert get(line, "Net") == pytest.approx(10.0, rel=0.002)
    assert get(line, "Gross") == pytest.approx(get(line, "Net") + 1.5)


def test_too_much_is_an_overload() -> None:
    line = build_sausage_line(seed=1)
    put(line, "Tare", 20.0)
    put(line, "Target", CAPACITY_KG)
    run(line, 60)
    assert get(line, "Gross") > CAPACITY_KG
    assert get(line, "Ok") == 0.0


def test_a_broken_cell_is_neither_healthy_nor_at_rest() -> None:
    line = build_sausage_line(seed=1)
    run(line, 5)
    line.inject("sensor_break", "W101.Gross")
    run(line, 1)
    assert (get(line, "Ok"), get(line, "Stable")) == (0.0, 0.0)


def test_equal_seeds_weigh_equally_and_others_do_not() -> None:
    weighed: list[float] = []
    for seed in (3, 3, 4):
        line = build_sausage_line(seed=seed)
        put(line, "Target", 100.0)
        run(line, 45)
        weighed.append(get(line, "Net"))
    assert weighed[0] == weighed[1] != weighed[2]
