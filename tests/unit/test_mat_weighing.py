"""A mass from a scale: healthy, at rest, of Good quality, or the reason why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from line.quality import Status
from materials.catalogue import NO_TAG
from materials.weighing import weigh
from tests.builders import S
from tests.unit.mat_kit import BAD, Bench, catalogue

SCALE = catalogue().scales["W"]
GOOD = {"W.Gross": 12.5, "W.Net": 12.0, "W.Tare": 0.5, "W.Stable": 1.0, "W.Ok": 1.0}
OVER = int(Status.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED)
STALE = int(Status.UNCERTAIN_LAST_USABLE_VALUE)


def bench(**fields: float) -> Bench:
    return Bench(values={**GOOD, **{k.replace("_", "."): v for k, v in fields.items()}})


def test_the_net_of_the_indicator_with_its_tare() -> None:
    mass, reasons = weigh(SCALE, bench().image())
    assert mass is not None
    assert (mass.kg, mass.tare_kg, reasons) == (12.0, 0.5, [])


def test_a_tare_that_is_named_is_taken_off_the_gross() -> None:
    mass, _ = weigh(SCALE, bench().image(), 2.25)
    assert mass is not None
    assert (mass.kg, mass.tare_kg) == (10.25, 2.25)


def test_what_the_wire_added_is_no_mass() -> None:
    mass, _ = weigh(SCALE, bench(W_Net=12.340000152).image())
    assert mass is not None
    assert mass.kg == 12.34


@pytest.mark.parametrize(
    ("values", "bad", "calm_ns", "why"),
    [
        ({"W_Stable": 0.0}, {}, 5 * S, "not at rest"),
        ({}, {}, S // 2, "not at rest"),
        ({"W_Ok": 0.0}, {}, 5 * S, "faulty or overloaded"),
        ({}, {"W.Net": BAD}, 5 * S, "cannot be trusted"),
        ({}, {"W.Net": STALE}, 5 * S, "cannot be trusted"),
        ({}, {"W.Stable": STALE}, 5 * S, "cannot be trusted"),
        ({}, {"W.Ok": BAD}, 5 * S, "cannot be trusted"),
        ({}, {"W.Gross": OVER}, 5 * S, "overload"),
        ({}, {"W.Net": OVER}, 5 * S, "overload"),
        ({"W_Net": 0.0}, {}, 5 * S, "nothing on the scale"),
        ({"W_Net": -1.5}, {}, 5 * S, "nothing on the scale"),
        ({"W_Net": 0.004}, {}, 5 * S, "nothing on the scale"),
    ],
)
def test_no_mass_and_why(values: dict[str, float], bad: dict[str, int], calm_ns: int, why: str) -> None:
    one = bench(**values)
    one.bad, one.calm_ns = bad, calm_ns
    mass, reasons = weigh(SCALE, one.image())
    assert mass is None
    assert [why in r.en for r in reasons] == [True], reasons
    assert all(r.ru.startswith("W:") for r in reasons)


@pytest.mark.parametrize("tare_kg", [-0.1, 12.5, 20.0])
def test_a_tare_that_is_none(tare_kg: float) -> None:
    mass, reasons = weigh(SCALE, bench().image(), tare_kg)
    assert mass is None
    assert "tare" in reasons[0].en


def test_a_scale_without_a_word_for_rest_rests_when_its_net_does() -> None:
    bare = catalogue().scales["bare"]
    one = bench()
    one.calm_ns = S
    assert weigh(bare, one.image())[0] is not None
    one.calm_ns = S - 1
    assert "not at rest" in weigh(bare, one.image())[1][0].en


def test_a_tare_that_is_named_is_not_taken_off_twice_where_there_is_no_gross() -> None:
    """The indicator has taken off its own 0.5 kg: 12 kg net are 12.5 kg on the platform."""
    scale = replace(SCALE, gross=NO_TAG)
    mass, _ = weigh(scale, bench().image(), 2.25)
    assert mass is not None
    assert (mass.kg, mass.tare_kg) == (10.25, 2.25)
    one = bench()
    one.bad = {"W.Tare": BAD}
    assert weigh(scale, one.image(), 2.25)[0] is None
    assert weigh(scale, one.image())[0] is not None
